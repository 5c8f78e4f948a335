/**
 * The real network for programs that run on Node, and what else their node needs: `Latchkey.open` takes these as its ports.
 * A page has `openInBrowser` instead.
 */
export { type NodeLibp2pOptions, nodeLibp2p } from './net/libp2p-node.ts';
export { libp2pTransport } from './net/libp2p-transport.ts';
export { createNetwork } from './net/network.ts';
export { RelayBook } from './net/relay-book.ts';
export type { Transport } from './net/transport.ts';
export { memoryKeyStore } from './node/memory-keys.ts';
export type { PeerAddress } from './node/ports.ts';
export { memoryStore } from './storage/memory-store.ts';
