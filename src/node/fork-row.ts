/** The proof of a fork for which a node has stopped, as it is kept beside the ledger. */
import { put } from './ledger-rows.ts';
import type { Space } from './ports.ts';

const ROW = 'fork-proof';

export function readForkProof(space: Space): Promise<Uint8Array | undefined> {
  return space.get('meta', ROW);
}

/** Durable when it settles. */
export function writeForkProof(space: Space, proof: Uint8Array): Promise<void> {
  return space.write([put('meta', ROW, proof)], 'strict');
}
