/** What a transaction did, in a sentence, after whose it is: “Ada …”. Names are text, each in its own direction of writing. */
import { html } from 'lit';
import { unreachable } from '../core/base/result.ts';
import type { PersonView } from './governance-views.ts';
import { changeTitle, listed, requestTitle, type Words } from './governance-words.ts';
import type { DeedKind, DeedView, SubjectView } from './log-item-views.ts';
import { stamp } from './stamp.ts';
import { count, ROLE_WORDS } from './words.ts';

/** How the page speaks of members, and where it leads. */
export interface DeedTongue {
  /** A member's name by its id. */
  nameOf(member: string): Words;
  /** A person who is named, as a link where there is a page about it. */
  person(person: PersonView): Words;
  /** A request or proposal, as a link where there is a page about it. */
  subject(subject: SubjectView, title: Words): Words;
}

/** Kinds of transactions as a person looks for them. */
export const DEED_GROUPS: readonly { readonly name: string; readonly label: string; readonly kinds: readonly DeedKind[] }[] = [
  { name: 'entries', label: 'Entries', kinds: ['entry'] },
  { name: 'arrivals', label: 'Joining, leaving, asking for roles', kinds: ['genesis', 'join', 'request-role', 'leave'] },
  { name: 'decisions', label: 'Proposals and decisions', kinds: ['propose', 'approve', 'reject'] },
  { name: 'invitations', label: 'Invitations', kinds: ['invite', 'revoke-invite'] },
  { name: 'erasures', label: 'Erasures by authors', kinds: ['erase-body'] },
  { name: 'keys', label: 'Devices and keys', kinds: ['rotate-key', 'link-device'] },
  { name: 'validators', label: 'Validators and auditors', kinds: ['ready', 'register-vote-key', 'evidence'] },
  { name: 'relays', label: 'Relays', kinds: ['relay-receipts', 'spend-token'] },
  { name: 'recovery', label: 'Recovery of the chain', kinds: ['recover'] },
];

/** The sentence without who did it and without the full stop. */
export function deedWords(deed: DeedView, tongue: DeedTongue): Words {
  switch (deed.type) {
    case 'genesis':
      return html`began <bdi>${deed.name}</bdi>`;
    case 'entry':
      return 'added an entry';
    case 'invite':
      return html`opened an invitation to join as ${ROLE_WORDS[deed.role].name}, ${usesWords(deed.uses)}, until ${stamp(deed.expiresAt)}${deed.shared ? '' : ', closed to all but their own devices'}`;
    case 'revoke-invite':
      return html`closed ${invitationWords(deed, tongue)}`;
    case 'join':
      return joinWords(deed, tongue);
    case 'request-role':
      return `asked for the role ${ROLE_WORDS[deed.role].name}`;
    case 'approve':
      return html`approved: ${subjectWords(deed.subject, tongue)}`;
    case 'reject':
      return html`rejected: ${subjectWords(deed.subject, tongue)}`;
    case 'propose':
      return html`proposed: ${subjectWords({ type: 'proposal', id: deed.id, change: deed.change }, tongue)}`;
    case 'leave':
      return 'left';
    case 'erase-body':
      return `erased the text of their entry at place ${deed.index.toLocaleString('en')}`;
    case 'ready':
      return `said that they are ready to validate: level with block ${deed.height.toLocaleString('en')}, running ${versionWords(deed.versions)}`;
    case 'register-vote-key':
      return deed.votes ? 'registered the keys by which they validate' : 'registered the key by which they countersign';
    case 'rotate-key':
      return `went on under the next key of their recovery phrase; ${count(deed.retired, 'older key')} ended${deed.stolen ? ', as stolen' : ''}`;
    case 'link-device':
      return deed.step === 'open' ? 'made a link for one more device' : 'entered with one more device';
    case 'evidence':
      return html`showed that ${deed.against === undefined ? 'a validator' : tongue.person(deed.against)} voted against their own vote`;
    case 'relay-receipts':
      return `told what ${count(deed.members, 'member')} signed that they relayed on ${new Date(deed.day).toISOString().slice(0, 10)}`;
    case 'spend-token':
      return 'spent a joining token, and may ask to validate';
    case 'recover':
      return recoverWords(deed);
    default:
      return unreachable(deed);
  }
}

function usesWords(uses: number): string {
  if (uses === 0) return 'for any number of people';
  return uses === 1 ? 'for one person' : `for ${uses.toLocaleString('en')} people`;
}

function versionWords(versions: readonly number[]): string {
  return `version${versions.length === 1 ? '' : 's'} ${versions.join(', ')}`;
}

function invitationWords(
  { role, issuer }: Pick<Extract<DeedView, { type: 'revoke-invite' }>, 'role' | 'issuer'>,
  tongue: DeedTongue,
): Words {
  if (role === undefined || issuer === undefined) return 'an invitation that the chain has forgotten since';
  return html`the invitation by ${tongue.person(issuer)} to join as ${ROLE_WORDS[role].name}`;
}

function joinWords({ asked, role, invitedBy }: Extract<DeedView, { type: 'join' }>, tongue: DeedTongue): Words {
  const as = role === undefined ? '' : ` as ${ROLE_WORDS[role].name}`;
  const by = invitedBy === undefined ? '' : html`, invited by ${tongue.person(invitedBy)}`;
  return html`${asked ? 'asked to join' : 'joined'}${as}${by}`;
}

function subjectWords(subject: SubjectView | undefined, tongue: DeedTongue): Words {
  if (subject === undefined) return 'something that the chain has forgotten since';
  return tongue.subject(subject, subject.type === 'request' ? requestTitle(subject) : changeTitle(subject.change, tongue.nameOf));
}

function recoverWords({ number, newcomers, federation, validators }: Extract<DeedView, { type: 'recover' }>): string {
  const named = [
    [federation, 'federation member'],
    [validators, 'validator'],
    [newcomers, 'newcomer'],
  ] as const;
  const words = named.flatMap(([many, noun]) => (many === 0 ? [] : [count(many, noun)]));
  return `brought recovery certificate ${number}${words.length === 0 ? '' : `, which names ${words.join(', ')}`}`;
}

/** Who did it: the sender or, of the genesis, all founders. */
export function doerWords(by: PersonView | undefined, deed: DeedView, tongue: DeedTongue): Words {
  if (deed.type === 'genesis') return listed(deed.founders.map((one) => tongue.person(one)));
  return by === undefined ? 'Somebody' : tongue.person(by);
}
