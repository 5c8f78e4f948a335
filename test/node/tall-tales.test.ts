/** Peers who claim a tip that nobody can show: nodes go on with their duties, whoever it is. */
import { expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import type { Signer } from '../../src/node/ports.ts';
import type { Device } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';
import { type Mallory, mallory } from '../support/mallory.ts';
import { hashOf } from '../support/world.ts';

const ground = gathering();
const TALL = 1_000_000;

/** Claims a tall tip and never shows anything, under a key of its own or this one. */
async function tellsTales(device: Device, signer?: Signer): Promise<Mallory> {
  const tip = { height: TALL, block: hashOf('a tall tale') };
  const liar = await mallory(ground.hub(), device, signer === undefined ? { tip } : { tip, signer });
  await expect.poll(() => device.chain.node.sessions().length).toBe(1);
  return liar;
}

async function doesItsDuties({ chain }: Device): Promise<void> {
  await chain.append('one');
  await expect.poll(() => chain.node.ledger.space.get('meta', 'cosigned'), { timeout: 30_000 }).toBeDefined();
  await expect.poll(() => chain.node.follower.behind, { timeout: 30_000 }).toBe(false);
  await chain.node.duties.sayReady();
}

test('a stranger’s word keeps nobody from cosigning and from being ready', { timeout: 60_000 }, async () => {
  const ada = await ground.someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden', yourName: 'Ada' });
  const liar = await tellsTales(ada);
  expect(ada.chain.node.follower.behind).toBe(false);
  await doesItsDuties(ada);
  expect(liar.asked()).toBeGreaterThan(0);
});

test('a member’s word does, until it has failed to show it a few times', { timeout: 60_000 }, async () => {
  const ada = await ground.someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden', yourName: 'Ada' });
  const member = await ground.someone('Mallory');
  await member.joins(await ada.invites());
  const key = await member.keys.get(`${toHex(ada.chain.id)}/node`);
  await member.off();
  await expect.poll(() => ada.chain.node.sessions().length).toBe(0);
  if (key === undefined) throw new Error('a member has a key');
  await tellsTales(ada, key);
  expect(ada.chain.node.follower.behind).toBe(true);
  await doesItsDuties(ada);
});
