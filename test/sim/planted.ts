/**
 * Bugs to plant, one at a time, to see that the simulator catches what it is for: at the ports of each device, or in place
 * of one method of the node. Each says what an honest run keeps and this one does not.
 */
import { unwrap } from '../../src/core/base/result.ts';
import { decode } from '../../src/core/codec/codec.ts';
import { TAIL_ROW_BYTES_MAX, tailRow } from '../../src/core/codec/stored.ts';
import { StateDraft } from '../../src/core/membership/state.ts';
import { ChainNode } from '../../src/node/chain-node.ts';
import { TAIL_BLOCKS_MAX } from '../../src/node/ledger-tail.ts';
import { Mempool } from '../../src/node/mempool.ts';
import { Outbox } from '../../src/node/outbox.ts';
import type { Space, Store, WriteOperation } from '../../src/node/ports.ts';
import { Verification } from '../../src/node/verification.ts';
import type { Seams } from './ground.ts';

export interface PlantedBug {
  readonly name: string;
  /** What the checks say of it. */
  readonly symptom: RegExp;
  readonly seams?: Seams;
  /** Puts the bug into the node; the returned function takes it out again. */
  readonly plant?: () => () => void;
}

type Write = Space['write'];

/** A store whose writes go through `write`, which is given the honest one. */
function withWrites(store: Store, write: (honest: Write) => Write): Store {
  return {
    space: async (name) => {
      const space = await store.space(name);
      const { get, range } = { get: space.get.bind(space), range: space.range.bind(space) };
      return { get, range, write: write((operations, durability) => space.write(operations, durability)) };
    },
    spaces: () => store.spaces(),
    drop: (name) => store.drop(name),
    close: () => store.close(),
  };
}

function writesTo(operations: readonly WriteOperation[], table: WriteOperation['table']): boolean {
  return operations.some((operation) => operation.table === table);
}

/** Takes out what a validator voted, and what it proposed and had not made final. */
async function forgetVotes(space: Space): Promise<void> {
  const rows = await space.range('tail', 0, Number.MAX_SAFE_INTEGER, TAIL_BLOCKS_MAX);
  const proposals = rows.filter(({ value }) => unwrap(decode(tailRow, value, TAIL_ROW_BYTES_MAX)).certificate === undefined);
  await space.write(
    [
      { type: 'delete-range', table: 'votes', from: '', to: '~' },
      ...proposals.map(({ key }): WriteOperation => ({ type: 'delete', table: 'tail', key })),
    ],
    'strict',
  );
}

/** Puts a method in the place of another until the returned function is called. */
function replace<T, K extends keyof T>(object: T, method: K, make: (honest: T[K]) => T[K]): () => void {
  const honest = object[method];
  object[method] = make(honest);
  return () => {
    object[method] = honest;
  };
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'a disk that says strict and means relaxed',
    symptom: /voted for two blocks|which its author was told is kept|came back with/,
    seams: { store: (store) => withWrites(store, (honest) => (operations) => honest(operations, 'relaxed')) },
  },
  {
    name: 'a disk that writes half of what belongs together',
    symptom: /\d times|does not open|cannot go on|came back with/,
    seams: {
      store: (store) =>
        withWrites(store, (honest) => async (operations, durability) => {
          for (const operation of operations) await honest([operation], durability);
        }),
    },
  },
  {
    name: 'a vote that leaves before it is on the disk',
    symptom: /voted for two blocks/,
    seams: {
      store: (store) =>
        withWrites(store, (honest) => async (operations, durability) => {
          const written = honest(operations, durability);
          if (!writesTo(operations, 'votes')) await written;
        }),
    },
  },
  {
    name: 'a validator that comes back without its votes and its proposal',
    symptom: /voted for two blocks/,
    seams: {
      restart: async (store) => {
        for (const name of await store.spaces()) if (name.startsWith('chain-')) await forgetVotes(await store.space(name));
      },
    },
  },
  {
    name: 'an outbox that forgets',
    symptom: /which its author was told is kept/,
    seams: {
      store: (store) =>
        withWrites(store, (honest) => async (operations, durability) => {
          const kept = operations.filter(({ type, table }) => type !== 'put' || table !== 'outbox');
          await honest(kept, durability);
        }),
    },
  },
  {
    name: 'a sender that signs under a new sequence at each start, while the old one may still enter',
    symptom: /2 times/,
    plant: () => {
      const started = new WeakSet<Outbox>();
      return replace(
        Outbox.prototype,
        'renew',
        (honest) =>
          function (this: Outbox, finalSequence) {
            const sequences = started.has(this) ? [] : this.items().map(({ transaction }) => transaction.unsigned.sequence);
            started.add(this);
            return honest.call(this, Math.max(finalSequence, ...sequences), true);
          },
      );
    },
  },
  {
    name: 'a sender that does not know again what it signed twice',
    symptom: /2 times/,
    plant: () =>
      replace(
        Outbox.prototype,
        'settledBy',
        (honest) =>
          function (this: Outbox, transactions) {
            const ids = new Set(transactions.map(({ id }) => id.join()));
            return honest.call(this, transactions).filter(({ transaction }) => ids.has(transaction.id.join()));
          },
      ),
  },
  {
    name: 'a follower that takes a block which nobody certified',
    symptom: /final at height/,
    plant: () => replace(Verification.prototype, 'finality', () => async () => undefined),
  },
  {
    name: 'an invitation whose uses are not counted',
    symptom: /an invitation for \d let in/,
    plant: () =>
      replace(
        StateDraft.prototype,
        'put',
        (honest) =>
          function (this: StateDraft, kind, id, value) {
            if ('uses' in value) return honest.call(this, kind, id, { ...value, used: 0, status: 'live' });
            // Or the counts of those that live would run out.
            if ('liveInvitations' in value) return honest.call(this, kind, id, { ...value, liveInvitations: 1 });
            if ('invitations' in value) return honest.call(this, kind, id, { ...value, invitations: 1 });
            return honest.call(this, kind, id, value);
          },
      ),
  },
  {
    name: 'a pool that keeps what is final',
    symptom: /waiting for a block/,
    plant: () => replace(Mempool.prototype, 'remove', () => () => undefined),
  },
  {
    name: 'a node that goes on when it is closed',
    symptom: /left running/,
    plant: () => replace(ChainNode.prototype, 'close', () => async () => undefined),
  },
];
