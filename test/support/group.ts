/** A group that governs itself: the world's people ask, decide and propose by name. */
import { toHex } from '../../src/core/base/bytes.ts';
import { asHash, type Hash } from '../../src/core/base/hash.ts';
import { nextKeyDigest, type PublicKey } from '../../src/core/base/key.ts';
import { DAY_MS } from '../../src/core/base/limits.ts';
import type { RefusalCode } from '../../src/core/base/result.ts';
import type { Change } from '../../src/core/codec/governance.ts';
import { type Knock, knockIdOf, type SignedKnock } from '../../src/core/codec/knock.ts';
import type { Operator } from '../../src/core/codec/operator.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import { type ProposalRecord, type RequestRecord, trustSetDigest } from '../../src/core/codec/records.ts';
import type { RoleRule, Rule, Rules } from '../../src/core/codec/rules.ts';
import type { Action, ActionOf } from '../../src/core/codec/transaction.ts';
import { addToAgenda, agendaOf } from '../../src/core/membership/agenda.ts';
import { firstRole, ruleHashOf } from '../../src/core/membership/asking.ts';
import { ALL_ROLES_MASK, trustSetOf } from '../../src/core/membership/facts.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';
import { withWork } from './knock-work.ts';
import { founderOf, genesisOf, hashOf, keyOf, type Overrides, refOf, SIGNATURE, World } from './world.ts';

type Outcome = 'ok' | RefusalCode;

export const OPERATOR: Operator = { operatorId: hashOf('operator').slice(0, 8), region: 276, kbps: 10_000, software: 3, checklist: 7 };

export const approvals = (count: number): Rule => ({ type: 'approvals', approvals: count });
export const INVITATION: Rule = { type: 'invitation' };
export const NEVER: Rule = { type: 'never' };

/** Rules by which two approve whoever wants anything, and whoever knocks; other rules for some roles. */
export function twoApprove(changes: Partial<Rules> = {}, roles: { readonly [R in Role]?: Partial<RoleRule> } = {}): Rules {
  const base = openLinkRules();
  return {
    ...base,
    roles: base.roles.map((one) => ({ ...one, rule: approvals(2), ...roles[one.role] })),
    knocks: true,
    ...changes,
  };
}

export class Group extends World {
  /** Alice, bob and cid decide; alice and val validate; ben writes, olga reads. */
  static of(rules: Rules = twoApprove(), extra: readonly (readonly [string, readonly Role[]])[] = []): Group {
    const people: readonly (readonly [string, readonly Role[]])[] = [
      ['alice', ['federation', 'validator']],
      ['bob', ['federation']],
      ['cid', ['federation']],
      ['val', ['validator']],
      ['ben', ['writer']],
      ['olga', ['observer']],
      ...extra,
    ];
    const founders = people.map(([name, roles]) => founderOf(name, roles));
    return new Group(genesisOf(founders, { rules }));
  }

  // ---------------------------------------------------------------- what people do

