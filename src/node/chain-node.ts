/**
 * One chain on this device: its ledger, what waits for a block, the sessions with other nodes, and, where this device has
 * a seat, the validator. One event queue: every message, command and timer becomes a task that runs to its end before the
 * next, so that nothing changes under its feet; what nobody may wait for (catching up, filling history) runs beside it
 * and commits through the queue.
 */
import type { Hash } from '../core/base/hash.ts';
import { type RefusalCode, RefusalError, unwrap } from '../core/base/result.ts';
import { PROTOCOL_VERSIONS } from '../core/codec/genesis.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { Carried } from '../core/codec/session-message.ts';
import { executeBlock } from '../core/consensus/execute.ts';
import type { Actor } from '../core/membership/facts.ts';
import { accessOf } from './access.ts';
import type { ChainEvent, ChainNodePorts } from './chain-node-ports.ts';
import type { CommittedBlock } from './committed-block.ts';
import { Duties } from './duties.ts';
import { Follower, type FollowerNode, type ToldBlock } from './follower.ts';
import { Gossip, type GossipNode, type MessageOf, type VotingMessage } from './gossip.ts';
import { Intake } from './intake.ts';
import { KeyIndex } from './key-index.ts';
import { Knocks } from './knocks.ts';
import type { Ledger } from './ledger.ts';
import { Listeners } from './listeners.ts';
import { Mempool, type Waiting } from './mempool.ts';
import { NetworkKeys } from './network-keys.ts';
import { Outbox, type OutboxItem } from './outbox.ts';
import { OwnActor } from './own-actor.ts';
import type { ChainEndpoint, ChainNetwork, InvitationClaim, PeerAddress, Session, Signer, Tip } from './ports.ts';
import { SerialQueue } from './queue.ts';
import { failureCode, mayPass, orClose } from './reopening.ts';
import { Rounds } from './rounds.ts';
import { type NewAction, Sender } from './sender.ts';
import { isInside, recomputeAccess } from './session-access.ts';
import { OwnStanding } from './standing.ts';
import { serveSync } from './sync-server.ts';
import { outgrown } from './upgrade.ts';
import { Verification } from './verification.ts';

export type { ChainEvent };

export class ChainNode implements Omit<ChainEndpoint, 'invite'>, GossipNode, FollowerNode {
  readonly ledger: Ledger;
  readonly outbox: Outbox;
  readonly knocks: Knocks;
  readonly standing: OwnStanding;
  readonly keyring: NetworkKeys;
  readonly mempool = new Mempool();
  readonly verification: Verification;
  readonly ports: ChainNodePorts;
  readonly chain: Hash;
  readonly signer: Signer;
  readonly protocolVersions = PROTOCOL_VERSIONS;
  readonly #queue: SerialQueue;
  readonly #gossip: Gossip;
  readonly #follower: Follower;
  readonly #index = new KeyIndex();
  readonly #intake: Intake;
  readonly #sender: Sender;
  readonly #closing = new AbortController();
  readonly #listeners = new Listeners<ChainEvent>();
  #network: ChainNetwork | undefined;
  readonly #duties: Duties;
  readonly #own: OwnActor;
  readonly #rounds: Rounds;
  #failure: unknown;

