/** What the node of one chain is given. */
import type { Clock, Random, Signer, Verifier } from './ports.ts';

export interface ChainNodePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly verifier: Verifier;
  readonly signer: Signer;
  /** The key by which this node votes wherever that has a seat, if there is one on this device. */
  readonly voteSigner: Signer | undefined;
  /** Network keys that this device has kept. */
  readonly networkKeys: readonly Uint8Array[];
  /** Hears of errors that end the chain's work on this device, such as a full disk. */
  failed(error: unknown): void;
}
