/** A disk that refuses now and then: a read fails, or it is full. What it took, it keeps. */
import type { Space, Store } from '../../../src/node/ports.ts';
import { storageFailure } from '../../../src/storage/space-rules.ts';
import type { Chance } from '../chance.ts';
import type { Injected } from '../injected.ts';

export interface DiskFaults {
  /** Chances are from 0 to 1. */
  readonly readError: number;
  readonly isFull: boolean;
}

export const SOUND_DISK: DiskFaults = { readError: 0, isFull: false };

export function faultyStore(store: Store, faults: () => DiskFaults, chance: Chance, injected: Injected): Store {
  const failing = async <T>(read: () => Promise<T>): Promise<T> => {
    const { readError } = faults();
    if (readError > 0 && chance.happens(readError)) {
      injected.add('read failed');
      throw storageFailure('storage-failed', 'the disk could not be read');
    }
    return read();
  };
  const over = (space: Space): Space => ({
    get: (table, key) => failing(() => space.get(table, key)),
    range: (table, from, to, limit) => failing(() => space.range(table, from, to, limit)),
    write: async (operations, durability) => {
      if (faults().isFull) {
        injected.add('disk full');
        throw storageFailure('storage-full', 'no room is left');
      }
      await space.write(operations, durability);
    },
  });
  return {
    space: async (name) => over(await store.space(name)),
    spaces: () => store.spaces(),
    drop: (name) => store.drop(name),
    close: () => store.close(),
  };
}
