import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, equal, toHex, utf8 } from '../../src/core/base/bytes.ts';
import { type Hash, plainSha256 } from '../../src/core/base/hash.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { appendLeaf, appendLeaves, emptyFrontier, frontierFrom, frontierRoot } from '../../src/core/log/frontier.ts';
import { emptyRoot, leafHash, nodeHash } from '../../src/core/log/merkle-hash.ts';
import {
  consistencyProof,
  inclusionProof,
  type Proof,
  verifyConsistency,
  verifyFromEmpty,
  verifyInclusion,
} from '../../src/core/log/proof.ts';
import { hashReader } from '../../src/core/log/subtree.ts';

/** RFC 6962 §2.1, word for word and slow: the yardstick. */
function naiveRoot(leaves: readonly Uint8Array[]): Hash {
  const [first] = leaves;
  if (first === undefined) return plainSha256(new Uint8Array(0));
  if (leaves.length === 1) return plainSha256(concat(Uint8Array.of(0), first));
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return plainSha256(concat(Uint8Array.of(1), naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k))));
}

/** RFC 6962 §2.1.1, PATH(m, D[n]). */
function naivePath(m: number, leaves: readonly Uint8Array[]): Hash[] {
  if (leaves.length <= 1) return [];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return m < k ? [...naivePath(m, left), naiveRoot(right)] : [...naivePath(m - k, right), naiveRoot(left)];
}

/** RFC 6962 §2.1.2, SUBPROOF(m, D[n], b). */
function naiveSubproof(m: number, leaves: readonly Uint8Array[], b: boolean): Hash[] {
  if (m === leaves.length) return b ? [] : [naiveRoot(leaves)];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return m <= k ? [...naiveSubproof(m, left, b), naiveRoot(right)] : [...naiveSubproof(m - k, right, false), naiveRoot(left)];
}

const leavesOf = (count: number) => Array.from({ length: count }, (_, i) => utf8(`leaf ${i}`));
const hexes = (hashes: readonly Uint8Array[]) => hashes.map(toHex);
const flipped = (bytes: Hash, bit: number): Hash => {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy as Hash;
};

