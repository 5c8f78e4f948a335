/**
 * What a replay sees of who was let in (DESIGN §7): each admission and each role gained, with the approvals that it rests on
 * and the rule of its time. The block was executed by the rules already; here each admission is held against its rule once
 * more, from the records alone, so that a mistake in a transition would have to be made twice.
 */
import { compare, equal, toHex } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { asPublicKey } from '../base/key.ts';
import type { BodyRef } from '../codec/body.ts';
import type { Role } from '../codec/primitives.ts';
import { type Decision, memberIdOf, type RequestRecord } from '../codec/records.ts';
import type { RecoveryPlan } from '../codec/recovery.ts';
import { ruleHash } from '../codec/rules.ts';
import type { Transaction } from '../codec/transaction.ts';
import type { ChainPoint } from '../consensus/execute.ts';
import { agendaOf } from '../membership/agenda.ts';
import { approvalsAsked, firstRole, ruleOf, verdictOn } from '../membership/asking.ts';
import { censusOf, countOf } from '../membership/facts.ts';
import { SINGLETON, type State } from '../membership/state.ts';

/** Somebody was let in, or gained a role by asking for it. */
export interface SeenAdmission {
  readonly member: Hash;
  readonly name: BodyRef;
  readonly role: Role;
  /** `role`: a member asked for one more. `recovery`: a recovery certificate brought it in. */
  readonly how: 'invitation' | 'request' | 'knock' | 'role' | 'recovery';
  readonly height: number;
  readonly time: number;
  /** When it asked; the time itself where nobody was asked. */
  readonly asked: number;
  readonly needed: number;
  readonly approvals: readonly Decision[];
  /** What is wrong with it, by the rule of its time; `undefined` if nothing is. */
  readonly problem: string | undefined;
}

/** Members who decide: their number changed from `before` to `count`. */
export interface SeenFederation {
  readonly height: number;
  readonly time: number;
  readonly before: number;
  readonly count: number;
}

/** What one block did to who is in and who decides. */
export interface SeenBlock {
  readonly admissions: readonly SeenAdmission[];
  readonly federation: SeenFederation | undefined;
}

const NOTHING: SeenBlock = { admissions: [], federation: undefined };

/** What the block of `after` did. */
export function seeBlock(before: ChainPoint, after: ChainPoint, transactions: readonly Transaction[]): SeenBlock {
  // Nobody comes, goes or gains a role without the census telling.
  if (censusOf(before.state) === censusOf(after.state)) return NOTHING;
  const admissions = [...joinsOf(before, after, transactions), ...grantsOf(before, after, transactions)];
  return { admissions, federation: federationOf(before, after) };
}

function federationOf(before: ChainPoint, { header, state }: ChainPoint): SeenFederation | undefined {
  const [had, count] = [countOf(censusOf(before.state), 'federation'), countOf(censusOf(state), 'federation')];
  return count === had ? undefined : { height: header.height, time: header.time, before: had, count };
}

// ---------------------------------------------------------------- those whom nobody was asked about

function joinsOf(before: ChainPoint, after: ChainPoint, transactions: readonly Transaction[]): readonly SeenAdmission[] {
  const { chain } = after.header;
  const plans = [before.state.get('recovery', SINGLETON)?.pending?.plan, ...transactions.map(planIn)];
  const recovered = plans.flatMap((plan) => plan?.newcomers ?? []).map(({ node }) => memberIdOf(chain, node));
  const invited = transactions.flatMap(({ unsigned: { action, sender } }) => (action.type === 'join' ? memberIdOf(chain, sender) : []));
  return [
    ...recovered.flatMap((id) => cameIn(before, after, id, 'recovery')),
    ...invited.flatMap((id) => cameIn(before, after, id, 'invitation')),
  ];
}

/** The plan that a transaction carries out on a dead chain; one that waits on a live chain is carried out by time. */
function planIn({ unsigned: { action } }: Transaction): RecoveryPlan | undefined {
  return action.type === 'recover' ? action.certificate.plan : undefined;
}

