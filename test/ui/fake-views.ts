/** Example views that a test starts from and changes what it is about. */

import { asHash } from '../../src/core/base/hash.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import { ROLES } from '../../src/core/codec/primitives.ts';
import { recoveryKeyToUrl } from '../../src/core/codec/recovery-key-text.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';
import type { AppView, ChainListItem, ChainView, InvitationPreview, MemberView, RelayView, ValidatorsView } from '../../src/ui/app.ts';
import type { EntryView } from '../../src/ui/entry-views.ts';
import type { Decidable, ProposalView, RequestView, StoryView } from '../../src/ui/governance-views.ts';
import type { LogView } from '../../src/ui/log-view.ts';

export const CHAIN_ID = 'a3'.repeat(32);
export const RELAY: RelayView = {
  peerId: '12D3KooWRelay',
  addresses: ['/dns4/relay.example.org/tcp/443/tls/ws'],
  label: 'relay.example.org',
  source: 'site',
};
export const PHRASE = [
  'orbit',
  'canvas',
  'thunder',
  'maple',
  'quiz',
  'lantern',
  'velvet',
  'harbor',
  'pencil',
  'sunset',
  'ribbon',
  'glacier',
] as const;
export const LINK_TEXT = `https://latchkey.example/#j=${'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ'.repeat(9)}`;

export const YOU = { memberId: '11'.repeat(32), name: 'Ada', you: true };

/** A final entry by its place; older ones lie further back in time. */
export function finalEntry(
  index: number,
  text: string,
  author: EntryView['author'] = YOU,
  at = 1_795_000_000_000 + index * 60_000,
): EntryView {
  const id = index.toString(16).padStart(64, '0');
  const erasable = author.you ? 'yours' : undefined;
  return { id, index, author, at, content: { type: 'text', text }, erasable, state: { type: 'final' } };
}

/** One's own entry that waits. */
export function pendingEntry(id: string, text: string, at = Date.now()): EntryView {
  return { id, index: undefined, author: YOU, at, content: { type: 'text', text }, erasable: undefined, state: { type: 'pending' } };
}

/** The chain once one's own entry of this id is erased. */
export function withErased(chain: ChainView, id: string): ChainView {
  const by = { by: 'author', name: YOU.name, you: true, at: Date.now(), reason: undefined } as const;
  const entries = chain.newest.entries.map((one): EntryView => {
    return one.id === id ? { ...one, content: { type: 'erased', by }, erasable: undefined } : one;
  });
  return { ...chain, erasures: chain.erasures + 1, newest: { ...chain.newest, entries } };
}

/** The chain once this browser was let validate, or no longer. */
export function withValidating(chain: ChainView, wanted: boolean): ChainView {
  return { ...chain, validators: { ...chain.validators, ownPart: wanted ? 'candidate' : 'asked' } };
}

export function fakeMember(id: string, name: string, roles: readonly Role[], change: Partial<MemberView> = {}): MemberView {
  return { id, name, roles, you: false, since: 1_795_000_000_000, invitation: undefined, suspendedUntil: undefined, ...change };
}

/** All of these took part, and are in reach. */
export function validatorsView(names: readonly string[], change: Partial<ValidatorsView> = {}): ValidatorsView {
  const seats = names.map((name, i) => ({
    id: (i + 1).toString(16).repeat(64),
    name,
    you: name === YOU.name,
    reached: true,
    tookPart: names.length === 1 ? 42 : 80 - i,
    answers: 'yes' as const,
  }));
  const faultsTolerated = Math.floor((names.length - 1) / 3);
  return {
    seats,
    quorum: names.length - faultsTolerated,
    faultsTolerated,
    faultsTolerableNow: faultsTolerated,
    recentBlocks: names.length === 1 ? 42 : 100,
    epoch: names.length - 1,
    view: 43,
    finalAt: Date.now() - 40_000,
    waiting: 0,
    pace: 'idle',
    ownPart: 'none',
    ...change,
  };
}

/** A checkpoint of all of the log, under which all of these have signed but those who are missing. */
export function logView(names: readonly string[], missing: readonly string[] = [], change: Partial<LogView> = {}): LogView {
  const cosigners = names.map((name, i) => ({
    id: (i + 1).toString(16).repeat(64),
    name,
    you: name === YOU.name,
    office: 'validator' as const,
    signedAt: missing.includes(name) ? undefined : Date.now() - 30_000,
  }));
  const note = `latchkey/${CHAIN_ID}\n42\n${'A'.repeat(43)}=\n\n— latchkey/${CHAIN_ID} ${'A'.repeat(91)}=\n`;
  const checkpoint = { size: 42, root: 'ab'.repeat(32), vouched: missing.length === 0, cosigners, witnesses: [], note };
  const audit = { findings: undefined, looking: undefined, possible: true };
  return { size: 42, public: false, checkpoint, contradictions: [], seen: [], audit, ...change };
}

