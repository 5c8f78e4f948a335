/**
 * How news spreads among handshaken nodes: announce and pull (DESIGN §8). Whoever writes pushes to the validators, which
 * it wakes; who makes a block pushes the small things in it to members, and tells them first that it is final. Everybody else
 * announces ids, and whoever lacks one pulls it. What a peer probably hears from another is told later, unless it has been heard
 * to have it: among validators that is everything but one's own.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { MEMPOOL_TRANSACTIONS_MAX, SESSION_MESSAGE_BYTES_MAX } from '../core/base/limits.ts';
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
import { chunks } from './chunks.ts';
import type { CommittedBlock } from './committed-block.ts';
import { Inbox } from './inbox.ts';
import { LaterNews } from './later-news.ts';
import type { Ledger } from './ledger.ts';
import type { Mempool, Waiting } from './mempool.ts';
import { PeerKnowledge } from './peer-knowledge.ts';
import type { Clock, PeerAddress, Session } from './ports.ts';
import { isInside, type LostSession } from './session-access.ts';

/** A transaction with its bodies up to this size is pushed by validators; the size of a few announcements. */
const PUSHED_BYTES_MAX = 2 * 1024;
/** After which a validator tells what another has probably told: more than the few round trips that a block takes on a near network. */
const VALIDATOR_PAUSE_MS = 25;
/** After which others do. Less, so that validators hear first who has it already. */
const MEMBER_PAUSE_MS = 10;
/** Final blocks that wait to be told of. Whoever has heard of none of more catches up. */
const LATER_TIPS_MAX = 4;
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
  readonly ports: { readonly clock: Clock };
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
  readonly knocks: { receive(session: Session, knock: CarriedKnock): Promise<void> };
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

interface Tip {
  readonly block: CommittedBlock;
  readonly height: number;
  readonly message: Uint8Array;
}

export class Gossip {
  readonly #node: GossipNode;
  /** By session id. */
  readonly #peers = new Map<number, PeerKnowledge>();
  readonly #inbox: Inbox;
  /** What came in since the last task that spread. */
  #fresh: Waiting[] = [];
  readonly #laterItems: LaterNews<Waiting>;
  readonly #laterTips: LaterNews<Tip>;
  /** The last tip that was announced, for whoever shook hands before it and was here after. */
  #lastTip: Tip | undefined;

  constructor(node: GossipNode) {
    this.#node = node;
    const { clock } = node.ports;
    this.#inbox = new Inbox((task) => node.push(task));
    this.#laterItems = new LaterNews(clock, MEMPOOL_TRANSACTIONS_MAX, (items) => node.push(() => this.#announceLate(items)));
    this.#laterTips = new LaterNews(clock, LATER_TIPS_MAX, (tips) => node.push(() => this.#tellLate(tips)));
  }