  requestRole(sender: string, role: Role, operator?: Operator, overrides?: Overrides): Outcome {
    return this.act(sender, { type: 'request-role', role, operator }, overrides);
  }
  decision(type: 'approve' | 'reject', subject: Hash, changes: Partial<ActionOf<'approve'>> = {}): Action {
    return { type, subject, basis: this.basisOf(subject, changes.knock), reason: undefined, knock: undefined, ...changes };
  }
  approve(sender: string, subject: Hash, changes?: Partial<ActionOf<'approve'>>): Outcome {
    return this.act(sender, this.decision('approve', subject, changes));
  }
  reject(sender: string, subject: Hash, changes?: Partial<ActionOf<'approve'>>): Outcome {
    return this.act(sender, this.decision('reject', subject, changes));
  }
  proposal(change: Change, changes: Partial<ActionOf<'propose'>> = {}): Action {
    return { type: 'propose', change, trust: this.trust, reason: undefined, ...changes };
  }
  propose(sender: string, change: Change): Outcome {
    return this.act(sender, this.proposal(change));
  }
  /** Proposes, and gives what the proposal is known by; throws if it was refused. */
  proposed(sender: string, change: Change): Hash {
    const outcome = this.propose(sender, change);
    if (outcome !== 'ok') throw new Error(`${change.type}: ${outcome}`);
    return this.last;
  }
  /** All of these approve a change; throws if it does not take effect. */
  agree(change: Change, ...people: readonly string[]): void {
    const [first = '', ...others] = people;
    const id = this.proposed(first, change);
    const outcomes = others.map((name) => this.approve(name, id));
    const { status } = this.proposalOf(id) ?? {};
    if (status !== 'approved') throw new Error(`${change.type}: ${outcomes.join(', ')}; ${status}`);
  }
  /** Asks to join by a link, and gives what the request is known by; throws if it was refused. */
  asks(name: string, link: string): Hash {
    const outcome = this.join(name, link);
    if (outcome !== 'ok') throw new Error(`${name}: ${outcome}`);
    return this.last;
  }
  knockOf(name: string, changes: Partial<Knock> = {}): SignedKnock {
    const nextKey = nextKeyDigest(keyOf(`${name}, next`));
    const { chain, time } = this;
    const asked = {
      chain,
      key: keyOf(name),
      role: 'writer',
      name: refOf(name),
      nextKey,
      operator: undefined,
      expiry: time + DAY_MS,
    } as const;
    return {
      knock: changes.work === undefined ? withWork({ ...asked, ...changes }) : { ...asked, work: 0, ...changes },
      signature: SIGNATURE,
    };
  }
  knockId({ knock }: SignedKnock): Hash {
    return knockIdOf(knock);
  }
  /** A second device of a member, which may do all that the first may. */
  addDevice(name: string, device: string, roleMask = ALL_ROLES_MASK): void {
    const id = this.idOf(name);
    this.tamper((draft) => {
      draft.put('device', keyOf(device), { member: id, sequence: 0, roleMask, added: this.time });
      const member = draft.get('member', id);
      if (member !== undefined) draft.put('member', id, { ...member, devices: [...member.devices, keyOf(device)] });
    });
  }

  // ---------------------------------------------------------------- what no transition of this version writes

  /** So many rejections by people of whom no more is known. */
  fillDecisions(id: Hash, count: number): void {
    const request = this.request(id);
    const decisions = Array.from({ length: count }, (_, i) => ({ member: hashOf(`decider ${i}`), leaf: 1, time: this.time }));
    if (request !== undefined) this.tamper((draft) => draft.put('request', id, { ...request, no: decisions }));
  }
  /** So many proposals of one member, whatever they are about. */
  fillProposals(proposer: string, count: number): void {
    this.proposed(proposer, { type: 'remove', members: [this.idOf('olga')] });
    const record = this.proposalOf(this.last);
    if (record === undefined) return;
    this.tamper((draft) => {
      for (let i = 1; i < count; i++) {
        draft.put('proposal', hashOf(`proposal ${i}`), record);
        addToAgenda(draft, 'proposals', hashOf(`proposal ${i}`));
      }
    });
  }
  /** What a member once told about what it runs. */
  tells(name: string, operator: Operator): void {
    const member = this.member(name);
    if (member !== undefined) this.tamper((draft) => draft.put('member', this.idOf(name), { ...member, operator }));
  }

  // ---------------------------------------------------------------- what the state says

  keyOf(name: string): PublicKey {
    return keyOf(name);
  }
  /** Some request, whether it waits or not. */
  get lastRequest(): Hash {
    const [first] = [...this.state.all('request')];
    return asHash(first?.id ?? new Uint8Array(0)) ?? this.chain;
  }

  request(id: Hash): RequestRecord | undefined {
    return this.state.get('request', id);
  }
  proposalOf(id: Hash): ProposalRecord | undefined {
    return this.state.get('proposal', id);
  }
  /** What a decision is to be bound to now. */
  basisOf(subject: Hash, knock?: SignedKnock): Hash {
    const of = this.request(subject)?.ruleHash ?? this.proposalOf(subject)?.basis;
    return of ?? (knock === undefined ? hashOf('no basis') : ruleHashOf(this.state, firstRole(this.state, knock.knock.role, false)));
  }
  get trust(): Hash {
    return trustSetDigest(trustSetOf(this.state));
  }
  get agenda() {
    return agendaOf(this.state);
  }
  get seats(): readonly string[] {
    return this.namesOf(trustSetOf(this.state).seats.map(({ member }) => member));
  }
  namesOf(ids: readonly Hash[]): readonly string[] {
    return ids.map((id) => PEOPLE.find((name) => toHex(this.idOf(name)) === toHex(id)) ?? toHex(id));
  }
}

/** Whom these tests know by name. */
const PEOPLE = ['alice', 'bob', 'cid', 'dan', 'val', 'vera', 'ben', 'olga', 'aud', 'zoe', 'yan'];
