/**
 * Following the chain: taking in the next final block when a peer tells of it, catching up when several are missing, and
 * filling in history below a snapshot. Only certified things are followed, so anybody may be the source.
 */
import { equal } from '../core/base/bytes.ts';
import { MINUTE_MS, SECOND_MS } from '../core/base/limits.ts';
import { type RefusalCode, RefusalError } from '../core/base/result.ts';
import type { Header } from '../core/codec/block.ts';
import type { SessionMessage } from '../core/codec/session-message.ts';
import type { Transaction } from '../core/codec/transaction.ts';
import type { Certificate } from '../core/codec/vote.ts';
import type { State } from '../core/membership/state.ts';
import { sleep, withTimeout } from './abort.ts';
import { Claims } from './claims.ts';
import type { CommittedBlock } from './committed-block.ts';
import { ForkWatch } from './fork-watch.ts';
import type { Ledger } from './ledger.ts';
import type { Mempool } from './mempool.ts';
import type { ChainNetwork, Clock, PeerAddress, Session, Verifier } from './ports.ts';
import { isInside } from './session-access.ts';
import { catchUpBlocks } from './sync-blocks.ts';
import { fetchFinality } from './sync-client.ts';
import { fillEpochs } from './sync-epochs.ts';
import { fillHistory } from './sync-history.ts';
import type { Verification } from './verification.ts';

/** To show that there is what was claimed: a certified header, and a few more for each change of validators. */
const SHOW_LIMIT_MS = 20 * SECOND_MS;
/** What was shown, however much it is: a session that does not get on in this time is given up for it. */
const CATCH_UP_LIMIT_MS = 5 * MINUTE_MS;
/** After a round of filling history found nobody who could. */
const HISTORY_PAUSE_MS = 3 * SECOND_MS;
const MEET_LIMIT_MS = 20 * SECOND_MS;

export interface SyncProgress {
  readonly done: number;
  readonly total: number;
}

/** A final block as a peer tells of it: executed only once its certificate holds. */
export interface ToldBlock extends Omit<CommittedBlock, 'point'> {
  readonly header: Header;
}

/** What following asks of the node that it brings blocks to. */
export interface FollowerNode {
  readonly ledger: Ledger;
  readonly mempool: Mempool;
  readonly verification: Verification;
  readonly ports: { readonly clock: Clock; readonly verifier: Verifier };
  readonly network: ChainNetwork | undefined;
  /** Whether this device is a member by now. */
  readonly isMember: boolean;
  readonly isValidator: boolean;
  sessions(): readonly Session[];
  run<T>(task: () => Promise<T> | T): Promise<T>;
  push(task: () => Promise<void> | void): void;
  tell(event: 'sync'): void;
  /** The chain is forked: nothing more is done for it here. Runs in the queue. */
  forked(reason: RefusalError): void;
  /** Checks and commits the next block. Runs in the queue. */
  acceptBlock(block: ToldBlock): Promise<void>;
  /** Commits blocks that were checked and executed while catching up. Runs in the queue. */
  commitCaughtUp(blocks: readonly CommittedBlock[]): Promise<void>;
}

export class Follower {
  /** Whether what others follow is the same chain. */
  readonly forks: ForkWatch;
  readonly #node: FollowerNode;
  readonly #signal: AbortSignal;
  readonly #running = new Set<Promise<void>>();
  readonly #claims = new Claims();
  #catchingUp = false;
  /** Ends the wait for when somebody who failed may be asked again. */
  #stopWaiting = () => {};
  #filling = false;
  #progress: SyncProgress | undefined;

