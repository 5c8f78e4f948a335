/** What a light node believes: a fresh anchor, a tip that extends it, a certificate of the trust set in force. */
import { describe, expect, test } from 'vitest';
import { ANCHOR_AGE_MS_MAX, DAY_MS } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import type { Header } from '../../src/core/codec/block.ts';
import type { ChainPoint } from '../../src/core/consensus/execute.ts';
import { anchorIsFresh, finalitySignatures, headersConnect, tipExtendsAnchor } from '../../src/core/light/finality.ts';
import { leafHash } from '../../src/core/log/merkle-hash.ts';
import { consistencyProof } from '../../src/core/log/proof.ts';
import { hashReader } from '../../src/core/log/subtree.ts';
import { certificateOf, firstPoint, nextPoint, trustOf, Writer } from '../support/points.ts';
import { founderOf, genesisOf, hashOf, START } from '../support/world.ts';

const genesis = genesisOf([
  founderOf('alice', ['federation', 'validator']),
  ...['b', 'c', 'd'].map((name) => founderOf(name, ['validator', 'writer'])),
]);

/** Six blocks of two entries each, and the hashes of all leaves. */
function grow(name = 'entry') {
  const writer = new Writer(genesis);
  const points: ChainPoint[] = [firstPoint(genesis)];
  const leaves = [points[0]?.header.logRoot ?? hashOf('none')];
  for (let block = 0; block < 6; block++) {
    const entries = [writer.entry('b', `${name} ${block}/0`), writer.entry('c', `${name} ${block}/1`)];
    leaves.push(...entries.map(({ bytes }) => leafHash(bytes)));
    points.push(nextPoint(points.at(-1) ?? firstPoint(genesis), entries));
  }
  return { points, leaves };
}
const { points, leaves } = grow();
const at = (height: number): ChainPoint => points[height] ?? expect.fail(`no height ${height}`);
const anchorAt = (height: number) => ({ block: at(height).id, height, issued: START });
const proofOf = (from: number, to: number) => unwrap(consistencyProof(at(from).header.logSize, at(to).header.logSize, hashReader(leaves)));

describe('an anchor', () => {
  test('is fresh for 180 days, and stale from the next millisecond on', () => {
    const anchor = anchorAt(1);
    expect(anchorIsFresh(anchor, START)).toMatchObject({ ok: true });
    expect(anchorIsFresh(anchor, START + ANCHOR_AGE_MS_MAX)).toMatchObject({ ok: true });
    expect(anchorIsFresh(anchor, START + ANCHOR_AGE_MS_MAX + 1)).toMatchObject({ ok: false, refusal: { code: 'stale-anchor' } });
  });

  test('made by a clock ahead of ours is fresh', () => {
    expect(anchorIsFresh(anchorAt(1), START - DAY_MS)).toMatchObject({ ok: true });
  });
});

describe('a tip extends the anchor', () => {
  test('if its log does: from any height to any later one', () => {
    for (let from = 0; from <= 6; from++) {
      for (let to = from; to <= 6; to++) {
        expect(tipExtendsAnchor(anchorAt(from), at(from).header, at(to).header, proofOf(from, to)), `${from} to ${to}`).toMatchObject({
          ok: true,
        });
      }
    }
  });

  test('and not if the header, the chain, the order or the proof is another', () => {
    const [anchor, header, tip, proof] = [anchorAt(2), at(2).header, at(5).header, proofOf(2, 5)];
    const bad = { ok: false, refusal: { code: 'bad-proof' } };
    expect(tipExtendsAnchor(anchor, at(3).header, tip, proofOf(3, 5))).toMatchObject(bad);
    expect(tipExtendsAnchor(anchor, { ...header, logRoot: hashOf('x') }, tip, proof)).toMatchObject(bad);
    expect(tipExtendsAnchor(anchor, header, { ...tip, chain: hashOf('other') }, proof)).toMatchObject({ refusal: { code: 'wrong-chain' } });
    expect(tipExtendsAnchor(anchor, header, at(1).header, [])).toMatchObject(bad);
    expect(tipExtendsAnchor(anchor, header, tip, proof.slice(1))).toMatchObject(bad);
    expect(tipExtendsAnchor(anchor, header, tip, [...proof, hashOf('x')])).toMatchObject(bad);
    expect(tipExtendsAnchor(anchor, header, { ...tip, logRoot: hashOf('x') }, proof)).toMatchObject(bad);
  });

  test('and not another block at the anchor’s height, though its log be the same', () => {
    const { header } = at(2);
    expect(tipExtendsAnchor(anchorAt(2), header, { ...header, stateRoot: hashOf('x') }, [])).toMatchObject({
      refusal: { code: 'bad-proof' },
    });
  });

  test('and not a block before the anchor, though no entry lies between', () => {
    const empty = nextPoint(at(6), []);
    const anchor = { block: empty.id, height: 7, issued: START };
    expect(tipExtendsAnchor(anchor, empty.header, at(6).header, [])).toMatchObject({ refusal: { code: 'bad-proof' } });
    expect(tipExtendsAnchor(anchorAt(6), at(6).header, empty.header, [])).toMatchObject({ ok: true });
  });

  test('and not a history that was rewritten', () => {
    const rewritten = grow('another');
    const tip = rewritten.points[6] ?? expect.fail('no tip');
    const proof = unwrap(consistencyProof(at(2).header.logSize, tip.header.logSize, hashReader(rewritten.leaves)));
    expect(tipExtendsAnchor(anchorAt(2), at(2).header, tip.header, proof)).toMatchObject({ ok: false, refusal: { code: 'bad-proof' } });
  });
});

