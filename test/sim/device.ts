/**
 * A simulated device: a disk and keys that outlive its processes, and the process that runs on it now: the shipped node over
 * simulated ports. Killing the process ends its timers, its connections and what it waits for, at whatever point it is.
 */
import type { Hash } from '../../src/core/base/hash.ts';
import { RefusalError } from '../../src/core/base/result.ts';
import { createNetwork, type LiveNetwork } from '../../src/net/network.ts';
import type { Transport } from '../../src/net/transport.ts';
import { chainSpaceName } from '../../src/node/founding.ts';
import { Hosting } from '../../src/node/hosting.ts';
import { Latchkey } from '../../src/node/latchkey.ts';
import { Ledger } from '../../src/node/ledger.ts';
import type { Clock, KeyStore, Store } from '../../src/node/ports.ts';
import type { Chance } from './chance.ts';
import { type CrashingStore, type CrashKind, crashingStore, type DiskCopy } from './crashing-store.ts';
import type { Ground } from './ground.ts';
import { KeyChest } from './key-chest.ts';
import { type Liar, lyingTransport } from './liar.ts';
import { ProcessClock } from './virtual-clock.ts';

/** A disk takes up to so long for an operation, and now and then much longer. */
const DISK_MS_MAX = 3;
const SLOW_DISK_MS_MAX = 60;
const SLOW_DISK_LIKELIHOOD = 0.01;
/** Clocks of honest devices are so far apart. */
const SKEW_MS_MAX = 1_500;
/** Public halves of the next keys: `NEXT_KEYS` of 32 bytes. */
const NEXT_KEYS_BYTES = 64 * 32;

export interface DeviceOptions {
  readonly name: string;
  readonly chance: Chance;
  /** Hosts chains for others. */
  readonly hosts: boolean;
  /** The chance, for each operation of the disk, that the process is killed in the middle of it. */
  killInWrite(): number;
  /** Whether its network lies at the moment. */
  lies(): boolean;
  /** What its disk and its chest hold before it is first switched on. */
  readonly prepare?: (store: Store, keys: KeyStore) => Promise<void>;
  /** The network as its processes have it, and its clock. */
  readonly transport?: (transport: Transport) => Transport;
  readonly clock?: (clock: Clock) => Clock;
  /**
   * Whether an error is one that its disk was made to give. A process that cannot open is killed then, and starts again, as
   * whoever watches over it would see to; a chain that runs sees to it itself.
   */
  readonly excuses?: (error: unknown) => boolean;
}

/** One run of the node on a device, from its start to its end. */
interface Process {
  readonly clock: ProcessClock;
  readonly store: Store;
  readonly live: LiveNetwork;
  /** Settles when the process is gone. */
  readonly over: Promise<void>;
  end(): void;
  ended: boolean;
  latchkey: Latchkey | undefined;
}

export class Device {
  readonly name: string;
  readonly hosts: boolean;
  readonly #ground: Ground;
  readonly #options: DeviceOptions;
  readonly #chance: Chance;
  readonly #chest: KeyChest;
  readonly #skewMs: number;
  readonly #liar: Liar;
  #disk: CrashingStore;
  #process: Process | undefined;
  #started = 0;
  #killed: (() => void) | undefined;

  constructor(ground: Ground, options: DeviceOptions) {
    const { name, chance, hosts } = options;
    this.name = name;
    this.hosts = hosts;
    this.#ground = ground;
    this.#options = options;
    this.#chance = chance;
    this.#skewMs = chance.int(-SKEW_MS_MAX, SKEW_MS_MAX);
    this.#chest = new KeyChest(chance.fork(), ground.real);
    this.#liar = { chance: chance.fork(), injected: ground.injected, lies: () => options.lies() };
    const disk = chance.fork();
    this.#disk = crashingStore({ random: () => disk.next(), schedule: (run) => this.#diskTurn(run) });
  }

  #diskTurn(run: () => void): void {
    const isSlow = this.#chance.happens(SLOW_DISK_LIKELIHOOD);
    const delayMs = this.#chance.int(0, isSlow ? SLOW_DISK_MS_MAX : DISK_MS_MAX);
    this.#ground.clock.schedule(delayMs, run);
    if (!this.#chance.happens(this.#options.killInWrite())) return;
    const process = this.#process;
    this.#ground.clock.schedule(this.#chance.int(0, delayMs), () => {
      if (process === undefined || process.ended || this.#process !== process) return;
      this.#ground.injected.add('killed in a write');
      this.kill(this.#chance.happens(0.5) ? 'power' : 'process');
    });
  }

  // ---------------------------------------------------------------- processes

  get isUp(): boolean {
    return this.#process !== undefined;
  }
  get latchkey(): Latchkey | undefined {
    return this.#process?.latchkey;
  }

  /** Whoever wants to know of kills, to start the device again some time. */
  onKilled(listener: () => void): void {
    this.#killed = listener;
  }

