/** Every state of the log's page and of the checkpoints', by name, with example data. */
import type { ChainView } from '../../src/ui/app.ts';
import type { PersonView } from '../../src/ui/governance-views.ts';
import type { LogItemView } from '../../src/ui/log-item-views.ts';
import type { LogView } from '../../src/ui/log-view.ts';
import type { Route } from '../../src/ui/route.ts';
import { FakeApp } from './fake-app.ts';
import { hex, logItem } from './fake-log.ts';
import { CHAIN_ID, chainView, fakeMember, logView, proposalView, requestView } from './fake-views.ts';
import type { Scene } from './scenes.ts';

const NOW = Date.now();
const MINUTE = 60_000;
const DAY = 86_400_000;
const ada: PersonView = { id: '11'.repeat(32), name: 'Ada', you: true };
const ben: PersonView = { id: '22'.repeat(32), name: 'Ben Okafor', you: false };
const zoe: PersonView = { id: '33'.repeat(32), name: 'Zoë Lindqvist', you: false };
const relay: PersonView = { id: '55'.repeat(32), name: 'relay.example.org', you: false };
const hostile = '<img src=x onerror="window.hacked=1"> <b>bold</b> \u202Ereversed';

const MEMBERS = [
  fakeMember(ada.id, ada.name, ['federation'], { you: true, since: NOW - 400 * DAY }),
  fakeMember(ben.id, ben.name, ['federation', 'validator'], { since: NOW - 90 * DAY }),
  fakeMember(zoe.id, zoe.name, ['writer'], { since: NOW - 60 * DAY }),
  fakeMember(relay.id, relay.name, ['validator', 'relay'], { since: NOW - 400 * DAY }),
];
const CAROL = requestView({ name: 'Carol Mensah' });
const SUSPEND = proposalView();
const text = (words: string) => ({ type: 'text', text: words }) as const;

/** Of every kind one, oldest first. */
const DEEDS: readonly LogItemView[] = [
  logItem(0, undefined, { type: 'genesis', name: 'Garden cooperative', founders: [ada, relay] }, NOW - 400 * DAY),
  logItem(1, ada, { type: 'invite', role: 'federation', uses: 1, expiresAt: NOW - 390 * DAY, shared: false }, NOW - 399 * DAY),
  logItem(2, ben, { type: 'join', asked: true, role: 'federation', invitedBy: ada }, NOW - 395 * DAY),
  logItem(3, ada, { type: 'approve', subject: undefined, reason: 'We know Ben.' }, NOW - 395 * DAY, { height: 3, count: 2 }),
  logItem(4, ada, { type: 'entry', content: text('We begin. Plot numbers run from the gate, left row first.') }, NOW - 395 * DAY, {
    id: hex(1_000_003),
    height: 3,
    count: 2,
  }),
  logItem(5, ben, { type: 'invite', role: 'writer', uses: 25, expiresAt: NOW + 20 * DAY, shared: true }, NOW - 61 * DAY),
  logItem(6, zoe, { type: 'join', asked: false, role: 'writer', invitedBy: ben }, NOW - 60 * DAY),
  logItem(7, ben, { type: 'register-vote-key', votes: true }, NOW - 50 * DAY),
  logItem(8, ben, { type: 'ready', height: 7, versions: [1] }, NOW - 50 * DAY),
  logItem(
    9,
    zoe,
    { type: 'entry', content: text('The pump key hangs behind the shed door now.\nPlease put it back there.') },
    NOW - 3 * DAY,
  ),
  logItem(10, zoe, { type: 'erase-body', index: 9 }, NOW - 3 * DAY),
  logItem(11, zoe, { type: 'link-device', step: 'open' }, NOW - 2 * DAY),
  logItem(12, zoe, { type: 'rotate-key', retired: 1, stolen: true }, NOW - 2 * DAY),
  logItem(13, ada, { type: 'evidence', against: relay }, NOW - 2 * DAY),
  logItem(14, ben, { type: 'recover', number: 2, newcomers: 0, federation: 2, validators: 1 }, NOW - 2 * DAY),
  logItem(15, ada, { type: 'revoke-invite', role: 'writer', issuer: ben }, NOW - DAY),
  logItem(16, ben, { type: 'propose', id: SUSPEND.id, change: SUSPEND.change, reason: 'Wrote the same advert forty times.' }, NOW - DAY),
  logItem(
    17,
    ben,
    {
      type: 'approve',
      subject: { type: 'request', id: CAROL.id, kind: 'join', name: CAROL.name, role: 'writer' },
      reason: 'She keeps the bees next door.',
    },
    NOW - 90 * MINUTE,
  ),
  logItem(
    18,
    ada,
    { type: 'reject', subject: { type: 'proposal', id: SUSPEND.id, change: SUSPEND.change }, reason: undefined },
    NOW - 80 * MINUTE,
  ),
  logItem(19, zoe, { type: 'request-role', role: 'gateway' }, NOW - 70 * MINUTE),
  logItem(20, ben, { type: 'entry', content: text('Frost tonight. Covered the seedlings in rows 3 to 6.') }, NOW - 60 * MINUTE, {
    count: 2,
  }),
  logItem(21, ada, { type: 'leave' }, NOW - 60 * MINUTE, { id: hex(1_000_020), height: 20, count: 2 }),
];

const SIGNED = logView(['Ada', 'Ben Okafor']);
const chain = (change: Partial<ChainView> = {}, log: Partial<LogView> = {}) =>
  chainView({
    members: MEMBERS,
    requests: [CAROL],
    proposals: [SUSPEND],
    log: { ...SIGNED, size: DEEDS.length, checkpoint: SIGNED.checkpoint && { ...SIGNED.checkpoint, size: DEEDS.length }, ...log },
    ...change,
  });

