/** What one device's node is given: the ports of `ports.ts`, and whom it tells what. */
import type { Hash } from '../core/base/hash.ts';
import type { VerifierKey } from '../core/log/verifier-key.ts';
import type { Auditor } from './auditing.ts';
import type { Clock, KeyStore, Network, PeerAddress, Random, Signer, Store, Verifier } from './ports.ts';

export interface LatchkeyPorts {
  readonly store: Store;
  readonly keys: KeyStore;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly verifier: Verifier;
  /** Signs with the key that a link derives; in JavaScript unless said. */
  readonly seedSigner?: (seed: Uint8Array) => Signer | Promise<Signer>;
  /**
   * Whether this device validates where its member has the role; true unless said, and what a person has said for a chain comes
   * first (`Chain.letValidate`). A browser does so only where its person insists.
   */
  readonly validate?: boolean;
  /** Audits chains elsewhere than in this thread; here unless said. */
  readonly auditor?: Auditor;
  /** Public witnesses whose signatures under checkpoints are looked at, kept and shown on, at most `WITNESSES_KNOWN_MAX`. */
  readonly witnesses?: readonly VerifierKey[];
  /** Hears of relays that links, chains and the person name, before they are dialled. */
  readonly relayKnown?: (relay: PeerAddress) => void;
  /** Hears where a chain's state says that a validator is, before it is dialled. */
  readonly validatorKnown?: (validator: PeerAddress) => void;
  /** Gives back what keeps a second node off these keys: called when nothing of this one runs any more. */
  readonly release?: () => void;
  /** Hears of errors that end a chain's work on this device. Nothing secret is in them. */
  readonly failed?: (chain: Hash, error: unknown) => void;
}
