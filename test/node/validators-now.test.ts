/** What nodes with and without a seat say of the validators now: who answers, how many more may fail, and what they do not know. */
import { expect, test } from 'vitest';
import { MINUTE_MS } from '../../src/core/base/limits.ts';
import { nowWords } from '../../src/core/policy/quorum-words.ts';
import type { Chain } from '../../src/node/chain.ts';
import { grown, settled, writes } from '../support/council.ts';
import type { Device } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';

const { someone } = gathering();

async function four(): Promise<readonly [Device, Device, Device, Device]> {
  const [ada, ben, cem, dee] = await grown(someone, 3);
  if (ada === undefined || ben === undefined || cem === undefined || dee === undefined) throw new Error('four');
  return [ada, ben, cem, dee];
}

const told = async (chain: Chain) => {
  const info = await chain.validators();
  const answers = Object.fromEntries(info.validators.map(({ name, answers: one }) => [name, one]));
  return { answers, now: info.faultsTolerableNow, words: nowWords(info.validators) };
};

/** Cuts this device off from all validators but one, which goes on bringing it the blocks. */
async function hearsOnlyFrom(device: Device, one: Device): Promise<void> {
  device.chain.node.network?.keep([]);
  for (const session of device.chain.node.sessions()) if (session.peer !== one.peer) session.close('closed');
}

test('with one of four down validators say that none more may fail, and one may once it is back', async () => {
  const [ada, ben, cem, dee] = await four();
  expect(await told(ada.chain)).toMatchObject({ now: 1, words: '4 validators, all answering. 1 may fail.' });
  await dee.off();
  await writes(ada, 'without Dee');
  for (const { chain } of [ada, ben, cem])
    expect(await told(chain)).toMatchObject({
      now: 0,
      answers: { Ada: 'yes', Ben: 'yes', Cem: 'yes', Dee: 'no' },
      words: '4 validators, 3 answering. None more may fail until Dee is back.',
    });
  await dee.on();
  await expect.poll(async () => (await told(ada.chain)).now).toBe(1);
});

test('a node without a seat learns it from the blocks, and says what it does not know once they are old', async () => {
  const [ada, ben, cem, dee] = await four();
  const eva = await someone('Eva');
  await eva.joins(await ada.invites());
  for (let i = 0; i < 8; i++) await writes(ada, `all are here ${i}`);
  await settled([ada, ben, cem, dee, eva]);
  await hearsOnlyFrom(eva, ada);
  expect(await told(eva.chain)).toMatchObject({ now: 1, answers: { Ada: 'yes', Ben: 'yes', Cem: 'yes', Dee: 'yes' } });
  await dee.off();
  for (let i = 0; i < 8; i++) await writes(ada, `without Dee ${i}`);
  await settled([ada, eva]);
  expect(await told(eva.chain)).toMatchObject({ now: 0, answers: { Ben: 'yes', Cem: 'yes', Dee: 'no' } });
  eva.clock.aheadMs = 2 * MINUTE_MS;
  const later = await told(eva.chain);
  expect(later).toMatchObject({ now: undefined, answers: { Ada: 'yes', Dee: 'unknown' } });
  expect(later.words).toContain('how many may fail now is not known here');
});