describe('hashes', () => {
  test('a leaf, a node and the empty tree hash as RFC 6962 says', () => {
    expect(toHex(emptyRoot)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(toHex(leafHash(new Uint8Array(0)))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
    const [a, b] = [leafHash(utf8('a')), leafHash(utf8('b'))];
    expect(toHex(nodeHash(a, b))).toBe(toHex(plainSha256(concat(Uint8Array.of(1), a, b))));
  });
});

describe('frontier', () => {
  test('has the root of the naive tree at every size up to 300', () => {
    const leaves = leavesOf(300);
    let frontier = emptyFrontier();
    leaves.forEach((leaf, i) => {
      if (i % 7 === 0 || i < 20 || i > 250) expect(toHex(frontierRoot(frontier))).toBe(toHex(naiveRoot(leaves.slice(0, i))));
      frontier = appendLeaf(frontier, leafHash(leaf));
    });
    expect(frontier.size).toBe(300);
  });

  test('leaf by leaf, many at once and from the wire, it agrees at sizes around powers of two', () => {
    const hashes = leavesOf(65_537).map(leafHash);
    const known = new Map<string, Hash>();
    let [one, many] = [emptyFrontier(), emptyFrontier()];
    for (const size of [0, 1, 255, 256, 257, 65_535, 65_536, 65_537]) {
      many = appendLeaves(many, hashes.slice(many.size, size));
      while (one.size < size) one = appendLeaf(one, hashes[one.size] ?? emptyRoot);
      const expected = toHex(size === 0 ? emptyRoot : treeRoot(0, size));
      for (const frontier of [one, many, unwrap(frontierFrom(one.size, one.hashes))]) expect(toHex(frontierRoot(frontier))).toBe(expected);
    }

    /** RFC 6962's recursion; what is known of perfect subtrees serves the next size too. */
    function treeRoot(begin: number, end: number): Hash {
      const found = end - begin === 1 ? hashes[begin] : known.get(`${begin}-${end}`);
      if (found !== undefined) return found;
      let k = 1;
      while (k * 2 < end - begin) k *= 2;
      const root = nodeHash(treeRoot(begin, begin + k), treeRoot(begin + k, end));
      known.set(`${begin}-${end}`, root);
      return root;
    }
  });

  test('is a value: appending to one leaves it as it was', () => {
    const three = appendLeaves(emptyFrontier(), leavesOf(3).map(leafHash));
    const before = toHex(frontierRoot(three));
    const [x, y] = [appendLeaf(three, leafHash(utf8('x'))), appendLeaf(three, leafHash(utf8('y')))];
    expect(toHex(frontierRoot(three))).toBe(before);
    expect(toHex(frontierRoot(x))).not.toBe(toHex(frontierRoot(y)));
  });

  test('from outside: the number of hashes must fit the size', () => {
    const { size, hashes } = appendLeaves(emptyFrontier(), leavesOf(5).map(leafHash));
    expect(frontierFrom(size, hashes).ok).toBe(true);
    for (const wrong of [0, 1, 4, 7, -5, 5.5, Number.NaN, 2 ** 53, 2 ** 60]) {
      expect(frontierFrom(wrong, hashes)).toMatchObject({ ok: false, refusal: { code: 'malformed' } });
    }
    expect(frontierFrom(3, [hashes[0], hashes[1]?.slice(1)] as Hash[])).toMatchObject({ ok: false });
    expect(
      frontierFrom(
        Number.MAX_SAFE_INTEGER,
        Array.from({ length: 53 }, () => emptyRoot),
      ).ok,
    ).toBe(true);
  });
});

describe('proofs', () => {
  const sizes = fc.integer({ min: 1, max: 140 });

  test('inclusion proofs are the naive ones, and verify', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (size, pick) => {
        const leaves = leavesOf(size);
        const index = pick % size;
        const proof = unwrap(inclusionProof(index, size, hashReader(leaves.map(leafHash))));
        expect(hexes(proof)).toEqual(hexes(naivePath(index, leaves)));
        const leaf = leafHash(leaves[index] ?? new Uint8Array(0));
        expect(verifyInclusion(leaf, index, size, proof, naiveRoot(leaves))).toEqual({ ok: true, value: undefined });
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  test('consistency proofs are the naive ones, and verify', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (newSize, pick) => {
        const leaves = leavesOf(newSize);
        const oldSize = 1 + (pick % newSize);
        const proof = unwrap(consistencyProof(oldSize, newSize, hashReader(leaves.map(leafHash))));
        expect(hexes(proof)).toEqual(hexes(naiveSubproof(oldSize, leaves, true)));
        const verdict = verifyConsistency(oldSize, naiveRoot(leaves.slice(0, oldSize)), newSize, naiveRoot(leaves), proof);
        expect(verdict).toEqual({ ok: true, value: undefined });
      }),
      { seed: 2, numRuns: 150 },
    );
  });

  test('every flipped bit, every other position and every longer or shorter proof of inclusion is refused', () => {
    const leaves = leavesOf(21);
    const root = naiveRoot(leaves);
    const reader = hashReader(leaves.map(leafHash));
    for (const index of [0, 7, 16, 20]) {
      const leaf = leafHash(leaves[index] ?? new Uint8Array(0));
      const proof = unwrap(inclusionProof(index, 21, reader));
      const refused = (l: Hash, i: number, size: number, p: Proof, r: Hash) =>
        expect(verifyInclusion(l, i, size, p, r)).toMatchObject({ ok: false, refusal: { code: 'bad-proof' } });
      for (let bit = 0; bit < 256; bit++) {
        refused(flipped(leaf, bit), index, 21, proof, root);
        refused(leaf, index, 21, proof, flipped(root, bit));
        for (let at = 0; at < proof.length; at++) refused(leaf, index, 21, proof.with(at, flipped(proof[at] ?? leaf, bit)), root);
      }
      for (let other = -1; other < 40; other++) if (other !== index) refused(leaf, other, 21, proof, root);
      refused(leaf, index, 21, proof.slice(1), root);
      refused(leaf, index, 21, proof.slice(0, -1), root);
      refused(leaf, index, 21, [...proof, leaf], root);
      refused(leaf, index, 21, [leaf, ...proof], root);
      refused(
        leaf,
        index,
        21,
        proof.map((hash) => hash.slice(1) as Hash),
        root,
      );
    }
  });

  test('every flipped bit, other size and longer or shorter proof of consistency is refused', () => {
    const leaves = leavesOf(21);
    const newRoot = naiveRoot(leaves);
    const reader = hashReader(leaves.map(leafHash));
    for (const oldSize of [1, 6, 8, 13, 16, 20, 21]) {
      const oldRoot = naiveRoot(leaves.slice(0, oldSize));
      const proof = unwrap(consistencyProof(oldSize, 21, reader));
      const refused = (o: number, or: Hash, n: number, nr: Hash, p: Proof) =>
        expect(verifyConsistency(o, or, n, nr, p)).toMatchObject({ ok: false, refusal: { code: 'bad-proof' } });
      for (let bit = 0; bit < 256; bit++) {
        refused(oldSize, flipped(oldRoot, bit), 21, newRoot, proof);
        refused(oldSize, oldRoot, 21, flipped(newRoot, bit), proof);
        for (let at = 0; at < proof.length; at++)
          refused(oldSize, oldRoot, 21, newRoot, proof.with(at, flipped(proof[at] ?? newRoot, bit)));
      }
      refused(oldSize, oldRoot, 21, newRoot, [...proof, newRoot]);
      refused(oldSize, oldRoot, 21, newRoot, [newRoot, ...proof]);
      if (proof.length > 0) refused(oldSize, oldRoot, 21, newRoot, proof.slice(1));
      if (proof.length > 0) refused(oldSize, oldRoot, 21, newRoot, proof.slice(0, -1));
      refused(0, emptyRoot, 21, newRoot, []);
      refused(0, emptyRoot, 0, emptyRoot, []);
      if (oldSize < 21) refused(21, newRoot, oldSize, oldRoot, proof);
    }
  });

  test('the same proof serves only the log it was made for, at any pair of other sizes', () => {
    const leaves = leavesOf(40);
    const reader = hashReader(leaves.map(leafHash));
    const roots = Array.from({ length: 41 }, (_, size) => naiveRoot(leaves.slice(0, size)));
    const proof = unwrap(consistencyProof(13, 21, reader));
    for (let oldSize = 1; oldSize <= 40; oldSize++) {
      for (let newSize = 1; newSize <= 40; newSize++) {
        const accepted = verifyConsistency(oldSize, roots[oldSize] ?? emptyRoot, newSize, roots[newSize] ?? emptyRoot, proof).ok;
        expect(accepted).toBe(oldSize === 13 && newSize === 21);
      }
    }
  });

  test('nothing random is ever accepted, and nothing throws', () => {
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes as Hash);
    const size = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.double(), fc.integer());
    fc.assert(
      fc.property(hash, size, size, fc.array(hash, { maxLength: 60 }), hash, (a, m, n, proof, b) => {
        expect(verifyInclusion(a, m, n, proof, b).ok).toBe(false);
        expect(verifyConsistency(m, a, n, b, proof).ok).toBe(
          m === n && Number.isSafeInteger(m) && m > 0 && proof.length === 0 && equal(a, b),
        );
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  test('a proof works at the largest sizes there are', () => {
    // A log whose leaves are all alike: each subtree hash follows from its level, so a reader needs no leaves.
    const levels: Hash[] = [leafHash(utf8('same'))];
    for (let i = 1; i <= 53; i++) levels.push(nodeHash(levels[i - 1] ?? emptyRoot, levels[i - 1] ?? emptyRoot));
    const reader = (level: number) => levels[level];
    const rootAt = (size: number) => {
      const hashes: Hash[] = [];
      for (let level = 52; level >= 0; level--) if (Math.floor(size / 2 ** level) % 2 === 1) hashes.push(levels[level] ?? emptyRoot);
      return frontierRoot(unwrap(frontierFrom(size, hashes)));
    };
    const size = Number.MAX_SAFE_INTEGER;
    const leaf = levels[0] ?? emptyRoot;
    for (const index of [0, 2 ** 31, 2 ** 32 + 1, 2 ** 52, size - 1]) {
      const proof = unwrap(inclusionProof(index, size, reader));
      expect(verifyInclusion(leaf, index, size, proof, rootAt(size)).ok).toBe(true);
    }
    for (const oldSize of [1, 2 ** 31 + 5, 2 ** 40, 2 ** 52 + 1, size - 1]) {
      const proof = unwrap(consistencyProof(oldSize, size, reader));
      expect(verifyConsistency(oldSize, rootAt(oldSize), size, rootAt(size), proof).ok).toBe(true);
    }
  });

  test('a maker without the hashes says so, and out of range says so', () => {
    const reader = hashReader(leavesOf(9).map(leafHash));
    const holed = (level: number, index: number) => (level === 2 ? undefined : reader(level, index));
    for (const result of [
      inclusionProof(0, 9, holed),
      consistencyProof(4, 9, holed),
      inclusionProof(9, 9, reader),
      inclusionProof(-1, 9, reader),
      inclusionProof(0, 0, reader),
      inclusionProof(0.5, 9, reader),
      consistencyProof(0, 9, reader),
      consistencyProof(10, 9, reader),
    ]) {
      expect(result).toMatchObject({ ok: false, refusal: { code: 'not-available' } });
    }
  });

  test('only an explicit question takes the empty log as old', () => {
    expect(verifyFromEmpty(emptyRoot, []).ok).toBe(true);
    expect(verifyFromEmpty(emptyRoot, [emptyRoot])).toMatchObject({ ok: false, refusal: { code: 'bad-proof' } });
    expect(verifyFromEmpty(leafHash(utf8('a')), [])).toMatchObject({ ok: false, refusal: { code: 'bad-proof' } });
  });
});
