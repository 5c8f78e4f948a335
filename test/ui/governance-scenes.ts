/** Every state of the pages on which a chain governs itself, by name, with example data. */

import { ok } from '../../src/core/base/result.ts';
import { ROLES } from '../../src/core/codec/primitives.ts';
import { consortiumRules, membersApproveRules } from '../../src/core/policy/templates.ts';
import type { ChainView, InvitationView, ValidatorsView } from '../../src/ui/app.ts';
import type { DecisionView, StoryView } from '../../src/ui/governance-views.ts';
import type { Route, Section } from '../../src/ui/route.ts';
import { FakeApp, stages } from './fake-app.ts';
import { CHAIN_ID, chainItem, chainView, fakeMember, preview, proposalView, requestView, story, validatorsView } from './fake-views.ts';
import type { Scene } from './scenes.ts';

const NOW = Date.now();
const DAY = 86_400_000;
const LINK = 'f1'.repeat(32);
const ada = { id: '11'.repeat(32), name: 'Ada', you: true };
const ben = { id: '22'.repeat(32), name: 'Ben Okafor', you: false };
const zoe = { id: '33'.repeat(32), name: 'Zoë Lindqvist', you: false };

const MEMBERS = [
  fakeMember(ada.id, ada.name, ['federation'], { you: true, since: NOW - 400 * DAY }),
  fakeMember(ben.id, ben.name, ['federation', 'validator'], { since: NOW - 90 * DAY, invitation: LINK }),
  fakeMember(zoe.id, zoe.name, ['writer'], { since: NOW - 60 * DAY, invitation: LINK, suspendedUntil: NOW + 5 * DAY }),
  fakeMember('55'.repeat(32), 'relay.example.org', ['validator', 'relay'], { since: NOW - 400 * DAY }),
];

const said = (by: DecisionView['by'], yes: boolean, reason: string | undefined, at = NOW - DAY): DecisionView => ({ by, yes, at, reason });

const REQUESTS = [
  requestView({ name: 'Carol Mensah', decisions: [said(ben, true, 'She keeps the bees next door.')], openedAt: NOW - DAY }),
  requestView({ id: 'd1'.repeat(32), kind: 'knock', name: 'Somebody from the river side', invitedBy: undefined, openedAt: 0, needed: 2 }),
  requestView({
    id: 'd2'.repeat(32),
    kind: 'role',
    name: 'Zoë Lindqvist',
    member: zoe.id,
    role: 'gateway',
    invitedBy: undefined,
    operator: { operatorId: 'lindqvist-it', region: 276, kbps: 50_000, software: 3, checklist: 7 },
    yoursToDecide: false,
    decisions: [said(ada, true, undefined)],
    openedAt: NOW - 2 * DAY,
  }),
  requestView({
    id: 'd3'.repeat(32),
    name: 'Mallory',
    status: 'rejected',
    endedAt: NOW - 9 * DAY,
    yoursToDecide: false,
    decisions: [said(ada, false, 'Nobody knows them.')],
    openedAt: NOW - 10 * DAY,
  }),
];

const PROPOSALS = [
  proposalView({ reason: 'Wrote the same advert forty times.', decisions: [said(ben, true, undefined)], openedAt: NOW - DAY }),
  proposalView({
    id: 'e1'.repeat(32),
    proposer: ada,
    change: { type: 'rules', rules: { ...membersApproveRules(2), publicRead: true } },
    yoursToDecide: false,
    decisions: [said(ada, true, 'We agreed on it at the meeting.')],
    openedAt: NOW - DAY,
  }),
  proposalView({
    id: 'e2'.repeat(32),
    change: { type: 'remove', members: [zoe.id, '55'.repeat(32)] },
    status: 'expired',
    endedAt: NOW - 20 * DAY,
    yoursToDecide: false,
    openedAt: NOW - 34 * DAY,
  }),
];

const invitation = (change: Partial<InvitationView>): InvitationView => ({
  id: LINK,
  role: 'writer',
  uses: 5,
  used: 2,
  expiresAt: NOW + 5 * DAY,
  shared: true,
  issuer: ada,
  state: 'live',
  canRevoke: true,
  link: undefined,
  json: undefined,
  ...change,
});

