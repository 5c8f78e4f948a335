/** A member's device on Node, put together as an embedding program would: libp2p over WebSocket, SQLite and keys on disk. */
import { join } from 'node:path';
import { fileKeyStore } from '../../relay/src/file-keys.ts';
import { nodeVerifier } from '../../relay/src/node-verifier.ts';
import { sqliteStore } from '../../relay/src/sqlite-store.ts';
import { unwrap } from '../../src/core/base/result.ts';
import type { InvitationLink } from '../../src/core/codec/link.ts';
import { nodeLibp2p } from '../../src/net/libp2p-node.ts';
import { libp2pTransport } from '../../src/net/libp2p-transport.ts';
import { createNetwork } from '../../src/net/network.ts';
import type { Chain } from '../../src/node/chain.ts';
import { Latchkey } from '../../src/node/latchkey.ts';
import type { Store } from '../../src/node/ports.ts';
import { webCryptoSeedSigner } from '../../src/node/seed-signer.ts';
import { systemClock, systemRandom } from '../../src/node/system-ports.ts';

const JOIN_LIMIT_MS = 120_000;

/** The store of a device's chains. */
export function chainsOf(folder: string): Store {
  return sqliteStore(join(folder, 'chains'));
}

/** A device whose data lies in this folder. */
export async function openNodeDevice(folder: string): Promise<Latchkey> {
  const clock = systemClock();
  const random = systemRandom();
  const verifier = nodeVerifier();
  const network = createNetwork({ transport: libp2pTransport(await nodeLibp2p()), clock, random, verifier });
  const keys = fileKeyStore(join(folder, 'keys'));
  return Latchkey.open({ store: chainsOf(folder), keys, network, clock, random, verifier, seedSigner: webCryptoSeedSigner });
}

/** Opens an invitation and joins by it; settles when the chain is usable. */
export function joinChain(device: Latchkey, invitation: string, name: string): Promise<Chain> {
  return joinBy(device, unwrap(device.openInvitation(invitation)), name);
}

/** Joins by a link that was opened; settles when the chain is usable. */
export async function joinBy(device: Latchkey, link: InvitationLink, name: string): Promise<Chain> {
  for await (const stage of device.join(link, { name, signal: AbortSignal.timeout(JOIN_LIMIT_MS) })) {
    if (stage.type === 'joined') return stage.chain;
  }
  throw new Error('the join ended without a chain');
}

/** Settles when all of the chain up to its tip is here, verified and written. */
export function wholeCopy(chain: Chain): Promise<void> {
  return until(chain, () => chain.node.ledger.complete);
}

/** Settles once something holds of a chain, which is looked at after each change. */
export function until(chain: Chain, holds: () => boolean): Promise<void> {
  if (holds()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = chain.subscribe(() => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });
}
