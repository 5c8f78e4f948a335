/**
 * How news spreads among handshaken nodes: announce and pull (DESIGN §8). Whoever writes pushes to the validators, which
 * it wakes; validators push small things on, everybody else announces ids, and whoever lacks one pulls it.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { SESSION_MESSAGE_BYTES_MAX } from '../core/base/limits.ts';
import { type RefusalCode, unreachable, unwrap } from '../core/base/result.ts';
import {
  ANNOUNCED_IDS_MAX,
  CARRIED_TRANSACTIONS_MAX,
  type Carried,
  type CarriedKnock,
  decodeSessionMessage,
  encodeSessionMessage,
  type SessionMessage,
} from '../core/codec/session-message.ts';
import { bodiesOf, decodeTransaction, type Transaction } from '../core/codec/transaction.ts';
import type { CommittedBlock } from './committed-block.ts';
import type { Ledger } from './ledger.ts';
import type { Mempool, Waiting } from './mempool.ts';
import type { PeerAddress, Session } from './ports.ts';
import { isInside } from './session-access.ts';

/** A transaction with its bodies up to this size is pushed by validators; the size of a few announcements. */
const PUSHED_BYTES_MAX = 2 * 1024;
/** Ids that one session is known to have seen: as many as one large block brings. */
const SEEN_IDS_MAX = 4_096;
/** Room for framing around what a message carries. */
const MESSAGE_OVERHEAD_BYTES = 4_096;
/** Peers that a newcomer is told of: enough for a mesh, few enough to dial. */
const TOLD_PEERS_MAX = 8;
/** Member peers that this node connects to on hearsay, besides its relays. */
const MEMBER_SESSIONS_MAX = 8;

/** What gossip asks of the node that it speaks for. */
export interface GossipNode {
  readonly mempool: Mempool;
  readonly isValidator: boolean;
  sessions(): readonly Session[];
  /** Runs a task in the node's order. */
  push(task: () => Promise<void> | void): void;
  /** Takes in transactions that a peer sent. */
  receive(session: Session, items: readonly Carried[]): Promise<void>;
  /** A peer refuses a transaction. */
  refusedBy(session: Session, id: Hash, code: RefusalCode): Promise<void>;
  /** A validator speaks to validators. */
  heard(session: Session, message: VotingMessage): Promise<void>;
  /** A peer tells of a final block. */
  toldTip(session: Session, tip: MessageOf<'tip'>): Promise<void>;
  /** Somebody asks to join without an invitation, or a member tells of one who does. */
  knocked(session: Session, knock: CarriedKnock): Promise<void>;
  /** A peer shows signed checkpoints of the log. */
  readonly duties: { shown(session: Session, notes: readonly Uint8Array[]): Promise<void> };
  /** A peer holds a proof that the chain was forked. */
  heardOfFork(session: Session): void;
  /** A peer tells of a member that may be reached. */
  meet(address: PeerAddress): void;
}

/** A transaction on its way out, with its bodies. */
type Sent = { readonly transaction: Transaction; readonly bodies: readonly Uint8Array[] };

export type MessageOf<T extends SessionMessage['type']> = Extract<SessionMessage, { readonly type: T }>;
/** What only validators say to each other. */
export type VotingMessage = MessageOf<'proposal' | 'votes' | 'certificates' | 'ask-block' | 'block-head' | 'block-part'>;

export class Gossip {
  readonly #node: GossipNode;
  /** By session id: what the other side has announced, sent or been sent. */
  readonly #seen = new Map<number, Set<string>>();
  /** By session id: what was announced and not pulled yet, in order. At most what the mempool holds. */
  readonly #awaited = new Map<number, Set<string>>();
  /** The last tip that was announced, for whoever shook hands before it and was here after. */
  #lastTip: { readonly height: number; readonly message: Uint8Array } | undefined;

  constructor(node: GossipNode) {
    this.#node = node;
  }

  /** A session opened: tell of the tip, unless the handshake did, of what waits here, and a newcomer of the others. */
  opened(session: Session): void {
    this.#seen.set(session.id, new Set());
    this.#awaited.set(session.id, new Set());
    if (session.access === 'foreign') return;
    if (this.#lastTip !== undefined && this.#lastTip.height > session.ownTipAtStart.height) session.send(this.#lastTip.message);
    if (isInside(session.access)) this.raised(session);
  }

  /** The peer may see transactions from now on. */
  raised(session: Session): void {
    this.#announce(
      session,
      this.#node.mempool.inOrder().map(({ transaction }) => transaction.id),
    );
    send(session, { type: 'ask-peers' });
  }

