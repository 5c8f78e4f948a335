/**
 * Answers what others ask over `/latchkey/sync/1`, from the ledger alone. Frames are made as they are pulled, so a slow
 * reader holds no more of our memory than one item. All that is sent can be checked by whoever gets it.
 */
import type { Hash } from '../core/base/hash.ts';
import type { PublicKey } from '../core/base/key.ts';
import { BUNDLE_LEAVES, HEADER_BUNDLE_HEADERS, SYNC_REQUEST_BYTES_MAX } from '../core/base/limits.ts';
import { unreachable, unwrap } from '../core/base/result.ts';
import { decode, encode } from '../core/codec/codec.ts';
import {
  blockContents,
  epochFragment,
  finalityAnswer,
  HASHES_PER_FRAME_MAX,
  hashList,
  headerList,
  SNAPSHOT_FRAME_BYTES,
  type StoredBucket,
  SYNC_BLOCKS_MAX,
  SYNC_BUNDLES_MAX,
  SYNC_EPOCHS_MAX,
  SYNC_HEADERS_MAX,
  type SyncRequest,
  snapshotBuckets,
  snapshotHead,
  snapshotNames,
  stateProof,
  storedBucket,
  syncRequest,
} from '../core/codec/sync-message.ts';
import { proveRecord, storeBucket } from '../core/membership/proof.ts';
import { BUCKETS, type State } from '../core/membership/state.ts';
import { abortError } from './abort.ts';
import { readForkProof } from './fork-row.ts';
import { KeyIndex } from './key-index.ts';
import type { Ledger } from './ledger.ts';
import { readNameBody } from './ledger-rows.ts';
import type { AccessLevel } from './ports.ts';
import { kindOf, refusalToAsk } from './sync-access.ts';
import { framesOf, refused } from './sync-frames.ts';
import { deciders, ownMembers } from './sync-guests.ts';

/** Blocks read from the disk at a time: each may hold 5 MiB with its bodies. */
const BLOCKS_AT_ONCE = 4;

/**
 * The frames that answer a request. Throws `RefusalError`: `not-a-member` for what the asker may not read,
 * `not-available` for what is not here, `malformed` and the like for what is no request. `nodeKey`, where the caller
 * gives it, holds a guest to the records of its own key; `index` finds members by their next key.
 */
export async function* serveSync(
  ledger: Ledger,
  access: AccessLevel,
  request: Uint8Array,
  signal: AbortSignal,
  nodeKey?: PublicKey,
  index: KeyIndex = new KeyIndex(),
): AsyncGenerator<Uint8Array, void, undefined> {
  const asked = unwrap(decode(syncRequest, request, SYNC_REQUEST_BYTES_MAX));
  const code = refusalToAsk(ledger, access, asked, nodeKey);
  if (code !== undefined) throw refused(code, `${asked.type} is not for this session`);
  const items = asked.type === 'own-member' ? ownMembers(ledger, { nodeKey, link: asked.link }, index) : answer(ledger, asked);
  for await (const item of items) {
    for (const frame of framesOf(item)) {
      if (signal.aborted) throw abortError(signal);
      yield frame;
    }
  }
}

function answer(ledger: Ledger, asked: Exclude<SyncRequest, { type: 'own-member' }>): AsyncIterable<Uint8Array> {
  switch (asked.type) {
    case 'finality':
      return finality(ledger, asked.anchor);
    case 'state-proof':
      return proof(ledger, asked.kind, asked.id);
    case 'snapshot':
      return snapshot(ledger);
    case 'history-index':
      return historyIndex(ledger, asked.size);
    case 'bundles':
      return bundles(ledger, asked.from, Math.min(asked.to, asked.from + SYNC_BUNDLES_MAX), asked.size);
    case 'headers':
      return headers(ledger, asked.from, Math.min(asked.to, asked.from + SYNC_HEADERS_MAX));
    case 'blocks':
      return blocks(ledger, asked.from, Math.min(asked.to, asked.from + SYNC_BLOCKS_MAX));
    case 'deciders':
      return deciders(ledger, asked.request);
    case 'epochs':
      return epochs(ledger, asked.from);
    case 'fork-proof':
      return forkProof(ledger);
    default:
      return unreachable(asked);
  }
}

async function* forkProof(ledger: Ledger): AsyncGenerator<Uint8Array> {
  const proof = await readForkProof(ledger.space);
  if (proof === undefined) throw refused('not-available', 'there is no fork proof here');
  yield proof;
}

async function* finality(ledger: Ledger, height: number): AsyncGenerator<Uint8Array> {
  const { tip, certificate } = certifiedTip(ledger);
  const anchor = height <= tip.header.height ? await ledger.history.header(height) : undefined;
  if (anchor === undefined) throw refused('not-available', `height ${height} is not here`);
  const consistency = unwrap(await ledger.history.consistency(anchor.logSize, tip.header.logSize));
  yield encode(finalityAnswer, { genesis: ledger.genesisLeaf, anchor, proof: consistency, tip: tip.header, certificate });
}

