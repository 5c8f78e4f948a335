/** Answers over HTTP are read in pieces, and no further than anything of use would go. */
import { expect, test } from 'vitest';
import { bytesOf } from '../../relay/src/answer-bytes.ts';

/** An answer in pieces of this many bytes, and how many of them were taken. */
function answerOf(...lengths: readonly number[]) {
  const taken: number[] = [];
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull: (stream) => {
        const length = lengths[taken.length];
        if (length === undefined) return stream.close();
        stream.enqueue(new Uint8Array(length).fill(taken.length + 1));
        taken.push(length);
      },
    },
    { highWaterMark: 0 },
  );
  return { answer: new Response(body), taken };
}

test('what fits comes whole, to the last byte', async () => {
  expect(await bytesOf(answerOf(1, 2, 1).answer, 4)).toEqual(Uint8Array.of(1, 2, 2, 3));
  expect(await bytesOf(answerOf().answer, 4)).toEqual(new Uint8Array(0));
  expect(await bytesOf(new Response(null), 4)).toEqual(new Uint8Array(0));
});

test('what is longer is let go of at the piece that goes too far', async () => {
  const { answer, taken } = answerOf(2, 2, 1, 1, 1);
  expect(await bytesOf(answer, 4)).toBeUndefined();
  expect(taken).toEqual([2, 2, 1]);
});
