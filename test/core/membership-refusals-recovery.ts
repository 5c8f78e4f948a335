/** What must be refused of evidence, upgrades and recovery, where everything else is in order: a line for each named check. */
import { nextKeyDigest, type PublicKey } from '../../src/core/base/key.ts';
import { ACTIVATION_AHEAD_MAX, MEMBERS_MAX, RULE_TIME_MS_MAX } from '../../src/core/base/limits.ts';
import type { Recovery } from '../../src/core/codec/genesis.ts';
import type { RecoveryPlan } from '../../src/core/codec/recovery.ts';
import {
  appointed,
  change,
  evidenceOf,
  linkDevice,
  newcomer,
  planOf,
  recovering,
  recoveryOf,
  trustOf,
  voteBy,
} from '../support/keys-world.ts';
import { hashOf, keyOf, refOf, type World } from '../support/world.ts';
import { type Case, census, WEAK_KEY } from './membership-refusals.ts';

type More = Pick<Case, 'overrides' | 'before'>;
const refused = (check: string, what: string, code: Case['code'], sender: string, action: Case['action'], more: More = {}): Case => {
  return { check, what, code, sender, action, ...more };
};

// ---------------------------------------------------------------- evidence

const against =
  (name: string, changes: object = {}, second: object = changes) =>
  (world: World) =>
    evidenceOf(voteBy(world, name, 'notarize', 'one', changes), voteBy(world, name, 'notarize', 'two', second));
const convicted = (check: string, what: string, code: Case['code'], action: Case['action'], more: More = {}) =>
  refused(check, what, code, 'dora', action, more);

const EVIDENCE: readonly Case[] = [
  convicted('votesAreOfThisChain', 'votes of another chain', 'wrong-chain', against('ben', { chain: hashOf('other') })),
  convicted('votesAreOfOneEpoch', 'votes of two epochs', 'evidence-refuted', (world) => {
    const { epoch } = trustOf(world);
    return against('alice', { epoch: epoch - 1 }, { epoch })(world);
  }),
  convicted('votesAreOfOneSeat', 'votes of an epoch to come', 'evidence-refuted', (world) =>
    against('ben', { epoch: trustOf(world).epoch + 1 })(world),
  ),
  convicted('votesAreOfOneSeat', 'votes of two validators', 'evidence-refuted', (world) =>
    evidenceOf(voteBy(world, 'ben', 'notarize', 'one'), voteBy(world, 'alice', 'notarize', 'two')),
  ),
  convicted('votesAreOfOneSeat', 'votes of a seat that there is not', 'evidence-refuted', (world) => {
    const vote = { ...voteBy(world, 'ben', 'notarize', 'one'), seat: 30 };
    return evidenceOf(vote, { ...voteBy(world, 'ben', 'notarize', 'two'), seat: 30 });
  }),
  convicted('votesAreOfOneView', 'votes of two views', 'evidence-refuted', against('ben', { view: 7 }, { view: 8 })),
  convicted('votesContradict', 'one vote twice', 'evidence-refuted', (world) =>
    evidenceOf(voteBy(world, 'ben', 'notarize', 'one'), voteBy(world, 'ben', 'notarize', 'one')),
  ),
  convicted('votesContradict', 'to notarize one and finalize another', 'evidence-refuted', (world) =>
    evidenceOf(voteBy(world, 'ben', 'notarize', 'one'), voteBy(world, 'ben', 'finalize', 'two')),
  ),
  convicted('votesContradict', 'to notarize and to nullify', 'evidence-refuted', (world) =>
    evidenceOf(voteBy(world, 'ben', 'notarize', 'one'), voteBy(world, 'ben', 'nullify', undefined)),
  ),
  convicted('voteKeyIsNotConvicted', 'the last validator convicted again', 'duplicate', against('alice'), {
    before: (world) => {
      world.act('alice', change(world, { type: 'withdraw', member: world.idOf('ben'), role: 'validator' }));
      world.act('dora', against('alice')(world));
    },
  }),
];

// ---------------------------------------------------------------- governance

const activate = (version: number, ahead: number) => (world: World) =>
  change(world, { type: 'activate', version, height: world.height + 1 + ahead });
const recoveryKeys = (recovery: Recovery) => (world: World) => change(world, { type: 'recovery-keys', recovery });
const by = (check: string, what: string, code: Case['code'], action: Case['action']) => refused(check, what, code, 'alice', action);