const governed = (change: Partial<ChainView> = {}): ChainView =>
  chainView({
    members: MEMBERS,
    requests: REQUESTS,
    proposals: PROPOSALS,
    invitations: [invitation({})],
    spentInvitations: [
      invitation({ id: 'f2'.repeat(32), role: 'observer', uses: 1, used: 1, issuer: ben, state: 'used', canRevoke: false }),
      invitation({ id: 'f3'.repeat(32), uses: 0, used: 12, state: 'revoked', canRevoke: false }),
    ],
    rules: membersApproveRules(2),
    devices: [
      { key: 'a1b2c3d4', addedAt: NOW - 400 * DAY, thisOne: true, full: true },
      { key: '99ee00ff', addedAt: NOW - 3 * DAY, thisOne: false, full: false },
    ],
    broken: { keys: 3, threshold: 2, delayMs: 7 * DAY, pending: undefined, seen: undefined },
    ...change,
  });

const NONE = { canAppend: false, canInvite: false, inviteRoles: [], canDecide: false, canLeave: true, mayAskFor: ROLES };
const BEFORE = { members: 4, federation: 2, validators: 4, quorum: 3, faultsTolerated: 1 };

function withGoverned(change: Partial<ChainView> = {}): FakeApp {
  const app = new FakeApp({ recovery: 'confirmed' });
  app.setChain(governed(change));
  app.script.consequence = async (of) =>
    ok({
      before: BEFORE,
      after: typeof of === 'string' ? { ...BEFORE, members: 5 } : { ...BEFORE, members: 3, validators: 3, quorum: 3, faultsTolerated: 0 },
      problem: undefined,
    });
  app.script.why = async (member) => ok(STORIES.get(member) ?? story(member));
  return app;
}

const STORIES = new Map<string, StoryView>([
  [ada.id, story(ada.id, { how: 'founder', invitation: undefined, joinedAt: NOW - 400 * DAY })],
  [
    ben.id,
    story(ben.id, {
      invitation: { id: LINK, role: 'writer', issuer: ada },
      rule: '1 federation member approved',
      joinedAt: NOW - 90 * DAY,
      decisions: [said(ada, true, 'He keeps the accounts.', NOW - 90 * DAY)],
      gained: [{ role: 'federation', at: NOW - 40 * DAY, decisions: [said(ada, true, undefined, NOW - 40 * DAY)] }],
    }),
  ],
]);

const FOUR = validatorsView(['relay.example.org', 'Ben Okafor', 'Harbour office', 'Chapter of the eastern valley and its farms']);
const HALF = validatorsView(['relay.example.org', 'Ben Okafor', 'Harbour office', 'East'], {
  pace: 'standstill',
  waiting: 3,
  faultsTolerableNow: 0,
  seats: FOUR.seats.map((seat, i) => (i < 2 ? seat : { ...seat, reached: false, answers: 'no', tookPart: i === 2 ? 12 : 0 })),
});
const ONE_AWAY: ValidatorsView = {
  ...FOUR,
  faultsTolerableNow: 0,
  seats: FOUR.seats.map((seat, i) => (i < 3 ? seat : { ...seat, reached: false, answers: 'no', tookPart: 31 })),
};
const ONE_MUTE: ValidatorsView = {
  ...FOUR,
  faultsTolerableNow: 0,
  seats: FOUR.seats.map((seat, i) => (i < 3 ? seat : { ...seat, answers: 'mute', tookPart: 0 })),
};
/** Seen from a device that is connected to one of them, of a chain on which nothing has happened for a while. */
const FROM_AFAR: ValidatorsView = {
  ...FOUR,
  faultsTolerableNow: undefined,
  seats: FOUR.seats.map((seat, i) => (i === 0 ? seat : { ...seat, reached: false, answers: 'unknown' })),
};
const STANDSTILL = { validators: HALF, status: { ...chainView().status, validators: HALF.seats.length } };

const at = (section: Section, item?: string): Route =>
  item === undefined ? { page: 'chain', id: CHAIN_ID, section } : { page: 'chain', id: CHAIN_ID, section, item };

const waiting = {
  role: 'writer',
  decisions: [said(ben, true, 'Welcome.')],
  needed: 2,
  missing: 1,
  until: NOW + 13 * DAY,
  ended: undefined,
} as const;

function joiningWith(change: Partial<Parameters<typeof chainItem>[0]>): FakeApp {
  return new FakeApp({ chains: [chainItem({ standing: 'joining', ...change })] });
}

