/** Every state of every page, by name, with example data: for looking at, and for the checks that hold in all of them. */

import { ok, type RefusalCode } from '../../src/core/base/result.ts';
import { ROLES } from '../../src/core/codec/primitives.ts';
import type { InvitationView, JoinStage } from '../../src/ui/app.ts';
import type { EntryContent, EntryView } from '../../src/ui/entry-views.ts';
import type { Route } from '../../src/ui/route.ts';
import { FakeApp, refusedWith, stages } from './fake-app.ts';
import { fakeFork } from './fake-fork.ts';
import { CHAIN_ID, chainItem, chainView, fakeMember, finalEntry, pendingEntry, preview, recoveryKeyLink } from './fake-views.ts';
import { GOVERNANCE_SCENES } from './governance-scenes.ts';
import { LOG_SCENES } from './log-scenes.ts';
import { RECEIPT_CODE } from './receipt-code.ts';

export type Deed =
  | { readonly click: string }
  | { readonly fill: string; readonly with: string }
  | { readonly choose: string; readonly value: string };

export interface Scene {
  readonly app: FakeApp;
  readonly route: Route;
  /** What a person does to get there, by selector, after the page is drawn. */
  readonly act?: readonly Deed[];
}

const NOW = Date.now();
const MINUTE = 60_000;
const DAY = 86_400_000;
const ada = { memberId: '11'.repeat(32), name: 'Ada', you: true };
const ben = { memberId: '22'.repeat(32), name: 'Ben Okafor', you: false };
const zoe = { memberId: '33'.repeat(32), name: 'Zoë Lindqvist', you: false };

const RECORD: readonly EntryView[] = [
  finalEntry(0, 'We begin. Plot numbers run from the gate, left row first.', ada, NOW - 400 * DAY),
  finalEntry(1, 'Paid 84.00 for the water meter. Receipt is in the blue folder.', ben, NOW - 31 * DAY),
  finalEntry(2, 'The pump key hangs behind the shed door now.\nPlease put it back there.', zoe, NOW - 3 * DAY),
  finalEntry(3, 'Annual meeting: 14 present, 2 by proxy. The fee stays at 60. Ben keeps the accounts, Ada the keys.', ada, NOW - DAY),
  finalEntry(4, 'Frost tonight. Covered the seedlings in rows 3 to 6.', ben, NOW - 95 * MINUTE),
];

export const MEMBERS = [
  fakeMember(ada.memberId, ada.name, ['federation'], { you: true, since: NOW - 400 * DAY }),
  fakeMember(ben.memberId, ben.name, ['writer'], { since: NOW - 90 * DAY, invitation: 'f1'.repeat(32) }),
  fakeMember(zoe.memberId, zoe.name, ['writer'], { since: NOW - 60 * DAY, invitation: 'f1'.repeat(32) }),
  fakeMember('55'.repeat(32), 'relay.example.org', ['validator', 'relay'], { since: NOW - 400 * DAY }),
] as const;

const PEERS = [
  { peerId: 'r', name: 'relay.example.org', path: 'relay' },
  { peerId: 'b', name: ben.name, path: 'direct' },
  { peerId: 'c', name: zoe.name, path: 'relayed' },
] as const;

const INVITATIONS: readonly InvitationView[] = [
  {
    id: 'i1',
    role: 'observer',
    uses: 25,
    used: 4,
    expiresAt: NOW + 20 * DAY,
    shared: true,
    issuer: { id: ben.memberId, name: ben.name, you: false },
    state: 'live',
    canRevoke: true,
    link: undefined,
    json: undefined,
  },
  {
    id: 'i2',
    role: 'writer',
    uses: 0,
    used: 2,
    expiresAt: NOW + 5 * 3_600_000,
    shared: false,
    issuer: { id: ada.memberId, name: ada.name, you: true },
    state: 'pending',
    canRevoke: true,
    link: 'https://latchkey.example/#j=other',
    json: '{}',
  },
];