const CHANGES: readonly Case[] = [
  by('versionIsLater', 'a version that is in force', 'upgrade-refused', activate(1, 10)),
  by('activationIsAhead', 'an upgrade of now', 'upgrade-refused', activate(2, 0)),
  by('activationIsAhead', 'an upgrade of never', 'upgrade-refused', activate(2, ACTIVATION_AHEAD_MAX + 1)),
  by('newRecoveryKeysAreSound', 'more to sign than there are', 'recovery-refused', recoveryKeys(recoveryOf(['x', 'y'], 3))),
  by('newRecoveryKeysAreSound', 'nobody to sign', 'recovery-refused', recoveryKeys(recoveryOf(['x', 'y'], 0))),
  by('newRecoveryKeysAreSound', 'a key twice', 'recovery-refused', recoveryKeys(recoveryOf(['x', 'x'], 1))),
  by('newRecoveryKeysAreSound', 'no delay', 'recovery-refused', recoveryKeys(recoveryOf(['x', 'y'], 1, 0))),
  by('newRecoveryKeysAreSound', 'a delay for ever', 'recovery-refused', recoveryKeys(recoveryOf(['x', 'y'], 1, RULE_TIME_MS_MAX + 1))),
  by('recoveryWaits', 'to cancel what there is not', 'recovery-refused', (world) => change(world, { type: 'cancel-recovery', number: 1 })),
];

// ---------------------------------------------------------------- certificates and plans

const TAKEOVER = { federation: [keyOf('ben')] };
const plan = (changes: Partial<RecoveryPlan>, signers?: readonly string[]) => (world: World) => recovering(planOf(world, changes), signers);
const recovery = (check: string, what: string, code: Case['code'], action: Case['action'], more: More = {}) =>
  refused(check, what, code, 'stranger', action, more);
const zoe = newcomer('zoe');
const APPOINTED = { federation: [zoe.node] };
const seatOf = (name: string, changes: { readonly node?: PublicKey; readonly vote?: PublicKey; readonly note?: PublicKey } = {}) => {
  return { validators: [{ ...appointed(name), ...changes }] };
};

