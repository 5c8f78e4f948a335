/** From what an operator types after `propose` to the change that the chain knows, and from that back to words. */
import { fromHex, toHex, utf8 } from '../../src/core/base/bytes.ts';
import { asHash, type Hash } from '../../src/core/base/hash.ts';
import { CHANGE_NUMBERS, type Change, type ChangeKind } from '../../src/core/codec/governance.ts';
import { ROLES, type Role } from '../../src/core/codec/primitives.ts';
import type { RoleRule, Rule, Rules } from '../../src/core/codec/rules.ts';
import { TEMPLATES, type Template } from '../../src/core/policy/templates.ts';
import type { Chain, MemberInfo } from '../../src/node/chain.ts';
import { Complaint } from './complaint.ts';
import type { Fields } from './fields.ts';

export const WISHES = [
  'grant',
  'withdraw',
  'remove',
  'suspend',
  'rules',
  'template',
  'activate',
  'network-key',
  'endpoints',
  'recovery-keys',
  'cancel-recovery',
] as const;
export type Wish = (typeof WISHES)[number];

/** A change as it crosses the admin socket. Members are named by name, by id or by the beginning of one. */
export interface ChangeWish {
  readonly kind: Wish;
  readonly member?: string;
  readonly role?: string;
  readonly members?: readonly string[];
  /** Everybody who came in through this invitation, or through invitations of those. */
  readonly fromInvitation?: string;
  readonly version?: number;
  readonly height?: number;
  readonly endpoints?: readonly string[];
  readonly edit?: RulesEdit;
  readonly template?: string;
  readonly approvals?: number;
  readonly threshold?: number;
  readonly delayMs?: number;
  readonly keys?: readonly string[];
  readonly number?: number;
}

/** What is to be other in the rules. `roles`: `writer=invitation+approvals:2`; `approvals`: `remove=3`; `caps`: `gateway=5`. */
export interface RulesEdit {
  readonly roles: readonly string[];
  readonly approvals: readonly string[];
  readonly caps: readonly string[];
  readonly knocks: string | undefined;
  readonly publicRead: string | undefined;
  readonly software: readonly string[] | undefined;
}

/** The change that is wished for, on this chain as it is. Throws `Complaint` for what cannot be read. */
export function changeOf(kind: Exclude<Wish, 'network-key' | 'template'>, wish: Fields, chain: Chain): Change {
  switch (kind) {
    case 'grant':
    case 'withdraw':
      return { type: kind, member: memberCalled(chain, wish.text('member')).id, role: roleCalled(wish.text('role')) };
    case 'remove':
    case 'suspend':
      return { type: kind, members: membersOf(chain, wish) };
    case 'rules':
      return { type: 'rules', rules: editRules(chain.governance.rules(), readEdit(wish.fields('edit'))) };
    case 'activate':
      return { type: 'activate', version: wish.number('version'), height: wish.number('height') };
    case 'endpoints':
      return { type: 'endpoints', member: memberCalled(chain, wish.text('member')).id, endpoints: wish.texts('endpoints').map(utf8) };
    case 'recovery-keys': {
      const recovery = { threshold: wish.number('threshold'), delayMs: wish.number('delayMs'), keys: wish.texts('keys').map(hashOf) };
      return { type: 'recovery-keys', recovery };
    }
    case 'cancel-recovery':
      return { type: 'cancel-recovery', number: wish.number('number') };
  }
}

export function wishCalled(name: string): Wish {
  return WISHES.find((one) => one === name) ?? fail(`There is no change ${name}: choose one of ${WISHES.join(', ')}.`);
}

// ---------------------------------------------------------------- who

function membersOf(chain: Chain, wish: Fields): readonly Hash[] {
  const invitation = wish.optionalText('fromInvitation');
  if (invitation === undefined) return wish.texts('members').map((name) => memberCalled(chain, name).id);
  const known = [...chain.invitations(), ...chain.spentInvitations()].map(({ id }) => id);
  const came = chain.governance.lineage(onlyOne(known, invitation, 'invitation', 'members'));
  return came.length > 0 ? came : fail(`Nobody who came through the invitation ${invitation} is here.`);
}

/** The member of this name, of this id, or whose id begins so. Throws `Complaint` if there is none or more than one. */
export function memberCalled(chain: Chain, name: string): MemberInfo {
  const here = chain.members().filter(({ left }) => !left);
  const named = here.filter((member) => member.name === name);
  const found = named.length > 0 ? named : here.filter(({ id }) => name.length >= 4 && toHex(id).startsWith(name.toLowerCase()));
  const [only, ...others] = found;
  if (only === undefined) return fail(`There is no member ${name} here: "latchkey-relay members" lists them.`);
  if (others.length > 0) fail(`${found.length} members are called ${name}: name one by its id, which "latchkey-relay members" shows.`);
  return only;
}

