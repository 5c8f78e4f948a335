/** Chains that a relay hosts, founded by each template, with and without recovery keys. */
import { afterEach, expect, test } from 'vitest';
import { DAY_MS } from '../../src/core/base/limits.ts';
import { TEMPLATES } from '../../src/core/policy/templates.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import { createNetwork } from '../../src/net/network.ts';
import { Hosting } from '../../src/node/hosting.ts';
import { Latchkey } from '../../src/node/latchkey.ts';
import { memoryKeyStore } from '../../src/node/memory-keys.ts';
import { newRecoveryKeys } from '../../src/node/recovery-key.ts';
import { systemClock, systemRandom } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';

const hub = memoryHub();
const random = systemRandom();
const clock = systemClock();
const verifier = webCryptoVerifier();
const open: Latchkey[] = [];

async function device(peer: string) {
  const keys = memoryKeyStore(random);
  const network = createNetwork({ transport: hub.transport(peer), clock, random, verifier });
  const latchkey = await Latchkey.open({ store: memoryStore(), keys, network, clock, random, verifier });
  open.push(latchkey);
  return { latchkey, keys, network };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((latchkey) => latchkey.close()));
});

test.each(TEMPLATES)('%s: the relay hosts it, the founder decides', async (template) => {
  const { latchkey: relay, keys, network } = await device(`relay ${template}`);
  network.serveHost(new Hosting({ latchkey: relay, keys, clock, random, verifier, relayName: 'Relay', rule: 'open', endpoints: () => [] }));
  const { latchkey } = await device(`founder ${template}`);
  const recoveryKeys = await newRecoveryKeys(random, 2);
  const recovery = { threshold: 1, delayMs: DAY_MS, keys: recoveryKeys.map(({ digest }) => digest) };
  const address = { peer: `relay ${template}`, addresses: [] };
  const chain = await latchkey.createChain({ name: 'Harbour', yourName: 'Ada', relay: address, template, recovery });
  expect(chain.members().map(({ roles }) => roles)).toEqual(expect.arrayContaining([['federation'], ['validator', 'relay']]));
  expect(chain.governance.why(chain.you()?.id ?? chain.id)).toMatchObject({ how: 'founder', rule: 'Founded the chain.', decisions: [] });
  expect(chain.recovery.info().keys).toEqual(recovery);
  await chain.governance.setApprovals('suspend', 1);
  await expect.poll(() => chain.governance.rules().governance.some(({ kind, approvals }) => kind === 4 && approvals === 1)).toBe(true);
  expect(relay.chains().map(({ id }) => id)).toEqual([chain.id]);
});
