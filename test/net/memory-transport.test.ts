import { memoryHub } from '../../src/net/memory-transport.ts';
import type { Transport } from '../../src/net/transport.ts';
import { transportContract } from './transport-contract.ts';

transportContract('the memory transport', async () => {
  const hub = memoryHub();
  const made: Transport[] = [];
  return {
    transport: async () => {
      const transport = hub.transport(`peer-${made.length}`);
      made.push(transport);
      return transport;
    },
    address: (of) => ({ peer: of.peerId, addresses: of.addresses() }),
    nowhere: () => ({ peer: 'nobody', addresses: ['memory:nobody'] }),
    close: async () => {
      await Promise.all(made.map((transport) => transport.close()));
    },
  };
});
