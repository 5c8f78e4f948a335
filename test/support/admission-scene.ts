/**
 * What the cases of admission are told in: who does what, by name, whatever carries it to the chain. Keys come from names,
 * so that the same case gives the same transactions in the bare state machine and on real nodes.
 */
import { toHex } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { nextKeyDigest, type Signature, signWithSeed } from '../../src/core/base/key.ts';
import { DAY_MS } from '../../src/core/base/limits.ts';
import { type BodyRef, bodyRefOf } from '../../src/core/codec/body.ts';
import type { Founder, Genesis } from '../../src/core/codec/genesis.ts';
import type { Change } from '../../src/core/codec/governance.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import { type Member, memberIdOf, trustSetDigest } from '../../src/core/codec/records.ts';
import { recoveryKeyDigest } from '../../src/core/codec/recovery.ts';
import type { Rule, Rules } from '../../src/core/codec/rules.ts';
import { type Action, invitationIdOf } from '../../src/core/codec/transaction.ts';
import { trustSetOf } from '../../src/core/membership/facts.ts';
import type { StateReader } from '../../src/core/membership/state.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';
import { textBody } from './chain.ts';
import { founderOf, genesisOf, hashOf, keyOf } from './world.ts';

/** The chain as it is when somebody acts. */
export interface Scene {
  readonly chain: Hash;
  readonly state: StateReader;
  /** Of the last block, ms. */
  readonly time: number;
  readonly height: number;
  /** The id of the last block. */
  readonly tip: Hash;
  /** The id of what was done under this label. */
  idOf(label: string): Hash;
}

export type Make = (scene: Scene) => Action;

const bodies = new Map<string, Uint8Array>();

/** The body of a text, as a transaction names it. */
export function bodyOf(text: string): BodyRef {
  const body = textBody(text);
  const ref = bodyRefOf(body);
  bodies.set(toHex(ref.hash), body);
  return ref;
}

export function bytesOfBody({ hash }: BodyRef): Uint8Array {
  const body = bodies.get(toHex(hash));
  if (body === undefined) throw new Error('a body that no case has named');
  return body;
}

/** A name's signature, for what a transaction carries besides its sender's. */
export function signedBy(name: string, text: Uint8Array): Signature {
  return signWithSeed(hashOf(name), text);
}

const cosigners = new WeakMap<Action, string>();

/** Whose signature an action asks for besides its sender's: the key of a link. */
export function cosignerOf(action: Action): string | undefined {
  return cosigners.get(action);
}

export function cosigned(action: Action, link: string): Action {
  cosigners.set(action, link);
  return action;
}

// ---------------------------------------------------------------- who is there

/** The federation. Ada has a seat, and whoever else a case gives one. */
export const FOUNDERS = ['ada', 'bob', 'cleo', 'dan'] as const;
/** One more founder, who audits. */
export const AUDITOR = 'otto';

export interface AssemblyOptions {
  readonly rules?: Rules;
  readonly seats?: readonly string[];
}

export function assemblyGenesis({ rules = assemblyRules(), seats = ['ada'] }: AssemblyOptions): Genesis {
  const federation = FOUNDERS.map((name) => foundedBy(name, seats.includes(name) ? ['federation', 'validator'] : ['federation']));
  const keys = ['first', 'second', 'third'].map((name) => recoveryKeyDigest(keyOf(`${name} recovery key`)));
  const recovery = { threshold: 2, delayMs: DAY_MS, keys };
  return genesisOf([...federation, foundedBy(AUDITOR, ['auditor'])], { rules, recovery });
}

function foundedBy(name: string, roles: readonly Role[]): Founder {
  return founderOf(name, roles, { name: bodyOf(name) });
}

export const approvals = (count: number): Rule => ({ type: 'approvals', approvals: count });

