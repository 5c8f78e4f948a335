/** A process that ends between two blocks of one finalization takes up the rest when it starts again, and votes on. */
import { expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { decode, encode } from '../../src/core/codec/codec.ts';
import { TAIL_ROW_BYTES_MAX, tailRow } from '../../src/core/codec/stored.ts';
import { writes } from '../support/council.ts';
import { until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';

const { someone } = gathering();

test('what was voted for here and is final is committed at the start', { timeout: 30_000 }, async () => {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden', yourName: 'Ada' });
  for (const text of ['one', 'two', 'three']) await writes(ada, text);
  const { space, tip } = ada.chain.node.ledger;
  const { height } = tip.header;
  await ada.off();

  // The disk as it was in between: the block before is there, under the certificate of the last, which is only voted for.
  const row = async (at: number) => unwrap(decode(tailRow, (await space.get('tail', at)) ?? new Uint8Array(0), TAIL_ROW_BYTES_MAX));
  const [before, last] = [await row(height - 1), await row(height)];
  const voted = encode(tailRow, { ...last, certificate: undefined });
  await space.write(
    [
      { type: 'delete', table: 'tail', key: height },
      { type: 'put', table: 'tail', key: height - 1, value: encode(tailRow, { ...before, certificate: last.certificate }) },
      { type: 'put', table: 'meta', key: `candidate/${toHex(tip.id)}`, value: voted },
    ],
    'strict',
  );

  await ada.on();
  await until(ada.chain, () => ada.chain.height === height);
  expect(toHex(ada.chain.node.ledger.tip.id)).toBe(toHex(tip.id));
  await writes(ada, 'four');
  expect((await ada.texts()).slice(-4)).toEqual(['one', 'two', 'three', 'four']);
});
