/**
 * How a chain governs itself: what waits to be decided, deciding it, what a decision leads to, and why each member is
 * here. All of it is read from final state; what is asked here settles once it is durable on this device.
 */
import type { Hash } from '../core/base/hash.ts';
import { RefusalError } from '../core/base/result.ts';
import type { Change, ChangeKind } from '../core/codec/governance.ts';
import type { Operator } from '../core/codec/operator.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { RoleRule, Rules } from '../core/codec/rules.ts';
import { rulesOf } from '../core/membership/facts.ts';
import type { RuleLine } from '../core/policy/words.ts';
import type { Acting } from './acting.ts';
import type { ChainNode } from './chain-node.ts';
import type { AdmissionStory, Consequence, KnockInfo, ProposalInfo, RequestInfo } from './governance-info.ts';

const notYet = () => new RefusalError({ code: 'failed', detail: 'this comes with the next commits' });

export class Governance {
  readonly #node: ChainNode;
  readonly #acting: Acting;

  constructor(node: ChainNode, acting: Acting) {
    this.#node = node;
    this.#acting = acting;
  }

  /** Requests to join or for a role: those that wait first, oldest first, then the decided ones that the state still has, newest first. */
  requests(): readonly RequestInfo[] {
    return [];
  }

  /** Proposals, in the same order. */
  proposals(): readonly ProposalInfo[] {
    return [];
  }

  /** Those who knocked at this node and wait off the log. */
  knocks(): readonly KnockInfo[] {
    return [];
  }

  /** Approves a request, a proposal or a knock. Throws `RefusalError`: `not-allowed`, `already-decided`, `request-closed`, `request-unknown`, … */
  async approve(_id: Hash, _reason?: string): Promise<void> {
    throw notYet();
  }

  /** Rejects it, likewise. */
  async reject(_id: Hash, _reason?: string): Promise<void> {
    throw notYet();
  }

  /** Asks for a role; gives the request's id. */
  async requestRole(role: Role, operator?: Operator): Promise<Hash> {
    return this.#acting.act({ type: 'request-role', role, operator });
  }

  /** Proposes a change, bound to the trust set as it is now; gives the proposal's id. Proposing counts as the proposer's approval. */
  async propose(_change: Change, _reason?: string): Promise<Hash> {
    throw notYet();
  }

  /** Proposes other rules: those in force with these parts changed. */
  changeRules(edit: Partial<Rules>, reason?: string): Promise<Hash> {
    return this.propose({ type: 'rules', rules: { ...this.rules(), ...edit } }, reason);
  }

  /** Proposes another rule for one role. */
  setRoleRule(_role: Role, _edit: Partial<Omit<RoleRule, 'role'>>, _reason?: string): Promise<Hash> {
    throw notYet();
  }

  /** Proposes how many must approve a kind of change; 0 leaves it to the majority. */
  setApprovals(_kind: ChangeKind, _approvals: number, _reason?: string): Promise<Hash> {
    throw notYet();
  }

  /** Proposes a fresh network key; who holds the present one is led to it. */
  changeNetworkKey(_reason?: string): Promise<Hash> {
    throw notYet();
  }

  /** Proposes a protocol version from a height on. */
  activate(version: number, height: number, reason?: string): Promise<Hash> {
    return this.propose({ type: 'activate', version, height }, reason);
  }

  /** What a change, or what waits under an id, would do if it took effect now. */
  consequence(_of: Change | Hash): Consequence {
    throw notYet();
  }

  /** Why a member is here; `undefined` for somebody the state does not know. */
  why(_member: Hash): AdmissionStory | undefined {
    return undefined;
  }

  /** Members who came through an invitation, or through invitations of those, and have not left. */
  lineage(_invitation: Hash): readonly Hash[] {
    return [];
  }

  rules(): Rules {
    return rulesOf(this.#node.ledger.state);
  }

  /** The rules as plain sentences, one line each: what it is about, and what holds. */
  rulesText(): readonly RuleLine[] {
    return [];
  }

  /** A link to a request or proposal, for the other federation members: it opens ready to decide. */
  requestLink(_id: Hash, _siteUrl: string): string {
    throw notYet();
  }
}