  private constructor(ledger: Ledger, outbox: Outbox, ports: ChainNodePorts) {
    this.ledger = ledger;
    this.outbox = outbox;
    this.ports = ports;
    this.chain = ledger.chain;
    this.signer = ports.signer;
    this.#own = new OwnActor(ledger, ports.signer.publicKey);
    this.standing = new OwnStanding(ledger, ports.signer.publicKey, ports.clock);
    this.keyring = new NetworkKeys(ledger, ports.random, ports.networkKeys);
    this.verification = new Verification(ports.verifier);
    this.#queue = new SerialQueue((error) => this.#fail(error));
    this.#gossip = new Gossip(this);
    this.#rounds = new Rounds(ports.clock, () => this.#gossip.askPeers());
    this.#follower = new Follower(this, this.#closing.signal);
    this.#duties = new Duties(this, {
      intake: () => this.#intake,
      commit: (block) => this.#commit(block),
      tellTip: (session) => this.#gossip.tellTip(session, ledger),
      proposed: (ids) => this.#gossip.proposed(ids),
      held: (session, ids) => this.#gossip.held(session, ids),
      submit: (action) => this.#sender.submit([{ action, bodies: [] }]).then(() => undefined),
      dismiss: (id) => this.#sender.dismiss(id),
      tell: (event) => this.tell(event),
      outgrown: (reason) => this.#fail(reason),
      askAnew: () => this.sessions().forEach((session) => this.#follower.takenOver(session)),
    });
    const desk = {
      ledger,
      clock: ports.clock,
      sessions: () => this.sessions(),
      refuse: (session: Session, id: Hash, code: RefusalCode) => this.#gossip.refuse(session, id, code),
    };
    this.#intake = new Intake({
      ...desk,
      mempool: this.mempool,
      verification: this.verification,
      isForked: () => this.isForked,
      ownRefused: (id, code) => this.#queue.push(() => this.#sender.refused(id, code)),
    });
    this.knocks = new Knocks({ ...desk, verifier: ports.verifier, changed: () => this.tell('knocks') });
    this.#sender = new Sender({
      outbox,
      mempool: this.mempool,
      clock: ports.clock,
      finalSequence: () => this.self()?.device.sequence,
      isLevel: () => this.#follower.isLevel,
      spread: (item) => this.#spread([item]),
      changed: () => this.tell('pending'),
    });
  }

  /** Starts the node of a chain over its ledger; `network` is attached by the caller, with this node as its endpoint. */
  static async start(ledger: Ledger, ports: ChainNodePorts): Promise<ChainNode> {
    const { clock, signer } = ports;
    const outbox = await Outbox.open({ space: ledger.space, signer, clock, chain: ledger.chain });
    const node = new ChainNode(ledger, outbox, ports);
    await orClose(node, async () => {
      await node.knocks.takeUp();
      await node.standing.takeUp();
      await node.#duties.start();
    });
    node.#queue.push(() => node.#sender.takeUp());
    node.#duties.voting.ask(); // A crash may have left a proposal undecided.
    node.#rounds.sweep(() => node.push(() => node.#sweep()));
    return node;
  }

  /** Gives the node its network, and takes over the sessions that are open already. */
  connect(network: ChainNetwork): void {
    this.#network = network;
    for (const session of network.sessions()) {
      const level = this.access(session.nodeKey, undefined);
      if (level.ok) {
        session.setAccess(level.value);
        this.sessionOpened(session);
        this.#follower.takenOver(session);
      } else session.close(level.refusal.code);
    }
    this.#duties.connected();
  }

  get network(): ChainNetwork | undefined {
    return this.#network;
  }
  get problem(): RefusalCode | undefined {
    return failureCode(this.#failure) ?? (this.isForked ? 'conflicting-block' : undefined);
  }
  get isValidator(): boolean {
    return this.#duties.voting.validator !== undefined;
  }
  /** True if the chain was forked: it is read and served here, and nothing more (see `ForkWatch`). */
  get isForked(): boolean {
    return this.#follower.forks.isStopped;
  }
  /** True from when the disk failed, until the chain is opened anew (see `Reopening`). */
  get isHalted(): boolean {
    return mayPass(this.#failure);
  }
  get isMember(): boolean {
    return this.self() !== undefined;
  }
  /** Its part in consensus, and the office that goes with it. */
  get duties(): Duties {
    return this.#duties;
  }
  get follower(): Follower {
    return this.#follower;
  }

  /** The member for whom this device acts; `undefined` before it is admitted and after it left. */
  self(): Actor | undefined {
    return this.#own.now();
  }

  /** Calls back after each change. Returns what ends it. */
  subscribe(listener: (event: ChainEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  tell(event: ChainEvent): void {
    this.#listeners.tell(event);
  }

  /** Runs a task in the node's order. Where the disk fails in the midst of it, the node hears of it before the next task begins. */
  run<T>(task: () => Promise<T> | T): Promise<T> {
    const result = this.#queue.run(task);
    result.catch((error: unknown) => mayPass(error) && this.#fail(error));
    return result;
  }
  push(task: () => Promise<void> | void): void {
    this.#queue.push(task);
  }

  // ---------------------------------------------------------------- what the network asks

  roles(): readonly Role[] {
    return this.self()?.member.roles ?? [];
  }
  tip(): Tip {
    return { height: this.ledger.tip.header.height, block: this.ledger.tip.id };
  }
  networkKeys(): readonly Uint8Array[] {
    return this.keyring.inForce();
  }

  access(nodeKey: Session['nodeKey'], claim: InvitationClaim | undefined): ReturnType<ChainEndpoint['access']> {
    const keeper = { nodeKey: this.signer.publicKey, index: this.#index, knocks: this.knocks, now: this.ports.clock.now() };
    return accessOf(this.ledger.state, keeper, nodeKey, claim);
  }

  sessionOpened(session: Session): void {
    if (isInside(session.grantedAccess)) this.standing.letIn();
    this.#gossip.opened(session);
    this.knocks.opened(session);
    this.#follower.opened(session);
    this.#duties.opened(session);
    // A block may have come since the handshake asked.
    const level = this.access(session.nodeKey, undefined);
    if (!level.ok) session.close(level.refusal.code);
    this.tell('sessions');
  }

  sessionClosed(session: Session, reason: RefusalCode): void {
    // Of our own standing only those who are in can tell; whom we put out was told theirs, and that is the reason here.
    const level = this.access(session.nodeKey, undefined);
    if (level.ok && isInside(level.value)) this.standing.refused(reason);
    this.#gossip.closed(session, reason);
    this.#follower.closed(session);
    if (session.access === 'member' && !this.#closing.signal.aborted) this.#rounds.meetLater();
    this.tell('sessions');
  }

  sessionChanged(): void {
    this.tell('sessions');
  }

  messageReceived(session: Session, message: Uint8Array): void {
    this.#gossip.received(session, message);
  }

  requestReceived(session: Session, request: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return serveSync(this.ledger, session.access, request, signal, session.nodeKey, this.#index);
  }

  sessions(): readonly Session[] {
    return this.#network?.sessions() ?? [];
  }

  // ---------------------------------------------------------------- writing

  /** Signs actions of this device's member, keeps them in the outbox and sends them. Settles once they are durable here. */
  submit(actions: readonly NewAction[]): Promise<readonly OutboxItem[]> {
    return this.#queue.run(() => {
      this.#follower.forks.mustBeOne();
      this.#duties.vouching.mustBeVouchedFor(actions.map(({ action }) => action));
      return this.#sender.submit(actions);
    });
  }

  /** Takes a refused transaction off the outbox. */
  dismiss(id: Hash): Promise<void> {
    return this.#queue.run(() => this.#sender.dismiss(id));
  }

  // ---------------------------------------------------------------- taking in transactions

  /** Takes in what a peer sent, and spreads what of it is new and sound. */
  async receive(session: Session, items: readonly Carried[]): Promise<void> {
    const taken = await this.#intake.receive(session, items);
    if (taken.length === 0) return;
    const transactions = taken.map(({ transaction }) => transaction);
    await this.#sender.takeBack(transactions);
    await this.#duties.came(transactions);
    this.#spread(taken);
    this.tell('pending');
  }

  #spread(items: readonly Waiting[]): void {
    if (this.isForked) return;
    this.#gossip.spread(items);
    this.#duties.voting.ask();
  }

  /** A peer refuses a transaction: of interest only if it is ours and the peer decides. */
  async refusedBy(session: Session, id: Hash, code: RefusalCode): Promise<void> {
    if (session.access !== 'validator') return;
    // Who has just become a validator may not have heard so yet: what was previewed since is for our own state to judge.
    if (code !== 'trust-changed' || !this.#intake.admits(id)) await this.#sender.refused(id, code);
  }

  // ---------------------------------------------------------------- blocks

  async toldTip(session: Session, tip: MessageOf<'tip'>): Promise<void> {
    await this.#duties.voting.told(session, tip);
    await this.#follower.told(session, tip);
  }
  heard(session: Session, message: VotingMessage): Promise<void> {
    if (message.type === 'certificates') this.#follower.forks.certified(session, message.certificates);
    return this.#duties.voting.heard(session, message);
  }

  heardOfFork(session: Session): void {
    this.#follower.forks.heardOf(session);
  }

  forked(reason: RefusalError): void {
    this.#duties.stop();
    this.tell('problem');
    this.ports.failed(reason);
  }

  meet(address: PeerAddress): void {
    this.#follower.meet(address);
  }

  /** A final block that somebody told us of, with the transactions it names at hand. Runs in the queue. */
  async acceptBlock(block: ToldBlock): Promise<void> {
    if (block.header.height !== this.ledger.tip.header.height + 1) return;
    await this.verification.finality(block.header, block.certificate, this.ledger.trust);
    const verdicts = await this.verification.transactions(block.transactions, this.ledger.state, 'agreement');
    const point = unwrap(executeBlock(this.ledger.tip, block.header, verdicts.map(unwrap)));
    await this.#commit({ ...block, point });
  }

  /** Adds a final block and everything that follows from it. Runs in the queue. */
  async #commit(block: CommittedBlock): Promise<void> {
    if (this.isForked || outgrown(this.ledger.tip) !== undefined) return;
    const settled = this.outbox.settledBy(block.transactions);
    await this.ledger.commit(block, this.outbox.removals(settled));
    this.outbox.forget(settled);
    for (const { id } of [...block.transactions, ...settled.map(({ transaction }) => transaction)]) this.mempool.remove(id);
    await this.#sender.renew();
    await this.knocks.dropSettled();
    if (await this.standing.committed(block.transactions)) this.#network?.keep([]);
    const newKey = await this.keyring.committed();
    this.#intake.dropOutdated(block);
    const lost = recomputeAccess(
      this.sessions(),
      (key, claim) => this.access(key, claim),
      (session) => {
        this.#gossip.raised(session);
        this.knocks.opened(session);
        this.#duties.opened(session);
      },
    );
    // Who is out is the last to be told why, and with what it needs to see it for itself.
    for (const { session } of lost) this.#gossip.bring(session, block);
    this.#gossip.announceTip(block, this.#duties.voting.hasMade(block.point.header), lost);
    for (const { session, code } of lost) session.close(code);
    if (newKey !== undefined) for (const session of this.sessions()) if (isInside(session.access)) session.giveNetworkKey(newKey);
    await this.#duties.committed();
    this.tell('block');
  }

  /** Commits blocks that catch-up brought and executed. Runs in the queue. */
  async commitCaughtUp(blocks: readonly CommittedBlock[]): Promise<void> {
    for (const block of blocks) if (block.point.header.height === this.ledger.tip.header.height + 1) await this.#commit(block);
  }

  /** Looks about for what expired and what is due, as every half minute: for a device that wakes up. */
  lookAbout(): Promise<void> {
    return this.run(() => this.#sweep());
  }

  async #sweep(): Promise<void> {
    this.#gossip.askPeers();
    this.#intake.dropExpired();
    this.#follower.forks.swept();
    await this.knocks.dropSettled();
    await this.#sender.takeUp();
    await this.#duties.swept();
  }

  // ---------------------------------------------------------------- ending

  #fail(error: unknown): void {
    if (!this.isHalted) this.#failure = error;
    if (this.isHalted) this.#duties.stop();
    this.tell('problem');
    this.ports.failed(error);
  }

  async close(): Promise<void> {
    this.#closing.abort(new RefusalError({ code: 'closed', detail: 'the chain was closed' }));
    this.#rounds.close();
    this.#duties.close();
    await this.#network?.close();
    await this.#follower.settled();
    await this.#queue.close();
    this.#gossip.close();
    this.#listeners.clear();
  }
}
