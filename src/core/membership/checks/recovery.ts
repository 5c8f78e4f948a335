/**
 * Checks of `recover`: what a certificate must be, and what its plan may do. That the recovery keys have signed is checked
 * at the border; whose keys they are, here.
 */
import { equal, toHex } from '../../base/bytes.ts';
import type { Hash } from '../../base/hash.ts';
import { isAdmissibleKey, type PublicKey } from '../../base/key.ts';
import { MEMBERS_MAX } from '../../base/limits.ts';
import type { Refusal } from '../../base/result.ts';
import { memberIdOf } from '../../codec/records.ts';
import { type RecoveryPlan, recoveryKeyDigest } from '../../codec/recovery.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import { isInMask } from '../../policy/roles.ts';
import { rulesProblem } from '../../policy/soundness.ts';
import type { ChangeContext } from '../changes/change.ts';
import { censusOf, memberOf, rulesOf } from '../facts.ts';
import { recoveryOf } from '../recovery-state.ts';
import { keysOf, officeKeysBeside } from '../seats.ts';
import type { StateReader } from '../state.ts';
import { keyProblem, nameProblem, nextKeyProblem } from './asking.ts';
import { no } from './check.ts';
import { recoveryKeysProblem } from './recovery-keys.ts';

/** What a check of a certificate may look at: whoever brings it, and when, makes no difference. */
type RecoverCheck = (context: ChangeContext, recover: Recover) => Refusal | undefined;
type PlanCheck = (context: ChangeContext, plan: RecoveryPlan) => Refusal | undefined;

/** What carries a certificate. */
export type Recover = Pick<ActionOf<'recover'>, 'certificate'>;

const refused = (detail: string) => no('recovery-refused', detail);

// ---------------------------------------------------------------- the certificate

export const certificateIsForThisChain: RecoverCheck = ({ chain }, { certificate }) =>
  equal(certificate.plan.chain, chain) ? undefined : no('wrong-chain', 'the certificate names another chain');

/** So that each counts once, whatever became of it. */
export const certificateIsNext: RecoverCheck = ({ state, recovery }, { certificate }) => {
  const next = recoveryOf(state, recovery).number + 1;
  return certificate.plan.number === next ? undefined : refused(`certificate ${certificate.plan.number}, ${next} comes next`);
};

/** Distinct keys, each one that the chain names. */
export const enoughRecoveryKeysSigned: RecoverCheck = ({ state, recovery }, { certificate: { signatures } }) => {
  const { keys, threshold } = recoveryOf(state, recovery).keys;
  const signers = signatures.map(({ key }) => recoveryKeyDigest(key));
  const sound = signatures.every(({ key }) => isAdmissibleKey(key));
  const named = sound && signers.every((digest) => keys.some((one) => equal(one, digest)));
  const enough = keys.length > 0 && new Set(signers.map(toHex)).size === signers.length && signers.length >= threshold;
  return named && enough ? undefined : refused(`${signers.length} recovery keys signed, ${threshold} that the chain names are needed`);
};

/**
 * The state knows the id of the block before, of no earlier one: whoever signed saw the chain up to there, and the number
 * and the chain bind the certificate anyway.
 */
export const certificateBaseIsPast: RecoverCheck = ({ height, parent }, { certificate: { plan } }) => {
  if (plan.height >= height) return refused(`the base is at height ${plan.height}, this block at ${height}`);
  return plan.height < height - 1 || equal(plan.base, parent) ? undefined : refused('the base is another block than the one before');
};

// ---------------------------------------------------------------- on a dead chain

/** Nothing may be final above the base. */
const certificateBaseIsParent: RecoverCheck = ({ height, parent }, { certificate: { plan } }) =>
  plan.height === height - 1 && equal(plan.base, parent) ? undefined : refused('the chain went on above the base');

/** Those before do not come back: without others the chain stays dead. */
const planAppointsValidators: RecoverCheck = (_, { certificate }) =>
  certificate.plan.validators.length > 0 ? undefined : refused('the certificate names no validators');

export const planCanTakeEffect: RecoverCheck = (context, { certificate }) => planProblem(context, certificate.plan);

/** What speaks against a dead chain going on by the certificate. */
export const AT_ONCE: readonly RecoverCheck[] = [
  certificateIsForThisChain,
  certificateIsNext,
  enoughRecoveryKeysSigned,
  certificateBaseIsParent,
  planAppointsValidators,
  planCanTakeEffect,
];

// ---------------------------------------------------------------- the plan

const planReplacesSomething: PlanCheck = (_, { federation, validators, keys }) =>
  federation.length > 0 || validators.length > 0 || keys !== undefined ? undefined : refused('the certificate replaces nothing');

const newcomersAreNew: PlanCheck = ({ state }, { newcomers }) => {
  if (repeats(newcomers.map(({ node }) => node))) return refused('a newcomer is named twice');
  if (!newcomers.every(({ node }) => isAdmissibleKey(node))) return no('bad-key', 'a newcomer’s key is not a sound Ed25519 key');
  return first(newcomers.map(({ node }) => keyProblem(state, node)));
};

