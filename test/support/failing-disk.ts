/** A disk of a story that takes no writes while it is told so: none at all, or none of the tables that are named. */
import type { Space, Table } from '../../src/node/ports.ts';
import { storageFailure } from '../../src/storage/space-rules.ts';
import type { Device } from './device.ts';

export interface FailingDisk {
  /** From now on it is full for these tables, or for all. */
  fill(...tables: readonly Table[]): void;
  free(): void;
  /** How many writes it has refused so far. */
  readonly refused: number;
}

/** The disk under a device's one chain, over each time that this is opened anew. */
export function failingDisk({ chain }: Device): FailingDisk {
  const space: { write: Space['write'] } = chain.node.ledger.space;
  const write = space.write.bind(space);
  let isFull: (table: Table) => boolean = () => false;
  let refused = 0;
  space.write = async (operations, durability) => {
    if (operations.some(({ table }) => isFull(table))) {
      refused += 1;
      throw storageFailure('storage-full', 'no room is left');
    }
    return write(operations, durability);
  };
  return {
    fill: (...tables) => {
      isFull = (table) => tables.length === 0 || tables.includes(table);
    },
    free: () => {
      isFull = () => false;
    },
    get refused() {
      return refused;
    },
  };
}