const CERTIFICATES: readonly Case[] = [
  recovery('hasSignatures(1)', 'signed twice by its sender', 'bad-signature', plan(TAKEOVER), { overrides: { signatures: 2 } }),
  refused('senderIsNotRetired', 'sent by a key that left', 'key-retired', 'dora', plan(TAKEOVER), {
    before: (world) => void world.leave('dora'),
  }),
  refused('sequenceAdvances', 'sent by a member under a spent sequence', 'stale-sequence', 'dora', plan(TAKEOVER), {
    overrides: { sequence: 1 },
  }),
  recovery('certificateIsForThisChain', 'of another chain', 'wrong-chain', plan({ ...TAKEOVER, chain: hashOf('other') })),
  recovery('certificateIsNext', 'a number that is not next', 'recovery-refused', plan({ ...TAKEOVER, number: 2 })),
  recovery('certificateIsNext', 'the same certificate again', 'recovery-refused', plan(TAKEOVER), {
    before: (world) => void world.act('someone', plan(TAKEOVER)(world)),
  }),
  recovery('enoughRecoveryKeysSigned', 'one of two keys', 'recovery-refused', plan(TAKEOVER, ['r1'])),
  recovery('enoughRecoveryKeysSigned', 'one key twice', 'recovery-refused', plan(TAKEOVER, ['r1', 'r1'])),
  recovery('enoughRecoveryKeysSigned', 'a key that the chain does not name', 'recovery-refused', plan(TAKEOVER, ['r1', 'r2', 'thief'])),
  recovery('enoughRecoveryKeysSigned', 'where no keys are named', 'recovery-refused', plan(TAKEOVER), {
    before: (world) => void world.act('alice', change(world, { type: 'recovery-keys', recovery: { threshold: 0, delayMs: 0, keys: [] } })),
  }),
  recovery('certificateBaseIsPast', 'a base to come', 'recovery-refused', (world) =>
    recovering(planOf(world, { ...TAKEOVER, height: world.height + 1 })),
  ),
  recovery('certificateBaseIsPast', 'another block than the last', 'recovery-refused', plan({ ...TAKEOVER, base: hashOf('other') })),

  recovery('planReplacesSomething', 'a plan for nothing', 'recovery-refused', plan({})),
  recovery('newcomersAreNew', 'a newcomer twice', 'recovery-refused', plan({ ...APPOINTED, newcomers: [zoe, zoe] })),
  recovery(
    'newcomersAreNew',
    'a newcomer with a weak key',
    'bad-key',
    plan({ federation: [WEAK_KEY], newcomers: [{ ...zoe, node: WEAK_KEY }] }),
  ),
  recovery('newcomersAreNew', 'a member as a newcomer', 'already-member', plan({ ...TAKEOVER, newcomers: [newcomer('ben')] })),
  recovery(
    'newcomersComeAsAnybody',
    'a newcomer whose name is a book',
    'too-large',
    plan({ ...APPOINTED, newcomers: [{ ...zoe, name: refOf('zoe', 1000) }] }),
  ),
  recovery(
    'newcomersComeAsAnybody',
    'a newcomer without another key',
    'bad-key',
    plan({ ...APPOINTED, newcomers: [{ ...zoe, nextKey: nextKeyDigest(zoe.node) }] }),
  ),
  recovery('membersHaveRoomForNewcomers', 'a newcomer to a full chain', 'role-full', plan({ ...APPOINTED, newcomers: [zoe] }), {
    before: (world) => census(world, { members: MEMBERS_MAX }),
  }),
  recovery('newcomersAreAppointed', 'a newcomer for nothing', 'recovery-refused', plan({ ...TAKEOVER, newcomers: [zoe] })),
  recovery('federationIsOfMembers', 'a stranger in the federation', 'member-unknown', plan({ federation: [keyOf('zoe')] })),
  recovery('federationIsOfMembers', 'a linked device in the federation', 'member-unknown', plan({ federation: [keyOf('laptop')] }), {
    before: (world) => void linkDevice(world, 'ben', 'laptop'),
  }),
  recovery('federationIsOfMembers', 'a member twice', 'recovery-refused', plan({ federation: [keyOf('ben'), keyOf('ben')] })),
  recovery('federationIsEnough', 'fewer than the rules ask of', 'last-federation', plan(TAKEOVER), {
    before: (world) => world.rules({ governance: [{ kind: 3, approvals: 2 }] }),
  }),
  recovery('validatorsAreMembers', 'a stranger with a seat', 'member-unknown', plan(seatOf('zoe'))),
  recovery(
    'validatorsAreMembers',
    'a member with two seats',
    'recovery-refused',
    plan({
      validators: [appointed('ben'), { ...appointed('other'), node: keyOf('ben') }],
    }),
  ),
  recovery('validatorsAuditNothing', 'an auditor with a seat', 'role-conflict', plan(seatOf('ann'))),
  recovery('seatKeysAreAdmissible', 'a weak vote key', 'bad-key', plan(seatOf('ben', { vote: WEAK_KEY }))),
  recovery('seatKeysAreAdmissible', 'a weak note key', 'bad-key', plan(seatOf('ben', { note: WEAK_KEY }))),
  recovery('seatKeysAreApart', 'a node key to vote', 'bad-key', plan(seatOf('ben', { vote: keyOf('alice') }))),
  recovery('seatKeysAreApart', 'an auditor’s note key', 'bad-key', plan(seatOf('ben', { note: keyOf('ann, note') }))),
  recovery(
    'seatKeysAreApart',
    'the note key of an auditor who is suspended',
    'bad-key',
    plan(seatOf('ben', { note: keyOf('ann, note') })),
    {
      before: (world) => void world.act('alice', change(world, { type: 'suspend', members: [world.idOf('ann')] })),
    },
  ),
  recovery(
    'seatKeysAreApart',
    'a newcomer with the vote key of a member who runs a relay',
    'bad-key',
    plan({ newcomers: [zoe], ...seatOf('zoe', { vote: keyOf('cleo, vote') }) }),
  ),
  recovery(
    'seatKeysAreApart',
    'one vote key for two',
    'bad-key',
    plan({
      validators: [appointed('ben'), { ...appointed('cleo'), vote: appointed('ben').vote }],
    }),
  ),
  recovery('newKeysAreSound', 'recovery keys that cannot recover', 'recovery-refused', plan({ keys: recoveryOf(['x'], 2) })),
];

export const RECOVERING: readonly Case[] = [...EVIDENCE, ...CHANGES, ...CERTIFICATES];
