/** A page to be killed: writes batches to its store and logs the number of each that settled; or one at a time, when asked. */
import type { Space } from '../../../src/node/ports.ts';
import { dexieStore } from '../../../src/storage/dexie-store.ts';
import { batch, checkBatches } from './batches.ts';

/** What the test calls in the page. */
export interface CrashPage {
  /** The last batch that is there; rejects if any is there in part. */
  check(): Promise<number>;
  /** Writes batches from this number on, for ever, and logs `settled <n>` after each. */
  writeFrom(first: number): Promise<never>;
  /** Writes one value of this many bytes; says how that went. */
  fill(key: number, length: number): Promise<string>;
  /** The keys of the values that are there. */
  filled(): Promise<readonly unknown[]>;
}

declare global {
  var crashPage: CrashPage | undefined;
}

const opened: Promise<Space> = dexieStore('crash').space('chain');

globalThis.crashPage = {
  check: async () => checkBatches(await opened),
  async writeFrom(first) {
    const space = await opened;
    for (let n = first; ; n++) {
      await space.write(batch(n), 'strict');
      console.log(`settled ${n}`);
    }
  },
  async fill(key, length) {
    const space = await opened;
    try {
      await space.write([{ type: 'put', table: 'bodies', key, value: noise(length) }], 'relaxed');
      return 'settled';
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    }
  },
  filled: async () => (await (await opened).range('bodies', 0, 1000, 1000)).map(({ key }) => key),
};

/** Bytes that no database can make smaller. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let from = 0; from < length; from += 65_536) crypto.getRandomValues(bytes.subarray(from, Math.min(length, from + 65_536)));
  return bytes;
}
