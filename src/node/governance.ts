/**
 * How a chain governs itself: what waits to be decided, deciding it, what a decision leads to, and why each member is
 * here. All of it is read from final state; what is asked here settles once it is durable on this device.
 */
import type { Hash } from '../core/base/hash.ts';
import { NETWORK_KEY_BYTES } from '../core/base/limits.ts';
import { RefusalError, unwrap } from '../core/base/result.ts';
import { plainName } from '../core/base/shown-name.ts';
import type { BodyRef } from '../core/codec/body.ts';
import { conforms } from '../core/codec/codec.ts';
import { CHANGE_NUMBERS, type Change, type ChangeKind, change as changeForm } from '../core/codec/governance.ts';
import type { Operator } from '../core/codec/operator.ts';
import type { Role } from '../core/codec/primitives.ts';
import { type RequestRecord, trustSetDigest } from '../core/codec/records.ts';
import { requestLinkToUrl } from '../core/codec/request-link.ts';
import { networkKeyHash, type RoleRule, type Rules } from '../core/codec/rules.ts';
import type { Action, ActionOf } from '../core/codec/transaction.ts';
import { factsAfter, proposalTime } from '../core/consensus/execute.ts';
import { ruleHashOf } from '../core/membership/asking.ts';
import { type Consequence, consequenceOfChange, consequenceOfRequest } from '../core/membership/consequence.ts';
import { rulesOf, trustSetOf } from '../core/membership/facts.ts';
import { federationOf } from '../core/membership/federation.ts';
import type { State } from '../core/membership/state.ts';
import { requestOfKnock } from '../core/membership/transitions/open-request.ts';
import { rulesOfTemplate, type Template } from '../core/policy/templates.ts';
import { type RuleLine, rulesLines } from '../core/policy/words.ts';
import type { Acting } from './acting.ts';
import { admissionStory, lineageOf } from './admission-story.ts';
import type { ChainNode } from './chain-node.ts';
import type { AdmissionStory, KnockInfo, ProposalInfo, RequestInfo } from './governance-info.ts';
import { GovernanceReading } from './governance-reading.ts';
import { nameIn } from './ledger-rows.ts';
import { ownRoles } from './persons.ts';
import { Reasons } from './reasons.ts';

export class Governance {
  readonly #node: ChainNode;
  readonly #acting: Acting;
  readonly #reasons: Reasons;
  readonly #reading: GovernanceReading;

  constructor(node: ChainNode, acting: Acting) {
    this.#node = node;
    this.#acting = acting;
    this.#reasons = new Reasons(node);
    this.#reading = new GovernanceReading(node, this.#reasons);
  }

