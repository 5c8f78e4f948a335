/**
 * A store in memory that loses what a disk may lose, the same for the same seed: for the simulator.
 *
 * Each space is what is safely on the disk, and a queue of writes that settled but were not synced. A strict write syncs
 * every write of its space before it. A crash keeps some first part of the queue, and after it of the writes under way;
 * each of them wholly or not at all. Nothing that the crashed process waits for ever settles.
 */
import { invariant } from '../../src/core/base/result.ts';
import type { Durability, Space, Store, StoreKey, Table, WriteOperation } from '../../src/node/ports.ts';
import { applyOperations, copyOperations, copyTables, emptyTables, type Tables, tableOf } from '../../src/storage/memory-tables.ts';
import { checkKey, checkOperations, checkRange, checkSpaceName, storageFailure } from '../../src/storage/space-rules.ts';

/** Writes that a system holds back before it syncs the older half by itself. */
const UNSYNCED_WRITES_MAX = 256;

export interface CrashingStoreOptions {
  /** Seeded; the next number, 0 ≤ x < 1. Asked only in a crash. */
  readonly random: () => number;
  /** Runs something later; each operation takes one turn. The microtask queue unless given. Any order of turns is fine. */
  readonly schedule?: (run: () => void) => void;
}

/** `power` loses settled relaxed writes too, from some point on; `process` keeps all that settled. */
export type CrashKind = 'process' | 'power';

/** What a crash did to writes, by number. */
export interface CrashDamage {
  /** Settled, and gone. */
  readonly lost: number;
  /** Under way, and there all the same. */
  readonly kept: number;
  /** Under way, and gone. */
  readonly torn: number;
}

export interface CrashingStore extends Store {
  /** Ends this process: what is under way never settles, what is called later neither. */
  crash(kind: CrashKind): CrashDamage;
  /** A new process over what survived the crash, or the closing, of this one; or over an old copy of the disk. */
  reopen(copy?: DiskCopy): CrashingStore;
  /** What is safely on the disk now. */
  copy(): DiskCopy;
}

/** A disk as it was at some time. */
export type DiskCopy = ReadonlyMap<string, Tables>;

export function crashingStore(options: CrashingStoreOptions): CrashingStore {
  return new SimulatedProcess(new Map(), options);
}

/** What outlives a process. */
interface DiskSpace {
  /** Survives everything. */
  durable: Tables;
  /** Settled and not synced, in order. */
  unsynced: (readonly WriteOperation[])[];
  /** What reads see: both of them. */
  current: Tables;
}
type Disk = Map<string, DiskSpace>;

interface Job {
  readonly run: () => void;
  /** For a write: where to, and what. */
  readonly write: { readonly disk: DiskSpace; readonly operations: readonly WriteOperation[] } | undefined;
}

class SimulatedProcess implements CrashingStore {
  readonly #disk: Disk;
  readonly #random: () => number;
  readonly #schedule: (run: () => void) => void;
  readonly #options: CrashingStoreOptions;
  readonly #spaces = new Map<string, SimulatedSpace>();
  #jobs: Job[] = [];
  #state: 'running' | 'closed' | 'crashed' = 'running';

  constructor(disk: Disk, options: CrashingStoreOptions) {
    this.#disk = disk;
    this.#options = options;
    this.#random = options.random;
    this.#schedule = options.schedule ?? queueMicrotask;
  }

