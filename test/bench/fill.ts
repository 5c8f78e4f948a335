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

/** Appends so many entries of `ENTRY_BYTES` random bytes; settles when the last is final. */
export async function appendEntries(chain: Chain, count: number, progress: (done: number) => void): Promise<void> {
  const random = systemRandom();
  for (let done = 0; done < count; ) {
    const some = Math.min(ENTRIES_AT_ONCE, count - done);
    const actions = Array.from({ length: some }, () => {
      const body = entryBody(random, { contentType: 'application/octet-stream', bytes: random.bytes(ENTRY_BYTES) });
      return { action: { type: 'entry', body: bodyRefOf(body) }, bodies: [body] } as const;
    });
    await chain.node.submit(actions);
    await until(chain, () => chain.node.outbox.items().length === 0);
    done += some;
    progress(done);
  }
}
