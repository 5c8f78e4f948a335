/**
 * A recovery takes effect (DESIGN §5, *Broken chain*): others take over the federation and the seats. On a live chain at
 * the start of the first block after its delay; on a dead one at once, since every node has waited for itself.
 */
import { equal } from '../../base/bytes.ts';
import { asHash, type Hash } from '../../base/hash.ts';
import type { PublicKey } from '../../base/key.ts';
import { invariant } from '../../base/result.ts';
import type { Role } from '../../codec/primitives.ts';
import type { RecoveryPlan } from '../../codec/recovery.ts';
import { agendaOf, takeOffAgenda } from '../agenda.ts';
import type { ChangeTurn } from '../changes/change.ts';
import { planProblem } from '../checks/recovery.ts';
import { chainFactsOf, memberOf, trustSetOf } from '../facts.ts';
import { rememberSeats } from '../former-seats.ts';
import { recoveryOf } from '../recovery-state.ts';
import { putSeats, takeUp } from '../seats.ts';
import { SINGLETON, type StateDraft } from '../state.ts';
import { admit } from './admit.ts';
import { cancelOpen } from './cancel-open.ts';
import { closeProposal } from './close.ts';
import { gainRole, loseRole } from './roles.ts';
import { settleAll } from './settle.ts';

/** Asked for at the start of the first block at or after the time of the recovery that waits. It lapses if the chain has moved on so that it cannot be carried out. */
export function recoveryDue(turn: ChangeTurn): void {
  const { draft, recovery } = turn;
  const record = recoveryOf(draft, recovery);
  invariant(record.pending !== undefined, 'what is due is there');
  const { plan } = record.pending;
  draft.put('recovery', SINGLETON, { ...record, pending: undefined });
  if (planProblem({ ...turn, state: draft }, plan) === undefined) takeOver(turn, plan);
}

/**
 * Carries out a plan on a dead chain. The trust set that it leaves is that of the block which the recovery opens, in an
 * epoch that begins without any block that closed the one before; it follows from the state and the plan alone.
 */
export function takeOverAtOnce(turn: ChangeTurn, plan: RecoveryPlan): void {
  const { draft, parent, recovery } = turn;
  const before = trustSetOf(draft);
  const epoch = before.epoch + 1;
  draft.put('recovery', SINGLETON, { ...recoveryOf(draft, recovery), number: plan.number, pending: undefined });
  takeOver(turn, plan);
  rememberSeats(draft, before);
  draft.put('trust', SINGLETON, { ...trustSetOf(draft), epoch, base: parent });
  draft.put('chain', SINGLETON, { ...chainFactsOf(draft), epoch });
}

/** Carries out a plan that nothing speaks against. */
function takeOver(turn: ChangeTurn, plan: RecoveryPlan): void {
  const { draft } = turn;
  for (const newcomer of plan.newcomers) admitNewcomer(turn, plan, newcomer);
  if (plan.federation.length > 0) replaceFederation(turn, plan.federation);
  if (plan.validators.length > 0) replaceValidators(turn, plan.validators);
  if (plan.keys !== undefined) draft.put('recovery', SINGLETON, { ...recoveryOf(draft, turn.recovery), keys: plan.keys });
  settleAll(turn);
}

function admitNewcomer(
  { draft, chain, time }: ChangeTurn,
  { federation }: RecoveryPlan,
  newcomer: RecoveryPlan['newcomers'][number],
): void {
  const { node, name, nextKey } = newcomer;
  const role = federation.some((key) => equal(key, node)) ? 'federation' : 'validator';
  const found = { key: node, sequence: 0, role, name, nextKey, operator: undefined, invitation: undefined, request: undefined } as const;
  admit(draft, chain, time, found);
}

/** Whoever decided until now decides no more, and nothing of theirs that is open has an effect: no proposal outlives those for whom it was made. */
function replaceFederation({ draft, time }: ChangeTurn, nodes: readonly PublicKey[]): void {
  for (const proposal of agendaOf(draft).proposals) closeProposal(draft, proposal, 'cancelled', time);
  const ids = nodes.map((node) => memberBy(draft, node));
  for (const id of holdersBeside(draft, 'federation', ids)) {
    cancelOpen(draft, id, time);
    loseRole(draft, id, 'federation');
  }
  for (const id of ids) appoint(draft, id, 'federation');
}

/** Seats first, so that nobody gives up the last one. That they are ready, they have yet to say. */
function replaceValidators({ draft }: ChangeTurn, validators: RecoveryPlan['validators']): void {
  const { protocol } = chainFactsOf(draft);
  const seats = validators.map(({ node, vote, note }) => {
    return { member: memberBy(draft, node), node, vote, note, software: [protocol], ready: 0 };
  });
  putSeats(draft, seats);
  const ids = seats.map(({ member }) => member);
  for (const id of holdersBeside(draft, 'validator', ids)) loseRole(draft, id, 'validator');
  for (const { member: id, node, vote, note, software, ready } of seats) {
    appoint(draft, id, 'validator');
    takeOffAgenda(draft, 'candidates', id);
    draft.put('office', id, { node, vote, note, versions: software, ready, endpoints: draft.get('office', id)?.endpoints ?? [] });
  }
}

function memberBy(draft: StateDraft, node: PublicKey): Hash {
  const device = draft.get('device', node);
  invariant(device !== undefined, 'who is appointed is a member by now');
  return device.member;
}

function holdersBeside(draft: StateDraft, role: Role, ids: readonly Hash[]): readonly Hash[] {
  const holders = [...draft.all('member')].filter(({ id, value }) => value.roles.includes(role) && !ids.some((one) => equal(one, id)));
  return holders.map(({ id: place }) => {
    const id = asHash(place);
    invariant(id !== undefined, 'a member has a hash for its id');
    return id;
  });
}

/** A suspension by those who were replaced ends with them. */
function appoint(draft: StateDraft, id: Hash, role: 'federation' | 'validator'): void {
  const member = memberOf(draft, id);
  if (member.suspendedUntil !== undefined) {
    draft.put('member', id, { ...member, suspendedUntil: undefined });
    for (const one of member.roles) takeUp(draft, id, one);
  }
  if (!member.roles.includes(role)) gainRole(draft, id, role);
}
