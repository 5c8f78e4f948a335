/** From a chain as the node has it to what the page shows: plain data, made anew at each change. */

import { toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import type { InvitationLink } from '../core/codec/link.ts';
import { linkToJson, linkToUrl } from '../core/codec/link-text.ts';
import { ROLES } from '../core/codec/primitives.ts';
import { mayRevoke } from '../core/membership/checks/invitations.ts';
import { actsFully, chainFactsOf } from '../core/membership/facts.ts';
import { isInMask } from '../core/policy/roles.ts';
import { type Chain, type Entry, type ErasureInfo, type InvitationInfo, type MemberInfo, textOf } from '../node/chain.ts';
import type { ShuttingOut } from '../node/farewell.ts';
import { ownRoles, personOf } from '../node/persons.ts';
import type { ValidatorsInfo } from '../node/validators-info.ts';
import { type ChainView, type InvitationView, type MemberView, NEWEST_ENTRIES, type Permissions, type ValidatorsView } from './app.ts';
import type { EntriesPage, EntryContent, EntryView, ErasedBy } from './entry-views.ts';
import { actionViews, brokenView, deviceViews, proposalViews, requestViews } from './governing-view.ts';
import { logView } from './log-view.ts';
import type { Verified } from './verification-view.ts';

/** Entries that wait, others' and our own each; more than a screen, and few enough to draw many times a second. */
const PENDING_SHOWN_MAX = 100;

/** The newest final entries of one chain, read anew only when there may be others: that is most of the work of a view. */
export class NewestEntries {
  readonly chain: Chain;
  #key = '';
  #page: Promise<EntriesPage> | undefined;

  constructor(chain: Chain) {
    this.chain = chain;
  }

  page(): Promise<EntriesPage> {
    const { ledger, follower } = this.chain.node;
    const key = [toHex(ledger.tip.id), ledger.complete, follower.progress?.done].join(' ');
    if (this.#page !== undefined && key === this.#key) return this.#page;
    const page = this.#read();
    this.#key = key;
    this.#page = page;
    page.catch(() => {
      if (this.#page === page) this.#page = undefined;
    });
    return page;
  }

  async #read(): Promise<EntriesPage> {
    const final = await this.chain.entries({ limit: NEWEST_ENTRIES + 1 });
    const entries = final.slice(-NEWEST_ENTRIES).map((entry) => entryView(this.chain, entry));
    return { entries, earlier: final.length > NEWEST_ENTRIES };
  }
}

/** The whole page of one chain. `siteUrl` is where its links lead. */
export async function chainView(chain: Chain, newest: NewestEntries, siteUrl: string, verified: Verified): Promise<ChainView> {
  const { entries, earlier } = await newest.page();
  const validators = await chain.validators();
  const standing = chain.standing;
  return {
    id: toHex(chain.id),
    name: chain.name,
    standing: standing.type,
    status: {
      height: chain.height,
      sync: syncOf(chain),
      validators: validators.validators.length,
      relay: isReachable(chain) ? 'connected' : chain.node.standing.meetsSilence ? 'silent' : 'away',
      problem: chain.node.problem,
      verification: verified.verification,
      awaiting: chain.awaiting(),
      fork: forkOf(chain),
    },
    validators: validatorsView(validators),
    log: logView(chain, verified.audit),
    erasures: chain.erasures,
    newest: { entries: [...entries, ...chain.pending(PENDING_SHOWN_MAX).map((entry) => entryView(chain, entry))], earlier },
    members: chain
      .members()
      .filter(({ left }) => !left)
      .sort((a, b) => a.since - b.since)
      .map(memberView),
    peers: chain
      .peers()
      .filter(({ session }) => session.access !== 'guest' && session.access !== 'foreign')
      .map(({ peer, name, path }) => ({ peerId: peer, name, path })),
    relays: chain.relays().map(({ peer, addresses }) => ({ peerId: peer, addresses, label: relayLabel(addresses) ?? peer })),
    invitations: chain.invitations().map((invitation) => invitationView(chain, invitation, siteUrl)),
    spentInvitations: chain.spentInvitations().map((invitation) => invitationView(chain, invitation, siteUrl)),
    permissions: permissionsOf(chain),
    suspendedUntil: standing.type === 'suspended' ? standing.until : chain.you()?.suspendedUntil,
    shutOutBy: 'decision' in standing ? shutOutBy(chain, standing.decision) : undefined,
    requests: requestViews(chain, siteUrl),
    proposals: proposalViews(chain, siteUrl),
    rules: chain.governance.rules(),
    actions: actionViews(chain),
    protocol: chainFactsOf(chain.node.ledger.state).protocol,
    devices: deviceViews(chain),
    broken: brokenView(chain),
  };
}

function shutOutBy(chain: Chain, decision: ShuttingOut | undefined): ChainView['shutOutBy'] {
  if (decision === undefined) return undefined;
  return { names: decision.by.map((id) => personOf(chain.node, id).name), at: decision.at, reason: decision.reason };
}

function validatorsView({ validators, final, ...info }: ValidatorsInfo): ValidatorsView {
  return { ...info, seats: validators.map((one) => ({ ...one, id: toHex(one.id) })), finalAt: final.time };
}

function memberView({ id, name, roles, you, since, invitation, suspendedUntil }: MemberInfo): MemberView {
  return { id: toHex(id), name, roles, you, since, invitation: invitation === undefined ? undefined : toHex(invitation), suspendedUntil };
}

/** What has become of this device's member. */
export function standingOf({ node }: Chain): Exclude<ChainView['standing'], 'joining'> {
  return node.standing.now().type;
}

function forkOf(chain: Chain): ChainView['status']['fork'] {
  const fork = chain.fork();
  return fork && { title: fork.title, proves: fork.proves, means: fork.means, advice: fork.advice };
}

function syncOf({ node }: Chain): ChainView['status']['sync'] {
  const { progress } = node.follower;
  if (progress !== undefined) return { type: 'catching-up', ...progress };
  return node.follower.behind ? { type: 'catching-up', done: 0, total: 0 } : { type: 'final' };
}

/** Entries can become final only while a validator is in reach. */
function isReachable({ node }: Chain): boolean {
  return node.isValidator || node.sessions().some(({ access }) => access === 'validator');
}

/** Nothing is added to a chain that was forked. */
const NOTHING: Permissions = { canAppend: false, canInvite: false, inviteRoles: [], canDecide: false, canLeave: false, mayAskFor: [] };

function permissionsOf(chain: Chain): Permissions {
  if (chain.node.isForked) return NOTHING;
  const mayWrite = chain.awaiting() === undefined;
  const inviteRoles = mayWrite ? chain.inviteRoles() : [];
  const self = chain.node.self();
  return {
    canAppend: mayWrite && chain.mayWrite,
    canInvite: inviteRoles.length > 0,
    inviteRoles,
    canDecide: ownRoles(chain.node).includes('federation'),
    canLeave: self !== undefined && actsFully(self),
    mayAskFor: ROLES.filter((role) => self !== undefined && actsFully(self) && isInMask(self.device.roleMask, role)),
  };
}

export function entryView(chain: Chain, entry: Entry): EntryView {
  const author = chain.member(entry.author);
  return {
    id: toHex(entry.id),
    index: entry.index,
    author: { memberId: toHex(entry.author), name: author?.name ?? 'Somebody', you: author?.you ?? false },
    at: entry.time,
    content: contentOf(chain, entry),
    erasable: erasableBy(chain, entry),
    state: entry.state,
  };
}

function erasableBy(chain: Chain, { author, state, erased }: Entry): EntryView['erasable'] {
  if (state.type !== 'final' || erased !== undefined || chain.node.isForked) return undefined;
  if (chain.member(author)?.you === true) return chain.mayWrite ? 'yours' : undefined;
  return ownRoles(chain.node).includes('federation') ? 'by-proposal' : undefined;
}

export function contentOf(chain: Chain, entry: Entry): EntryContent {
  if (entry.erased !== undefined) return { type: 'erased', by: erasedBy(chain, entry.erased) };
  if (entry.content === undefined) return { type: 'missing' };
  const text = textOf(entry);
  return text === undefined ? { type: 'other', contentType: entry.contentType ?? '', bytes: entry.content.length } : { type: 'text', text };
}

function erasedBy(chain: Chain, { by, member, time, reason }: ErasureInfo): ErasedBy {
  const who = member === undefined ? undefined : chain.member(member);
  return { by, name: who?.name ?? 'Somebody', you: who?.you ?? false, at: time, reason };
}

export function invitationView(chain: Chain, invitation: InvitationInfo, siteUrl: string): InvitationView {
  const { id, role, uses, used, expiry, shared, pending, status, link } = invitation;
  const issuer = chain.member(invitation.issuer);
  const self = chain.node.self();
  return {
    id: toHex(id),
    role,
    uses,
    used,
    expiresAt: expiry,
    shared,
    issuer: { id: toHex(invitation.issuer), name: issuer?.name ?? 'Somebody', you: issuer?.you ?? false },
    state: pending ? 'pending' : status,
    canRevoke: !pending && status === 'live' && self !== undefined && mayRevoke(self, invitation),
    link: link === undefined ? undefined : linkToUrl(link, siteUrl),
    json: link === undefined ? undefined : linkToJson(link),
  };
}

/** What a link says by itself. */
export function previewOf(link: InvitationLink, isKnown: (chain: Hash) => boolean) {
  return {
    chain: toHex(link.chain),
    chainName: link.chainName,
    inviter: link.inviter,
    role: link.role,
    relays: link.relays.map(({ peer, addresses }) => relayLabel(addresses) ?? peer),
    issuedAt: link.anchor.issued,
    known: isKnown(link.chain),
  };
}

/** Host and port of a relay's first address; `undefined` if it has none that says. */
export function relayLabel(addresses: readonly string[]): string | undefined {
  for (const address of addresses) {
    const [, kind, host, , port] = address.split('/');
    if (host !== undefined && kind !== undefined && /^(ip4|ip6|dns|dns4|dns6)$/.test(kind)) {
      return port === undefined || port === '443' ? host : `${kind === 'ip6' ? `[${host}]` : host}:${port}`;
    }
  }
  return undefined;
}
