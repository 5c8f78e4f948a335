/** Peers who claim a tip that nobody can show: nodes go on with their duties, whoever it is. */
import { expect, onTestFinished, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { ok, RefusalError } from '../../src/core/base/result.ts';
import { createNetwork } from '../../src/net/network.ts';
import type { ChainEndpoint, Signer } from '../../src/node/ports.ts';
import { systemClock, systemRandom } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { signerOf } from '../net/kit.ts';
import type { Device } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';
import { hashOf } from '../support/world.ts';

const ground = gathering();
const TALL = 1_000_000;

/** Shakes hands under a key, claims a tall tip and never shows anything. Gives how often it was asked. */
async function tellsTales(device: Device, signer: Signer): Promise<{ asked: number }> {
  const [clock, random] = [systemClock(), systemRandom()];
  const network = createNetwork({ transport: ground.hub().transport('mallory'), clock, random, verifier: webCryptoVerifier() });
  onTestFinished(() => network.close());
  const heard = { asked: 0 };
  const endpoint: ChainEndpoint = {
    chain: device.chain.id,
    signer,
    protocolVersions: [1],
    roles: () => [],
    tip: () => ({ height: TALL, block: hashOf('a tall tale') }),
    networkKeys: () => device.chain.node.networkKeys(),
    access: () => ok('member'),
    invite: () => undefined,
    sessionOpened: () => undefined,
    sessionClosed: () => undefined,
    messageReceived: () => undefined,
    // biome-ignore lint/correctness/useYield: it never answers.
    async *requestReceived() {
      heard.asked += 1;
      throw new RefusalError({ code: 'not-available', detail: 'later' });
    },
  };
  await network.attach(endpoint).connect({ peer: device.peer, addresses: [] }, AbortSignal.timeout(10_000));
  await expect.poll(() => device.chain.node.sessions().length).toBe(1);
  return heard;
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
  const heard = await tellsTales(ada, signerOf('mallory'));
  expect(ada.chain.node.follower.behind).toBe(false);
  await doesItsDuties(ada);
  expect(heard.asked).toBeGreaterThan(0);
});

test('a member’s word does, until it has failed to show it a few times', { timeout: 60_000 }, async () => {
  const ada = await ground.someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden', yourName: 'Ada' });
  const mallory = await ground.someone('Mallory');
  await mallory.joins(await ada.invites());
  const key = await mallory.keys.get(`${toHex(ada.chain.id)}/node`);
  await mallory.off();
  await expect.poll(() => ada.chain.node.sessions().length).toBe(0);
  if (key === undefined) throw new Error('a member has a key');
  await tellsTales(ada, key);
  expect(ada.chain.node.follower.behind).toBe(true);
  await doesItsDuties(ada);
});
