/**
 * One bit turned in whatever a log publishes: refused, for a reason that has a name. Every bit of the texts and of small tiles and
 * bundles; of large ones as many as a seed picks.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { verifyZip215 } from '../../src/core/base/key.ts';
import { type Result, refuse, unwrap } from '../../src/core/base/result.ts';
import { encodeBundle, openPartialBundle } from '../../src/core/log/bundle.ts';
import { checkedTiles, edgeTiles } from '../../src/core/log/checked-tiles.ts';
import { type Checkpoint, decodeCheckpoint, type SignedCheckpoint } from '../../src/core/log/checkpoint.ts';
import { encodeNote } from '../../src/core/log/note.ts';
import { acceptCheckpoint, policyKeys } from '../../src/core/log/policy.ts';
import { decodePolicy, encodePolicy } from '../../src/core/log/policy-text.ts';
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from '../../src/core/log/proof.ts';
import { hashReader } from '../../src/core/log/subtree.ts';
import { decodeTile, encodeTile, readTilePath, tilePath } from '../../src/core/log/tile.ts';
import { emptyEdge } from '../../src/core/log/tile-growth.ts';
import { acceptTlogProof, decodeTlogProof, encodeTlogProof } from '../../src/core/log/tlog-proof.ts';
import { decodeVerifierKey, encodeVerifierKey } from '../../src/core/log/verifier-key.ts';
import { decodeAddCheckpoint, encodeAddCheckpoint } from '../../src/core/log/witness.ts';
import { expectRefused } from '../support/flips.ts';
import { cosigningHand, noteHand, openSigned, signedCheckpoint, witnessedPolicy } from '../support/log-signing.ts';
import { leafBytes, leafHashes, rootOf, shelfReader, shelve, type TileShelf, withBit } from '../support/log-tiles.ts';

/** Turns every bit, one at a time. */
function everyFlip(bytes: Uint8Array, judge: (bytes: Uint8Array) => Result<unknown>): void {
  unwrap(judge(bytes));
  for (let bit = 0; bit < 8 * bytes.length; bit++) expectRefused(`bit ${bit}`, judge(withBit(bytes, bit)));
}

function someFlips(bytes: Uint8Array, count: number, judge: (bytes: Uint8Array) => Result<unknown>): void {
  unwrap(judge(bytes));
  const anyBit = fc.nat({ max: 8 * bytes.length - 1 });
  fc.assert(
    fc.property(anyBit, (bit) => expectRefused(`bit ${bit}`, judge(withBit(bytes, bit)))),
    { seed: 21, numRuns: count },
  );
}

const SIZE = 300;
const log = noteHand('latchkey/abc', 1);
const witness = cosigningHand('witness.example/w', 2, 1_700_000_000);
const policy = witnessedPolicy(log, witness);
const checkpoint: Checkpoint = { origin: 'latchkey/abc', size: SIZE, root: rootOf(SIZE) };
const OLD_ROOT = rootOf(200);
const reader = hashReader(leafHashes(SIZE));

function judgeSigned({ note }: SignedCheckpoint): Result<{ readonly checkpoint: Checkpoint }> {
  const opened = openSigned(note, policyKeys(policy));
  return opened.ok ? acceptCheckpoint(policy, opened.value) : opened;
}

