/** The contract of transports on two real libp2p nodes, over a WebSocket on this machine. */
import { generateKeyPair } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { nodeLibp2p } from '../../src/net/libp2p-node.ts';
import { libp2pTransport } from '../../src/net/libp2p-transport.ts';
import type { Transport } from '../../src/net/transport.ts';
import { transportContract } from './transport-contract.ts';

const nobody = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString();

transportContract('libp2p over WebSocket', async () => {
  const transports: Transport[] = [];
  return {
    async transport() {
      const transport = libp2pTransport(await nodeLibp2p({ listen: ['/ip4/127.0.0.1/tcp/0/ws'] }));
      transports.push(transport);
      return transport;
    },
    address: (of) => ({ peer: of.peerId, addresses: of.addresses() }),
    // Port 9 is the discard service, which nobody runs.
    nowhere: () => ({ peer: nobody, addresses: ['/ip4/127.0.0.1/tcp/9/ws'] }),
    close: async () => {
      await Promise.all(transports.map((transport) => transport.close()));
    },
  };
});