function withLog(view: ChainView = chain(), log: readonly LogItemView[] = DEEDS): FakeApp {
  const app = new FakeApp({ recovery: 'confirmed' });
  app.log = log.toReversed();
  app.setChain(view);
  return app;
}

const LOG: Route = { page: 'chain', id: CHAIN_ID, section: 'log' };
const CHECKPOINTS: Route = { page: 'chain', id: CHAIN_ID, section: 'checkpoints' };

/** A log of a hundred thousand entries, one a block. */
export function longLog(): FakeApp {
  const app = withLog(chain({}, { size: 100_000 }), []);
  app.logAt = (index) =>
    logItem(index, index % 1000 === 0 ? ada : zoe, { type: 'entry', content: text(`Entry ${index}`) }, NOW - (100_000 - index) * MINUTE);
  return app;
}

const PATTERNS = [
  '\u2068Ben Okafor\u2069 approved every one of 12 admissions, in a federation of 3. The others may not be looking.',
  '34 joined within 20 minutes from Thursday, 5 March 2026 at 14:02:11. A link may have leaked, or one person joined many times.',
];

const FOUR_SIGNED = logView(['relay.example.org', 'Ben Okafor', 'Harbour office', 'Chapter of the eastern valley and its farms'], [], {
  size: 1043,
  public: true,
});

const SEEN: LogView['seen'] = [
  {
    size: 42,
    root: 'ab'.repeat(32),
    agrees: true,
    signers: [
      { person: ben, name: 'key', as: 'publisher', signedAt: undefined },
      { person: ben, name: 'key', as: 'validator', signedAt: NOW - MINUTE },
      { person: relay, name: 'key', as: 'validator', signedAt: NOW - MINUTE },
      { person: undefined, name: 'witness.example/w1', as: 'witness', signedAt: NOW - MINUTE },
    ],
  },
  { size: 40, root: 'cd'.repeat(32), agrees: true, signers: [{ person: zoe, name: 'key', as: 'auditor', signedAt: NOW - 9 * MINUTE }] },
  { size: 51, root: 'ef'.repeat(32), agrees: false, signers: [{ person: undefined, name: hostile, as: 'former', signedAt: NOW }] },
];

const findings = (patterns: readonly string[], fault?: string): LogView['audit'] => ({
  findings: { height: 4213, admissions: 12, patterns, fault },
  looking: undefined,
  possible: true,
});

export const LOG_SCENES: Readonly<Record<string, () => Scene>> = {
  log: () => ({ app: withLog(), route: LOG }),
  'log-proof': () => ({ app: withLog(), route: LOG, act: [{ click: 'log-proof summary' }] }),
  'log-proof-early': () => {
    const app = withLog(chain({}, { checkpoint: undefined }));
    app.checkpointSize = 0;
    return { app, route: { ...LOG, item: hex(20) } };
  },
  'log-filtered': () => ({ app: withLog(), route: LOG, act: [{ choose: '#log-kind', value: 'decisions' }] }),
  'log-nothing-found': () => ({ app: withLog(), route: LOG, act: [{ fill: '#log-id', with: 'deadbeef' }, { click: '.log-find button' }] }),
  'log-wrong-id': () => ({ app: withLog(), route: LOG, act: [{ fill: '#log-id', with: 'the first one' }, { click: '.log-find button' }] }),
  'log-long': () => ({ app: longLog(), route: LOG }),
  'log-hostile': () => ({
    app: withLog(chain({ members: [...MEMBERS, fakeMember('66'.repeat(32), hostile, ['writer'])] }), [
      logItem(0, undefined, { type: 'genesis', name: hostile, founders: [{ ...zoe, name: hostile }] }, NOW - DAY),
      logItem(1, { ...zoe, name: hostile }, { type: 'entry', content: text('x'.repeat(2000)) }, NOW - DAY),
      logItem(
        2,
        zoe,
        { type: 'approve', subject: { type: 'request', id: hex(9), kind: 'knock', name: hostile, role: 'writer' }, reason: hostile },
        NOW,
      ),
    ]),
    route: LOG,
  }),
  'log-copying': () => {
    const app = withLog();
    app.logRefused = 'not-available';
    return { app, route: LOG };
  },
  checkpoints: () => ({ app: withLog(chain({}, { ...FOUR_SIGNED, seen: SEEN, audit: findings(PATTERNS) })), route: CHECKPOINTS }),
  'checkpoints-incomplete': () => ({
    app: withLog(chain({}, { ...logView(['Ada', 'Ben Okafor'], ['Ben Okafor']), audit: findings([]) })),
    route: CHECKPOINTS,
  }),
  'checkpoints-none': () => ({
    app: withLog(chain({}, { size: 7, checkpoint: undefined, contradictions: [{ size: 7, signers: [ben] }] })),
    route: CHECKPOINTS,
  }),
  'checkpoints-looking': () => ({
    app: withLog(chain({}, { audit: { ...findings(PATTERNS), looking: { done: 51_200, total: 100_000 } } })),
    route: CHECKPOINTS,
  }),
  'checkpoints-wrong': () => ({
    app: withLog(
      chain(
        { status: { ...chainView().status, verification: { type: 'wrong', height: 17, code: 'needs-approval', detail: '1 approved' } } },
        { audit: findings([], 'Block 17 is wrong (needs-approval): 1 federation members approved, the rule of its time asks for 2.') },
      ),
    ),
    route: CHECKPOINTS,
  }),
};