/** Reading and writing by link, relays by link and one approval, the rest by two; suspension by two, every other change by more than half. */
export function assemblyRules(changes: Partial<Rules> = {}): Rules {
  const ruleOf = (role: Role): Rule => {
    if (role === 'observer' || role === 'writer') return { type: 'invitation' };
    return role === 'relay' ? { type: 'allOf', rules: [{ type: 'invitation' }, approvals(1)] } : approvals(2);
  };
  const rules = openLinkRules();
  return {
    ...rules,
    roles: rules.roles.map((one) => ({ ...one, rule: ruleOf(one.role) })),
    governance: [{ kind: 4, approvals: 2 }],
    knocks: true,
    ...changes,
  };
}

export function idOfMember(scene: Scene, name: string): Hash {
  return memberIdOf(scene.chain, keyOf(name));
}

export function memberIn(scene: Scene, name: string): Member | undefined {
  return scene.state.get('member', idOfMember(scene, name));
}

export function rolesIn(scene: Scene, name: string): readonly Role[] {
  return memberIn(scene, name)?.roles ?? [];
}

// ---------------------------------------------------------------- what they do

export const entry =
  (text = 'an entry'): Make =>
  () => ({ type: 'entry', body: bodyOf(text) });

export interface LinkOptions {
  readonly role?: Role;
  readonly uses?: number;
  readonly shared?: boolean;
  readonly lifeMs?: number;
}

export const invite =
  (link: string, { role = 'writer', uses = 1, shared = true, lifeMs = DAY_MS }: LinkOptions = {}): Make =>
  ({ time }) => ({ type: 'invite', key: keyOf(link), role, uses, expiry: time + lifeMs, shared });

export const revoke =
  (link: string): Make =>
  ({ chain }) => ({ type: 'revoke-invite', invitation: invitationIdOf(chain, keyOf(link)) });

export const join =
  (name: string, link: string): Make =>
  ({ chain }) => {
    const nextKey = nextKeyDigest(keyOf(`${name}, next`));
    const invitation = invitationIdOf(chain, keyOf(link));
    return cosigned({ type: 'join', invitation, name: bodyOf(name), nextKey, operator: undefined }, link);
  };

export const leave: Make = () => ({ type: 'leave' });

export const requestRole =
  (role: Role): Make =>
  () => ({ type: 'request-role', role, operator: undefined });

/** What decisions about a request or a proposal count under as things stand. */
function basisOf({ state }: Scene, subject: Hash): Hash {
  return state.get('request', subject)?.ruleHash ?? state.get('proposal', subject)?.basis ?? hashOf('no basis');
}

type Decide = 'approve' | 'reject';

const decide =
  (type: Decide) =>
  (label: string, basisAsOf?: string): Make =>
  (scene) => {
    const subject = scene.idOf(label);
    const basis = basisOf(scene, basisAsOf === undefined ? subject : scene.idOf(basisAsOf));
    return { type, subject, basis, reason: undefined, knock: undefined };
  };

/** Decides about what was opened under the label; with `basisAsOf`, under the basis of something else. */
export const approve = decide('approve');
export const reject = decide('reject');

export const propose =
  (make: (scene: Scene) => Change, trust?: Hash): Make =>
  (scene) => ({
    type: 'propose',
    change: make(scene),
    trust: trust ?? trustSetDigest(trustSetOf(scene.state)),
    reason: bodyOf('a reason'),
  });

export const grant =
  (name: string, role: Role) =>
  (scene: Scene): Change => ({ type: 'grant', member: idOfMember(scene, name), role });
export const withdraw =
  (name: string, role: Role) =>
  (scene: Scene): Change => ({ type: 'withdraw', member: idOfMember(scene, name), role });
export const remove =
  (...names: readonly string[]) =>
  (scene: Scene): Change => ({ type: 'remove', members: names.map((name) => idOfMember(scene, name)) });
export const suspend =
  (...names: readonly string[]) =>
  (scene: Scene): Change => ({ type: 'suspend', members: names.map((name) => idOfMember(scene, name)) });
export const changeRules = (rules: Rules) => (): Change => ({ type: 'rules', rules });