  closed(session: Session): void {
    this.#seen.delete(session.id);
    this.#awaited.delete(session.id);
  }

  /** Asks those who are here for members that are not, while there is room for more. */
  askPeers(): void {
    if (this.#memberSessions() >= MEMBER_SESSIONS_MAX) return;
    for (const session of this.#node.sessions()) if (isInside(session.access)) send(session, { type: 'ask-peers' });
  }

  #memberSessions(): number {
    return this.#node.sessions().filter(({ access }) => access === 'member').length;
  }

  /** Tells a member which others are here. Browsers have no address of their own: they are reached through a relay that both know. */
  #tellPeers(session: Session): void {
    if (!isInside(session.access)) return;
    const others = this.#node.sessions().filter((other) => isInside(other.access) && other.peer !== session.peer);
    const peers = others.slice(-TOLD_PEERS_MAX).map(({ peer }) => ({ peer, addresses: [] }));
    if (peers.length > 0) send(session, { type: 'peers', peers });
  }

  /** A message from a peer: refused bytes end the session, everything else becomes a task of the node. */
  received(session: Session, bytes: Uint8Array): void {
    const message = decodeSessionMessage(bytes);
    if (!message.ok) return session.close(message.refusal.code);
    this.#node.push(() => this.#handle(session, message.value));
  }

