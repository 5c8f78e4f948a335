/** The relay's side of a bare stream, in a process of its own: the relay's libp2p node without Latchkey on it. Says its address. */
import { generateKeyPair } from '@libp2p/crypto/keys';
import { relayLibp2p } from '../../relay/src/libp2p-relay.ts';
import { RelayGate } from '../../src/net/relay-gate.ts';
import { systemClock } from '../../src/node/system-ports.ts';
import { serveBare } from './bare.ts';
import { say, toldToEnd } from './helper.ts';

const node = await relayLibp2p({
  host: '127.0.0.1',
  p2pPort: 0,
  privateKey: await generateKeyPair('Ed25519'),
  gate: new RelayGate({ clock: systemClock(), serves: 'all', sharedAddresses: ['127.0.0.1'] }),
});
await serveBare(node);
say(node.getMultiaddrs()[0]?.toString());
await toldToEnd();
await node.stop();