  constructor(node: FollowerNode, signal: AbortSignal) {
    this.#node = node;
    this.#signal = signal;
    this.forks = new ForkWatch(node, (work) => this.#start(work), signal);
    signal.addEventListener('abort', () => this.#stopWaiting(), { once: true });
  }

  /** How far a copy of history is, while it is being made; `undefined` when all of it is here. */
  get progress(): SyncProgress | undefined {
    return this.#node.ledger.complete ? undefined : (this.#progress ?? { done: 0, total: this.#node.ledger.baseHeader.logSize });
  }

  /** True while final blocks are known and not here yet, or members say so and it is being found out. */
  get behind(): boolean {
    return !this.forks.isStopped && this.#claims.areAbove(this.#height, this.#sources());
  }

  /** True where nobody who would know says that more of the chain is final than is here: not while there is nobody. */
  get isLevel(): boolean {
    const { isValidator, ledger } = this.#node;
    const isAlone = isValidator && ledger.trust.seats.length === 1;
    return !this.behind && (isAlone || this.#sources().some(({ access }) => isInside(access)));
  }

  get #height(): number {
    return this.#node.ledger.tip.header.height;
  }

  opened(session: Session): void {
    this.forks.opened(session);
    this.#claims.opened(session);
    this.#toldOf(session, session.tipAtStart.height);
    if (!this.#node.ledger.complete) this.#fill();
  }

  /** A session that opened while nobody here could follow: what it told since is lost, so it is asked. */
  takenOver(session: Session): void {
    this.forks.heardOf(session);
    this.#claims.wonder(session);
    this.#catchUp();
    if (!this.#node.ledger.complete) this.#fill();
  }

  closed(session: Session): void {
    this.#claims.closed(session);
  }

  /** A peer tells of a final block. Runs in the node's queue. */
  async told(session: Session, { header, certificate, ids }: Extract<SessionMessage, { type: 'tip' }>): Promise<void> {
    const next = this.#node.ledger.tip.header.height + 1;
    if (header.height < next) return this.forks.told(session, { header, certificate });
    if (this.forks.isStopped) return;
    const waiting = ids.flatMap((id) => this.#node.mempool.get(id) ?? []);
    const atHand = header.height === next && equal(header.parent, this.#node.ledger.tip.id) && waiting.length === ids.length;
    // Also while catching up, which commits nothing twice: whoever is put out hears of it once, and can ask no more.
    if (!atHand) return this.#toldOf(session, header.height);
    // It goes on under others by a recovery, which is not agreed to here, or no more: true or not, not followed.
    if (header.epoch !== this.#node.ledger.trust.epoch) return;
    const transactions = waiting.map(({ transaction }) => transaction);
    try {
      await this.#node.acceptBlock({ header, certificate, transactions, bodies: waiting.map(({ bodies }) => bodies) });
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      session.close('wrong-answer');
    }
  }

  /** Connects to a member's node that a peer told of; silently gives up if it cannot be reached. */
  meet(address: PeerAddress): void {
    const { clock } = this.#node.ports;
    this.#start(async () => {
      await withTimeout(clock, MEET_LIMIT_MS, this.#signal, async (signal) => {
        await this.#node.network?.connect(address, signal);
      });
    });
  }

  #toldOf(session: Session, height: number): void {
    if (height <= this.#height) return;
    this.#claims.hear(session, height);
    this.#catchUp();
  }

  /** Asks one after the other, until nobody who may be asked now claims more than is here. */
  #catchUp(): void {
    if (this.#catchingUp || this.forks.isStopped || this.#signal.aborted) return;
    this.#catchingUp = true;
    this.#stopWaiting();
    this.#node.tell('sync');
    this.#start(async () => {
      try {
        for (let next = this.#next(); next?.waitMs === 0; next = this.#next()) await this.#ask(next.session);
      } finally {
        this.#catchingUp = false;
        this.#node.tell('sync');
      }
      const waitMs = this.#next()?.waitMs;
      if (waitMs !== undefined && !this.#signal.aborted) this.#stopWaiting = this.#node.ports.clock.schedule(waitMs, () => this.#catchUp());
    });
  }

  #next(): ReturnType<Claims['next']> {
    return this.forks.isStopped ? undefined : this.#claims.next(this.#height, this.#sources(), this.#node.ports.clock.now());
  }

  #sources(): readonly Session[] {
    return this.#node.sessions().filter((session) => this.#mayAsk(session));
  }

  /** Asks one peer for all that it has. One that fails is left for the next, one that lies loses its session. */
  async #ask(session: Session): Promise<void> {
    const isHonoured = await this.#catchUpFrom(session).catch((error: unknown) => this.#leave(session, error));
    if (!isHonoured) this.#claims.failed(session, this.#node.ports.clock.now());
  }

  /** First it shows what there is, then it brings it. Whether that is what it claimed. */
  async #catchUpFrom(session: Session): Promise<boolean> {
    const { clock } = this.#node.ports;
    const before = this.#height;
    const claimed = this.#claims.ask(session);
    const target = await withTimeout(clock, SHOW_LIMIT_MS, this.#signal, (signal) => this.#finalityOf(session, signal));
    const { height } = target.header;
    this.#claims.show(session, claimed, height);
    await withTimeout(clock, CATCH_UP_LIMIT_MS, this.#signal, async (signal) => {
      await this.#takeBlocks(session, target, signal);
      await this.#fillEpochs([session]);
    });
    const isHonoured = height <= this.#height && (claimed ?? 0) <= height;
    // Blocks come by other ways too: only who has shown them is trusted again.
    if (isHonoured && height > before) this.#claims.honoured(session);
    return isHonoured;
  }

