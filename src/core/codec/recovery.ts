/**
 * Recovery of a broken chain (DESIGN §5): K of the R recovery keys that the chain names say from which block on others
 * take over. On a live chain it is a transaction that waits; on a dead one each node counts the delay for itself.
 *
 * ```
 * a recovery key signs  taggedMessage(recovery, canonical plan)
 * the chain names       taggedHash(recoveryKey, recovery key)
 * ```
 */
import { type Hash, TAGS, taggedHash, taggedMessage } from '../base/hash.ts';
import type { PublicKey } from '../base/key.ts';
import { FOUNDERS_MAX, RECOVERY_KEYS_MAX, RECOVERY_NEWCOMERS_MAX, VALIDATORS_MAX } from '../base/limits.ts';
import { bodyRef } from './body.ts';
import { encode, type Infer, list, named, optional, tuple, uint } from './codec.ts';
import { recovery } from './genesis.ts';
import { hash, publicKey, signature } from './primitives.ts';

/**
 * `base`: the final block, at `height`, on which the chain goes on. `newcomers` become members; `federation` and
 * `validators` name node keys of members, newcomers included, who then have that role and seat. An empty list leaves the
 * federation, or the validators, as they are. `keys`: new recovery keys.
 */
export const recoveryPlan = named(
  'recovery-plan',
  tuple({
    chain: hash,
    number: uint(),
    base: hash,
    height: uint(),
    newcomers: list(named('newcomer', tuple({ node: publicKey, name: bodyRef, nextKey: hash })), RECOVERY_NEWCOMERS_MAX),
    federation: list(publicKey, FOUNDERS_MAX),
    validators: list(named('appointed-seat', tuple({ node: publicKey, vote: publicKey, note: publicKey })), VALIDATORS_MAX),
    keys: optional(recovery),
  }),
);
export type RecoveryPlan = Infer<typeof recoveryPlan>;

export const recoveryCertificate = named(
  'recovery-certificate',
  tuple({ plan: recoveryPlan, signatures: list(named('recovery-signature', tuple({ key: publicKey, signature })), RECOVERY_KEYS_MAX, 1) }),
);
export type RecoveryCertificate = Infer<typeof recoveryCertificate>;

export function recoverySignedText(plan: RecoveryPlan): Uint8Array {
  return taggedMessage(TAGS.recovery, encode(recoveryPlan, plan));
}

/** What a chain names of a recovery key. */
export function recoveryKeyDigest(key: PublicKey): Hash {
  return taggedHash(TAGS.recoveryKey, key);
}
