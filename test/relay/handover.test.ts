/** A chain that began on its founder's own device, with no relay to host it, is handed over to a machine that stays on: real processes. */
import { afterEach, expect, test } from 'vitest';
import { linkToUrl } from '../../src/core/codec/link-text.ts';
import { nodeLibp2p } from '../../src/net/libp2p-node.ts';
import { libp2pTransport } from '../../src/net/libp2p-transport.ts';
import { createNetwork } from '../../src/net/network.ts';
import { Latchkey } from '../../src/node/latchkey.ts';
import { memoryKeyStore } from '../../src/node/memory-keys.ts';
import { systemClock, systemRandom } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { idOfMember, writesOn } from '../support/council.ts';
import { until } from '../support/device.ts';
import { relayGround } from '../support/relay-ground.ts';
import { startRelayProcess } from '../support/relay-process.ts';

const { path, start, atEnd } = relayGround();
const open: Latchkey[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** As a browser is: it listens nowhere, and is reached through the relays that it knows. */
async function behindRelays(): Promise<Latchkey> {
  const [clock, random, verifier] = [systemClock(), systemRandom(), webCryptoVerifier()];
  const transport = libp2pTransport(await nodeLibp2p({ listen: ['/p2p-circuit'] }));
  const network = createNetwork({ transport, clock, random, verifier });
  const ports = { store: memoryStore(), keys: memoryKeyStore(random), network, clock, random, verifier };
  const latchkey = await Latchkey.open({ ...ports, validate: false });
  open.push(latchkey);
  return latchkey;
}

test('founded alone behind a relay that hosts nothing, joined through it, handed over, and the founder leaves', async () => {
  const relay = await start('--host-chains', 'none', '--serve', 'all');
  const ada = await behindRelays();
  const chain = await ada.createChain({ name: 'Garden club', yourName: 'Ada', through: [relay.address] });
  await expect.poll(() => ada.network.addresses().length, { timeout: 20_000 }).toBeGreaterThan(0);

  const { link } = await chain.invite();
  if (link === undefined) throw new Error('whoever invites has the link');
  const at = ['--data', path('machine'), '--p2p-port', '0'];
  const machine = await startRelayProcess(...at, '--name', 'Machine', '--join', linkToUrl(link, relay.url));
  atEnd(() => machine.stop('SIGKILL'));
  await until(chain, () => chain.members().length === 2);
  await chain.governance.propose({ type: 'grant', member: idOfMember(chain, 'Machine'), role: 'validator' });
  await until(chain, () => chain.node.ledger.trust.seats.length === 2);
  await chain.governance.propose({ type: 'withdraw', member: idOfMember(chain, 'Ada'), role: 'validator' });
  await until(chain, () => chain.node.ledger.trust.seats.length === 1);
  expect((await chain.validators()).validators).toMatchObject([{ name: 'Machine', answers: 'yes' }]);
  await writesOn(chain, 'The machine decides now.');

  const later = await chain.invite();
  await until(chain, () => chain.invitations().some(({ pending }) => !pending));
  const [place] = chain.linkPlace().relays;
  expect(place?.peer).toBe(machine.peerId);
  await ada.close();
  open.splice(0);
  const ben = await behindRelays();
  if (later.link === undefined) throw new Error('whoever invites has the link');
  for await (const _ of ben.join(later.link, { name: 'Ben', signal: AbortSignal.timeout(30_000) }));
  const [bens] = ben.chains();
  if (bens === undefined) throw new Error('Ben has joined');
  await writesOn(bens, 'Without Ada.');
});
