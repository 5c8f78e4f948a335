/** Records of every kind, by hand, for the samples of the forms. */
import type { Records, Seat } from '../../src/core/codec/records.ts';
import { ruleHash } from '../../src/core/codec/rules.ts';
import { GENESIS_TIME, keyOf, seedOf, textBody, vectorChain } from './vector-chain.ts';
import { changes, ENDPOINT, nestedRule, operator, plan, recoveryKeys } from './vector-governance.ts';

const { first, invitation, inviteKey } = vectorChain;

const seats = (['a', 'b', 'c', 'd'] as const).map(
  (name): Seat => ({
    member: seedOf(`member ${name}`),
    node: keyOf(`node ${name}`),
    vote: keyOf(`vote ${name}`),
    note: keyOf(`note ${name}`),
    software: [1],
    ready: GENESIS_TIME,
  }),
);
/** Records of every kind but the rules, which have a sample of their own. */
export const records: { readonly [K in keyof Records]: readonly Records[K][] } = {
  chain: [{ version: 1, protocol: 1, genesisTime: GENESIS_TIME, epoch: 0 }],
  rules: [],
  trust: [
    first.trust,
    {
      epoch: 3,
      base: seedOf('closing block'),
      seats,
      auditors: [{ member: seedOf('auditor'), note: keyOf('auditor, note') }],
      auditorsQuorum: 1,
    },
  ],
  census: [{ members: 70_000, byRole: [1, 2, 3, 4, 5, 6, 300], liveInvitations: 4096 }],
  member: [
    {
      roles: ['writer', 'federation'],
      name: textBody('Ben').ref,
      since: GENESIS_TIME,
      invitation,
      request: seedOf('request'),
      nextKey: seedOf('next key'),
      rotations: 2,
      suspendedUntil: GENESIS_TIME + 1,
      operator,
      devices: [keyOf('ben'), keyOf('ben, telephone')],
      invitations: 128,
      left: false,
    },
  ],
  device: [{ member: seedOf('member a'), sequence: 23, roleMask: 255, added: GENESIS_TIME }],
  invitation: (['live', 'used', 'expired', 'revoked'] as const).map((status) => ({
    key: inviteKey,
    issuer: seedOf('member a'),
    role: 'relay',
    uses: 0,
    used: 1_000_000,
    expiry: GENESIS_TIME,
    shared: status === 'live',
    status,
    ended: status === 'live' ? 0 : GENESIS_TIME + 1,
    descendants: 24,
  })),
  request: (['pending', 'approved', 'rejected', 'expired', 'cancelled'] as const).map((status) => ({
    kind: ({ pending: 'join', approved: 'role', rejected: 'knock', expired: 'join', cancelled: 'role' } as const)[status],
    subject: seedOf('subject'),
    role: 'gateway',
    invitation: undefined,
    ruleHash: ruleHash(nestedRule),
    name: textBody('Ben').ref,
    operator,
    nextKey: seedOf('next key'),
    opened: GENESIS_TIME,
    until: GENESIS_TIME + 1,
    yes: [{ member: seedOf('member a'), leaf: 256, time: GENESIS_TIME }],
    no: [{ member: seedOf('member b'), leaf: 65_536, time: GENESIS_TIME }],
    status,
    ended: status === 'pending' ? 0 : GENESIS_TIME + 1,
  })),
  proposal: changes.map((change) => ({
    proposer: seedOf('member a'),
    change,
    trust: seedOf('trust set'),
    basis: seedOf('basis'),
    reason: undefined,
    opened: GENESIS_TIME,
    until: GENESIS_TIME + 1,
    yes: [{ member: seedOf('member a'), leaf: 256, time: GENESIS_TIME }],
    no: [],
    status: 'pending',
    ended: 0,
  })),
  office: [
    {
      node: keyOf('relay'),
      vote: keyOf('relay, vote'),
      note: keyOf('relay, note'),
      versions: [1, 2],
      ready: GENESIS_TIME,
      endpoints: [ENDPOINT],
    },
    { node: keyOf('auditor'), vote: undefined, note: keyOf('auditor, note'), versions: [], ready: 0, endpoints: [] },
  ],
  agenda: [{ requests: [seedOf('request')], proposals: [seedOf('proposal')], candidates: [seedOf('member a')] }],
  'device-link': [{ key: keyOf('device link'), roleMask: 6, expiry: GENESIS_TIME }],
  recovery: [
    { number: 0, keys: recoveryKeys, pending: undefined },
    { number: 1, keys: recoveryKeys, pending: { plan, effective: GENESIS_TIME } },
  ],
  activation: [{ version: 2, height: 1000 }],
  erasure: [
    { leaf: 65_536, member: seedOf('member a'), time: GENESIS_TIME },
    { leaf: 1, member: undefined, time: GENESIS_TIME },
  ],
  'erasure-count': [{ count: 100_000 }],
  'former-seats': [{ epochs: [{ epoch: 3, seats: [{ member: seedOf('member a'), vote: keyOf('a, vote') }, undefined] }] }],
  service: [{ last: 20_000, uptime: Uint8Array.of(0, 99, 100), streak: 2, circuits: 1024, kib: 1024 * 1024 }],
  attester: [
    {
      days: [
        { day: 19_999, relays: 1 },
        { day: 20_000, relays: 4 },
      ],
    },
  ],
  token: [{ since: GENESIS_TIME, until: GENESIS_TIME + 1 }],
  eligibility: [
    { since: GENESIS_TIME, until: GENESIS_TIME + 1 },
    { since: GENESIS_TIME, until: undefined },
  ],
  awards: [
    {
      lots: [{ member: seedOf('relay'), day: 20_000, weight: 64, height: 65_536 }],
      tokens: [seedOf('member a')],
      eligible: [seedOf('member b')],
    },
  ],
  retired: [{ member: seedOf('member a'), since: GENESIS_TIME }],
};