  start(): void {
    if (this.#process !== undefined) return;
    this.#ground.trace.note(this.name, 'starts');
    const process = this.#newProcess();
    this.#process = process;
    this.#open(process).catch((error: unknown) => {
      this.#failed(process, error, 'does not open');
    });
  }

  #newProcess(): Process {
    const { hub, votes, seams, verifier, violate } = this.#ground;
    const clock = new ProcessClock(this.#options.clock?.(this.#ground.clock) ?? this.#ground.clock, this.#skewMs);
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const transport = lyingTransport(hub.transport(this.name), this.#liar);
    const live = createNetwork({
      transport: this.#options.transport?.(transport) ?? transport,
      clock,
      random: this.#chance.fork(),
      verifier,
      report: (error) => {
        if (!process.ended) violate(`${this.name}: a bug in the network: ${describe(error)}`);
      },
    });
    const process: Process = {
      clock,
      live,
      over,
      store: votes.watched(seams.store?.(this.#disk, this.name) ?? this.#disk),
      ended: false,
      latchkey: undefined,
      end: () => {
        process.ended = true;
        resolve();
      },
    };
    return process;
  }

  async #open(process: Process): Promise<void> {
    const { clock, store, live: network } = process;
    const random = this.#chance.fork();
    const keys = this.#chest.open(clock);
    if (this.#started++ > 0) await this.#ground.seams.restart?.(store, this.name);
    else await this.#prepare(store, keys);
    const { verifier } = this.#ground;
    const latchkey = await Latchkey.open({
      store,
      keys,
      network,
      clock,
      random,
      verifier,
      failed: (_chain, error) => {
        if (this.#options.excuses?.(error) !== true) this.#failed(process, error, 'the chain cannot go on');
        else if (!process.ended) this.#ground.trace.note(this.name, `the disk fails: ${describe(error)}`);
      },
      resumed: () => {
        if (!process.ended) this.#ground.trace.note(this.name, 'its disk works again');
      },
    });
    if (process.ended) return;
    process.latchkey = latchkey;
    if (this.hosts) {
      const hosting = { latchkey, keys, clock, random, verifier, relayName: this.name, rule: 'open', endpoints: () => [] } as const;
      network.serveHost(new Hosting(hosting));
    }
    this.#ground.monitor.watch(this.name, latchkey);
  }

  #failed(process: Process, error: unknown, what: string): void {
    if (process.ended) return;
    if (this.#options.excuses?.(error) === true) this.kill('process');
    else this.#ground.violate(`${this.name}: ${what}: ${describe(error)}`);
  }

  /** The phrase was confirmed long ago: deriving next keys from one takes WebCrypto, which knows no virtual time. */
  async #prepare(store: Store, keys: KeyStore): Promise<void> {
    const space = await store.space('node');
    await space.write([{ type: 'put', table: 'meta', key: 'next-keys', value: this.#chance.bytes(NEXT_KEYS_BYTES) }], 'strict');
    await this.#options.prepare?.(store, keys);
  }

  /** What a backup of the disk would hold now. */
  copyDisk(): DiskCopy {
    return this.#disk.copy();
  }

  /** Ends the process at this very moment; the next one finds the disk as the crash left it, or as it was restored. */
  kill(kind: CrashKind, restored?: DiskCopy): void {
    const process = this.#process;
    if (process === undefined) return;
    const { trace, injected, monitor, hub } = this.#ground;
    this.#process = undefined;
    monitor.ended(this.name, kind);
    process.end();
    process.clock.end();
    const damage = this.#disk.crash(kind);
    this.#disk = this.#disk.reopen(restored);
    hub.kill(this.name);
    trace.note(this.name, `killed (${kind}): ${damage.lost} writes lost, ${damage.torn} torn, ${damage.kept} under way kept`);
    injected.add(kind === 'power' ? 'power lost' : 'process killed');
    injected.add('settled write lost', damage.lost);
    injected.add('write torn', damage.torn);
    injected.add('write under way kept', damage.kept);
    this.#killed?.();
  }

  /** Closes the node in order; says what it left running. */
  async close(): Promise<void> {
    const process = this.#process;
    if (process?.latchkey === undefined) return;
    await process.latchkey.close();
    const { chains, pendingHandshakes, tasks } = process.live.counts();
    const left = { timers: process.clock.pending, chains, pendingHandshakes, tasks };
    if (Object.values(left).some((count) => count > 0)) this.#ground.violate(`${this.name} left running: ${JSON.stringify(left)}`);
    this.#ground.monitor.ended(this.name, 'process');
    this.#process = undefined;
    process.end();
    this.#disk = this.#disk.reopen();
  }

  /** What the disk of a closed device holds of a chain. */
  async stored(chain: Hash): Promise<Ledger | undefined> {
    return Ledger.open(await this.#disk.space(chainSpaceName(chain)));
  }

  // ---------------------------------------------------------------- for the people in front of it

  /**
   * Does something with the node that runs now. `undefined` if there is none, or if it is killed before it is done: then
   * nobody knows how far it came.
   */
  async use<T>(work: (latchkey: Latchkey) => Promise<T>): Promise<T | undefined> {
    const process = this.#process;
    if (process?.latchkey === undefined) return undefined;
    const done = work(process.latchkey).catch((error: unknown) => {
      if (process.ended) return undefined;
      throw error;
    });
    return Promise.race([done, process.over.then(() => undefined)]);
  }
}

export function describe(error: unknown): string {
  if (error instanceof RefusalError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