/** The id that is written so or begins so. Throws `Complaint` if none does, or more than one. */
export function onlyOne(ids: readonly Hash[], text: string, what: string, command: string): Hash {
  const found = text.length < 4 ? [] : ids.filter((id) => toHex(id).startsWith(text.toLowerCase()));
  const [only, ...others] = found;
  if (only === undefined) return fail(`There is no ${what} ${text} here: "latchkey-relay ${command}" lists them.`);
  if (others.length > 0) fail(`${found.length} ids begin with ${text}: give more of the one that you mean.`);
  return only;
}

export function roleCalled(name: string): Role {
  return ROLES.find((role) => role === name) ?? fail(`There is no role ${name}: choose one of ${ROLES.join(', ')}.`);
}

export function templateCalled(name: string): Template {
  return TEMPLATES.find((one) => one === name) ?? fail(`There is no template ${name}: choose one of ${TEMPLATES.join(', ')}.`);
}

/** The digest of a recovery key. Throws `Complaint` for what is none. */
export function hashOf(text: string): Hash {
  const bytes = fromHex(text);
  return (bytes && asHash(bytes)) ?? fail(`${text} is no digest of a recovery key: that has 64 hexadecimal digits.`);
}

// ---------------------------------------------------------------- rules

function readEdit(fields: Fields): RulesEdit {
  return {
    roles: fields.texts('roles'),
    approvals: fields.texts('approvals'),
    caps: fields.texts('caps'),
    knocks: fields.optionalText('knocks'),
    publicRead: fields.optionalText('publicRead'),
    software: fields.optionalTexts('software'),
  };
}

function editRules(rules: Rules, { roles, approvals, caps, knocks, publicRead, software }: RulesEdit): Rules {
  const byRole = new Map<Role, Rule>(roles.map((text) => pair(text, '--role')).map(([role, rule]) => [roleCalled(role), ruleOf(rule)]));
  const capOf = new Map<Role, number>(caps.map((text) => pair(text, '--cap')).map(([role, cap]) => [roleCalled(role), countOf(cap)]));
  const needed = new Map(approvals.map((text) => pair(text, '--approvals')).map(([kind, count]) => [changeNumber(kind), countOf(count)]));
  const kept = rules.governance.filter(({ kind }) => !needed.has(kind));
  const set = [...needed].flatMap(([kind, count]) => (count === 0 ? [] : [{ kind, approvals: count }]));
  return {
    ...rules,
    roles: rules.roles.map((one): RoleRule => ({ ...one, rule: byRole.get(one.role) ?? one.rule, cap: capOf.get(one.role) ?? one.cap })),
    governance: [...kept, ...set].sort((a, b) => a.kind - b.kind),
    knocks: knocks === undefined ? rules.knocks : switchOf(knocks, '--knocks'),
    publicRead: publicRead === undefined ? rules.publicRead : switchOf(publicRead, '--public-read'),
    approvedSoftware: software === undefined ? rules.approvedSoftware : software.map(countOf),
  };
}

function pair(text: string, option: string): readonly [string, string] {
  const [name, value, ...more] = text.split('=');
  if (name === undefined || value === undefined || more.length > 0)
    return fail(`${option} ${text} lacks its value: write it as NAME=VALUE.`);
  return [name, value];
}

/** `never`, `invitation`, `approvals:2`, all of some joined by `+`. */
function ruleOf(text: string): Rule {
  const parts = text.split('+').map(onePart);
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { type: 'allOf', rules: parts };
}

function onePart(text: string): Rule {
  if (text === 'never' || text === 'invitation') return { type: text };
  const [, approvals] = /^approvals:(\d{1,2})$/.exec(text) ?? [];
  if (approvals !== undefined) return { type: 'approvals', approvals: Number(approvals) };
  return fail(`${text} is no rule: write never, invitation, approvals:2, or invitation+approvals:2.`);
}

function changeNumber(name: string): number {
  const kinds = Object.keys(CHANGE_NUMBERS) as readonly ChangeKind[];
  const kind = kinds.find((one) => one === name);
  return kind === undefined ? fail(`There is no change ${name}: choose one of ${kinds.join(', ')}.`) : CHANGE_NUMBERS[kind];
}

function countOf(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : fail(`${text} is no number.`);
}

function switchOf(text: string, option: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  return fail(`${option} ${text} is not known: choose on or off.`);
}

function fail(sentence: string): never {
  throw new Complaint(sentence);
}

// ---------------------------------------------------------------- in words

/** What a change would do, to follow “Proposed:”. */
export function changeWords(change: Change, nameOf: (member: Hash) => string): string {
  switch (change.type) {
    case 'grant':
      return `give ${nameOf(change.member)} the role ${change.role}`;
    case 'withdraw':
      return `take the role ${change.role} from ${nameOf(change.member)}`;
    case 'remove':
    case 'suspend':
      return `${change.type} ${change.members.map(nameOf).join(', ')}`;
    case 'rules':
      return 'change the rules';
    case 'activate':
      return `upgrade to protocol version ${change.version} at height ${change.height}`;
    case 'endpoints':
      return `change where ${nameOf(change.member)} can be reached`;
    case 'recovery-keys':
      return `name ${change.recovery.keys.length} recovery keys, of which ${change.recovery.threshold} must sign`;
    case 'cancel-recovery':
      return `stop recovery ${change.number}`;
  }
}
