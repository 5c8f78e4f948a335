/**
 * Recovery keys of a chain: what K of R people keep on paper, so that a chain whose validators or federation are gone can go
 * on (DESIGN §5, *Broken chain*). Each is twelve words, like a member's recovery phrase and made the same way, and stands
 * for one key; the chain knows its digest alone.
 *
 * ```
 * seed   = taggedHash(recoveryKeySeed, BIP-39 seed of the phrase): an Ed25519 seed
 * digest = taggedHash(recoveryKey, public key)
 * ```
 */
import { type Hash, TAGS, taggedHash } from '../core/base/hash.ts';
import { RECOVERY_KEYS_MAX } from '../core/base/limits.ts';
import { RefusalError } from '../core/base/result.ts';
import { recoveryKeyDigest } from '../core/codec/recovery.ts';
import type { Random, Signer } from './ports.ts';
import { newPhrase, phraseRoot } from './recovery-phrase.ts';
import { webCryptoSeedSigner } from './seed-signer.ts';

export interface NewRecoveryKey {
  /** Shown once, to be kept on paper by one person each. */
  readonly phrase: string;
  /** For `createChain` or a proposal of new recovery keys. */
  readonly digest: Hash;
}

/** Makes keys for so many people. Throws `malformed` for none or more than a chain may name. */
export function newRecoveryKeys(random: Random, count: number): Promise<readonly NewRecoveryKey[]> {
  if (!Number.isInteger(count) || count < 1 || count > RECOVERY_KEYS_MAX)
    throw new RefusalError({ code: 'malformed', detail: `a chain has 1 to ${RECOVERY_KEYS_MAX} recovery keys` });
  const phrases = Array.from({ length: count }, () => newPhrase(random));
  return Promise.all(phrases.map(async (phrase) => ({ phrase, digest: recoveryKeyDigest((await recoveryKeyOf(phrase)).publicKey) })));
}

/** The key that a phrase stands for: signs recovery plans. Rejects with `malformed` if the text is no phrase. */
export async function recoveryKeyOf(phrase: string): Promise<Signer> {
  const root = await phraseRoot(phrase);
  const seed = taggedHash(TAGS.recoveryKeySeed, root);
  root.fill(0);
  const signer = await webCryptoSeedSigner(seed);
  seed.fill(0);
  return signer;
}
