/**
 * One chain, as an embedding developer uses it: write, read, invite, govern, watch. Everything it shows is final unless it
 * says `pending`.
 */
import { fromHex } from '../core/base/bytes.ts';
import { asHash, type Hash } from '../core/base/hash.ts';
import type { RefusalCode } from '../core/base/result.ts';
import { plainName } from '../core/base/shown-name.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { Member } from '../core/codec/records.ts';
import type { OwnRow } from '../core/codec/stored.ts';
import type { Action, Transaction } from '../core/codec/transaction.ts';
import { actorOf, erasureCount } from '../core/membership/facts.ts';
import { mayWrite } from '../core/policy/roles.ts';
import { Acting } from './acting.ts';
import type { AuditReport, LookOptions } from './auditing.ts';
import { Entries, type EntriesRange, type Entry } from './chain-entries.ts';
import { type InvitationInfo, Invitations, type LinkPlace, type NewInvitation } from './chain-invitations.ts';
import { ChainLog } from './chain-log.ts';
import type { ChainEvent, ChainNode } from './chain-node.ts';
import { ChainRecovery } from './chain-recovery.ts';
import { Devices } from './devices.ts';
import { type ForkInfo, forkInfo } from './fork-info.ts';
import { Governance } from './governance.ts';
import type { LogItem } from './log-reading.ts';
import { isYou, nameOf, ownMemberId, ownRoles } from './persons.ts';
import type { Network, PeerAddress, PeerPath, Session } from './ports.ts';
import { makeReceipt } from './receipts.ts';
import { RelayWork } from './relay-work.ts';
import type { Standing } from './standing.ts';
import { type ValidatorsInfo, validatorsInfo } from './validators-info.ts';
import type { Awaiting } from './vouching.ts';
import type { Content } from './writing.ts';

export { type Entry, type ErasureInfo, textOf } from './chain-entries.ts';
export type { InvitationInfo, NewInvitation } from './chain-invitations.ts';

export interface MemberInfo {
  readonly id: Hash;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly since: number;
  readonly you: boolean;
  readonly left: boolean;
  /** The invitation through which it came. */
  readonly invitation: Hash | undefined;
  /** While it is suspended: when that ends. */
  readonly suspendedUntil: number | undefined;
}

export interface PeerInfo {
  readonly peer: string;
  readonly name: string;
  readonly path: PeerPath;
  readonly session: Session;
}

/** An action of this device that is no entry and is not final yet, or never will be. */
export interface PendingAction {
  readonly id: Hash;
  readonly type: Action['type'];
  readonly made: number;
  /** Why it cannot enter, if it cannot; it stays until it is dismissed. */
  readonly refused: RefusalCode | undefined;
}

/**
 * Where the disk failed, or the device's key was exchanged, the chain is opened anew as another `Chain`: the one before it then shows
 * what it showed and refuses the rest with `closed`. `latchkey.subscribe` tells, `latchkey.chain(id)` gives the one in force.
 */
export class Chain {
  readonly id: Hash;
  /** Requests, proposals, rules, and why each member is here. */
  readonly governance: Governance;
  /** Recovery of a broken chain. */
  readonly recovery: ChainRecovery;
  /** The devices of this member. */
  readonly devices: Devices;
  /** The log as others check it. */
  readonly log: ChainLog;
  /** What relays do for the others, and what they earn by it. */
  readonly relaying: RelayWork;
  readonly #node: ChainNode;
  readonly #acting: Acting;
  readonly #entries: Entries;
  readonly #invitations: Invitations;

  private constructor(node: ChainNode, acting: Acting, invitations: Invitations) {
    this.id = node.chain;
    this.#node = node;
    this.#acting = acting;
    this.#entries = new Entries(node, acting);
    this.#invitations = invitations;
    this.governance = new Governance(node, acting);
    this.recovery = new ChainRecovery(node, acting);
    this.log = new ChainLog(node);
    this.relaying = new RelayWork(node, acting);
    this.devices = new Devices(node, acting, () => invitations.place());
  }

