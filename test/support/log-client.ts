/** Somebody who knows a log's address and nothing else: takes what is served there and believes what follows from signatures and hashes. */

import type { Hash } from '../../src/core/base/hash.ts';
import { refuse, unwrap } from '../../src/core/base/result.ts';
import { decodeBundle } from '../../src/core/log/bundle.ts';
import { checkedTiles, edgeTiles, tilesForInclusion } from '../../src/core/log/checked-tiles.ts';
import { type Checkpoint, decodeCheckpoint } from '../../src/core/log/checkpoint.ts';
import { leafHash } from '../../src/core/log/merkle-hash.ts';
import { openNote, settleNote } from '../../src/core/log/open-note.ts';
import { type AcceptedCheckpoint, acceptCheckpoint, type Policy, policyKeys } from '../../src/core/log/policy.ts';
import { decodePolicy } from '../../src/core/log/policy-text.ts';
import { verifyInclusion } from '../../src/core/log/proof.ts';
import { decodeTile, tileAt, tilePath } from '../../src/core/log/tile.ts';
import { inclusionFromTiles } from '../../src/core/log/tile-proof.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';

const verifier = webCryptoVerifier();

/** The bytes at a path below the log's prefix; `undefined` if there are none. */
export type Fetch = (path: string) => Promise<Uint8Array | undefined>;

export interface ReadLog extends AcceptedCheckpoint {
  readonly policy: Policy;
  /** All of them, each proved to be in the log of the checkpoint. */
  readonly leaves: readonly Uint8Array[];
}

async function wanted(fetch: Fetch, path: string): Promise<Uint8Array> {
  const bytes = await fetch(path);
  if (bytes === undefined) throw new Error(`${path} is not served`);
  return bytes;
}

/** Reads checkpoint and policy, and judges the one by the other; the policy itself is as good as where it came from. */
export async function readCheckpointBy(fetch: Fetch, policy?: Policy): Promise<AcceptedCheckpoint & { readonly policy: Policy }> {
  const by = policy ?? unwrap(decodePolicy(await wanted(fetch, 'policy')));
  const { note } = unwrap(decodeCheckpoint(await wanted(fetch, 'checkpoint')));
  const opening = unwrap(openNote(note, policyKeys(by)));
  const opened = unwrap(settleNote(opening, await verifier.verify(opening.checks, 'message')));
  return { ...unwrap(acceptCheckpoint(by, opened)), policy: by };
}

/** Reads the whole log and proves each of its leaves out of tiles. */
export async function readLog(fetch: Fetch, policy?: Policy): Promise<ReadLog> {
  const accepted = await readCheckpointBy(fetch, policy);
  const { size } = accepted.checkpoint;
  const leaves: Uint8Array[] = [];
  for (let index = 0; ; index++) {
    const tile = tileAt('entries', index, size);
    if (tile === undefined) break;
    leaves.push(...unwrap(decodeBundle(await wanted(fetch, tilePath(tile)), tile.width)));
  }
  for (const [index, leaf] of leaves.entries()) await proves(fetch, accepted.checkpoint, index, leafHash(leaf));
  return { ...accepted, leaves };
}

/** Throws unless the leaf is in the log, by tiles that add up to the checkpoint's root. */
export async function proves(fetch: Fetch, { size, root }: Checkpoint, index: number, leaf: Hash): Promise<void> {
  const tiles = new Map<string, Uint8Array>();
  for (const tile of [...edgeTiles(size), ...tilesForInclusion(index, size)]) {
    const path = tilePath(tile);
    if (!tiles.has(path)) tiles.set(path, await wanted(fetch, path));
  }
  const reader = unwrap(
    checkedTiles(size, root, (tile) => {
      const bytes = tiles.get(tilePath(tile));
      return bytes === undefined ? refuse('not-available', tilePath(tile)) : decodeTile(bytes, tile.width);
    }),
  );
  unwrap(verifyInclusion(leaf, index, size, unwrap(inclusionFromTiles(index, size, reader)), root));
}
