/** Decisions in plain words: what a change does, what it leads to, what cannot be undone, and how far it has come. */
import { html, type TemplateResult } from 'lit';
import { unreachable } from '../core/base/result.ts';
import type { ChangeKind } from '../core/codec/governance.ts';
import type { Template } from '../core/policy/templates.ts';
import type { BalanceView, ChangeView, ConsequenceView, Decidable, RequestView } from './governance-views.ts';
import { count, ROLE_WORDS } from './words.ts';

/** Names that one sentence lists before it counts the rest. */
const NAMES_SHOWN_MAX = 3;

/** A sentence with names in it: each keeps its own direction of writing to itself. */
export type Words = TemplateResult | string;

/** `Ada`, `Ada and Ben`, `Ada, Ben, Zoë and 4 others`. */
export function listed(names: readonly Words[]): Words {
  const others = names.length - NAMES_SHOWN_MAX;
  const parts = others > 1 ? [...names.slice(0, NAMES_SHOWN_MAX), `${others} others`] : names;
  const between = (i: number) => (i === 0 ? '' : i === parts.length - 1 ? ' and ' : ', ');
  return html`${parts.map((part, i) => html`${between(i)}${part}`)}`;
}

/** What a proposal asks for, as a heading. */
export function changeTitle(change: ChangeView, nameOf: (member: string) => Words): Words {
  switch (change.type) {
    case 'grant':
      return html`Give ${nameOf(change.member)} the role ${ROLE_WORDS[change.role].name}`;
    case 'withdraw':
      return html`Take the role ${ROLE_WORDS[change.role].name} away from ${nameOf(change.member)}`;
    case 'remove':
      return html`Remove ${listed(change.members.map(nameOf))}`;
    case 'suspend':
      return html`Suspend ${listed(change.members.map(nameOf))}`;
    case 'rules':
      return 'Change the rules';
    case 'network-key':
      return 'Make a new network key';
    case 'activate':
      return `Upgrade the chain to version ${change.version} at block ${change.height.toLocaleString('en')}`;
    case 'endpoints':
      return html`Change where ${nameOf(change.member)} can be reached`;
    case 'erase':
      return `Erase the text of the entry at place ${change.leaf.toLocaleString('en')} of the log`;
    case 'recovery-keys':
      return `Change the recovery keys: ${change.threshold} of ${change.keys} must sign`;
    case 'cancel-recovery':
      return `Stop recovery certificate ${change.number}`;
    default:
      return unreachable(change);
  }
}

/** What a person should know before they send or approve it. Always says what cannot be undone. */
export const CANNOT_UNDO: Readonly<Record<ChangeKind | 'network-key', string>> = {
  grant: 'The role can be taken away again by another proposal. What is done with it until then stays.',
  withdraw: 'The role can be given again by another proposal.',
  remove: 'This cannot be undone: the keys of whoever is removed never return. They can only come in again as somebody new, by a new link.',
  suspend: 'It ends by itself. What they have open until then (invitations, requests, approvals) is cancelled, and that cannot be undone.',
  rules: 'Rules can be changed again. Requests that wait under a rule that changes begin anew: their approvals so far are gone.',
  'network-key':
    'Members who come by are given the new key. The old one works beside it until the next change: whoever has not come by until then needs a new link. That cannot be undone.',
  activate: 'This cannot be undone: there is no way back to the old version. Whoever has not updated by then stops until they do.',
  endpoints: 'It can be changed again by another proposal.',
  erase:
    'This cannot be undone: honest devices forget the text. Copies that somebody made outside of this chain stay, and so does the entry itself, with who wrote it and when.',
  'recovery-keys': 'The old recovery keys are worth nothing from then on.',
  'cancel-recovery': 'That certificate is void for good. Whoever holds the recovery keys can make another one.',
};

function validatorsSentence({ validators, quorum, faultsTolerated }: BalanceView): string {
  if (validators === 1) return 'one validator attests everything alone, and nothing goes on while it is away.';
  const who = quorum === validators ? `all ${validators} validators must agree` : `${quorum} of ${validators} validators must agree`;
  return `${who}: ${faultsTolerated === 0 ? 'none' : faultsTolerated} may fail.`;
}

/** What will be different, one sentence each; never empty. */
export function consequenceSentences({ before, after }: ConsequenceView): readonly string[] {
  const said: string[] = [];
  if (after.validators !== before.validators) said.push(`After this ${validatorsSentence(after)}`);
  if (after.federation !== before.federation)
    said.push(`After this the federation has ${count(after.federation, 'member')}; now it has ${before.federation}.`);
  if (after.members !== before.members)
    said.push(`After this the chain has ${count(after.members, 'member')}; now it has ${before.members}.`);
  return said.length > 0 ? said : ['This changes neither how many members and validators there are, nor how many are in the federation.'];
}

/** How far a decision has come: `1 of 2 approvals; 1 more is needed.` */
export function progressWords({ decisions, needed, status }: Decidable): string {
  const yes = decisions.filter((one) => one.yes).length;
  const no = decisions.length - yes;
  const against = no === 0 ? '' : `, ${no} against`;
  // What was rejected or ran out may ask for none any more.
  if (status !== 'pending' && needed === 0) return `${count(yes, 'approval')}${against}.`;
  const missing = Math.max(0, needed - yes);
  const rest = status === 'pending' && missing > 0 ? `; ${missing} more ${missing === 1 ? 'is' : 'are'} needed` : '';
  return `${yes} of ${count(needed, 'approval')}${against}${rest}.`;
}

export const STATUS_WORDS: Readonly<Record<Decidable['status'], string>> = {
  pending: 'waits',
  approved: 'approved',
  rejected: 'rejected',
  expired: 'ended undecided',
  cancelled: 'cancelled',
};

export function requestTitle({ kind, name, role }: Pick<RequestView, 'kind' | 'name' | 'role'>): Words {
  const who = html`<bdi>${name}</bdi>`;
  const wanted = ROLE_WORDS[role].name;
  switch (kind) {
    case 'join':
      return html`${who} asks to join as ${wanted}`;
    case 'role':
      return html`${who} asks for the role ${wanted}`;
    case 'knock':
      return html`${who} knocks, without an invitation, to join as ${wanted}`;
    default:
      return unreachable(kind);
  }
}

export const TEMPLATE_WORDS: Readonly<Record<Template, { readonly name: string; readonly means: string }>> = {
  'open-link': { name: 'Open link', means: 'Whoever has a link is in at once. Good among people who know each other.' },
  'members-approve': {
    name: 'Members approve',
    means: 'A link lets people ask; they are in once enough federation members have approved them.',
  },
  consortium: {
    name: 'Consortium',
    means:
      'For organisations: an invitation and an approval for everyone, and whoever runs a machine for the others says who and where they are.',
  },
};