  async #handle(session: Session, message: SessionMessage): Promise<void> {
    switch (message.type) {
      case 'announce':
        return this.#announced(session, message);
      case 'pull':
        return this.#pulled(session, message);
      case 'transactions':
        return this.#arrived(session, message);
      case 'refused':
        for (const { id, code } of message.items) await this.#node.refusedBy(session, id, code);
        return;
      case 'tip':
        return this.#node.toldTip(session, message);
      case 'ask-peers':
        return this.#tellPeers(session);
      case 'peers':
        return this.#toldPeers(session, message);
      case 'knock':
        return this.#node.knocked(session, message.knock);
      case 'forked':
        return this.#node.heardOfFork(session);
      case 'checkpoints':
        return this.#node.duties.shown(session, message.notes);
      case 'proposal':
      case 'votes':
      case 'certificates':
      case 'ask-block':
      case 'block-head':
      case 'block-part':
        return this.#node.heard(session, message);
      default:
        return unreachable(message);
    }
  }

  #announced(session: Session, { ids }: MessageOf<'announce'>): void {
    this.#remember(session, ids);
    if (!isInside(session.access)) return;
    const lacking = ids.filter((id) => !this.#node.mempool.has(id));
    if (lacking.length > 0) send(session, { type: 'pull', ids: lacking });
  }

  #pulled(session: Session, { ids }: MessageOf<'pull'>): void {
    if (!isInside(session.access)) return;
    for (const id of ids) this.#awaited.get(session.id)?.delete(toHex(id));
    const held = ids.flatMap((id) => this.#node.mempool.get(id) ?? []);
    this.#push(session, held);
  }

  #arrived(session: Session, { items }: MessageOf<'transactions'>): Promise<void> {
    return this.#node.receive(session, items).then(() => undefined);
  }

  #toldPeers(session: Session, { peers }: MessageOf<'peers'>): void {
    if (!isInside(session.access)) return;
    const known = new Set(this.#node.sessions().map(({ peer }) => peer));
    const room = MEMBER_SESSIONS_MAX - this.#memberSessions();
    for (const address of peers.filter(({ peer }) => !known.has(peer)).slice(0, Math.max(0, room))) {
      this.#node.meet(address);
    }
  }

  /** Sends transactions on to everybody inside who has not seen them. */
  spread(items: readonly Waiting[]): void {
    for (const session of this.#node.sessions()) {
      if (!isInside(session.access)) continue;
      const fresh = items.filter((item) => item.from !== session.id && !this.#hasSeen(session, item.transaction.id));
      const pushed = fresh.filter((item) => this.#isPushed(session, item));
      this.#push(session, pushed);
      this.#announce(
        session,
        fresh.filter((item) => !pushed.includes(item)).map(({ transaction }) => transaction.id),
      );
    }
  }

  /**
   * Whether it is pushed at once. Not while something announced before is still to be pulled: it would overtake that, and
   * a sender's own transactions are to come in the order in which they were written.
   */
  #isPushed(session: Session, item: Waiting): boolean {
    if (this.#isPulling(session)) return false;
    if (session.access === 'validator') return true;
    const bytes = item.bodies.reduce((total, body) => total + body.length, item.transaction.bytes.length);
    return this.#node.isValidator && bytes <= PUSHED_BYTES_MAX;
  }

  #isPulling(session: Session): boolean {
    const awaited = this.#awaited.get(session.id);
    if (awaited === undefined) return false;
    for (const id of awaited) {
      if (this.#node.mempool.hasHex(id)) return true;
      awaited.delete(id); // Final or refused meanwhile: nobody will pull it any more.
    }
    return false;
  }

  #announce(session: Session, ids: readonly Hash[]): void {
    for (let at = 0; at < ids.length; at += ANNOUNCED_IDS_MAX) {
      const some = ids.slice(at, at + ANNOUNCED_IDS_MAX);
      this.#remember(session, some);
      for (const id of some) this.#awaited.get(session.id)?.add(toHex(id));
      send(session, { type: 'announce', ids: some });
    }
  }

  /** Sends transactions with their bodies, as many messages as their size asks for. */
  #push(session: Session, items: readonly Sent[]): void {
    let batch: Carried[] = [];
    let bytes = MESSAGE_OVERHEAD_BYTES;
    const flush = () => {
      if (batch.length > 0) send(session, { type: 'transactions', items: batch });
      batch = [];
      bytes = MESSAGE_OVERHEAD_BYTES;
    };
    for (const { transaction, bodies } of items) {
      const size = bodies.reduce((total, body) => total + body.length + 8, transaction.bytes.length + 16);
      if (batch.length === CARRIED_TRANSACTIONS_MAX || bytes + size > SESSION_MESSAGE_BYTES_MAX) flush();
      batch.push({ leaf: transaction.bytes, bodies });
      bytes += size;
    }
    flush();
    this.#remember(
      session,
      items.map(({ transaction }) => transaction.id),
    );
  }

  refuse(session: Session, id: Hash, code: RefusalCode): void {
    send(session, { type: 'refused', items: [{ id, code }] });
  }

  /** Sends what a block holds to a peer that will not be able to ask for it. */
  bring(session: Session, { transactions, bodies }: CommittedBlock): void {
    const items = transactions.flatMap((transaction, i) => {
      const own = (bodies[i] ?? []).filter((body) => body !== undefined);
      return this.#hasSeen(session, transaction.id) || own.length < bodiesOf(transaction.unsigned.action).length
        ? []
        : [{ transaction, bodies: own }];
    });
    this.#push(session, items);
  }

  /** Tells everybody of a new final block but whoever told us. A guest hears of it too: it waits for its own admission. */
  announceTip({ point, certificate, transactions }: CommittedBlock, from: Session | undefined): void {
    // While catching up a block comes with a descendant's certificate: whoever needs it catches up likewise.
    if (certificate.subject.block === undefined || !equal(certificate.subject.block, point.id)) return;
    const message = encodeSessionMessage({ type: 'tip', header: point.header, certificate, ids: transactions.map(({ id }) => id) });
    this.#lastTip = { height: point.header.height, message };
    for (const session of this.#node.sessions()) {
      if (session.id !== from?.id && session.access !== 'foreign') session.send(message);
    }
  }

  /** Sends the newest final block to one who is behind. */
  async tellTip(session: Session, { tip: { header }, certificate, certified, history }: Ledger): Promise<void> {
    const [block] = header.height === 0 || !certified ? [] : await history.blocks(header.height, header.height + 1);
    if (block === undefined) return;
    const ids = block.leaves.map((leaf) => unwrap(decodeTransaction(leaf)).id);
    send(session, { type: 'tip', header, certificate, ids });
  }

  #remember(session: Session, ids: readonly Hash[]): void {
    const seen = this.#seen.get(session.id);
    if (seen === undefined) return;
    for (const id of ids) seen.add(toHex(id));
    for (const oldest of seen) {
      if (seen.size <= SEEN_IDS_MAX) return;
      seen.delete(oldest);
    }
  }

  #hasSeen(session: Session, id: Hash): boolean {
    return this.#seen.get(session.id)?.has(toHex(id)) ?? false;
  }
}

function send(session: Session, message: SessionMessage): void {
  session.send(encodeSessionMessage(message));
}