const newcomersComeAsAnybody: PlanCheck = (_, { newcomers }) =>
  first(newcomers.map(({ node, name, nextKey }) => nameProblem(name) ?? nextKeyProblem(node, nextKey)));

const membersHaveRoomForNewcomers: PlanCheck = ({ state }, { newcomers }) =>
  censusOf(state).members + newcomers.length <= MEMBERS_MAX ? undefined : no('role-full', `the chain has ${MEMBERS_MAX} members`);

const newcomersAreAppointed: PlanCheck = (_, { newcomers, federation, validators }) => {
  const appointed = [...federation, ...validators.map(({ node }) => node)];
  return newcomers.every(({ node }) => appointed.some((key) => equal(key, node))) ? undefined : refused('a newcomer comes for nothing');
};

const federationIsOfMembers: PlanCheck = (context, { federation, newcomers }) =>
  appointedProblem(context, newcomers, 'federation', federation);

const federationIsEnough: PlanCheck = ({ state }, { federation }) => {
  const problem = federation.length === 0 ? undefined : rulesProblem(rulesOf(state), federation.length);
  return problem === undefined ? undefined : no('last-federation', problem);
};

const validatorsAreMembers: PlanCheck = (context, { validators, newcomers }) =>
  appointedProblem(
    context,
    newcomers,
    'validator',
    validators.map(({ node }) => node),
  );

const validatorsAuditNothing: PlanCheck = ({ state }, { validators }) => {
  const auditor = validators.find(({ node }) => {
    const device = state.get('device', node);
    return device !== undefined && memberOf(state, device.member).roles.includes('auditor');
  });
  return auditor === undefined ? undefined : no('role-conflict', 'nobody is auditor and validator at once');
};

const seatKeysAreAdmissible: PlanCheck = (_, { validators }) =>
  validators.every(({ vote, note }) => isAdmissibleKey(vote) && isAdmissibleKey(note))
    ? undefined
    : no('bad-key', 'a vote or note key is not a sound Ed25519 key');

/** One key in two places would be one signer in two places. */
const seatKeysAreApart: PlanCheck = ({ state }, { validators, newcomers }) => {
  const keys = validators.flatMap(keysOf);
  const used = keys.some((key) => state.get('device', key) !== undefined || state.get('retired', key) !== undefined);
  return used || repeats([...keys, ...newcomers.map(({ node }) => node)]) || validators.some((one) => hasKeyOfOther(state, one))
    ? no('bad-key', 'a vote or note key is used in two places, or was retired')
    : undefined;
};

function hasKeyOfOther(state: StateReader, validator: RecoveryPlan['validators'][number]): boolean {
  const taken = officeKeysBeside(state, state.get('device', validator.node)?.member);
  return keysOf(validator).some((key) => taken.some((one) => equal(one, key)));
}

const newKeysAreSound: PlanCheck = (_, { keys }) => {
  const problem = keys === undefined ? undefined : recoveryKeysProblem(keys);
  return problem === undefined ? undefined : refused(problem);
};

const PLAN_CHECKS: readonly PlanCheck[] = [
  planReplacesSomething,
  newcomersAreNew,
  newcomersComeAsAnybody,
  membersHaveRoomForNewcomers,
  newcomersAreAppointed,
  federationIsOfMembers,
  federationIsEnough,
  validatorsAreMembers,
  validatorsAuditNothing,
  seatKeysAreAdmissible,
  seatKeysAreApart,
  newKeysAreSound,
];

/** Why the plan cannot be carried out on this state; `undefined` if it can. */
export function planProblem(context: ChangeContext, plan: RecoveryPlan): Refusal | undefined {
  return first(PLAN_CHECKS.map((check) => check(context, plan)));
}

/** Each is a device of a member, or a newcomer, that may act in the role; no member is named twice. */
function appointedProblem(
  { state, chain }: ChangeContext,
  newcomers: RecoveryPlan['newcomers'],
  role: 'federation' | 'validator',
  nodes: readonly PublicKey[],
): Refusal | undefined {
  const ids: Hash[] = [];
  for (const node of nodes) {
    const device = state.get('device', node);
    const isNewcomer = newcomers.some((one) => equal(one.node, node));
    if (device === undefined ? !isNewcomer : !isInMask(device.roleMask, role)) {
      return no('member-unknown', `no member’s node of full rights has a key that is named for ${role}`);
    }
    ids.push(device?.member ?? memberIdOf(chain, node));
  }
  return repeats(ids) ? refused(`a member is named twice for ${role}`) : undefined;
}

function first(problems: readonly (Refusal | undefined)[]): Refusal | undefined {
  return problems.find((problem) => problem !== undefined);
}

function repeats(items: readonly Uint8Array[]): boolean {
  return new Set(items.map(toHex)).size < items.length;
}
