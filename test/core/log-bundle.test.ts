import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, toHex, utf8 } from '../../src/core/base/bytes.ts';
import { BUNDLE_LEAVES } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import {
  BUNDLE_BYTES_MAX,
  bundleRoot,
  decodeBundle,
  encodeBundle,
  openBundle,
  openPartialBundle,
  rootFromBundleRoots,
} from '../../src/core/log/bundle.ts';
import { appendLeaves, emptyFrontier, frontierRoot } from '../../src/core/log/frontier.ts';
import { leafHash } from '../../src/core/log/merkle-hash.ts';

const leavesOf = (count: number) => Array.from({ length: count }, (_, i) => utf8(`leaf ${i}`));

describe('the bytes of a bundle', () => {
  test('are length and leaf, in order', () => {
    expect(toHex(encodeBundle([utf8('a'), new Uint8Array(0), new Uint8Array(300).fill(7)]))).toBe(`0001610000012c${'07'.repeat(300)}`);
  });

  test('come back as views, without a copy', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: BUNDLE_LEAVES }), (leaves) => {
        const bytes = encodeBundle(leaves);
        const back = unwrap(decodeBundle(bytes, leaves.length));
        expect(back.map(toHex)).toEqual(leaves.map(toHex));
        expect(back.every((leaf) => leaf.buffer === bytes.buffer)).toBe(true);
      }),
      { seed: 4, numRuns: 50 },
    );
  });

  test('the longest leaf fits; a longer one or a 257th is a mistake of ours', () => {
    const longest = new Uint8Array(65_535).fill(1);
    expect(unwrap(decodeBundle(encodeBundle([longest]), 1))[0]?.length).toBe(65_535);
    expect(() => encodeBundle([new Uint8Array(65_536)])).toThrow('16 bits');
    expect(() => encodeBundle(leavesOf(257))).toThrow('256');
    expect(() => decodeBundle(new Uint8Array(0), 257)).toThrow('256');
  });

  test('another count, a cut and a tail are refused', () => {
    const bytes = encodeBundle(leavesOf(10));
    for (const count of [0, 9, 11, 256]) expect(decodeBundle(bytes, count)).toMatchObject({ ok: false, refusal: { code: 'malformed' } });
    for (let end = 0; end < bytes.length; end++) expect(decodeBundle(bytes.subarray(0, end), 10).ok).toBe(false);
    expect(decodeBundle(concat(bytes, Uint8Array.of(0)), 10).ok).toBe(false);
    expect(decodeBundle(new Uint8Array(BUNDLE_BYTES_MAX + 1), 256)).toMatchObject({ ok: false, refusal: { code: 'too-large' } });
  });

  test('random bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat({ max: 256 }), (bytes, count) => {
        const result = decodeBundle(bytes, count);
        if (result.ok) expect(toHex(encodeBundle(result.value))).toBe(toHex(bytes));
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});

describe('a newcomer with bundle roots', () => {
  test('gets the log root, whatever is left over in the last bundle', () => {
    const hashes = leavesOf(65_537).map(leafHash);
    const allRoots = Array.from({ length: 256 }, (_, i) => bundleRoot(hashes.slice(i * BUNDLE_LEAVES, (i + 1) * BUNDLE_LEAVES)));
    let frontier = emptyFrontier();
    for (const size of [0, 1, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537]) {
      frontier = appendLeaves(frontier, hashes.slice(frontier.size, size));
      const full = Math.floor(size / BUNDLE_LEAVES);
      const root = rootFromBundleRoots(allRoots.slice(0, full), hashes.slice(full * BUNDLE_LEAVES, size));
      expect(toHex(root), `${size}`).toBe(toHex(frontierRoot(frontier)));
    }
  });

  test('opens each bundle on its own and refuses every flipped bit', () => {
    const leaves = leavesOf(256);
    const bytes = encodeBundle(leaves);
    const root = bundleRoot(leaves.map(leafHash));
    const opened = unwrap(openBundle(bytes, root));
    expect(opened.leaves.map(toHex)).toEqual(leaves.map(toHex));
    expect(toHex(bundleRoot(opened.leafHashes))).toBe(toHex(root));
    fc.assert(
      fc.property(fc.nat({ max: bytes.length * 8 - 1 }), (bit) => {
        const damaged = bytes.slice();
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(openBundle(damaged, root).ok).toBe(false);
      }),
      { seed: 6, numRuns: 100 },
    );
  });

  test('opens the partial bundle by its leaf hashes and names the leaf that is wrong', () => {
    const leaves = leavesOf(7);
    const hashes = leaves.map(leafHash);
    expect(unwrap(openPartialBundle(encodeBundle(leaves), hashes)).leaves.length).toBe(7);
    const forged = openPartialBundle(encodeBundle(leaves.with(3, utf8('forged'))), hashes);
    expect(forged).toMatchObject({ ok: false, refusal: { code: 'bad-proof', detail: 'leaf 3 of a bundle is not the expected one' } });
    expect(openPartialBundle(encodeBundle(leaves.slice(0, 6)), hashes)).toMatchObject({ ok: false, refusal: { code: 'malformed' } });
    expect(unwrap(openPartialBundle(new Uint8Array(0), [])).leaves).toEqual([]);
  });

  test('a root of bundles is asked for only of full ones', () => {
    expect(() => bundleRoot(leavesOf(255).map(leafHash))).toThrow('256');
    expect(() => rootFromBundleRoots([], leavesOf(256).map(leafHash))).toThrow('fewer than 256');
  });
});