  /** A session opened: tell of the tip, unless the handshake did, of what waits here, and a newcomer of the others. */
  opened(session: Session): void {
    this.#peers.set(session.id, new PeerKnowledge(session.tipAtStart.height));
    if (session.access === 'foreign') return;
    if (this.#lastTip !== undefined && this.#lastTip.height > session.ownTipAtStart.height) this.#tellOf(session, this.#lastTip);
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

  closed(session: Session, reason: RefusalCode): void {
    this.#inbox.closed(session, reason);
    this.#peers.delete(session.id);
  }

  /** Nothing is told later any more. */
  close(): void {
    this.#laterItems.close();
    this.#laterTips.close();
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

  /** A message from a peer: refused bytes end the session, everything else waits for its turn. */
  received(session: Session, bytes: Uint8Array): void {
    const message = decodeSessionMessage(bytes);
    if (!message.ok) return session.close(message.refusal.code);
    if (message.value.type === 'tip') this.#peers.get(session.id)?.hasHeight(message.value.header.height);
    this.#inbox.take(session, bytes.length, () => this.#handle(session, message.value));
  }

  async #handle(session: Session, message: SessionMessage): Promise<void> {
    switch (message.type) {
      case 'announce':
        return this.#announced(session, message);
      case 'pull':
        return this.#pulled(session, message);
      case 'transactions':
        return this.#node.receive(session, message.items);
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
        return this.#node.knocks.receive(session, message.knock);
      case 'forked':
        return this.#node.heardOfFork(session);
      case 'checkpoints':
        return this.#node.duties.shown(session, message.notes);
      case 'proposal':
        this.held(session, message.ids);
        return this.#node.heard(session, message);
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
    this.#peers.get(session.id)?.sees(ids);
    if (!isInside(session.access)) return;
    const lacking = ids.filter((id) => !this.#node.mempool.has(id));
    if (lacking.length > 0) send(session, { type: 'pull', ids: lacking });
  }

  #pulled(session: Session, { ids }: MessageOf<'pull'>): void {
    if (!isInside(session.access)) return;
    this.#peers.get(session.id)?.pulls(ids);
    const held = ids.flatMap((id) => this.#node.mempool.get(id) ?? []);
    this.#push(session, held);
  }

  #toldPeers(session: Session, { peers }: MessageOf<'peers'>): void {
    if (!isInside(session.access)) return;
    const known = new Set(this.#node.sessions().map(({ peer }) => peer));
    const room = MEMBER_SESSIONS_MAX - this.#memberSessions();
    for (const address of peers.filter(({ peer }) => !known.has(peer)).slice(0, Math.max(0, room))) {
      this.#node.meet(address);
    }
  }

  /** Sends transactions on, once the tasks that wait have run: what they bring shares a message. */
  spread(items: readonly Waiting[]): void {
    if (this.#fresh.length === 0) this.#node.push(() => this.#spreadFresh());
    for (const item of items) {
      this.#fresh.push(item);
      if (item.from !== undefined) this.#peers.get(item.from)?.sees([item.transaction.id]);
    }
  }

  /** Sends one's own to everybody inside; what others brought to those who will not hear of it from a leader. */
  #spreadFresh(): void {
    const fresh = this.#fresh;
    this.#fresh = [];
    const own = fresh.filter(({ from }) => from === undefined);
    const toMembers = fresh.filter((item) => item.from === undefined || !this.#isPushedByLeaders(item));
    for (const session of this.#inside()) this.#send(session, session.access === 'validator' ? own : toMembers);
    this.#laterItems.add(
      fresh.filter(({ from }) => from !== undefined),
      this.#pauseMs,
    );
  }

  #inside(): readonly Session[] {
    return this.#node.sessions().filter(({ access }) => isInside(access));
  }

  get #pauseMs(): number {
    return this.#node.isValidator ? VALIDATOR_PAUSE_MS : MEMBER_PAUSE_MS;
  }

  /** Sends what the peer has not seen, pushed or announced. */
  #send(session: Session, items: readonly Waiting[]): void {
    const fresh = items.filter(({ transaction }) => !this.#hasSeen(session, transaction.id));
    const pushed = new Set(fresh.filter((item) => this.#isPushed(session, item)));
    this.#push(session, [...pushed]);
    this.#announce(
      session,
      fresh.flatMap((item) => (pushed.has(item) ? [] : [item.transaction.id])),
    );
  }

  /** Tells validators of what others brought and still waits. Nobody waits for them to pull it, since they may have it. */
  #announceLate(items: readonly Waiting[]): void {
    const waiting = items.map(({ transaction }) => transaction.id).filter((id) => this.#node.mempool.has(id));
    for (const session of this.#inside()) {
      if (session.access !== 'validator') continue;
      const unseen = waiting.filter((id) => !this.#hasSeen(session, id));
      for (const ids of chunks(unseen, ANNOUNCED_IDS_MAX)) this.#tellIds(session, ids);
    }
  }

  /** A block of ours is proposed: every validator hears of what is in it, and members get it in time. */
  proposed(ids: readonly Hash[]): void {
    const items = ids.flatMap((id) => this.#node.mempool.get(id) ?? []);
    for (const session of this.#inside()) {
      if (session.access === 'member') this.#send(session, items);
      // Whoever of the validators lacks one asks for it.
      else this.held(session, ids);
    }
  }

  /** By its own word or vote the peer has these. Nobody else's word goes for it: or one could keep news from it. */
  held(session: Session, ids: readonly Hash[]): void {
    this.#peers.get(session.id)?.sees(ids);
  }

  /**
   * Whether it is pushed at once. Not while something announced before is still to be pulled: it would overtake that, and
   * a sender's own transactions are to come in the order in which they were written.
   */
  #isPushed(session: Session, item: Waiting): boolean {
    if (this.#isPulling(session)) return false;
    return session.access === 'validator' || this.#isPushedByLeaders(item);
  }

  /** Whether a validator that puts it into a block pushes it to members. */
  #isPushedByLeaders({ transaction, bodies }: Waiting): boolean {
    const bytes = bodies.reduce((total, body) => total + body.length, transaction.bytes.length);
    return this.#node.isValidator && bytes <= PUSHED_BYTES_MAX;
  }

  #isPulling({ id }: Session): boolean {
    return this.#peers.get(id)?.isPulling((waiting) => this.#node.mempool.hasHex(waiting)) ?? false;
  }

  #announce(session: Session, ids: readonly Hash[]): void {
    for (const some of chunks(ids, ANNOUNCED_IDS_MAX)) {
      this.#peers.get(session.id)?.awaits(some);
      this.#tellIds(session, some);
    }
  }

  #tellIds(session: Session, ids: readonly Hash[]): void {
    this.#peers.get(session.id)?.sees(ids);
    send(session, { type: 'announce', ids });
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
    this.#peers.get(session.id)?.sees(items.map(({ transaction }) => transaction.id));
  }

  refuse(session: Session, id: Hash, code: RefusalCode): void {
    send(session, { type: 'refused', items: [{ id, code }] });
  }

  /** Sends all that a block holds to a peer that will not be able to ask for it, and may not have kept what it saw. */
  bring(session: Session, { transactions, bodies }: CommittedBlock, lacks = (_: Hash) => true): void {
    const items = transactions.flatMap((transaction, i) => {
      const own = (bodies[i] ?? []).filter((body) => body !== undefined);
      const isWhole = own.length === bodiesOf(transaction.unsigned.action).length;
      return isWhole && lacks(transaction.id) ? [{ transaction, bodies: own }] : [];
    });
    this.#push(session, items);
  }

  /**
   * Tells everybody who has not heard of a new final block: whoever made it at once, all others later, but those who are `lost`
   * by it. A guest hears of it too: it waits for its own admission.
   */
  announceTip(block: CommittedBlock, isOwn: boolean, lost: readonly LostSession[]): void {
    const { point, certificate, transactions } = block;
    // While catching up a block comes with a descendant's certificate: whoever needs it catches up likewise.
    if (certificate.subject.block === undefined || !equal(certificate.subject.block, point.id)) return;
    const message = encodeSessionMessage({ type: 'tip', header: point.header, certificate, ids: transactions.map(({ id }) => id) });
    const tip = { block, height: point.header.height, message };
    this.#lastTip = tip;
    for (const { session } of lost) this.#tellOf(session, tip);
    for (const session of this.#node.sessions()) if (isOwn && session.access !== 'validator') this.#tellOf(session, tip);
    this.#laterTips.add([tip], this.#pauseMs);
  }

  /** Whoever votes heard of it as a rule, but one vote that was lost would leave it behind: who did not tell of it is told. */
  #tellLate(tips: readonly Tip[]): void {
    for (const session of this.#node.sessions()) for (const tip of tips) this.#tellOf(session, tip);
  }

  /** Tells of a final block, and brings a member what it lacks of it, unless the peer was heard to have it. */
  #tellOf(session: Session, { block, height, message }: Tip): void {
    if (session.access === 'foreign' || height <= (this.#peers.get(session.id)?.height ?? 0)) return;
    if (session.access === 'member' && this.#node.isValidator) this.bring(session, block, (id) => !this.#hasSeen(session, id));
    session.send(message);
    this.#peers.get(session.id)?.hasHeight(height);
  }

  /** Sends the newest final block to one who is behind. */
  async tellTip(session: Session, { tip: { header }, certificate, certified, history }: Ledger): Promise<void> {
    const [block] = header.height === 0 || !certified ? [] : await history.blocks(header.height, header.height + 1);
    if (block === undefined) return;
    const ids = block.leaves.map((leaf) => unwrap(decodeTransaction(leaf)).id);
    send(session, { type: 'tip', header, certificate, ids });
  }

  #hasSeen(session: Session, id: Hash): boolean {
    return this.#peers.get(session.id)?.hasSeen(id) ?? false;
  }
}

function send(session: Session, message: SessionMessage): void {
  session.send(encodeSessionMessage(message));
}