function cameIn(before: ChainPoint, after: ChainPoint, id: Hash, how: 'invitation' | 'recovery'): readonly SeenAdmission[] {
  const member = after.state.get('member', id);
  if (member === undefined || member.request !== undefined || before.state.get('member', id) !== undefined) return [];
  const { height, time } = after.header;
  const invitation = member.invitation === undefined ? undefined : after.state.get('invitation', member.invitation);
  // Founded by recovery keys, whose certificate the block's execution has judged.
  const role = invitation === undefined ? (member.roles[0] ?? 'observer') : firstRole(before.state, invitation.role, true);
  const asking = { kind: 'join', role, invitation: member.invitation } as const;
  const admits = how === 'recovery' || [before.state, after.state].some((state) => admitsAlone(state, asking));
  const problem = admits ? undefined : 'came in by an invitation alone, where the rule asks for more';
  return [{ member: id, name: member.name, role, how, height, time, asked: time, needed: 0, approvals: [], problem }];
}

function admitsAlone(state: State, asking: Parameters<typeof approvalsAsked>[1]): boolean {
  return approvalsAsked(state, asking) === 0 && verdictOn(state, asking, 0).admits;
}

// ---------------------------------------------------------------- requests that were approved

function grantsOf(before: ChainPoint, after: ChainPoint, transactions: readonly Transaction[]): readonly SeenAdmission[] {
  const ids = new Map<string, Hash>(agendaOf(before.state).requests.map((id) => [toHex(id), id]));
  // Opened and granted in one block, a knock by the decision that carries it in.
  for (const { id, unsigned } of transactions) {
    const { action } = unsigned;
    if (action.type === 'approve') ids.set(toHex(action.subject), action.subject);
    if (action.type === 'join' || action.type === 'request-role') ids.set(toHex(id), id);
  }
  return [...ids.values()].flatMap((id) => {
    const record = after.state.get('request', id);
    const wasOpen = before.state.get('request', id)?.status ?? 'pending';
    return record?.status === 'approved' && wasOpen === 'pending' ? [granted(before, after, record)] : [];
  });
}

function granted(before: ChainPoint, after: ChainPoint, record: RequestRecord): SeenAdmission {
  const { height, time, chain } = after.header;
  const key = asPublicKey(record.subject);
  const member = record.kind === 'role' || key === undefined ? record.subject : memberIdOf(chain, key);
  const { name, role, opened: asked, yes: approvals } = record;
  const how = record.kind === 'join' ? 'request' : record.kind;
  const states = statesOfRule(before.state, after.state, record);
  const needed = Math.min(Number.POSITIVE_INFINITY, ...states.map((state) => approvalsAsked(state, record)));
  const problem =
    states.length === 0 ? 'counted under a rule that was not in force' : problemWith(before.state, after.state, record, needed);
  return { member, name, role, how, height, time, asked, needed, approvals, problem };
}

/** In which of the two states the rule was in force that its approvals count under. */
function statesOfRule(before: State, after: State, { role, ruleHash: counted }: RequestRecord): readonly State[] {
  return [after, before].filter((state) => equal(ruleHash(ruleOf(state, role)), counted));
}

function problemWith(before: State, after: State, { yes }: RequestRecord, needed: number): string | undefined {
  const members = [...yes].map(({ member }) => member).sort(compare);
  if (members.some((member, i) => i > 0 && equal(member, members[i - 1] ?? member))) return 'one member’s approval counted twice';
  const counted = members.filter((member) => [before, after].some((state) => decides(state, member)));
  return counted.length < needed ? `${counted.length} federation members approved, the rule of its time asks for ${needed}` : undefined;
}

function decides(state: State, id: Hash): boolean {
  const member = state.get('member', id);
  return member?.roles.includes('federation') === true && !member.left;
}