export const GOVERNANCE_SCENES: Readonly<Record<string, () => Scene>> = {
  members: () => ({ app: withGoverned(), route: at('members') }),
  'member-why': () => ({ app: withGoverned(), route: at('members', ben.id) }),
  'member-founder': () => ({
    app: withGoverned({
      permissions: { canAppend: true, canInvite: false, inviteRoles: [], canDecide: false, canLeave: true, mayAskFor: ROLES },
    }),
    route: at('members', ada.id),
  }),
  'member-self-role': () => ({
    app: withGoverned({ rules: consortiumRules(2) }),
    route: at('members', ada.id),
    act: [{ click: 'own-membership .actions button' }, { choose: '#wanted-role', value: 'gateway' }],
  }),
  'member-self-linked': () => ({
    app: withGoverned({
      permissions: { canAppend: true, canInvite: true, inviteRoles: ['writer'], canDecide: false, canLeave: false, mayAskFor: [] },
    }),
    route: at('members', ada.id),
  }),
  'member-self-leave': () => ({
    app: withGoverned(),
    route: at('members', ada.id),
    act: [{ click: 'own-membership .actions button.danger' }],
  }),
  'action-refused': () => ({
    app: withGoverned({
      actions: [
        { id: 'x', type: 'approve', refused: 'rule-changed' },
        { id: 'y', type: 'invite', refused: 'expired' },
      ],
    }),
    route: at('requests'),
  }),
  'join-operator': () => {
    const app = new FakeApp();
    app.script.join = () => stages({ type: 'refused', code: 'operator-missing', detail: '', elapsedMs: 10 });
    return { app, route: { page: 'join', code: 'x' }, act: [{ fill: '#your-name', with: 'Ben' }, { click: 'button[type=submit]' }] };
  },
  'member-gone': () => ({ app: withGoverned(), route: at('members', '99'.repeat(32)) }),
  'member-grant': () => ({ app: withGoverned(), route: at('members', ben.id), act: [{ click: 'member-page section .actions button' }] }),
  'member-remove': () => ({
    app: withGoverned(),
    route: at('members', ben.id),
    act: [{ click: 'member-page section .actions button.danger' }],
  }),
  requests: () => ({ app: withGoverned(), route: at('requests') }),
  'requests-none': () => ({ app: withGoverned({ requests: [] }), route: at('requests') }),
  request: () => ({ app: withGoverned(), route: at('requests', 'd0'.repeat(32)) }),
  'request-absent': () => ({ app: withGoverned(), route: at('requests', '00'.repeat(32)) }),
  proposals: () => ({ app: withGoverned(), route: at('proposals') }),
  'proposal-rules': () => ({ app: withGoverned({ rules: membersApproveRules(1) }), route: at('proposals', 'e1'.repeat(32)) }),
  invitations: () => ({ app: withGoverned(), route: at('invitations') }),
  'invitations-remove': () => ({ app: withGoverned(), route: at('invitations'), act: [{ click: 'invitations-page button.danger' }] }),
  rules: () => ({ app: withGoverned(), route: at('rules') }),
  'rules-roles': () => ({ app: withGoverned(), route: at('rules'), act: [{ click: 'rules-page section:nth-of-type(1) button' }] }),
  'rules-template': () => ({ app: withGoverned(), route: at('rules'), act: [{ click: 'rules-page section button.link' }] }),
  'rules-governance': () => ({ app: withGoverned(), route: at('rules'), act: [{ click: 'rules-page section:nth-of-type(2) button' }] }),
  'rules-network-key': () => ({
    app: withGoverned(),
    route: at('rules'),
    act: [{ click: 'rules-page section:nth-of-type(3) button.link' }],
  }),
  'rules-other': () => ({ app: withGoverned(), route: at('rules'), act: [{ click: 'rules-page section:nth-of-type(3) button' }] }),
  'rules-broken': () => ({
    app: withGoverned({
      broken: { keys: 3, threshold: 2, delayMs: 7 * DAY, pending: { number: 2, effectiveAt: NOW + 3 * DAY }, seen: undefined },
    }),
    route: at('rules'),
    act: [{ click: 'broken-chain summary' }],
  }),
  'rules-certificate': () => ({
    app: withGoverned(),
    route: at('rules'),
    act: [{ click: 'broken-chain summary' }, { fill: '#certificate', with: 'certificate' }, { click: 'broken-chain form button' }],
  }),
  validators: () => ({ app: withGoverned({ validators: FOUR }), route: at('validators') }),
  'validators-one': () => ({ app: withGoverned(), route: at('validators') }),
  'validators-one-mute': () => ({ app: withGoverned({ validators: ONE_MUTE }), route: at('validators') }),
  'validators-one-away': () => ({ app: withGoverned({ validators: ONE_AWAY }), route: at('validators') }),
  'validators-from-afar': () => ({ app: withGoverned({ validators: FROM_AFAR }), route: at('validators') }),
  'validators-asked': () => ({ app: withGoverned({ validators: { ...FOUR, ownPart: 'asked' } }), route: at('validators') }),
  'validators-candidate': () => ({
    app: withGoverned({ validators: { ...FOUR, ownPart: 'asked' } }),
    route: at('validators'),
    act: [{ click: '#let-validate' }],
  }),
  'validators-alone': () => ({
    app: withGoverned({ validators: { ...validatorsView(['Ada']), ownPart: 'seated' } }),
    route: at('validators'),
  }),
  'validators-handover': () => ({
    app: withGoverned({ validators: { ...validatorsView(['Ada', 'relay.example.org']), ownPart: 'seated' } }),
    route: at('validators'),
    act: [{ click: 'own-validating button' }],
  }),
  'chain-validator-asked': () => ({
    app: withGoverned({ validators: { ...FOUR, ownPart: 'asked' } }),
    route: { page: 'chain', id: CHAIN_ID },
  }),
  'validators-standstill': () => ({ app: withGoverned(STANDSTILL), route: at('validators') }),
  'chain-standstill': () => ({ app: withGoverned(STANDSTILL), route: { page: 'chain', id: CHAIN_ID } }),
  devices: () => ({ app: withGoverned(), route: at('devices') }),
  'devices-add': () => ({ app: withGoverned(), route: at('devices'), act: [{ click: 'devices-page .section-head button' }] }),
  recover: () => ({ app: new FakeApp(), route: { page: 'recover' } }),
  'recover-backup': () => ({
    app: new FakeApp(),
    route: { page: 'recover' },
    act: [{ click: 'recover-page .choice:nth-of-type(2) input' }],
  }),
  'join-waiting': () => ({ app: joiningWith({ waiting }), route: { page: 'chain', id: CHAIN_ID } }),
  'join-rejected': () => ({
    app: joiningWith({ waiting: { ...waiting, decisions: [said(ben, false, 'We are full this year.')], ended: 'request-rejected' } }),
    route: { page: 'chain', id: CHAIN_ID },
  }),
  'join-device': () => {
    const app = new FakeApp();
    app.script.openInvitation = async () => ok(preview({ as: 'device' }));
    return { app, route: { page: 'join', code: '#d=abc' } };
  },
  'chain-suspended': () => ({
    app: withGoverned({ standing: 'suspended', suspendedUntil: NOW + 6 * DAY, requests: [], proposals: [], permissions: NONE }),
    route: { page: 'chain', id: CHAIN_ID },
  }),
  'chain-shut-out': () => ({
    app: withGoverned({ standing: 'shut-out', requests: [], proposals: [], permissions: NONE }),
    route: { page: 'chain', id: CHAIN_ID },
  }),
  'chain-silent': () => ({
    app: withGoverned({ status: { ...chainView().status, relay: 'silent' } }),
    route: { page: 'chain', id: CHAIN_ID },
  }),
  'chain-roleless': () => ({
    app: withGoverned({
      standing: 'roleless',
      shutOutBy: { names: ['Ben Okafor'], at: NOW - DAY, reason: undefined },
      requests: [],
      proposals: [],
      permissions: NONE,
    }),
    route: { page: 'chain', id: CHAIN_ID },
  }),
  'chain-removed': () => ({
    app: withGoverned({
      standing: 'removed',
      shutOutBy: { names: ['Ben Okafor', 'Zoë Lindqvist'], at: NOW - DAY, reason: 'Wrote the same advert forty times.' },
      requests: [],
      proposals: [],
      permissions: NONE,
    }),
    route: { page: 'chain', id: CHAIN_ID },
  }),
};