  async #leave(session: Session, error: unknown): Promise<false> {
    if (!(error instanceof RefusalError) || this.#signal.aborted || error.code.startsWith('storage')) throw error;
    if (CONTRADICTIONS.has(error.code)) await this.forks.lookInto(session).catch(onlyRefused);
    if (!this.forks.isStopped && LIES.has(error.code)) session.close('wrong-answer');
    return false;
  }

  #finalityOf(session: Session, signal: AbortSignal): Promise<{ readonly header: Header; readonly certificate: Certificate }> {
    const { ledger, ports } = this.#node;
    const anchor = { block: ledger.tip.id, height: ledger.tip.header.height, issued: ports.clock.now() };
    return fetchFinality(
      session,
      { chain: ledger.chain, anchor, verifier: ports.verifier, now: anchor.issued, trust: ledger.trust },
      signal,
    );
  }

  async #takeBlocks(session: Session, target: { header: Header; certificate: Certificate }, signal: AbortSignal): Promise<void> {
    const { ledger, verification } = this.#node;
    await catchUpBlocks(
      ledger,
      session,
      target,
      {
        verify: async (transactions: readonly Transaction[], state: State) => {
          const verdicts = await verification.transactions(transactions, state, 'agreement');
          return verdicts.map(({ ok }) => ok);
        },
        onBlocks: (blocks) => this.#node.run(() => this.#node.commitCaughtUp(blocks)),
      },
      signal,
    );
  }

  /** Brings history below the snapshot, from whoever has it, until it is all here. */
  #fill(): void {
    if (this.#filling) return;
    this.#filling = true;
    this.#start(async () => {
      try {
        while (!this.#node.ledger.complete) await this.#fillRound();
        await this.#node.run(() => this.#node.ledger.fold());
      } finally {
        this.#filling = false;
        this.#node.tell('sync');
      }
    });
  }

  async #fillRound(): Promise<void> {
    const sources = () => this.#sources();
    const onProgress = (done: number, total: number) => {
      this.#progress = { done, total };
      this.#node.tell('sync');
    };
    try {
      await this.#fillEpochs(sources());
      await fillHistory(this.#node.ledger, sources, { onProgress }, this.#signal);
    } catch (error) {
      if (!(error instanceof RefusalError) || this.#signal.aborted || error.code.startsWith('storage')) throw error;
      await sleep(this.#node.ports.clock, HISTORY_PAUSE_MS, this.#signal);
    }
  }

  /** How trust came to here, from the first who can show it; whoever cannot is left for the next. */
  async #fillEpochs(sources: readonly Session[]): Promise<void> {
    const { ledger, ports } = this.#node;
    for (const session of sources) {
      try {
        return await fillEpochs(ledger, session, ports.verifier, this.#signal);
      } catch (error) {
        if (!(error instanceof RefusalError) || this.#signal.aborted || error.code.startsWith('storage')) throw error;
      }
    }
  }

  /** Runs work beside the queue; a typed refusal ends it quietly, since another session or the next tip tries again. */
  #start(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        const isOurs = error instanceof RefusalError && !error.code.startsWith('storage');
        if (!isOurs && !this.#signal.aborted) this.#node.push(() => Promise.reject(error));
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Whoever let us in as less when we met, or not at all, may know by now that we are a member; else it says so. */
  #mayAsk({ grantedAccess }: Session): boolean {
    return grantedAccess === 'member' || grantedAccess === 'validator' || this.#node.isMember;
  }

  /** Settles when nothing of this is running; after the signal aborted. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#running]);
  }
}

/** Of these an honest peer may give one whose chain is another by now. */
const CONTRADICTIONS: ReadonlySet<RefusalCode> = new Set(['bad-proof', 'conflicting-block']);

function onlyRefused(error: unknown): void {
  if (!(error instanceof RefusalError) || error.code.startsWith('storage')) throw error;
}

/** Answers that no honest peer gives, whatever it lacks and however it is cut off. */
const LIES: ReadonlySet<RefusalCode> = new Set([
  'bad-proof',
  'bad-signature',
  'malformed',
  'not-canonical',
  'no-quorum',
  'wrong-root',
  'body-mismatch',
  'wrong-genesis',
]);
