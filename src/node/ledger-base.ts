/**
 * The base of a ledger: all of the chain up to one point, and the rows that stand for it. The base row is the last word
 * on what the other rows mean; it is only ever written in one transaction with those that change with it.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { BUNDLE_LEAVES, HEADER_BUNDLE_HEADERS } from '../core/base/limits.ts';
import { unwrap } from '../core/base/result.ts';
import { blockIdOf, type Header } from '../core/codec/block.ts';
import { decode, encode } from '../core/codec/codec.ts';
import type { Genesis } from '../core/codec/genesis.ts';
import { baseRow } from '../core/codec/stored.ts';
import { headerList, storedBucket } from '../core/codec/sync-message.ts';
import type { Certificate } from '../core/codec/vote.ts';
import type { ChainPoint } from '../core/consensus/execute.ts';
import { type FirstPoint, openGenesis } from '../core/light/genesis.ts';
import { appendLeaves, emptyFrontier, frontierFrom, frontierRoot } from '../core/log/frontier.ts';
import { storeBucket } from '../core/membership/proof.ts';
import { BUCKETS, State } from '../core/membership/state.ts';
import { corrupt, joinHashes, orCorrupt, put, readBuckets, splitHashes } from './ledger-rows.ts';
import type { Space, WriteOperation } from './ports.ts';

/** A header, a certificate, a frontier. */
const BASE_ROW_BYTES_MAX = 64 * 1024;
export const EVERYTHING = { from: 0, to: Number.MAX_SAFE_INTEGER } as const;

export interface Base {
  readonly point: ChainPoint;
  readonly certificate: Certificate;
  /** False until every leaf and header below the point is here. */
  readonly complete: boolean;
  /** Roots of the full bundles; none while they are not known. */
  readonly roots: readonly Hash[];
}

// ---------------------------------------------------------------- the genesis

/** The point after leaf 0, worked out from its bytes. Throws `malformed` or `wrong-genesis` if it founds no chain. */
export function genesisPoint(genesisLeaf: Uint8Array): FirstPoint {
  return unwrap(openGenesis(genesisLeaf)).point;
}

/** The same for leaf 0 as it is stored. */
export function storedGenesis(leaf: Uint8Array): FirstPoint {
  try {
    return genesisPoint(leaf);
  } catch (error) {
    throw corrupt(`the stored genesis: ${error instanceof Error ? error.message : String(error)}`);
  }
}

// ---------------------------------------------------------------- writing

export function baseOperations({ point, certificate, complete, roots }: Base): readonly WriteOperation[] {
  const { id, header, frontier } = point;
  const row = { version: 1 as const, block: id, header, certificate, frontier: frontier.hashes, complete };
  return [put('meta', 'base', encode(baseRow, row)), put('meta', 'roots', joinHashes(roots))];
}

/** Rows of the buckets that differ from `before`, or of all. */
export function bucketOperations(state: State, before?: State): readonly WriteOperation[] {
  const [hashes, old] = [state.bucketHashes(), before?.bucketHashes()];
  const changed = (index: number) => {
    const [now, then] = [hashes[index], old?.[index]];
    return now === undefined || then === undefined || !equal(now, then);
  };
  const indexes = Array.from({ length: BUCKETS }, (_, index) => index).filter(changed);
  return indexes.map((index) => put('snapshot', index, encode(storedBucket, storeBucket(state, index))));
}

export function headerOperations(firstRow: number, headers: readonly Header[]): readonly WriteOperation[] {
  const operations: WriteOperation[] = [];
  for (let at = 0; at < headers.length; at += HEADER_BUNDLE_HEADERS) {
    const some = headers.slice(at, at + HEADER_BUNDLE_HEADERS);
    operations.push(put('headers', firstRow + at / HEADER_BUNDLE_HEADERS, encode(headerList, some)));
  }
  return operations;
}

/**
 * What goes when a base begins whose history is not here. Full bundles of an earlier base stay: they are the same in every
 * longer log. The last one had fewer leaves, so it goes.
 */
export async function forgetOperations(space: Space): Promise<readonly WriteOperation[]> {
  const bytes = await space.get('meta', 'base');
  const row = bytes === undefined ? undefined : decode(baseRow, bytes, BASE_ROW_BYTES_MAX);
  const kept = row?.ok === true ? Math.floor(row.value.header.logSize / BUNDLE_LEAVES) : 0;
  return [
    { type: 'delete-range', table: 'bundles', from: kept, to: EVERYTHING.to },
    { type: 'delete-range', table: 'bodies', from: kept, to: EVERYTHING.to },
    { type: 'delete-range', table: 'headers', ...EVERYTHING },
  ];
}

// ---------------------------------------------------------------- reading

/** The base that the rows stand for. Throws `storage-corrupt` where they contradict each other. */
export async function readBase(space: Space, bytes: Uint8Array, { recovery }: Genesis): Promise<Base> {
  const { block: id, header, certificate, frontier: hashes, complete } = orCorrupt(decode(baseRow, bytes, BASE_ROW_BYTES_MAX));
  if (!equal(blockIdOf(header), id)) throw corrupt('the stored header is not the one of its id');
  const state = State.ofEntries(await readBuckets(space));
  if (!equal(state.root, header.stateRoot)) throw corrupt('the stored state is not the one of its header');
  const frontier = orCorrupt(frontierFrom(header.logSize, hashes));
  if (!equal(frontierRoot(frontier), header.logRoot)) throw corrupt('the stored frontier is not the one of its header');
  const point = { header, id, state, frontier, recovery };
  const roots = splitHashes((await space.get('meta', 'roots')) ?? new Uint8Array(0));
  const known = complete || roots.length > 0;
  if (known && !rootsFit(point, roots)) throw corrupt('the stored roots are not those of the log');
  return { point, certificate, complete, roots };
}

/** Whether these are the roots of all full bundles of the log: the part of the frontier above bundle size is made of them. */
export function rootsFit({ frontier }: ChainPoint, roots: readonly Hash[]): boolean {
  const upper = appendLeaves(emptyFrontier(), roots).hashes;
  const wanted = frontier.hashes.slice(0, upper.length);
  return roots.length === Math.floor(frontier.size / BUNDLE_LEAVES) && upper.every((hash, i) => equal(hash, wanted[i] ?? EMPTY));
}

const EMPTY = new Uint8Array(0);