  get #state(): State {
    return this.#node.ledger.state;
  }

  // ---------------------------------------------------------------- what waits, and what was decided

  /** Requests to join or for a role: those that wait first, oldest first, then the latest that were decided, newest first. */
  requests(): readonly RequestInfo[] {
    return this.#reading.requests();
  }

  /** Proposals, in the same order. */
  proposals(): readonly ProposalInfo[] {
    return this.#reading.proposals();
  }

  request(id: Hash): RequestInfo | undefined {
    return this.#reading.request(id);
  }

  proposal(id: Hash): ProposalInfo | undefined {
    return this.#reading.proposal(id);
  }

  /** Those who knock without a live invitation and wait at this node, off the log; the first to expire first. */
  knocks(): readonly KnockInfo[] {
    const yoursToDecide = ownRoles(this.#node).includes('federation');
    return this.#node.knocks.list().map(({ id, carried: { signed, name } }) => {
      const { role, operator, expiry } = signed.knock;
      return { id, name: plainName(nameIn(name)?.text ?? ''), role, operator, until: expiry, yoursToDecide };
    });
  }

  /** Settles once the reasons behind what was read so far have been looked up: reading again gives them. */
  reasonsRead(): Promise<void> {
    return this.#reasons.settled();
  }

  // ---------------------------------------------------------------- deciding

  /**
   * Approves a request, a proposal or a knock. Throws `RefusalError`: `not-allowed`, `already-decided`, `request-unknown`,
   * `request-closed`, `request-rejected`, `request-expired`, `request-cancelled`, `too-large` for the reason, …
   */
  approve(id: Hash, reason?: string): Promise<void> {
    return this.#decide('approve', id, reason);
  }

  /** Rejects it, likewise. */
  reject(id: Hash, reason?: string): Promise<void> {
    return this.#decide('reject', id, reason);
  }

  async #decide(type: 'approve' | 'reject', id: Hash, reason: string | undefined): Promise<void> {
    const { fields, bodies } = this.#subject(id);
    const words = this.#acting.words(reason);
    await this.#acting.act({ type, ...fields, reason: words.ref }, [...bodies, ...words.bodies]);
  }

  /** What a decision about an id is bound to, and what it carries in. */
  #subject(id: Hash): {
    readonly fields: Pick<ActionOf<'approve'>, 'subject' | 'basis' | 'knock'>;
    readonly bodies: readonly Uint8Array[];
  } {
    const basis = this.#state.get('request', id)?.ruleHash ?? this.#state.get('proposal', id)?.basis;
    if (basis !== undefined) return { fields: { subject: id, basis, knock: undefined }, bodies: [] };
    const knock = this.#node.knocks.get(id)?.carried;
    if (knock === undefined) throw unknown();
    const fields = { subject: id, basis: ruleHashOf(this.#state, knock.signed.knock.role), knock: knock.signed };
    return { fields, bodies: [knock.name] };
  }

  /** Asks for a role; gives the request's id. Throws `role-held`, `request-pending`, `operator-missing`, `not-allowed`, … */
  requestRole(role: Role, operator?: Operator): Promise<Hash> {
    return this.#acting.act({ type: 'request-role', role, operator });
  }

  // ---------------------------------------------------------------- proposing

  /**
   * Proposes a change, bound to the trust set as it is now; gives the proposal's id. Proposing counts as the proposer's
   * approval. Throws what stands against it: `last-validator`, `last-federation`, `rules-unsatisfiable`, `role-held`, …
   */
  async propose(change: Change, reason?: string): Promise<Hash> {
    const words = this.#acting.words(reason);
    return this.#acting.act(this.#proposal(change, words.ref), words.bodies);
  }

  /** Bound to the trust set under which its consequence is seen now. */
  #proposal(change: Change, reason?: BodyRef): Action {
    return { type: 'propose', change, trust: trustSetDigest(trustSetOf(this.#state)), reason };
  }

  /** Proposes other rules: those in force with these parts changed. */
  changeRules(edit: Partial<Rules>, reason?: string): Promise<Hash> {
    return this.propose({ type: 'rules', rules: { ...this.rules(), ...edit } }, reason);
  }

  /** Proposes another rule for one role; throws `not-allowed` for a role that the rules do not know. */
  async setRoleRule(role: Role, edit: Partial<Omit<RoleRule, 'role'>>, reason?: string): Promise<Hash> {
    const { roles } = this.rules();
    if (!roles.some((one) => one.role === role)) throw new RefusalError({ code: 'not-allowed', detail: `the rules know no ${role}` });
    return this.changeRules({ roles: roles.map((one) => (one.role === role ? { ...one, ...edit } : one)) }, reason);
  }

  /** Proposes how many must approve a kind of change; 0 leaves it to the majority. */
  setApprovals(kind: ChangeKind, approvals: number, reason?: string): Promise<Hash> {
    const others = this.rules().governance.filter((one) => one.kind !== CHANGE_NUMBERS[kind]);
    const governance = approvals === 0 ? others : [...others, { kind: CHANGE_NUMBERS[kind], approvals }];
    return this.changeRules({ governance: governance.toSorted((a, b) => a.kind - b.kind) }, reason);
  }

  /**
   * Proposes how roles are gained and how many decide as a template has it, with so many approvals; limits, network key,
   * software and knocks stay as they are.
   */
  setTemplate(template: Template, approvals: number, reason?: string): Promise<Hash> {
    const { roles, governance } = rulesOfTemplate(template, approvals);
    return this.changeRules({ roles, governance }, reason);
  }

  /** Proposes a protocol version from a height on. */
  activate(version: number, height: number, reason?: string): Promise<Hash> {
    return this.propose({ type: 'activate', version, height }, reason);
  }

  /**
   * Proposes a fresh network key, made on this device. Once it is in force this node gives it to the members with whom it is
   * connected, and who holds the present key is led to it; whoever was removed before is not.
   */
  async changeNetworkKey(reason?: string): Promise<Hash> {
    const { keyring, ports } = this.#node;
    // Keys are kept for good only if the change can be proposed at all.
    await this.#acting.wouldPass(this.#proposal(this.#withNetworkKey(networkKeyHash(ports.random.bytes(NETWORK_KEY_BYTES)))));
    return this.propose(this.#withNetworkKey(await this.#node.run(() => keyring.make())), reason);
  }

  /** Proposes to do without a network key. */
  dropNetworkKey(reason?: string): Promise<Hash> {
    return this.changeRules({ networkKeyHashes: [] }, reason);
  }

  /** The one before stands beside it, so that its holders are led to the new one. */
  #withNetworkKey(next: Hash): Change {
    const rules = this.rules();
    return { type: 'rules', rules: { ...rules, networkKeyHashes: [next, ...rules.networkKeyHashes.slice(0, 1)] } };
  }

  // ---------------------------------------------------------------- what it leads to, and what led here

  /**
   * What a change, or what waits under an id, would do if it took effect now. Throws `request-unknown`, or `malformed` for
   * what is no change.
   */
  consequence(of: Change | Hash): Consequence {
    const facts = factsAfter(this.#node.ledger.tip, proposalTime(this.#node.ledger.tip.header, this.#node.ports.clock.now()));
    if (!(of instanceof Uint8Array)) return consequenceOfChange(this.#state, facts, unwrap(conforms(changeForm, of)));
    const proposal = this.#state.get('proposal', of);
    if (proposal !== undefined) return consequenceOfChange(this.#state, facts, proposal.change);
    const request = this.#state.get('request', of) ?? this.#requestOfKnock(of, facts.time);
    if (request !== undefined) return consequenceOfRequest(this.#state, facts, of, request);
    throw unknown();
  }

  /** The request that carrying in a knock would open. */
  #requestOfKnock(id: Hash, time: number): RequestRecord | undefined {
    const knock = this.#node.knocks.get(id)?.carried.signed.knock;
    return knock === undefined ? undefined : requestOfKnock(this.#state, time, knock);
  }

  /** Why a member is here; `undefined` for somebody the state does not know. */
  why(member: Hash): AdmissionStory | undefined {
    return admissionStory(this.#node, this.#reading, member);
  }

  /** Members who came through an invitation, or through invitations of those, and have not left. */
  lineage(invitation: Hash): readonly Hash[] {
    return lineageOf(this.#state, invitation);
  }

  rules(): Rules {
    return rulesOf(this.#state);
  }

  /** The rules as plain sentences, one line each: what it is about, and what holds. */
  rulesText(): readonly RuleLine[] {
    return rulesLines(this.rules(), federationOf(this.#state));
  }

  /** A link to a request, proposal or knock for the other federation members: it opens ready to decide, and holds no secret. */
  requestLink(id: Hash, siteUrl: string): string {
    const { chain, genesis } = this.#node.ledger;
    return requestLinkToUrl({ chain, request: id, chainName: genesis.name }, siteUrl);
  }
}

function unknown(): RefusalError {
  return new RefusalError({ code: 'request-unknown', detail: 'there is no such request, proposal or knock' });
}
