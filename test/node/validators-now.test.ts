/** What nodes with and without a seat say of the validators now: who answers, how many more may fail, and what they do not know. */
import { expect, test } from 'vitest';
import { MINUTE_MS, SECOND_MS } from '../../src/core/base/limits.ts';
import type { SessionMessage } from '../../src/core/codec/session-message.ts';
import { nowWords, remedyWords } from '../../src/core/policy/quorum-words.ts';
import type { Chain } from '../../src/node/chain.ts';
import { STANDSTILL_AFTER_MS } from '../../src/node/validators-info.ts';
import { actorTransport } from '../sim/byzantine/actor.ts';
import { becomesValidator, grown, settled, writes } from '../support/council.ts';
import type { Device } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';

const { someone, meddler } = gathering();

async function four(): Promise<readonly [Device, Device, Device, Device]> {
  const [ada, ben, cem, dee] = await grown(someone, 3);
  if (ada === undefined || ben === undefined || cem === undefined || dee === undefined) throw new Error('four');
  return [ada, ben, cem, dee];
}

const told = async (chain: Chain) => {
  const info = await chain.validators();
  const answers = Object.fromEntries(info.validators.map(({ name, answers: one }) => [name, one]));
  return {
    answers,
    now: info.faultsTolerableNow,
    pace: info.pace,
    words: nowWords(info.validators, info.pace),
    remedy: remedyWords(info.validators, info.pace),
  };
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

const VOTING: readonly SessionMessage['type'][] = ['proposal', 'votes', 'certificates', 'block-head', 'block-part'];

/** Four, of whom those named last hold their sessions, and say nothing of blocks while they are told to be mute. */
async function fourWithMute(mutes: number) {
  let isMute = false;
  const says = async (message: SessionMessage) => (isMute && VOTING.includes(message.type) ? [] : [message]);
  const [ada] = await grown(someone, 0);
  if (ada === undefined) throw new Error('nobody');
  const all = [ada];
  for (const [i, name] of ['Ben', 'Cem', 'Dee'].entries()) {
    const next = i < 3 - mutes ? await someone(name) : await meddler(name, (transport) => actorTransport(transport, { says }));
    await next.joins(await ada.invites());
    await becomesValidator(ada, next);
    all.push(next);
    await settled(all);
  }
  return {
    ada,
    all,
    setMute: (to: boolean) => {
      isMute = to;
    },
  };
}

test('who is connected and takes no part does not count as answering, until it does again', { timeout: 120_000 }, async () => {
  const { ada, setMute } = await fourWithMute(1);
  const eva = await someone('Eva');
  await eva.joins(await ada.invites());
  setMute(true);
  for (let i = 0; i < 14; i++) await writes(ada, `Dee is mute ${i}`);
  await settled([ada, eva]);
  expect(await told(ada.chain)).toMatchObject({
    now: 0,
    answers: { Ada: 'yes', Ben: 'yes', Cem: 'yes', Dee: 'mute' },
    words: '4 validators, 3 answering. Dee is connected, but takes no part. None more may fail until Dee is back.',
  });
  expect((await told(eva.chain)).answers).toMatchObject({ Ben: 'yes', Cem: 'yes' });
  setMute(false);
  for (let i = 0; i < 8; i++) await writes(ada, `Dee is back ${i}`);
  expect(await told(ada.chain)).toMatchObject({ now: 1, words: '4 validators, all answering. 1 may fail.' });
});

test('in a standstill with all connected none may fail, and those who do not vote are named', { timeout: 120_000 }, async () => {
  const { ada, setMute } = await fourWithMute(2);
  setMute(true);
  await ada.chain.append('stuck');
  ada.clock.aheadMs = STANDSTILL_AFTER_MS;
  await expect.poll(async () => (await told(ada.chain)).pace, { timeout: 20 * SECOND_MS }).toBe('standstill');
  await expect
    .poll(async () => (await told(ada.chain)).answers, { timeout: 20 * SECOND_MS })
    .toEqual({ Ada: 'yes', Ben: 'yes', Cem: 'mute', Dee: 'mute' });
  expect(await told(ada.chain)).toMatchObject({
    now: 0,
    words: expect.stringMatching(/until (Cem or Dee|Dee or Cem) is back\.$/),
    remedy: expect.stringMatching(/at (Cem and Dee|Dee and Cem), and start them again/),
  });
});
