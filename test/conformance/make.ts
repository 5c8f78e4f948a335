/** The log that we write and Go judges: real transactions and edges of the format as leaves, at each size where tiles begin or end. */
import { fromHex, utf8 } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { TRANSACTION_BYTES_MAX } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { encodeBundle } from '../../src/core/log/bundle.ts';
import { appendLeaves, emptyFrontier, frontierRoot } from '../../src/core/log/frontier.ts';
import { leafHash } from '../../src/core/log/merkle-hash.ts';
import { encodeNote, type Note } from '../../src/core/log/note.ts';
import type { Policy } from '../../src/core/log/policy.ts';
import { encodePolicy } from '../../src/core/log/policy-text.ts';
import { encodeTile, type TileId, tilePath } from '../../src/core/log/tile.ts';
import { emptyEdge, growTiles } from '../../src/core/log/tile-growth.ts';
import { consistencyFromTiles, inclusionFromTiles } from '../../src/core/log/tile-proof.ts';
import { encodeTlogProof } from '../../src/core/log/tlog-proof.ts';
import { encodeVerifierKey } from '../../src/core/log/verifier-key.ts';
import { encodeAddCheckpoint } from '../../src/core/log/witness.ts';
import { cosigningHand, noteHand, signedCheckpoint } from '../support/log-signing.ts';
import { shelfReader, type TileShelf } from '../support/log-tiles.ts';
import forms from '../vectors/forms.json' with { type: 'json' };
import type { Folder } from './folder.ts';

export const SIZES = [0, 1, 255, 256, 257, 65_535, 65_536, 65_537];

// `go/make.go` has the same.
const ORIGIN = 'latchkey/conformance';
const LOG = noteHand(ORIGIN, 0x07);
const AUDITOR = cosigningHand('auditor.example/a1', 0x09, 1_763_000_000);

/** Leaves of every kind of transaction, an empty one, the longest one, then short texts. */
export function conformanceLeaves(): readonly Uint8Array[] {
  const transactions = forms.transaction.map(({ bytes }) => fromHex(bytes) ?? new Uint8Array(0));
  const edges = [new Uint8Array(0), new Uint8Array(TRANSACTION_BYTES_MAX).fill(0x4c)];
  const first = [...transactions, ...edges];
  return Array.from({ length: Math.max(...SIZES) }, (_, i) => first[i] ?? utf8(`leaf ${i}`));
}

/** Our folder. */
export function makeFolder(leaves: readonly Uint8Array[]): Folder {
  const folder: Folder = new Map();
  const policy: Policy = {
    logs: [{ key: LOG.key, url: undefined }],
    witnesses: [{ name: 'auditor-1', key: AUDITOR.key, url: undefined }],
    groups: [],
    quorum: 'auditor-1',
  };
  folder.set('policy', encodePolicy(policy));
  folder.set('keys', utf8([LOG.key, AUDITOR.key].map((key) => `${encodeVerifierKey(key)}\n`).join('')));
  const signed = growLog(folder, leaves);
  folder.set('checkpoint', signed);
  return folder;
}

/** Gives the last checkpoint. */
function growLog(folder: Folder, leaves: readonly Uint8Array[]): Uint8Array {
  const shelf: TileShelf = new Map();
  let edge = emptyEdge();
  let frontier = emptyFrontier();
  let last = new Uint8Array(0);
  for (const size of SIZES) {
    const hashes = leaves.slice(edge.size, size).map(leafHash);
    const grown = growTiles(edge, hashes);
    for (const tile of grown.tiles) putTile(folder, shelf, tile, leaves);
    edge = grown.edge;
    frontier = appendLeaves(frontier, hashes);
    const note = signedCheckpoint({ origin: ORIGIN, size, root: frontierRoot(frontier) }, [LOG, AUDITOR]);
    last = new Uint8Array(encodeNote(note));
    folder.set(`checkpoints/${size}`, last);
    putProofs(folder, shelf, size, note);
  }
  return last;
}

function putTile(folder: Folder, shelf: TileShelf, tile: { id: TileId; hashes: readonly Hash[] }, leaves: readonly Uint8Array[]): void {
  const { id, hashes } = tile;
  shelf.set(tilePath(id), hashes);
  folder.set(tilePath(id), encodeTile(hashes));
  if (id.level !== 0) return;
  const start = id.index * 256;
  folder.set(tilePath({ ...id, level: 'entries' }), encodeBundle(leaves.slice(start, start + id.width)));
}

function putProofs(folder: Folder, shelf: TileShelf, size: number, note: Note): void {
  const tiles = shelfReader(shelf);
  for (const index of [0, Math.floor(size / 2), size - 1].filter((one) => one >= 0 && one < size)) {
    const path = unwrap(inclusionFromTiles(index, size, tiles));
    folder.set(`proofs/${size}-${index}.tlog-proof`, encodeTlogProof({ extra: undefined, index, path, note }));
  }
  for (const oldSize of SIZES.filter((one) => one > 0 && one < size)) {
    const proof = unwrap(consistencyFromTiles(oldSize, size, tiles));
    folder.set(`extensions/${oldSize}-${size}`, encodeAddCheckpoint({ oldSize, proof, note }));
  }
}
