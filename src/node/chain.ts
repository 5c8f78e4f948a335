/**
 * One chain, as an embedding developer uses it: write, read, invite, watch. Everything it shows is final unless it says
 * `pending`.
 */
import { equal, fromHex, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { publicKeyOf } from '../core/base/key.ts';
import { BODY_BYTES_MAX, BUNDLE_LEAVES, DAY_MS, INVITE_SEED_BYTES } from '../core/base/limits.ts';
import { type RefusalCode, RefusalError, unwrap } from '../core/base/result.ts';
import { isAddressText } from '../core/codec/address.ts';
import { bodyRefOf, decodeBody, TEXT_CONTENT_TYPE } from '../core/codec/body.ts';
import { conforms, decode, encode } from '../core/codec/codec.ts';
import { fitLink, type InvitationLink, inviteKeySeed } from '../core/codec/link.ts';
import type { Role } from '../core/codec/primitives.ts';
import { type Member, memberIdOf } from '../core/codec/records.ts';
import { type IssuedRow, issuedRow, type OwnRow } from '../core/codec/stored.ts';
import { type Action, action as actionForm, decodeTransaction, invitationIdOf, type Transaction } from '../core/codec/transaction.ts';
import { refusalAfter } from '../core/consensus/execute.ts';
import { actorOf, rulesOf } from '../core/membership/facts.ts';
import { mayInviteTo, mayWrite } from '../core/policy/roles.ts';
import { Acting } from './acting.ts';
import type { ChainEvent, ChainNode } from './chain-node.ts';
import { Devices } from './devices.ts';
import { Governance } from './governance.ts';
import type { LedgerLeaf } from './ledger-bundles.ts';
import type { Network, PeerAddress, PeerPath, Session } from './ports.ts';
import { type Content, entryBody, makeTransaction } from './writing.ts';

/** Leaves looked through in one go while entries are searched for. */
const READ_AHEAD_LEAVES = 2 * BUNDLE_LEAVES;
const ISSUED_ROW_BYTES_MAX = 1024;

export type EntryState =
  | { readonly type: 'final' }
  | { readonly type: 'pending' }
  | { readonly type: 'refused'; readonly code: RefusalCode };

export interface Entry {
  readonly id: Hash;
  /** Place in the log; `undefined` until it is final. */
  readonly index: number | undefined;
  readonly author: Hash;
  /** Time of its block, or when it came here, ms. */
  readonly time: number;
  readonly contentType: string | undefined;
  /** `undefined`: the body has not arrived, or was erased. */
  readonly content: Uint8Array | undefined;
  readonly state: EntryState;
}

export interface MemberInfo {
  readonly id: Hash;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly since: number;
  readonly you: boolean;
  readonly left: boolean;
}

export interface InvitationInfo {
  readonly id: Hash;
  readonly role: Role;
  /** 0 is unlimited. */
  readonly uses: number;
  readonly used: number;
  readonly expiry: number;
  readonly shared: boolean;
  readonly issuer: Hash;
  readonly pending: boolean;
  /** What the link says, where the seed is on this device. */
  readonly link: InvitationLink | undefined;
}

export interface NewInvitation {
  /** `writer` unless said. */
  readonly role?: Role;
  /** 1 unless said; 0 is unlimited. */
  readonly uses?: number;
  /** Life from now in ms; 7 days unless said. */
  readonly expiresMs?: number;
  /** Any member's node answers its guests; needed for more than one use. */
  readonly shared?: boolean;
}

export interface PeerInfo {
  readonly peer: string;
  readonly name: string;
  readonly path: PeerPath;
  readonly session: Session;
}

export class Chain {
  readonly id: Hash;
  /** Requests, proposals, rules, and why each member is here. */
  readonly governance: Governance;
  /** The devices of this member. */
  readonly devices: Devices;
  readonly #node: ChainNode;
  readonly #network: Network;
  #own: OwnRow;
  readonly #issued: Map<string, IssuedRow>;

  private constructor(node: ChainNode, network: Network, own: OwnRow, issued: Map<string, IssuedRow>) {
    this.id = node.chain;
    this.#node = node;
    this.#network = network;
    this.#own = own;
    this.#issued = issued;
    const acting = new Acting(node);
    this.governance = new Governance(node, acting);
    this.devices = new Devices(node, acting);
  }

  /** Wraps a started node. */
  static async over(node: ChainNode, network: Network, own: OwnRow): Promise<Chain> {
    const rows = await node.ledger.space.range('meta', 'issued/', 'issued/g', 10_000);
    const issued = new Map<string, IssuedRow>();
    for (const { key, value } of rows) {
      const row = decode(issuedRow, value, ISSUED_ROW_BYTES_MAX);
      if (row.ok) issued.set(String(key).slice('issued/'.length), row.value);
    }
    return new Chain(node, network, own, issued);
  }

  get name(): string {
    return this.#node.ledger.genesis.name;
  }
  get node(): ChainNode {
    return this.#node;
  }
  get height(): number {
    return this.#node.ledger.tip.header.height;
  }

  /** Calls back after each change. Returns what ends it. */
  subscribe(listener: (event: ChainEvent) => void): () => void {
    return this.#node.subscribe(listener);
  }

  // ---------------------------------------------------------------- entries

  /**
   * Adds an entry: a text, or bytes of a content type. Settles once it is durable on this device; `entries` shows it as
   * pending until it is final. Throws `RefusalError`: `not-a-member`, `not-allowed`, `too-large`, `too-many-pending`.
   */
  async append(content: Content): Promise<Hash> {
    const body = entryBody(this.#node.ports.random, content);
    const cap = Math.min(BODY_BYTES_MAX, rulesOf(this.#node.ledger.state).limits.bodyBytes);
    if (body.length > cap)
      throw new RefusalError({ code: 'too-large', detail: `${body.length} bytes with salt and type, at most ${cap} are taken` });
    if (!mayWrite(this.#node.roles()))
      throw new RefusalError({
        code: this.#node.self() === undefined ? 'not-a-member' : 'not-allowed',
        detail: 'this member may not write',
      });
    const [item] = await this.#node.submit([{ action: { type: 'entry', body: bodyRefOf(body) }, bodies: [body] }]);
    if (item === undefined) throw new Error('broken invariant: one action gives one item');
    return item.transaction.id;
  }

  /** The `limit` final entries nearest below the log index `before` (the newest unless said), oldest first. */
  async entries(options: { readonly before?: number; readonly limit?: number } = {}): Promise<readonly Entry[]> {
    const limit = options.limit ?? 50;
    let to = Math.min(options.before ?? Number.MAX_SAFE_INTEGER, this.#node.ledger.tip.header.logSize);
    const found: Entry[] = [];
    for (let ahead = limit; to > 0 && found.length < limit; ahead = Math.min(2 * ahead, READ_AHEAD_LEAVES)) {
      const from = Math.max(0, to - ahead);
      const leaves = await this.#node.ledger.leaves(from, to);
      const run = unbroken(leaves, to);
      found.unshift(...(await this.#entriesAmong(run)));
      // While history is being copied, what lies before a gap is left for when the gap is filled.
      if (run.length < to - from) break;
      to = from;
    }
    return found.slice(-limit);
  }

  async #entriesAmong(leaves: readonly LedgerLeaf[]): Promise<readonly Entry[]> {
    const out: Entry[] = [];
    let header: { readonly from: number; readonly to: number; readonly time: number } | undefined;
    for (const { index, bytes, bodies } of leaves) {
      const transaction = decodeTransaction(bytes);
      if (!transaction.ok || transaction.value.unsigned.action.type !== 'entry') continue;
      if (header === undefined || index >= header.to) {
        const found = await this.#node.ledger.headerOfLeaf(index);
        header = found === undefined ? { from: index, to: index + 1, time: 0 } : { from: index, to: found.logSize, time: found.time };
      }
      out.push(this.#entry(transaction.value, bodies[0], { index, time: header.time, state: { type: 'final' } }));
    }
    return out;
  }

  /**
   * What waits to become final: others' entries that came here, then our own in the order in which they were written. Of
   * each the latest `limit`.
   */
  pending(limit = Number.MAX_SAFE_INTEGER): readonly Entry[] {
    const items = this.#node.outbox.items();
    const ids = new Set(items.map(({ transaction }) => toHex(transaction.id)));
    const waiting = this.#node.mempool.inOrder().filter(({ transaction }) => !ids.has(toHex(transaction.id)));
    const [others, own] = [waiting.slice(-limit), items.slice(-limit)];
    return [
      ...others.flatMap(({ transaction, bodies, since }) => this.#pendingEntry(transaction, bodies, since, { type: 'pending' })),
      ...own.flatMap(({ transaction, bodies, made, refused }) =>
        this.#pendingEntry(transaction, bodies, made, refused === undefined ? { type: 'pending' } : { type: 'refused', code: refused }),
      ),
    ];
  }

  #pendingEntry(transaction: Transaction, bodies: readonly Uint8Array[], time: number, state: EntryState): readonly Entry[] {
    if (transaction.unsigned.action.type !== 'entry') return [];
    return [this.#entry(transaction, bodies[0], { index: undefined, time, state })];
  }

  #entry(transaction: Transaction, body: Uint8Array | undefined, rest: Pick<Entry, 'index' | 'time' | 'state'>): Entry {
    const read = body === undefined ? undefined : decodeBody(body);
    const content = read?.ok === true ? read.value : undefined;
    return {
      id: transaction.id,
      author: this.#memberOf(transaction),
      contentType: content?.contentType,
      content: content?.content,
      ...rest,
    };
  }

  /** The member for whom the key acted; a retired key remembers its member. */
  #memberOf({ unsigned: { sender } }: Transaction): Hash {
    const { state } = this.#node.ledger;
    return state.get('device', sender)?.member ?? state.get('retired', sender)?.member ?? memberIdOf(this.id, sender);
  }

  /** Takes a refused entry off the outbox. */
  dismiss(id: Hash): Promise<void> {
    return this.#node.dismiss(id);
  }

  // ---------------------------------------------------------------- members and peers

  members(): readonly MemberInfo[] {
    const you = this.#node.self()?.id;
    return [...this.#node.ledger.state.all('member')].map(({ id, value }) => this.#memberInfo(id, value, you));
  }

  member(id: Hash): MemberInfo | undefined {
    const record = this.#node.ledger.state.get('member', id);
    return record === undefined ? undefined : this.#memberInfo(id, record, this.#node.self()?.id);
  }

  #memberInfo(id: Uint8Array, { name, roles, since, left }: Member, you: Hash | undefined): MemberInfo {
    const text = this.#node.ledger.name(name) ?? `Member ${toHex(id).slice(0, 8)}`;
    return { id: id as Hash, name: text, roles, since, left, you: you !== undefined && equal(you, id) };
  }

  /** Nodes of this chain with which a session is open. */
  peers(): readonly PeerInfo[] {
    return this.#node.sessions().map((session) => {
      const actor = actorOf(this.#node.ledger.state, session.nodeKey);
      const name = actor === undefined ? 'Guest' : (this.#node.ledger.name(actor.member.name) ?? 'Member');
      return { peer: session.peer, name, path: session.path, session };
    });
  }

  // ---------------------------------------------------------------- invitations

  /** Roles that this member may invite to under the chain's rules. */
  inviteRoles(): readonly Role[] {
    const roles = this.#node.roles();
    const rules = rulesOf(this.#node.ledger.state);
    return (['writer', 'observer', 'relay'] as const).filter((role) => mayInviteTo(rules, roles, role));
  }

  get mayWrite(): boolean {
    return mayWrite(this.#node.roles());
  }

  /**
   * Opens an invitation. Settles once it is durable on this device; its link works as soon as it is final. Throws
   * `RefusalError`: `not-allowed`, `expiry-too-far`, `needs-approval` (closed, with more than one use).
   */
  async invite(options: NewInvitation = {}): Promise<InvitationInfo> {
    const { role = 'writer', uses = 1, expiresMs = 7 * DAY_MS, shared = uses !== 1 } = options;
    const { random, clock } = this.#node.ports;
    const seed = random.bytes(INVITE_SEED_BYTES);
    const key = publicKeyOf(inviteKeySeed(seed, this.id));
    const action = { type: 'invite', key, role, uses, expiry: clock.now() + expiresMs, shared } as const;
    await this.#wouldPass(action);
    const id = invitationIdOf(this.id, key);
    await this.#keepSeed({ invitation: id, seed, role, transaction: id });
    await this.#node.submit([{ action, bodies: [] }]);
    const info = this.invitations().find((one) => equal(one.id, id));
    if (info === undefined) throw new Error('broken invariant: an invitation just made is among the invitations');
    return info;
  }

  /** Throws the refusal that the chain would give now, so that a person hears of it at once. */
  async #wouldPass(asked: Action): Promise<void> {
    const action = unwrap(conforms(actionForm, asked));
    // In the node's queue, so that no block comes between the sequence that is tried and the state it is tried on.
    await this.#node.run(() => this.#try(action));
  }

  async #try(action: Action): Promise<void> {
    const now = this.#node.ports.clock.now();
    const self = this.#node.self();
    if (self === undefined) throw new RefusalError({ code: 'not-a-member', detail: 'this device is not a member of the chain' });
    const trial = await makeTransaction(this.#node.signer, { chain: this.id, sequence: self.device.sequence + 1, now, action });
    const refusal = refusalAfter(this.#node.ledger.tip, now, trial);
    if (refusal !== undefined) throw new RefusalError(refusal);
  }

  async #keepSeed(row: IssuedRow): Promise<void> {
    const key = toHex(row.invitation);
    await this.#node.ledger.space.write([{ type: 'put', table: 'meta', key: `issued/${key}`, value: encode(issuedRow, row) }], 'strict');
    this.#issued.set(key, row);
  }

  /** Live invitations, and those made here that are not final yet. */
  invitations(): readonly InvitationInfo[] {
    const now = this.#node.ports.clock.now();
    const final: InvitationInfo[] = [];
    for (const { id, value } of this.#node.ledger.state.all('invitation')) {
      if (value.status !== 'live' || value.expiry <= now) continue;
      const { role, uses, used, expiry, shared, issuer } = value;
      const info = { id: id as Hash, role, uses, used, expiry, shared, issuer, pending: false };
      final.push({ ...info, link: this.#linkOf(info) });
    }
    return [...final, ...this.#pendingInvitations()];
  }

  #pendingInvitations(): readonly InvitationInfo[] {
    const self = this.#node.self();
    if (self === undefined) return [];
    return this.#node.outbox.items().flatMap(({ transaction, refused }) => {
      const { action } = transaction.unsigned;
      if (action.type !== 'invite' || refused !== undefined) return [];
      const { role, uses, expiry, shared } = action;
      const info = { id: invitationIdOf(this.id, action.key), role, uses, used: 0, expiry, shared, issuer: self.id, pending: true };
      return [{ ...info, link: this.#linkOf(info) }];
    });
  }

  /** The link of an invitation whose seed is here, anchored at the newest final block. */
  #linkOf({ id, role, uses, shared }: Omit<InvitationInfo, 'link'>): InvitationLink | undefined {
    const issued = this.#issued.get(toHex(id));
    if (issued === undefined) return undefined;
    const { tip } = this.#node.ledger;
    return fitLink({
      chain: this.id,
      chainName: this.name,
      inviter: this.#own.yourName,
      role,
      reusable: uses !== 1,
      shared,
      seed: issued.seed,
      anchor: { block: tip.id, height: tip.header.height, issued: this.#node.ports.clock.now() },
      relays: this.relays(),
      networkKey: this.#own.networkKeys[0],
    });
  }

  /** Where newcomers may reach the chain: this process itself if it can be dialled, then the relays it knows. */
  relays(): readonly PeerAddress[] {
    // A browser's own addresses lead through the relays, which are named anyway.
    const own = this.#network.addresses().filter((address) => isAddressText(address) && !address.includes('/p2p-circuit'));
    const self = own.length > 0 || this.#own.relays.length === 0 ? [{ peer: this.#network.peerId, addresses: own }] : [];
    return [...self, ...this.#own.relays];
  }

  /** Closes an invitation. Settles once the wish is durable here. */
  async revoke(invitation: Hash): Promise<void> {
    const action = { type: 'revoke-invite', invitation } as const;
    await this.#wouldPass(action);
    await this.#node.submit([{ action, bodies: [] }]);
  }

  /** Leaves the chain for good: the key never returns. */
  async leave(): Promise<void> {
    const action = { type: 'leave' } as const;
    await this.#wouldPass(action);
    await this.#node.submit([{ action, bodies: [] }]);
  }

  close(): Promise<void> {
    return this.#node.close();
  }
}

/** The leaves at the end that follow each other up to before `to`. */
function unbroken(leaves: readonly LedgerLeaf[], to: number): readonly LedgerLeaf[] {
  const broken = leaves.findLastIndex(({ index }, i) => index !== to - leaves.length + i);
  return leaves.slice(broken + 1);
}

/** A text of an entry; `undefined` if it is something else. */
export function textOf({ contentType, content }: Entry): string | undefined {
  return contentType === TEXT_CONTENT_TYPE && content !== undefined ? new TextDecoder().decode(content) : undefined;
}

export function chainIdFromHex(text: string): Hash | undefined {
  const bytes = fromHex(text);
  return bytes?.length === 32 ? (bytes as Hash) : undefined;
}