  /** Wraps a started node. */
  static async over(node: ChainNode, network: Network, own: OwnRow): Promise<Chain> {
    const acting = new Acting(node);
    return new Chain(node, acting, await Invitations.over(node, network, acting, () => own));
  }

  get name(): string {
    return plainName(this.#node.ledger.genesis.name);
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

  /** Whether this device's member is in, suspended or out, and by whose wish. */
  get standing(): Standing {
    return this.#node.standing.now();
  }

  /**
   * Who must still sign before what this device took over as a newcomer may be relied on; `undefined` where it may. Until then
   * nothing but decisions is written: the rest throws `awaiting-auditors`. A `checkpoints` event tells that it has changed.
   */
  awaiting(): Awaiting | undefined {
    return this.#node.duties.vouching.awaiting();
  }

  // ---------------------------------------------------------------- entries

  /**
   * Adds an entry: a text, or bytes of a content type. Settles once it is durable on this device; `entries` shows it as
   * pending until it is final. Throws `RefusalError`: `not-a-member`, `suspended`, `not-allowed`, `too-large`,
   * `too-many-pending`.
   */
  append(content: Content): Promise<Hash> {
    return this.#entries.append(content);
  }

  /** The `limit` final entries nearest below the log index `before` (the newest unless said), oldest first. */
  entries(range?: EntriesRange): Promise<readonly Entry[]> {
    return this.#entries.final(range);
  }

  /** The entry that a transaction of the log is. */
  entryOf({ index, block, bodies }: LogItem, transaction: Transaction): Entry {
    return this.#entries.of(transaction, bodies[0], { index, time: block.time, state: { type: 'final' } });
  }

  /**
   * Erases the body of a final entry on every honest node: one's own at once; another's is proposed to the federation, for
   * a reason. The entry stays a leaf, with everything proved of it. Gives the id of the transaction or proposal. Throws
   * `entry-unknown`, `already-erased`, `not-allowed`, `not-available` until its part of the history is here.
   */
  erase(entry: Pick<Entry, 'id' | 'index'>, reason?: string): Promise<Hash> {
    return this.#entries.erase(entry, reason);
  }

  /** How many bodies were erased so far: what was read before it grew may be one of them. */
  get erasures(): number {
    return erasureCount(this.#node.ledger.state);
  }

  /**
   * What waits to become final: others' entries that came here, then our own in the order in which they were written. Of
   * each the latest `limit`.
   */
  pending(limit?: number): readonly Entry[] {
    return this.#entries.pending(limit);
  }

  /** This device's own actions that are no entries and are not final yet: invitations, decisions, proposals, … */
  pendingActions(): readonly PendingAction[] {
    return this.#node.outbox.items().flatMap(({ transaction, made, refused }) => {
      const { type } = transaction.unsigned.action;
      return type === 'entry' ? [] : [{ id: transaction.id, type, made, refused }];
    });
  }

  /** Takes a refused entry or action off the outbox. */
  dismiss(id: Hash): Promise<void> {
    return this.#node.dismiss(id);
  }

  get mayWrite(): boolean {
    return mayWrite(ownRoles(this.#node));
  }

  // ---------------------------------------------------------------- members and peers

  members(): readonly MemberInfo[] {
    return [...this.#node.ledger.state.all('member')].map(({ id, value }) => this.#memberInfo(id as Hash, value));
  }

  member(id: Hash): MemberInfo | undefined {
    const record = this.#node.ledger.state.get('member', id);
    return record === undefined ? undefined : this.#memberInfo(id, record);
  }

  /** The member for whom this device acts or, once it is gone, acted. */
  you(): MemberInfo | undefined {
    const id = ownMemberId(this.#node);
    return id === undefined ? undefined : this.member(id);
  }

  #memberInfo(id: Hash, { name, roles, since, left, invitation, suspendedUntil }: Member): MemberInfo {
    const you = isYou(this.#node, id);
    return { id, name: nameOf(this.#node, name, id), roles, since, left, invitation, suspendedUntil, you };
  }

  /**
   * A member's join receipt: why it is here, as a file that anybody checks without us (`checkReceipt`). Throws
   * `not-available` until the copy of the history is whole.
   */
  receipt(member: Hash): Promise<Uint8Array> {
    return makeReceipt(this.#node.ledger, member);
  }

  /** What is proved of this chain's having two histories, for which it stands still here; `undefined` while it is one. */
  fork(): ForkInfo | undefined {
    return forkInfo(this.#node);
  }

  /**
   * Audits this device's copy: replays it from genesis, holds each admission against the rule of its time, and tells patterns
   * worth a look. Goes on where the look before ended. Throws `not-available` until the copy of the history is whole.
   */
  audit(options: LookOptions): Promise<AuditReport> {
    return this.#node.duties.audit.look(options);
  }

  /** What the last audit found; `undefined` before the first. */
  get audited(): AuditReport | undefined {
    return this.#node.duties.audit.last;
  }

  /** Nodes of this chain with which a session is open. */
  peers(): readonly PeerInfo[] {
    return this.#node.sessions().map((session) => {
      const actor = actorOf(this.#node.ledger.state, session.nodeKey);
      const name = actor === undefined ? 'Guest' : plainName(this.#node.ledger.name(actor.member.name) ?? 'Member');
      return { peer: session.peer, name, path: session.path, session };
    });
  }

  /** Who decides blocks, how many of them may fail, and whether the chain goes on. */
  validators(): Promise<ValidatorsInfo> {
    return validatorsInfo(this.#node);
  }

  /**
   * Lets this device validate where its member has the role `validator`, or not. Whoever has a seat keeps it: that is given up by
   * a proposal to take the role away. Durable here when it settles.
   */
  letValidate(wanted: boolean): Promise<void> {
    return this.#node.duties.letValidate(wanted);
  }

  /** Leaves the chain for good: the key never returns. Throws `last-validator` or `last-federation` where it cannot be spared. */
  async leave(): Promise<void> {
    await this.#acting.act({ type: 'leave' });
  }

  // ---------------------------------------------------------------- invitations

  /** Roles that this member may invite to under the chain's rules, `writer` first. */
  inviteRoles(): readonly Role[] {
    return this.#invitations.roles();
  }

  /**
   * Opens an invitation. Settles once it is durable on this device; its link works as soon as it is final. Throws
   * `RefusalError`: `not-allowed`, `expiry-too-far`, `too-many-pending`.
   */
  invite(options?: NewInvitation): Promise<InvitationInfo> {
    return this.#invitations.open(options);
  }

  /** Live invitations, and those made here that are not final yet. */
  invitations(): readonly InvitationInfo[] {
    return this.#invitations.live();
  }

  /** Used, expired and revoked invitations that the chain still knows, the latest first. */
  spentInvitations(): readonly InvitationInfo[] {
    return this.#invitations.spent();
  }

  /** Closes an invitation. Settles once the wish is durable here. Who came through it stays. */
  revoke(invitation: Hash): Promise<void> {
    return this.#invitations.revoke(invitation);
  }

  /** Where the chain stands now and how to reach it, as every link says it. */
  linkPlace(): LinkPlace {
    return this.#invitations.place();
  }

  /** Where newcomers may reach the chain: this process itself if it can be dialled, then the relays it knows. */
  relays(): readonly PeerAddress[] {
    return this.#invitations.relays();
  }

  close(): Promise<void> {
    return this.#node.close();
  }
}

export function chainIdFromHex(text: string): Hash | undefined {
  const bytes = fromHex(text);
  return bytes === undefined ? undefined : asHash(bytes);
}