async function* epochs(ledger: Ledger, from: number): AsyncGenerator<Uint8Array> {
  for (const fragment of await ledger.epochs.from(from, SYNC_EPOCHS_MAX)) yield encode(epochFragment, fragment);
}

/** The tip with its certificate, taken together before anything is waited for. */
function certifiedTip({ tip, certificate, certified }: Ledger): Pick<Ledger, 'tip' | 'certificate'> {
  if (!certified) throw refused('not-available', 'this node is catching up');
  return { tip, certificate };
}

async function* proof(ledger: Ledger, number: number, id: Uint8Array): AsyncGenerator<Uint8Array> {
  const { tip, certificate } = certifiedTip(ledger);
  const kind = kindOf(number);
  if (kind === undefined) throw refused('not-available', `no record kind ${number}`);
  yield encode(stateProof, { header: tip.header, certificate, ...proveRecord(tip.state, kind, id) });
}

// ---------------------------------------------------------------- snapshot

async function* snapshot(ledger: Ledger): AsyncGenerator<Uint8Array> {
  const { tip, certificate } = certifiedTip(ledger);
  const head = { header: tip.header, certificate, frontier: tip.frontier.hashes, buckets: tip.state.bucketHashes() };
  yield encode(snapshotHead, head);
  yield* snapshotBucketItems(tip.state);
  yield* snapshotNameItems(ledger, tip.state);
}

function* snapshotBucketItems(state: State): Generator<Uint8Array> {
  let group = new Group<StoredBucket>();
  for (let index = 0; index < BUCKETS; index++) {
    const bucket = storeBucket(state, index);
    group.add(bucket, encode(storedBucket, bucket).length);
    if (!group.isFull && index < BUCKETS - 1) continue;
    yield encode(snapshotBuckets, { first: index + 1 - group.items.length, buckets: group.items });
    group = new Group();
  }
}

async function* snapshotNameItems(ledger: Ledger, state: State): AsyncGenerator<Uint8Array> {
  let group = new Group<Uint8Array>();
  for (const { value } of state.all('member')) {
    const body = await readNameBody(ledger.space, value.name.hash);
    if (body !== undefined) group.add(body, body.length);
    if (!group.isFull) continue;
    yield encode(snapshotNames, group.items);
    group = new Group();
  }
  if (group.items.length > 0) yield encode(snapshotNames, group.items);
}

/** Gathers things until they are worth an item. */
class Group<T> {
  readonly items: T[] = [];
  #bytes = 0;

  add(item: T, bytes: number): void {
    this.items.push(item);
    this.#bytes += bytes;
  }

  get isFull(): boolean {
    return this.#bytes >= SNAPSHOT_FRAME_BYTES || this.items.length >= BUCKETS;
  }
}

// ---------------------------------------------------------------- history

async function* historyIndex(ledger: Ledger, size: number): AsyncGenerator<Uint8Array> {
  const roots = checkSize(ledger, size) ? await ledger.history.bundleRoots(size) : undefined;
  const leafHashes = await ledger.history.leafHashes(Math.floor(size / BUNDLE_LEAVES), size);
  if (roots === undefined || leafHashes.length !== size % BUNDLE_LEAVES) throw refused('not-available', `no index of a log of ${size}`);
  const all = [...roots, ...leafHashes];
  for (let at = 0; at < all.length; at += HASHES_PER_FRAME_MAX)
    yield encode<readonly Hash[]>(hashList, all.slice(at, at + HASHES_PER_FRAME_MAX));
}

function checkSize(ledger: Ledger, size: number): boolean {
  return size >= 1 && size <= ledger.tip.header.logSize;
}

async function* bundles(ledger: Ledger, from: number, to: number, size: number): AsyncGenerator<Uint8Array> {
  if (!checkSize(ledger, size) || (to - 1) * BUNDLE_LEAVES >= size)
    throw refused('not-available', `no bundles ${from} to ${to} of a log of ${size}`);
  for (let index = from; index < to; index++) {
    const stored = await ledger.history.bundle(index, size);
    if (stored === undefined) throw refused('not-available', `bundle ${index} is not here`);
    yield stored.bundle;
    yield stored.bodies;
  }
}

async function* headers(ledger: Ledger, from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; ) {
    const end = Math.min(to, (Math.floor(at / HEADER_BUNDLE_HEADERS) + 1) * HEADER_BUNDLE_HEADERS);
    const stored = end - at === HEADER_BUNDLE_HEADERS ? await ledger.history.headerRow(at / HEADER_BUNDLE_HEADERS) : undefined;
    const some = stored === undefined ? await ledger.history.headers(at, end) : [];
    if (stored !== undefined) yield stored;
    else if (some.length !== end - at) throw refused('not-available', `headers ${at} to ${end} are not here`);
    else yield encode(headerList, some);
    at = end;
  }
}

async function* blocks(ledger: Ledger, from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; at += BLOCKS_AT_ONCE) {
    const end = Math.min(to, at + BLOCKS_AT_ONCE);
    const some = await ledger.history.blocks(at, end);
    if (some.length !== end - at) throw refused('not-available', `blocks ${at} to ${end} are not here`);
    for (const one of some) yield encode(blockContents, one);
  }
}