  async space(name: string): Promise<Space> {
    checkSpaceName(name);
    return this.#later(() => {
      const disk = this.#disk.get(name) ?? { durable: emptyTables(), unsynced: [], current: emptyTables() };
      this.#disk.set(name, disk);
      const space = this.#spaces.get(name) ?? new SimulatedSpace(disk, (run, write) => this.#later(run, write));
      this.#spaces.set(name, space);
      return space;
    });
  }

  async spaces(): Promise<readonly string[]> {
    return this.#later(() => [...this.#disk.keys()].sort());
  }

  async drop(name: string): Promise<void> {
    checkSpaceName(name);
    return this.#later(() => {
      this.#spaces.get(name)?.end();
      this.#spaces.delete(name);
      this.#disk.delete(name);
    });
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    const ended = this.#later(() => {
      for (const space of this.#spaces.values()) space.end();
    });
    if (this.#state === 'running') this.#state = 'closed';
    return ended;
  }

  crash(kind: CrashKind): CrashDamage {
    this.#state = 'crashed';
    const underWay = this.#jobs.flatMap((job) => job.write ?? []);
    this.#jobs = [];
    const damage = { lost: 0, kept: 0, torn: 0 };
    for (const [, disk] of [...this.#disk].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const mayBeThere = [...disk.unsynced, ...underWay.filter((write) => write.disk === disk).map(({ operations }) => operations)];
      const settled = disk.unsynced.length;
      const sure = kind === 'power' ? 0 : settled;
      const there = sure + Math.floor(this.#random() * (mayBeThere.length - sure + 1));
      sync(disk, mayBeThere.slice(0, there));
      damage.lost += Math.max(0, settled - there);
      damage.kept += Math.max(0, there - settled);
      damage.torn += mayBeThere.length - Math.max(settled, there);
      disk.unsynced = [];
      disk.current = copyTables(disk.durable);
    }
    return damage;
  }

  reopen(copy?: DiskCopy): CrashingStore {
    invariant(this.#state !== 'running', 'a store is opened again after it ended');
    return new SimulatedProcess(copy === undefined ? this.#disk : diskOf(copy), this.#options);
  }

  copy(): DiskCopy {
    return new Map([...this.#disk].map(([name, { durable }]) => [name, copyTables(durable)]));
  }

  #later<T>(run: () => T, write?: Job['write']): Promise<T> {
    // A process that is gone hears of nothing.
    if (this.#state === 'crashed') return new Promise(() => undefined);
    if (this.#state === 'closed') return Promise.reject(storageFailure('closed', 'the store is closed'));
    return new Promise((resolve, reject) => {
      const settle = () => {
        try {
          resolve(run());
        } catch (error) {
          reject(error);
        }
      };
      this.#jobs.push({ run: settle, write });
      // Whichever turn comes first takes the oldest job, so that effects keep the order of the calls.
      this.#schedule(() => this.#jobs.shift()?.run());
    });
  }
}

function diskOf(copy: DiskCopy): Disk {
  return new Map([...copy].map(([name, tables]) => [name, { durable: copyTables(tables), unsynced: [], current: copyTables(tables) }]));
}

type Later = <T>(run: () => T, write?: Job['write']) => Promise<T>;

class SimulatedSpace implements Space {
  readonly #disk: DiskSpace;
  readonly #later: Later;
  #ended = false;

  constructor(disk: DiskSpace, later: Later) {
    this.#disk = disk;
    this.#later = later;
  }

  async get(table: Table, key: StoreKey): Promise<Uint8Array | undefined> {
    checkKey(table, key);
    return this.#run(() => tableOf(this.#disk.current, table).get(key)?.slice());
  }

  async range(table: Table, from: StoreKey, to: StoreKey, limit: number): Promise<readonly { key: StoreKey; value: Uint8Array }[]> {
    checkRange(table, from, to, limit);
    return this.#run(() => {
      const rows = tableOf(this.#disk.current, table).range(from, to, limit);
      return rows.map(({ key, value }) => ({ key, value: value.slice() }));
    });
  }

  async write(operations: readonly WriteOperation[], durability: Durability): Promise<void> {
    checkOperations(operations);
    const own = copyOperations(operations);
    return this.#run(
      () => {
        applyOperations(this.#disk.current, own);
        this.#disk.unsynced.push(own);
        if (durability !== 'relaxed') sync(this.#disk, this.#disk.unsynced.splice(0));
        else if (this.#disk.unsynced.length > UNSYNCED_WRITES_MAX) sync(this.#disk, this.#disk.unsynced.splice(0, UNSYNCED_WRITES_MAX / 2));
      },
      { disk: this.#disk, operations: own },
    );
  }

  end(): void {
    this.#ended = true;
  }

  #run<T>(run: () => T, write?: Job['write']): Promise<T> {
    const check = () => {
      if (this.#ended) throw storageFailure('closed', 'the space is closed');
      return run();
    };
    return this.#later(check, write);
  }
}

function sync(disk: DiskSpace, writes: readonly (readonly WriteOperation[])[]): void {
  for (const operations of writes) applyOperations(disk.durable, operations);
}
