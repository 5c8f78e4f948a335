/**
 * Bodies that the state says are erased, forgotten in the rows of a ledger: from the bundles, from the tail, and from what
 * comes in later, since not every peer need be honest. A leaf loses its body only if it is the entry that was named.
 */
import { equal } from '../core/base/bytes.ts';
import { asHash, type Hash } from '../core/base/hash.ts';
import { BUNDLE_LEAVES } from '../core/base/limits.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { TAIL_ROW_BYTES_MAX, tailRow } from '../core/codec/stored.ts';
import { bundleBodies, type LeafBodies, SYNC_ITEM_BYTES_MAX } from '../core/codec/sync-message.ts';
import { decodeTransaction } from '../core/codec/transaction.ts';
import { decodeLeaves } from '../core/log/bundle.ts';
import { erasureCount } from '../core/membership/facts.ts';
import type { State } from '../core/membership/state.ts';
import type { StoredBundle } from './ledger-bundles.ts';
import { orCorrupt, put } from './ledger-rows.ts';
import type { TailBlock } from './ledger-tail.ts';
import type { Space, WriteOperation } from './ports.ts';

/** Entries whose bodies go, by their leaves. */
export type Erased = ReadonlyMap<number, readonly Hash[]>;

/** What a state names; of the same state, the same map. */
export function erasedIn(state: State): Erased {
  const known = MAPS.get(state);
  if (known !== undefined) return known;
  const erased = new Map<number, Hash[]>();
  for (const { id, value } of erasureCount(state) === 0 ? [] : state.all('erasure')) {
    const entry = asHash(id);
    if (entry !== undefined) erased.set(value.leaf, [...(erased.get(value.leaf) ?? []), entry]);
  }
  MAPS.set(state, erased);
  return erased;
}

const MAPS = new WeakMap<State, Erased>();
const NOTHING: Erased = new Map();

/** What a state names that the one before did not. Most blocks erase nothing, and the map of the state before serves on. */
export function erasedSince(before: State, state: State): Erased {
  if (erasureCount(before) !== erasureCount(state)) {
    return new Map([...erasedIn(state)].filter(([, ids]) => ids.some((id) => before.get('erasure', id) === undefined)));
  }
  MAPS.set(state, erasedIn(before));
  return NOTHING;
}

/** The bodies of leaves from `first` on, without those that are erased; the same list if there is none of these. */
export function withoutErased(
  first: number,
  leaves: readonly Uint8Array[],
  bodies: readonly LeafBodies[],
  erased: Erased,
): readonly LeafBodies[] {
  if (erased.size === 0) return bodies;
  const goes = leaves.map((leaf, i) => (bodies[i] ?? []).some((body) => body !== undefined) && isNamed(leaf, erased.get(first + i)));
  return goes.includes(true) ? bodies.map((some, i) => (goes[i] === true ? some.map(() => undefined) : some)) : bodies;
}

function isNamed(leaf: Uint8Array, ids: readonly Hash[] = []): boolean {
  if (ids.length === 0) return false;
  const read = decodeTransaction(leaf);
  return read.ok && read.value.unsigned.action.type === 'entry' && ids.some((id) => equal(id, read.value.id));
}

/** A bundle without the bodies that are erased; the same bundle if it has none of these. */
export function bundleWithoutErased<B extends StoredBundle>(bundle: B, erased: Erased): B {
  const first = bundle.index * BUNDLE_LEAVES;
  if (![...erased.keys()].some((leaf) => Math.floor(leaf / BUNDLE_LEAVES) === bundle.index)) return bundle;
  const [leaves, bodies] = [decodeLeaves(bundle.bundle), decode(bundleBodies, bundle.bodies, SYNC_ITEM_BYTES_MAX)];
  // A damaged row is found out by whoever reads it, or fetched anew.
  if (!leaves.ok || !bodies.ok) return bundle;
  const kept = withoutErased(first, leaves.value, bodies.value, erased);
  return kept === bodies.value ? bundle : { ...bundle, bodies: encode(bundleBodies, kept) };
}

/** What rewrites the stored bundles that hold such bodies, by the indexes of these. */
export async function bundlesToRewrite(space: Space, erased: Erased): Promise<ReadonlyMap<number, WriteOperation>> {
  const rewritten = new Map<number, WriteOperation>();
  for (const index of new Set([...erased.keys()].map((leaf) => Math.floor(leaf / BUNDLE_LEAVES)))) {
    const [bundle, bodies] = await Promise.all([space.get('bundles', index), space.get('bodies', index)]);
    if (bundle === undefined || bodies === undefined) continue; // History that is not here yet comes without.
    const kept = bundleWithoutErased({ index, bundle, bodies }, erased);
    if (kept.bodies !== bodies) rewritten.set(index, put('bodies', index, kept.bodies));
  }
  return rewritten;
}

/** What forgets bodies in one write, and what is to be called once that is written. */
export interface Forgetting {
  readonly rows: readonly WriteOperation[];
  /** The tail without them. */
  readonly tail: readonly TailBlock[];
  /** Bundles that were rewritten. */
  readonly bundles: readonly number[];
}

/** Forgets bodies wherever a ledger has them; `undefined` where there are none to forget. */
export async function forgetting(space: Space, tail: readonly TailBlock[], erased: Erased): Promise<Forgetting | undefined> {
  if (erased.size === 0) return undefined;
  const bundles = await bundlesToRewrite(space, erased);
  const rows = [...bundles.values()];
  const kept: TailBlock[] = [];
  for (const block of tail) {
    const bodies = withoutErased(block.header.logSize - block.leaves.length, block.leaves, block.bodies, erased);
    kept.push(bodies === block.bodies ? block : { ...block, bodies });
    const { height } = block.header;
    const stored = bodies === block.bodies ? undefined : await space.get('tail', height);
    if (stored !== undefined)
      rows.push(put('tail', height, encode(tailRow, { ...orCorrupt(decode(tailRow, stored, TAIL_ROW_BYTES_MAX)), bodies })));
  }
  return { rows, tail: kept, bundles: [...bundles.keys()] };
}