describe('headers connect', () => {
  const headers = [2, 3, 4, 5].map((height) => at(height).header);
  const bad = { ok: false, refusal: { code: 'bad-proof' } };
  const connect = (some: readonly Header[], to = at(5).header) => headersConnect(at(1), some, to);

  test('if each names the one before as its parent, up to the last', () => {
    expect(connect(headers)).toMatchObject({ ok: true });
    expect(headersConnect(at(3), [], at(3).header)).toMatchObject({ ok: true });
  });

  test('and not with one left out, put in, altered or turned round', () => {
    const [second, third, fourth, fifth] = headers;
    if (second === undefined || third === undefined || fourth === undefined || fifth === undefined) return expect.fail('four headers');
    for (const some of [
      [],
      headers.slice(1),
      headers.slice(0, -1),
      [second, fourth, fifth],
      [second, third, third, fourth, fifth],
      headers.toReversed(),
      [...headers, at(6).header],
      [second, { ...third, time: third.time + 1 }, fourth, fifth],
      [{ ...second, height: 3 }, third, fourth, fifth],
    ]) {
      expect(connect(some)).toMatchObject(bad);
    }
    expect(connect(headers, at(4).header)).toMatchObject(bad);
  });
});

describe('a header is final', () => {
  const { header } = at(3);
  const trust = trustOf(at(3));
  const certificate = certificateOf(at(3));

  test('by a quorum of its trust set over it', () => {
    expect(unwrap(finalitySignatures(header, certificate, trust))).toHaveLength(4);
    expect(unwrap(finalitySignatures(header, certificateOf(at(3), { seats: [0, 1, 3] }), trust))).toHaveLength(3);
  });

  test('also by a certificate of a later view, a re-proposal', () => {
    expect(finalitySignatures(header, certificateOf(at(3), { view: 9 }), trust)).toMatchObject({ ok: true });
  });

  test.each<[string, Header, typeof certificate, string]>([
    ['a certificate over another block', header, certificateOf(at(4)), 'no-quorum'],
    ['a notarization', header, certificateOf(at(3), { kind: 'notarize' }), 'no-quorum'],
    ['a certificate of another chain', header, certificateOf(at(3), { chain: hashOf('x') }), 'no-quorum'],
    ['a certificate of an earlier view', header, certificateOf(at(3), { view: 2 }), 'malformed'],
    ['a certificate of another epoch', header, certificateOf(at(3), { epoch: 1 }), 'wrong-trust-set'],
    ['too few signatures', header, certificateOf(at(3), { seats: [0, 1] }), 'no-quorum'],
    ['a header that names another trust set', { ...header, trust: hashOf('x') }, certificate, 'wrong-trust-set'],
    ['a header of another epoch', { ...header, epoch: 1 }, certificate, 'wrong-trust-set'],
    ['a header of which anything was altered', { ...header, time: header.time + 1 }, certificate, 'no-quorum'],
  ])('and not by %s', (_, of, by, code) => {
    expect(finalitySignatures(of, by, trust)).toMatchObject({ ok: false, refusal: { code } });
  });
});
