/** What the node of one chain is given. */
import type { VerifierKey } from '../core/log/verifier-key.ts';
import type { Auditor } from './auditing.ts';
import type { OfficeKeys } from './office.ts';
import type { Clock, PeerAddress, Random, Signer, Verifier } from './ports.ts';
import type { Validating } from './validating.ts';

export interface ChainNodePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly verifier: Verifier;
  readonly signer: Signer;
  /** The key by which this node votes wherever that has a seat, if there is one on this device. */
  readonly voteSigner: Signer | undefined;
  /** Makes the keys of an office when they are needed; without it this node never validates. */
  readonly officeKeys?: OfficeKeys;
  /** Whether this device offers itself where its member may validate; without it, wherever it can. */
  readonly validating?: Validating;
  /** Where others may dial this process, and as whom. */
  readonly reachedAt?: () => PeerAddress;
  /** Relays by which this device came to the chain. */
  readonly relays?: () => readonly PeerAddress[];
  /** Hears where the chain says that a validator is, before it is dialled. */
  readonly validatorKnown?: (validator: PeerAddress) => void;
  /** Audits the chain elsewhere than in this thread. */
  readonly auditor?: Auditor;
  /** Public witnesses whose signatures under checkpoints are looked at. */
  readonly witnesses?: readonly VerifierKey[];
  /** Network keys that this device has kept. */
  readonly networkKeys: readonly Uint8Array[];
  /** Hears of errors that end the chain's work on this device, such as a full disk. */
  failed(error: unknown): void;
}

/** What changed, for whoever shows it. */
export type ChainEvent = 'block' | 'pending' | 'knocks' | 'sessions' | 'sync' | 'recovery' | 'checkpoints' | 'validating' | 'problem';
