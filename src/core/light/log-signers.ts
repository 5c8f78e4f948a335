/**
 * Who signs the checkpoints of a chain's log during an epoch, under which names (DESIGN §7). All follows from the trust set.
 *
 * ```
 * log key       origin of the log                    note key of a validator: any of them may publish
 * cosigner      origin of the log / member id        note key of a validator or of an auditor
 * ```
 *
 * One note key signs as both: the texts differ from their first byte, and a verifier key's id binds what it is used for.
 */
import { equal, toHex } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import type { PublicKey } from '../base/key.ts';
import type { TrustSet } from '../codec/records.ts';
import { originOf } from '../log/checkpoint.ts';
import { type VerifierKey, verifierKey } from '../log/verifier-key.ts';
import { quorumOf } from '../policy/quorum.ts';

export interface LogSigner {
  readonly member: Hash;
  readonly office: 'validator' | 'auditor';
  readonly cosigner: VerifierKey;
  /** As which it publishes; auditors never do. */
  readonly log: VerifierKey | undefined;
}

/** Validators in the order of their seats, then auditors. */
export function logSigners(chain: Hash, { seats, auditors }: TrustSet): readonly LogSigner[] {
  return [
    ...seats.map(({ member, note }): LogSigner => ({ ...signerOf(chain, member, note), office: 'validator', log: logKey(chain, note) })),
    ...auditors.map(({ member, note }): LogSigner => ({ ...signerOf(chain, member, note), office: 'auditor', log: undefined })),
  ];
}

/** Of a log that this note key publishes. */
export function logKey(chain: Hash, note: PublicKey): VerifierKey {
  return verifierKey(originOf(chain), 'note', note);
}

function signerOf(chain: Hash, member: Hash, note: PublicKey) {
  return { member, cosigner: verifierKey(`${originOf(chain)}/${toHex(member)}`, 'cosignature', note) };
}

/** Whether these members' cosignatures are those that the epoch asks for: a quorum of the validators, and of the auditors theirs. */
export function isVouchedFor({ seats, auditors, auditorsQuorum }: TrustSet, cosigners: readonly Hash[]): boolean {
  const among = (all: readonly { readonly member: Hash }[]) =>
    all.filter(({ member }) => cosigners.some((one) => equal(one, member))).length;
  return among(seats) >= quorumOf(seats.length) && among(auditors) >= auditorsQuorum;
}
