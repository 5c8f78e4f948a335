/** Somebody who shakes hands with a device, tells what it likes and gives nothing it is asked for. */
import { onTestFinished } from 'vitest';
import { ok, type RefusalCode, RefusalError } from '../../src/core/base/result.ts';
import type { memoryHub } from '../../src/net/memory-transport.ts';
import { createNetwork } from '../../src/net/network.ts';
import type { ChainEndpoint, Session, Signer, Tip } from '../../src/node/ports.ts';
import { systemClock, systemRandom } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { signerOf } from '../net/kit.ts';
import type { Device } from './device.ts';

export interface Mallory {
  readonly session: Session;
  /** Why its sessions ended. */
  readonly ended: readonly RefusalCode[];
  /** How often it was asked for something. */
  asked(): number;
}

/** Connects it to a device of the hub, under a key of its own unless another is given. It goes when the test ends. */
export async function mallory(
  hub: ReturnType<typeof memoryHub>,
  { chain, peer }: Device,
  { signer = signerOf('mallory'), tip = { height: 0, block: chain.id } }: { signer?: Signer; tip?: Tip } = {},
): Promise<Mallory> {
  const [clock, random] = [systemClock(), systemRandom()];
  const network = createNetwork({ transport: hub.transport('mallory'), clock, random, verifier: webCryptoVerifier() });
  onTestFinished(() => network.close());
  const ended: RefusalCode[] = [];
  let asked = 0;
  const endpoint: ChainEndpoint = {
    chain: chain.id,
    signer,
    protocolVersions: [1],
    roles: () => [],
    tip: () => tip,
    networkKeys: () => chain.node.networkKeys(),
    access: () => ok('member'),
    invite: () => undefined,
    sessionOpened: () => undefined,
    sessionClosed: (_, reason) => ended.push(reason),
    messageReceived: () => undefined,
    // biome-ignore lint/correctness/useYield: whoever asks is refused before the first answer.
    async *requestReceived() {
      asked += 1;
      throw new RefusalError({ code: 'not-available', detail: 'later' });
    },
  };
  const session = await network.attach(endpoint).connect({ peer, addresses: [] }, AbortSignal.timeout(10_000));
  return { session, ended, asked: () => asked };
}
