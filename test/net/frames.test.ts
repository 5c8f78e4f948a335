import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, toHex } from '../../src/core/base/bytes.ts';
import { END_OF_FRAMES, encodeFrame, FrameReader } from '../../src/net/frames.ts';

const FRAME_MAX = 1000;

/** Everything that a reader makes of bytes that arrive in pieces of these sizes. */
function readAll(bytes: Uint8Array, pieceSizes: readonly number[], frameMax = FRAME_MAX): readonly string[] {
  const reader = new FrameReader(frameMax);
  const out: string[] = [];
  for (let at = 0, i = 0; at < bytes.length || i === 0; i++) {
    const size = pieceSizes[i % pieceSizes.length] ?? bytes.length;
    reader.push(bytes.subarray(at, at + size));
    at += size;
    for (;;) {
      const found = reader.read();
      if (found.type === 'frame') out.push(toHex(found.frame));
      if (found.type === 'malformed') return [...out, 'malformed'];
      if (found.type === 'end' && at >= bytes.length) return [...out, 'end'];
      if (found.type === 'end' || found.type === 'more') break;
    }
  }
  return out;
}

const frames = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
const pieces = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });

describe('frames', () => {
  test('have a short length before them', () => {
    expect(toHex(encodeFrame(new Uint8Array(0)))).toBe('01');
    expect(toHex(encodeFrame(Uint8Array.of(0xaa, 0xbb)))).toBe('03aabb');
    expect(toHex(encodeFrame(new Uint8Array(126)).subarray(0, 2))).toBe('7f00');
    expect(toHex(encodeFrame(new Uint8Array(127)).subarray(0, 3))).toBe('800100');
    expect(toHex(END_OF_FRAMES)).toBe('00');
  });

  test('arrive whole and in order, however they are cut up on the way', () => {
    fc.assert(
      fc.property(frames, pieces, (sent, sizes) => {
        const bytes = concat(...sent.map(encodeFrame), END_OF_FRAMES);
        expect(readAll(bytes, sizes)).toEqual([...sent.map(toHex), 'end']);
      }),
    );
  });

  test('are not seen before they are whole', () => {
    const reader = new FrameReader(FRAME_MAX);
    reader.push(encodeFrame(new Uint8Array(10)).subarray(0, 10));
    expect(reader.read()).toEqual({ type: 'more' });
    expect(reader.buffered).toBe(10);
  });

  test('are bytes of their own, which later ones do not touch', () => {
    const reader = new FrameReader(FRAME_MAX);
    reader.push(encodeFrame(Uint8Array.of(1, 2, 3)));
    const first = reader.read();
    for (let i = 0; i < 50; i++) reader.push(encodeFrame(new Uint8Array(100).fill(9)));
    expect(first).toEqual({ type: 'frame', frame: Uint8Array.of(1, 2, 3) });
  });
});

describe('what no honest sender makes is malformed', () => {
  test.each([
    ['a frame over the bound, from its length alone', 'ea07'],
    ['a length of five bytes', '8080808001'],
    ['a length with a needless byte', '8100'],
    ['an end with a needless byte', '8000'],
    ['bytes after the end', '0000'],
    ['a frame after the end', '0002aa'],
  ])('%s', (_, hex) => {
    expect(readAll(Uint8Array.from(Buffer.from(hex, 'hex')), [1]).at(-1)).toBe('malformed');
  });

  test('a frame at the bound is not', () => {
    expect(readAll(encodeFrame(new Uint8Array(FRAME_MAX)), [64])).toHaveLength(1);
  });

  test('any bytes end as frames, malformed, or waiting for more, and hold no more than arrived', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), pieces, (bytes, sizes) => {
        const read = readAll(bytes, sizes, 50);
        const held = read.filter((one) => one !== 'malformed' && one !== 'end').reduce((sum, hex) => sum + hex.length / 2, 0);
        expect(held).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