const full = chainView({ newest: { entries: RECORD, earlier: false }, members: MEMBERS, peers: PEERS, invitations: INVITATIONS });

/** Two validators have shown two records. */
const forked = {
  ...full,
  status: {
    ...full.status,
    problem: 'conflicting-block',
    height: 4_213,
    validators: 4,
    fork: fakeFork('relay.example.org', 'Zoë Lindqvist'),
  },
  permissions: { canAppend: false, canInvite: false, inviteRoles: [], canDecide: false, canLeave: false, mayAskFor: [] },
} as const;
const CHAIN: Route = { page: 'chain', id: CHAIN_ID };

function erasedBy(by: 'author' | 'federation', reason: string | undefined): EntryContent {
  return { type: 'erased', by: { by, name: ada.name, you: true, at: NOW - 3 * MINUTE, reason } };
}

function withChain(view = full, recovery: 'confirmed' | 'unconfirmed' = 'confirmed'): FakeApp {
  const app = new FakeApp({ recovery });
  app.setChain(view);
  return app;
}

function joining(...events: readonly JoinStage[]): FakeApp {
  const app = new FakeApp();
  app.script.join = async function* () {
    yield* stages(...events);
    if (events.at(-1)?.type === 'stage') await new Promise(() => {});
  };
  return app;
}

const JOIN: Route = { page: 'join', code: 'q83vEjRWeJCrze8S' };
const PRESS_JOIN = [{ fill: '#your-name', with: 'Ben Okafor' }, { click: 'button[type=submit]' }] as const;

function refusedJoin(code: RefusalCode): Scene {
  const app = joining(
    { type: 'stage', stage: 'reaching-relay', elapsedMs: 0 },
    { type: 'stage', stage: 'verifying', elapsedMs: 240 },
    { type: 'stage', stage: 'asking', elapsedMs: 410 },
    { type: 'refused', code, detail: '', elapsedMs: 900 },
  );
  return { app, route: JOIN, act: PRESS_JOIN };
}

function pending(text: string, id: string): EntryView {
  return pendingEntry(id, text, NOW - MINUTE);
}

const hostile = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> & <b>bold</b>';