describe('every bit', { timeout: 120_000 }, () => {
  test('of a verifier key', () => {
    for (const key of [log.key, witness.key]) everyFlip(utf8(encodeVerifierKey(key)), (bytes) => decodeVerifierKey(fromUtf8(bytes) ?? ''));
  });

  test('of the keys in a policy', () => {
    const bytes = encodePolicy(policy);
    const text = fromUtf8(bytes) ?? '';
    for (const key of [log.key, witness.key].map(encodeVerifierKey)) {
      const start = text.indexOf(key);
      for (let bit = 8 * start; bit < 8 * (start + key.length); bit++) {
        const changed = decodePolicy(withBit(bytes, bit));
        if (changed.ok) expect.fail(`bit ${bit}: ${fromUtf8(withBit(bytes, bit))}`);
      }
    }
  });

  test('of a log’s checkpoint', () => {
    everyFlip(encodeNote(signedCheckpoint(checkpoint, [log])), (bytes) => {
      const read = decodeCheckpoint(bytes);
      return read.ok ? openSigned(read.value.note, [log.key]) : read;
    });
  });

  test('of a cosigned checkpoint, where the policy asks for both', () => {
    everyFlip(encodeNote(signedCheckpoint(checkpoint, [log, witness])), (bytes) => {
      const read = decodeCheckpoint(bytes);
      return read.ok ? judgeSigned(read.value) : read;
    });
  });

  test('of a cosignature: its time and the rest', () => {
    const line = witness.sign('text\n');
    everyFlip(line.signature, (signature) => openSigned({ text: 'text\n', signatures: [{ ...line, signature }] }, [witness.key]));
  });

  test('of a proof in a tlog-proof, and of the words around it', () => {
    const path = unwrap(inclusionProof(123, SIZE, reader));
    const bytes = encodeTlogProof({ extra: undefined, index: 123, path, note: signedCheckpoint(checkpoint, [log]) });
    const leaf = leafHashes(SIZE)[123] ?? expect.fail('a leaf');
    const lone = { ...policy, quorum: 'none' };
    everyFlip(bytes, (changed) => {
      const proof = decodeTlogProof(changed);
      if (!proof.ok) return proof;
      const opened = openSigned(proof.value.signed.note, [log.key]);
      return opened.ok ? acceptTlogProof(proof.value, leaf, lone, opened.value) : opened;
    });
  });

  test('of a request to a witness', () => {
    const proof = unwrap(consistencyProof(200, SIZE, reader));
    const bytes = encodeAddCheckpoint({ oldSize: 200, proof, note: signedCheckpoint(checkpoint, [log]) });
    everyFlip(bytes, (changed) => {
      const request = decodeAddCheckpoint(changed);
      if (!request.ok) return request;
      const opened = openSigned(request.value.signed.note, [log.key]);
      if (!opened.ok) return opened;
      const { size, root } = request.value.signed.checkpoint;
      // A witness knows what it saw last, and takes a proof from there alone.
      if (request.value.oldSize !== 200) return refuse('bad-proof', 'from another size');
      return verifyConsistency(200, OLD_ROOT, size, root, request.value.proof);
    });
  });

  test('of bare proofs', () => {
    const leaf = leafHashes(SIZE)[123] ?? expect.fail('a leaf');
    const path = unwrap(inclusionProof(123, SIZE, reader));
    const extension = unwrap(consistencyProof(200, SIZE, reader));
    path.forEach((hash, i) => {
      everyFlip(hash, (changed) => verifyInclusion(leaf, 123, SIZE, path.with(i, changed as Hash), checkpoint.root));
    });
    extension.forEach((hash, i) => {
      everyFlip(hash, (changed) => verifyConsistency(200, OLD_ROOT, SIZE, checkpoint.root, extension.with(i, changed as Hash)));
    });
  });

  test('of a partial bundle, its lengths and its leaves', () => {
    const bytes = encodeBundle(Array.from({ length: 20 }, (_, i) => leafBytes(i)));
    everyFlip(bytes, (changed) => openPartialBundle(changed, leafHashes(20)));
  });
});

describe('bits of tiles', { timeout: 120_000 }, () => {
  const size = 66_000;
  const shelf: TileShelf = new Map();
  shelve(shelf, emptyEdge(), leafHashes(size));
  const root = rootOf(size);

  /** Judges a tile in place of the one at its path. */
  const judge = (path: string) => (bytes: Uint8Array) => {
    const tile = unwrap(readTilePath(path));
    const hashes = decodeTile(bytes, tile.width);
    if (!hashes.ok) return hashes;
    const tiles = checkedTiles(size, root, shelfReader(new Map(shelf).set(path, hashes.value)));
    return tiles.ok ? tiles.value(tile) : tiles;
  };
  const bytesOf = (path: string) => encodeTile(shelf.get(path) ?? expect.fail(path));

  test('at the right edge, every one of the narrow and many of the wide', () => {
    expect(edgeTiles(size).map(tilePath)).toEqual(['tile/2/000.p/1', 'tile/1/001.p/1', 'tile/0/257.p/208']);
    for (const path of ['tile/2/000.p/1', 'tile/1/001.p/1']) everyFlip(bytesOf(path), judge(path));
    someFlips(bytesOf('tile/0/257.p/208'), 100, judge('tile/0/257.p/208'));
  });

  test('full ones, at each level and at both ends', () => {
    for (const path of ['tile/0/000', 'tile/0/255', 'tile/0/256', 'tile/1/000']) someFlips(bytesOf(path), 100, judge(path));
  });

  test('and of the full bundles below them', () => {
    const bytes = encodeBundle(Array.from({ length: 256 }, (_, i) => leafBytes(i)));
    someFlips(bytes, 200, (changed) => openPartialBundle(changed, leafHashes(256)));
  });

  test('while a signature is worth nothing with any bit of it or of its key turned', () => {
    const line = log.sign('text\n');
    everyFlip(line.signature, (signature) => openSigned({ text: 'text\n', signatures: [{ ...line, signature }] }, [log.key]));
    const { key } = log.key;
    for (let bit = 0; bit < 256; bit++) {
      expect(verifyZip215(withBit(key, bit), utf8('text\n'), line.signature as never)).toBe(false);
    }
  });
});
