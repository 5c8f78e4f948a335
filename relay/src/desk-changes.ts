/** From what an operator types after `propose` to the change that the chain knows, and from that back to words. */
import { fromHex, toHex, utf8 } from '../../src/core/base/bytes.ts';
import { asHash, type Hash } from '../../src/core/base/hash.ts';
import type { Change } from '../../src/core/codec/governance.ts';
import { TEMPLATES, type Template } from '../../src/core/policy/templates.ts';
import type { Chain, MemberInfo } from '../../src/node/chain.ts';
import { Complaint } from './complaint.ts';
import { editRules, type RulesEdit, readEdit, roleCalled } from './desk-rules.ts';
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

/** Of an id, so that a short word is a name. */
const ID_CHARACTERS_MIN = 4;

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

/**
 * The member of this id, whose id begins so, or of this name: an id is nobody's to choose, so that no name stands in its way.
 * Throws `Complaint` if there is none or more than one.
 */
export function memberCalled(chain: Chain, name: string): MemberInfo {
  const here = chain.members().filter(({ left }) => !left);
  const byId = name.length < ID_CHARACTERS_MIN ? [] : here.filter(({ id }) => toHex(id).startsWith(name.toLowerCase()));
  const found = byId.length > 0 ? byId : here.filter((member) => member.name === name);
  const [only, ...others] = found;
  if (only === undefined) return fail(`There is no member ${name} here: "latchkey-relay members" lists them.`);
  if (others.length > 0) fail(`${found.length} members are called ${name}: name one by its id, which "latchkey-relay members" shows.`);
  return only;
}

/** The id that is written so or begins so. Throws `Complaint` if none does, or more than one. */
export function onlyOne(ids: readonly Hash[], text: string, what: string, command: string): Hash {
  const found = text.length < ID_CHARACTERS_MIN ? [] : ids.filter((id) => toHex(id).startsWith(text.toLowerCase()));
  const [only, ...others] = found;
  if (only === undefined) return fail(`There is no ${what} ${text} here: "latchkey-relay ${command}" lists them.`);
  if (others.length > 0) fail(`${found.length} ids begin with ${text}: give more of the one that you mean.`);
  return only;
}

export function templateCalled(name: string): Template {
  return TEMPLATES.find((one) => one === name) ?? fail(`There is no template ${name}: choose one of ${TEMPLATES.join(', ')}.`);
}

/** The digest of a recovery key. Throws `Complaint` for what is none. */
export function hashOf(text: string): Hash {
  const bytes = fromHex(text);
  return (bytes && asHash(bytes)) ?? fail(`${text} is no digest of a recovery key: that has 64 hexadecimal digits.`);
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
    case 'erase':
      return `erase the text of the entry at leaf ${change.leaf}`;
    case 'cancel-recovery':
      return `stop recovery ${change.number}`;
  }
}