export const SCENES: Readonly<Record<string, () => Scene>> = {
  ...GOVERNANCE_SCENES,
  ...LOG_SCENES,
  'start-first-time': () => ({ app: new FakeApp(), route: { page: 'start' } }),
  'start-starting': () => ({ app: new FakeApp({ phase: 'starting', relays: [] }), route: { page: 'start' } }),
  'start-failed': () => ({ app: new FakeApp({ phase: 'failed', problem: 'storage-failed' }), route: { page: 'start' } }),
  'start-chains': () => {
    const app = new FakeApp({
      chains: [
        chainItem({ unread: 3, toDecide: 2 }),
        chainItem({
          id: 'b4'.repeat(32),
          name: 'A house association with a name so long that it has to wrap on a phone',
          unread: 1,
          pending: 2,
        }),
        chainItem({ id: 'c5'.repeat(32), name: 'Welcome', standing: 'joining' }),
      ],
    });
    return { app, route: { page: 'start' } };
  },
  'start-damaged': () => ({
    app: new FakeApp(),
    route: { page: 'start' },
    act: [{ fill: '#invitation', with: 'damaged' }, { click: 'button[type=submit]' }],
  }),
  create: () => ({ app: new FakeApp(), route: { page: 'create' } }),
  'create-recovery': () => ({
    app: new FakeApp(),
    route: { page: 'create' },
    act: [{ click: 'recovery-choice summary' }, { fill: '#recovery-keys', with: [7, 8, 9].map(recoveryKeyLink).join(' ') }],
  }),
  'create-recovery-damaged': () => ({
    app: new FakeApp(),
    route: { page: 'create', key: 'damaged' },
    act: [{ fill: '#chain-name', with: 'Garden cooperative' }, { fill: '#your-name', with: 'Ada' }, { click: 'button[type=submit]' }],
  }),
  'recovery-key': () => ({ app: new FakeApp(), route: { page: 'recovery-key' } }),
  'recovery-key-words': () => ({ app: new FakeApp(), route: { page: 'recovery-key' }, act: [{ click: 'recovery-key-page button' }] }),
  'recovery-key-link': () => ({
    app: new FakeApp(),
    route: { page: 'recovery-key' },
    act: [{ click: 'recovery-key-page button' }, { click: 'recovery-key-page button' }],
  }),
  'create-no-relay': () => ({ app: new FakeApp({ relays: [] }), route: { page: 'create' } }),
  'create-refused': () => {
    const app = new FakeApp();
    app.script.createChain = async () => refusedWith('hosting-refused');
    return {
      app,
      route: { page: 'create' },
      act: [{ fill: '#chain-name', with: 'Garden cooperative' }, { fill: '#your-name', with: 'Ada' }, { click: 'button[type=submit]' }],
    };
  },
  join: () => ({ app: new FakeApp(), route: JOIN }),
  'join-no-code': () => ({ app: new FakeApp(), route: { page: 'join', code: undefined } }),
  'join-damaged': () => ({ app: new FakeApp(), route: { page: 'join', code: 'damaged' } }),
  'join-running': () => ({
    app: joining({ type: 'stage', stage: 'reaching-relay', elapsedMs: 0 }, { type: 'stage', stage: 'verifying', elapsedMs: 1240 }),
    route: JOIN,
    act: PRESS_JOIN,
  }),
  'join-used': () => refusedJoin('invitation-used'),
  'join-no-relay': () => refusedJoin('no-relay'),
  chain: () => ({ app: withChain(), route: CHAIN }),
  'chain-namesakes': () => ({
    app: withChain({ ...full, members: [...MEMBERS, fakeMember('44'.repeat(32), 'ben okafor', ['observer'])] }),
    route: CHAIN,
  }),
  'chain-opening': () => ({ app: new FakeApp({ phase: 'starting' }), route: CHAIN }),
  'chain-absent': () => ({ app: new FakeApp(), route: CHAIN }),
  'chain-joining': () => ({
    app: new FakeApp({ chains: [chainItem({ standing: 'joining' })] }),
    route: CHAIN,
  }),
  'chain-empty': () => ({ app: withChain(chainView()), route: CHAIN }),
  'chain-reminder': () => ({ app: withChain(full, 'unconfirmed'), route: CHAIN }),
  'chain-forked': () => ({ app: withChain(forked), route: CHAIN }),
  'chain-forked-members': () => ({ app: withChain(forked), route: { ...CHAIN, section: 'members' } }),
  'chain-relay-away': () => ({
    app: withChain({
      ...full,
      status: { ...full.status, relay: 'away' },
      peers: PEERS.slice(1, 2),
      newest: {
        entries: [
          ...RECORD,
          pending('The water was shut off at noon.', 'p1'),
          { ...pending('Paid twice by mistake.', 'p2'), state: { type: 'refused', code: 'expired' } },
        ],
        earlier: false,
      },
    }),
    route: CHAIN,
  }),
  'chain-catching-up': () => ({
    app: withChain({
      ...full,
      status: { ...full.status, height: 1980, validators: 4, sync: { type: 'catching-up', done: 5120, total: 10000 } },
      newest: { entries: RECORD, earlier: true },
    }),
    route: CHAIN,
  }),
  'chain-checking': () => ({
    app: withChain({ ...full, status: { ...full.status, verification: { type: 'running', done: 5120, total: 10_000, paused: false } } }),
    route: CHAIN,
  }),
  'chain-checking-paused': () => ({
    app: withChain({ ...full, status: { ...full.status, verification: { type: 'running', done: 5120, total: 10_000, paused: false } } }),
    route: CHAIN,
    act: [{ click: 'chain-status button' }],
  }),
  'chain-awaiting-auditors': () => ({
    app: withChain({ ...full, status: { ...full.status, awaiting: { signed: 1, asked: 2, auditors: 1 } } }),
    route: CHAIN,
  }),
  'chain-by-quorum': () => ({ app: withChain({ ...full, status: { ...full.status, verification: { type: 'quorum' } } }), route: CHAIN }),
  'chain-wrong': () => ({
    app: withChain({
      ...full,
      status: { ...full.status, verification: { type: 'wrong', height: 17, code: 'invalid-transaction', detail: 'leaf 40: not-allowed' } },
    }),
    route: CHAIN,
  }),
  receipt: () => ({ app: new FakeApp(), route: { page: 'receipt' } }),
  'receipt-holds': () => ({ app: new FakeApp(), route: { page: 'receipt', code: RECEIPT_CODE } }),
  'receipt-damaged': () => ({ app: new FakeApp(), route: { page: 'receipt', code: `${RECEIPT_CODE.slice(0, -8)}AAAAAAAA` } }),
  'chain-observer': () => ({
    app: withChain({
      ...full,
      permissions: { canAppend: false, canInvite: false, inviteRoles: [], canDecide: false, canLeave: true, mayAskFor: ROLES },
    }),
    route: CHAIN,
  }),
  'chain-hostile': () => ({
    app: withChain({
      ...full,
      name: hostile,
      newest: {
        entries: [
          finalEntry(0, hostile, { ...ben, name: hostile }, NOW - DAY),
          finalEntry(1, 'x'.repeat(700), ben, NOW - DAY),
          finalEntry(2, 'العربية ‮ reversed? ', ben, NOW - DAY),
          { ...finalEntry(3, '', ben, NOW - DAY), content: { type: 'missing' } },
          { ...finalEntry(4, '', ben, NOW - DAY), content: { type: 'erased', by: undefined } },
          { ...finalEntry(5, '', ben, NOW - DAY), content: { type: 'other', contentType: 'application/pdf', bytes: 48_211 } },
          finalEntry(6, 'A long minute. '.repeat(300), ben, NOW - DAY),
        ],
        earlier: false,
      },
    }),
    route: CHAIN,
  }),
  'erased-by': () => ({
    app: withChain({
      ...full,
      erasures: 2,
      newest: {
        entries: [
          { ...finalEntry(0, '', ada, NOW - DAY), content: erasedBy('author', undefined), erasable: undefined },
          { ...finalEntry(1, '', ben, NOW - DAY), content: erasedBy('federation', `It names a child. ${hostile}`), erasable: undefined },
          { ...finalEntry(2, 'Who is next?', zoe, NOW - MINUTE), erasable: 'by-proposal' },
        ],
        earlier: false,
      },
    }),
    route: CHAIN,
  }),
  'erase-own': () => ({ app: withChain(), route: CHAIN, act: [{ click: 'entry-list .entry button[aria-label^=Erase]' }] }),
  'erase-proposed': () => ({
    app: withChain({
      ...full,
      newest: { entries: [{ ...finalEntry(4, 'Who is next?', zoe, NOW - MINUTE), erasable: 'by-proposal' }], earlier: false },
    }),
    route: CHAIN,
    act: [{ click: 'entry-list .entry button[aria-label^=Propose]' }],
  }),
  invite: () => ({ app: withChain(), route: CHAIN, act: [{ click: '.chain-head button.primary' }] }),
  'invite-refused': () => {
    const app = withChain();
    app.script.invite = async () => refusedWith('not-allowed');
    return { app, route: CHAIN, act: [{ click: '.chain-head button.primary' }] };
  },
  'recovery-words': () => ({ app: withChain(full, 'unconfirmed'), route: CHAIN, act: [{ click: '.reminder button' }] }),
  'recovery-asking': () => ({
    app: withChain(full, 'unconfirmed'),
    route: CHAIN,
    act: [{ click: '.reminder button' }, { click: 'dialog[open] button.primary' }, { click: 'dialog[open] button.primary' }],
  }),
};

/** A link to a chain that is here already. */
export function knownInvitation(): FakeApp {
  const app = withChain();
  app.script.openInvitation = async () => ok(preview({ known: true }));
  return app;
}
