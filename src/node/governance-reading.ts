/** Requests and proposals out of final state, as a person meets them: with names, reasons and how far each has come. */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { asPublicKey } from '../core/base/key.ts';
import { type Decision, memberIdOf, type ProposalRecord, type RequestRecord } from '../core/codec/records.ts';
import { agendaOf } from '../core/membership/agenda.ts';
import { approvalsAsked, issuerAsked } from '../core/membership/asking.ts';
import { rulesOf } from '../core/membership/facts.ts';
import { federationOf } from '../core/membership/federation.ts';
import type { State } from '../core/membership/state.ts';
import { approvalsFor } from '../core/policy/governance.ts';
import { mayWrite } from '../core/policy/roles.ts';
import type { ChainNode } from './chain-node.ts';
import type { Decidable, DecisionInfo, ProposalInfo, RequestInfo } from './governance-info.ts';
import { nameOf, personOf } from './persons.ts';
import type { Reasons } from './reasons.ts';

/** Decided requests or proposals that one reading gives, the latest of them. */
export const DECIDED_SHOWN = 100;

interface Decided {
  readonly opened: number;
  readonly until: number;
  readonly yes: readonly Decision[];
  readonly no: readonly Decision[];
  readonly status: RequestRecord['status'];
  readonly ended: number;
}

export class GovernanceReading {
  readonly #node: ChainNode;
  readonly #reasons: Reasons;

  constructor(node: ChainNode, reasons: Reasons) {
    this.#node = node;
    this.#reasons = reasons;
  }

  get #state(): State {
    return this.#node.ledger.state;
  }

  requests(): readonly RequestInfo[] {
    const { requests } = agendaOf(this.#state);
    return [...requests, ...latestDecided(this.#state.all('request'))].flatMap((id) => this.request(id) ?? []);
  }

  proposals(): readonly ProposalInfo[] {
    const { proposals } = agendaOf(this.#state);
    return [...proposals, ...latestDecided(this.#state.all('proposal'))].flatMap((id) => this.proposal(id) ?? []);
  }

  request(id: Hash): RequestInfo | undefined {
    const record = this.#state.get('request', id);
    if (record === undefined) return undefined;
    const { kind, role, operator, invitation, status } = record;
    const issuer = invitation === undefined ? undefined : this.#state.get('invitation', invitation)?.issuer;
    const asked = status === 'pending' ? issuerAsked(this.#state, record) : undefined;
    const decidable = this.#decidable(id, record, Math.max(this.#approvalsAsked(record), asked === undefined ? 0 : 1));
    return {
      ...decidable,
      yoursToDecide: decidable.yoursToDecide || (asked !== undefined && this.#isOpenTo(record, asked)),
      issuerAsked: asked === undefined ? undefined : personOf(this.#node, asked),
      kind,
      name: this.#askerName(record),
      role,
      member: this.#memberBehind(record),
      invitation,
      invitedBy: issuer === undefined ? undefined : personOf(this.#node, issuer),
      operator,
    };
  }

  /** A decided one whose invitation may be gone asked for what it was given. */
  #approvalsAsked(record: RequestRecord): number {
    return record.status === 'pending' ? approvalsAsked(this.#state, record) : record.yes.length;
  }

  #askerName({ kind, subject, name }: RequestRecord): string {
    return kind === 'role' ? personOf(this.#node, subject).name : nameOf(this.#node, name, subject);
  }

  /** The member who asks for a role, or who came in by this request. */
  #memberBehind({ kind, subject, status }: RequestRecord): Hash | undefined {
    if (kind === 'role') return subject;
    const key = asPublicKey(subject);
    return status === 'approved' && key !== undefined ? memberIdOf(this.#node.chain, key) : undefined;
  }

  proposal(id: Hash): ProposalInfo | undefined {
    const record = this.#state.get('proposal', id);
    if (record === undefined) return undefined;
    const { proposer, change, reason } = record;
    return {
      ...this.#decidable(id, record, this.#approvalsFor(record)),
      proposer: personOf(this.#node, proposer),
      change,
      reason: reason === undefined ? undefined : this.#node.ledger.name(reason),
    };
  }

  #approvalsFor({ status, change, yes }: ProposalRecord): number {
    return status === 'pending' ? approvalsFor(rulesOf(this.#state), change.type, federationOf(this.#state)) : yes.length;
  }

  #decidable(id: Hash, record: Decided, needed: number): Decidable {
    const { opened, until, status, ended } = record;
    return { id, opened, until, status, ended, needed, decisions: this.decisions(record), yoursToDecide: this.#isYours(record) };
  }

  /** In the order in which they were made. */
  decisions({ yes, no }: Pick<Decided, 'yes' | 'no'>): readonly DecisionInfo[] {
    const all = [...yes.map((one) => this.#decision(one, true)), ...no.map((one) => this.#decision(one, false))];
    return all.sort((a, b) => a.leaf - b.leaf);
  }

  #decision({ member, leaf, time }: Decision, approves: boolean): DecisionInfo {
    const { name, you } = personOf(this.#node, member);
    return { member, name, you, approves, time, leaf, reason: this.#reasons.at(leaf) };
  }

  #isYours(record: Decided): boolean {
    const self = this.#node.self();
    return self?.roles.includes('federation') === true && this.#isOpenTo(record, self.id);
  }

  /** Whether this device acts for that member, who has not decided. */
  #isOpenTo({ status, yes, no }: Decided, member: Hash): boolean {
    const self = this.#node.self();
    if (status !== 'pending' || self === undefined || !equal(self.id, member) || !mayWrite(self.roles)) return false;
    return ![...yes, ...no].some((decision) => equal(decision.member, member));
  }
}

function latestDecided(records: Iterable<{ readonly id: Uint8Array; readonly value: Decided }>): readonly Hash[] {
  const decided = [...records].filter(({ value }) => value.status !== 'pending');
  decided.sort((a, b) => b.value.ended - a.value.ended);
  return decided.slice(0, DECIDED_SHOWN).map(({ id }) => id as Hash);
}
