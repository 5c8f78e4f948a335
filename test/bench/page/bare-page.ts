/** A page that is nothing but the page's libp2p node, for a bare stream. */
import { browserLibp2p } from '../../../src/net/libp2p-browser.ts';
import { RelayBook } from '../../../src/net/relay-book.ts';
import { type BareTimes, measureBare } from '../bare.ts';

declare global {
  interface Window {
    /** Takes so many bytes from the server at this multiaddr, which ends with its peer id. */
    measureBare(address: string, bytes: number): Promise<BareTimes>;
  }
}

window.measureBare = async (address, bytes) => {
  const [reach = '', peer = ''] = address.split('/p2p/');
  const node = await browserLibp2p({ relays: new RelayBook([{ peer, addresses: [reach] }]) });
  const times = await measureBare(node, address, bytes);
  await node.stop();
  return times;
};
