/** What a page that came by https dials: nothing in the clear but its own machine. Real libp2p nodes. */
import { generateKeyPair } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { expect, onTestFinished, test } from 'vitest';
import { nodeLibp2p } from '../../src/net/libp2p-node.ts';
import { libp2pTransport } from '../../src/net/libp2p-transport.ts';

const nobody = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString();
const somebody = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString();
const NEVER = new AbortController().signal;
/** Of networks for documentation (RFC 5737): whoever dials there waits for nobody. */
const CLEAR = '/ip4/192.0.2.1/tcp/9001/ws';

async function reachable() {
  const transport = libp2pTransport(await nodeLibp2p({ listen: ['/ip4/127.0.0.1/tcp/0/ws'] }));
  onTestFinished(() => transport.close());
  return transport;
}

/** A page's transport, and the addresses that it tries. */
async function page() {
  const node = await nodeLibp2p();
  const tried: string[] = [];
  const { dialer } = node.services;
  const honest = dialer.dial.bind(dialer);
  dialer.dial = (address, signal) => {
    tried.push(address);
    return honest(address, signal);
  };
  const transport = libp2pTransport(node, { dialsInClear: false });
  onTestFinished(() => transport.close());
  return { transport, tried };
}

test('says so where an unencrypted address is all there is, and tries none', async () => {
  const { transport, tried } = await page();
  for (const address of [CLEAR, '/dns4/relay.example/tcp/80/ws', `${CLEAR}/p2p/${nobody}/p2p-circuit`])
    await expect(transport.dial({ peer: somebody, addresses: [address] }, NEVER)).rejects.toMatchObject({
      code: 'only-in-clear',
    });
  expect(tried).toEqual([]);
});

test('passes over unencrypted addresses where there are others; its own machine is one', async () => {
  const [{ transport, tried }, other] = [await page(), await reachable()];
  await transport.dial({ peer: other.peerId, addresses: [CLEAR, ...other.addresses()] }, NEVER);
  expect(tried).toEqual(other.addresses().map((text) => `${text}/p2p/${other.peerId}`));
});

test('whoever has no address at all is not reached for another reason', async () => {
  const { transport } = await page();
  await expect(transport.dial({ peer: nobody, addresses: [] }, NEVER)).rejects.toMatchObject({ code: 'no-relay' });
});