export function chainView(change: Partial<ChainView> = {}): ChainView {
  return {
    id: CHAIN_ID,
    name: 'Garden cooperative',
    standing: 'member',
    status: {
      height: 42,
      sync: { type: 'final' },
      validators: 1,
      relay: 'connected',
      verification: { type: 'you', height: 42 },
      awaiting: undefined,
      problem: undefined,
      fork: undefined,
    },
    validators: validatorsView(['Ada']),
    log: logView(['Ada']),
    newest: { entries: [], earlier: false },
    erasures: 0,
    members: [fakeMember(YOU.memberId, YOU.name, ['federation'], { you: true })],
    peers: [{ peerId: RELAY.peerId, name: RELAY.label, path: 'relay' }],
    relays: [RELAY],
    invitations: [],
    spentInvitations: [],
    permissions: {
      canAppend: true,
      canInvite: true,
      inviteRoles: ['writer', 'observer', 'federation'],
      canDecide: true,
      canLeave: true,
      mayAskFor: ROLES,
    },
    suspendedUntil: undefined,
    shutOutBy: undefined,
    requests: [],
    proposals: [],
    rules: openLinkRules(),
    actions: [],
    protocol: 1,
    devices: [{ key: 'a1b2c3d4', addedAt: 1_795_000_000_000, thisOne: true, full: true }],
    broken: { keys: 0, threshold: 0, delayMs: 0, pending: undefined, seen: undefined },
    ...change,
  };
}

export const BALANCE = { members: 4, federation: 1, validators: 1, quorum: 1, faultsTolerated: 0 };

/** How a member came in: invited by Ada and, unless said, approved by nobody. */
export function story(member: string, change: Partial<StoryView> = {}): StoryView {
  return {
    member,
    how: 'invitation',
    invitation: { id: 'f1'.repeat(32), role: 'writer', issuer: { id: YOU.memberId, name: YOU.name, you: true } },
    rule: 'an invitation is enough',
    joinedAt: 1_795_000_000_000,
    decisions: [],
    gained: [],
    ...change,
  };
}

const DECIDABLE: Decidable = {
  id: 'd0'.repeat(32),
  openedAt: 1_795_000_000_000,
  until: Date.now() + 12 * 86_400_000,
  decisions: [],
  needed: 2,
  status: 'pending',
  endedAt: 0,
  yoursToDecide: true,
  link: 'https://latchkey.example/#r=q83vEjRWeJCrze8SNFZ4kA',
};

export function requestView(change: Partial<RequestView> = {}): RequestView {
  const invitedBy = { id: YOU.memberId, name: YOU.name, you: true };
  return { ...DECIDABLE, kind: 'join', name: 'Carol', role: 'writer', member: undefined, invitedBy, operator: undefined, ...change };
}

export function proposalView(change: Partial<ProposalView> = {}): ProposalView {
  const proposer = { id: '22'.repeat(32), name: 'Ben Okafor', you: false };
  return { ...DECIDABLE, proposer, change: { type: 'suspend', members: ['33'.repeat(32)] }, reason: undefined, ...change };
}

export function appView(change: Partial<AppView> = {}): AppView {
  return { phase: 'ready', problem: undefined, chains: [], relays: [RELAY], recovery: 'none', ...change };
}

export function preview(change: Partial<InvitationPreview> = {}): InvitationPreview {
  return {
    chain: CHAIN_ID,
    chainName: 'Garden cooperative',
    inviter: 'Ada',
    role: 'writer',
    relays: ['relay.example.org'],
    issuedAt: 1_795_000_000_000,
    known: false,
    as: 'guest',
    ...change,
  };
}

export function chainItem(change: Partial<ChainListItem> = {}): ChainListItem {
  return {
    id: CHAIN_ID,
    name: 'Garden cooperative',
    unread: 0,
    pending: 0,
    toDecide: 0,
    standing: 'member',
    waiting: undefined,
    ...change,
  };
}

/** A link as somebody who keeps a recovery key sends it. */
export function recoveryKeyLink(byte = 7): string {
  const digest = asHash(new Uint8Array(32).fill(byte));
  if (digest === undefined) throw new Error('32 bytes are a hash');
  return recoveryKeyToUrl(digest, 'https://site.example/');
}
