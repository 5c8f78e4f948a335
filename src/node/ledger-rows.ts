/** The rows of a ledger: how they are named, written and read back. What cannot be read back is `storage-corrupt`. */
import { equal, fromUtf8, toHex } from '../core/base/bytes.ts';
import { HASH_BYTES, type Hash } from '../core/base/hash.ts';
import { RefusalError, type Result } from '../core/base/result.ts';
import { bodyHash, decodeBody } from '../core/codec/body.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { SYNC_ITEM_BYTES_MAX, storedBucket } from '../core/codec/sync-message.ts';
import { readBucket } from '../core/membership/proof.ts';
import { BUCKETS, type StateEntry } from '../core/membership/state.ts';
import type { Space, Table, WriteOperation } from './ports.ts';

/** Names read at a time on opening; a name's body may be as long as any. */
const NAMES_AT_ONCE = 64;
const NAME_PREFIX = 'name/';
/** Above every key that starts with the prefix, below every other: hexadecimal digits end at `f`. */
const NAMES_END = `${NAME_PREFIX}g`;

export function put(table: Table, key: string | number, value: Uint8Array): WriteOperation {
  return { type: 'put', table, key, value };
}

export function corrupt(detail: string): RefusalError {
  return new RefusalError({ code: 'storage-corrupt', detail });
}

/** The value of something read from our own disk. */
export function orCorrupt<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw corrupt(`${result.refusal.code}: ${result.refusal.detail}`);
}

export function joinHashes(hashes: readonly Hash[]): Uint8Array {
  const out = new Uint8Array(hashes.length * HASH_BYTES);
  hashes.forEach((hash, i) => {
    out.set(hash, i * HASH_BYTES);
  });
  return out;
}

export function splitHashes(bytes: Uint8Array): Hash[] {
  if (bytes.length % HASH_BYTES !== 0) throw corrupt(`${bytes.length} bytes are no list of hashes`);
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, i) => bytes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES) as Hash);
}

const EMPTY_BUCKET = encode(storedBucket, []);

/** The state's records, all 256 buckets; the caller compares the root over them. */
export async function readBuckets(space: Space): Promise<readonly StateEntry[]> {
  const rows = await space.range('snapshot', 0, BUCKETS - 1, BUCKETS);
  if (rows.length !== BUCKETS) throw corrupt(`${rows.length} of ${BUCKETS} buckets are stored`);
  // In a small chain most have nothing in them.
  const filled = rows.filter(({ value }) => !equal(value, EMPTY_BUCKET));
  return filled.flatMap(({ value }) => orCorrupt(readBucket(orCorrupt(decode(storedBucket, value, SYNC_ITEM_BYTES_MAX)), undefined)));
}

// ---------------------------------------------------------------- names

/** A name that a record may refer to: the hash of its body, the body, and the text in it. */
export interface KnownName {
  readonly hash: string;
  readonly text: string;
  readonly body: Uint8Array;
}

/** The text of a name in a body, with the hash under which records know it; `undefined` if the body is no text. */
export function nameIn(body: Uint8Array): KnownName | undefined {
  const read = decodeBody(body);
  const text = read.ok ? fromUtf8(read.value.content) : undefined;
  return text === undefined ? undefined : { hash: toHex(bodyHash(body)), text, body };
}

export function nameOperation({ hash, body }: KnownName): WriteOperation {
  return put('meta', `${NAME_PREFIX}${hash}`, body);
}

/** The body of a name, as it is sent to a newcomer. */
export function readNameBody(space: Space, hash: Hash): Promise<Uint8Array | undefined> {
  return space.get('meta', `${NAME_PREFIX}${toHex(hash)}`);
}

/** Every name held, hash → text. */
export async function readNames(space: Space): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  let from = NAME_PREFIX;
  for (;;) {
    const rows = await space.range('meta', from, NAMES_END, NAMES_AT_ONCE);
    for (const { key, value } of rows) {
      const name = nameIn(value);
      if (name === undefined || key !== `${NAME_PREFIX}${name.hash}`)
        throw corrupt(`the name at ${String(key)} is not the one of its hash`);
      names.set(name.hash, name.text);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < NAMES_AT_ONCE) return names;
    from = `${String(last.key)}0`; // The next key there can be after the last one.
  }
}
