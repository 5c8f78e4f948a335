/** Fills a chain by a member who writes: every entry is signed, sent, checked, put into a block and stored as any other. */
import { bodyRefOf } from '../../src/core/codec/body.ts';
import type { Chain } from '../../src/node/chain.ts';
import { systemRandom } from '../../src/node/system-ports.ts';
import { entryBody } from '../../src/node/writing.ts';
import { until } from './node-device.ts';

/** Content of one entry. */
export const ENTRY_BYTES = 200;
/** Entries in one durable write of the outbox; the next are written when these are final. */
const ENTRIES_AT_ONCE = 500;
/** The same for a flood, whose next entries are written while these wait. */
const FLOOD_ENTRIES = 200;
/** Enough for two full blocks, so that no leader lacks any. */
const FLOOD_WAITING = 2_000;

function randomEntry(random: ReturnType<typeof systemRandom>) {
  const body = entryBody(random, { contentType: 'application/octet-stream', bytes: random.bytes(ENTRY_BYTES) });
  return { action: { type: 'entry', body: bodyRefOf(body) }, bodies: [body] } as const;
}

/** Appends so many entries as fast as they become final: there are always some that wait. Settles when the last is final. */
export async function floodEntries(chain: Chain, count: number): Promise<void> {
  const random = systemRandom();
  for (let done = 0; done < count; ) {
    const some = Math.min(FLOOD_ENTRIES, count - done);
    await chain.node.submit(Array.from({ length: some }, () => randomEntry(random)));
    await until(chain, () => chain.node.outbox.items().length < FLOOD_WAITING);
    done += some;
  }
  await until(chain, () => chain.node.outbox.items().length === 0);
}

/** Appends so many entries of `ENTRY_BYTES` random bytes; settles when the last is final. */
export async function appendEntries(chain: Chain, count: number, progress: (done: number) => void): Promise<void> {
  const random = systemRandom();
  for (let done = 0; done < count; ) {
    const some = Math.min(ENTRIES_AT_ONCE, count - done);
    await chain.node.submit(Array.from({ length: some }, () => randomEntry(random)));
    await until(chain, () => chain.node.outbox.items().length === 0);
    done += some;
    progress(done);
  }
}
