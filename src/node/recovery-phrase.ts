/**
 * The recovery phrase: twelve English words (BIP-39) that a person keeps on paper, and the 64 *next* node keys that they
 * stand for, one chain each (DESIGN §5). The phrase is made before the first join and forgotten once it is confirmed;
 * the device keeps the public halves alone.
 *
 * ```
 * phrase     = BIP-39 words of 128 random bits
 * root       = BIP-39 seed of the phrase, no passphrase: PBKDF2-HMAC-SHA512, 2048 rounds, 64 bytes
 * seed i     = taggedHash(nextKeySeed, root ‖ i as 8 bytes big-endian), i = 0 … 63: an Ed25519 seed
 * ```
 *
 * This file brings the word list along (6 kB compressed): import it when a phrase is made or asked for, not before.
 *
 * https://github.com/bitcoin/bips/blob/master/bip-0039.mediawiki
 */
import { entropyToMnemonic, mnemonicToSeedWebcrypto, validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { uint64 } from '../core/base/bytes.ts';
import { TAGS, taggedHash } from '../core/base/hash.ts';
import type { PublicKey } from '../core/base/key.ts';
import { NEXT_KEYS } from '../core/base/limits.ts';
import { RefusalError } from '../core/base/result.ts';
import type { Random } from './ports.ts';
import { webCryptoSeedSigner } from './seed-signer.ts';

const ENTROPY_BYTES = 16;
const PHRASE_WORDS = 12;
/** Twelve words of at most eight letters take 107; the rest is room for stray spaces. */
const PHRASE_CHARACTERS_MAX = 1000;

/** Twelve words, one space between them. */
export function newPhrase(random: Random): string {
  return entropyToMnemonic(random.bytes(ENTROPY_BYTES), wordlist);
}

/** True for twelve words of the list whose checksum is right, however spaced and capitalised. */
export function isPhrase(text: string): boolean {
  const phrase = tidy(text);
  return phrase !== undefined && validateMnemonic(phrase, wordlist);
}

/**
 * What is wrong with what a person typed, in a sentence that says where to look and repeats no word of it; `undefined` for a
 * phrase. The page and the command line say the same.
 */
export function phraseComplaint(text: string): string | undefined {
  if (isPhrase(text)) return undefined;
  const words = text.slice(0, PHRASE_CHARACTERS_MAX).toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length !== PHRASE_WORDS) return `A phrase has ${PHRASE_WORDS} words; here are ${words.length}.`;
  const unknown = words.findIndex((word) => !wordlist.includes(word));
  if (unknown >= 0) return `Word ${unknown + 1} is none that phrases have. Look how it is spelt on your copy.`;
  return 'Each word is one that phrases have, but these twelve are no phrase: one is another, or two have changed places.';
}

/** True if a person typed this phrase, however spaced and capitalised. */
export function isSamePhrase(text: string, phrase: string): boolean {
  return isPhrase(text) && tidy(text) === tidy(phrase);
}

/** The next node keys of a phrase, in order. The seeds are secret: use one and let go of them. */
export interface NextKeys {
  readonly seeds: readonly Uint8Array[];
  readonly publicKeys: readonly PublicKey[];
}

/**
 * Derives the 64 next keys by the engine's own cryptography: this runs between a person's *Join* and the first byte on the
 * line, and in JavaScript it takes 0.2 s. Rejects with `RefusalError` (`malformed`) if the text is no phrase.
 */
export async function nextKeys(text: string): Promise<NextKeys> {
  const root = await phraseRoot(text);
  const seeds = Array.from({ length: NEXT_KEYS }, (_, i) => taggedHash(TAGS.nextKeySeed, root, uint64(i)));
  root.fill(0);
  const signers = await Promise.all(seeds.map(webCryptoSeedSigner));
  return { seeds, publicKeys: signers.map(({ publicKey }) => publicKey) };
}

/** The BIP-39 seed of a phrase, 64 secret bytes: let go of them. Rejects with `malformed` if the text is no phrase. */
export async function phraseRoot(text: string): Promise<Uint8Array> {
  const phrase = isPhrase(text) ? tidy(text) : undefined;
  if (phrase === undefined) throw new RefusalError({ code: 'malformed', detail: `not a recovery phrase. ${phraseComplaint(text)}` });
  return mnemonicToSeedWebcrypto(phrase);
}

function tidy(text: string): string | undefined {
  if (text.length > PHRASE_CHARACTERS_MAX) return undefined;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === PHRASE_WORDS ? words.join(' ') : undefined;
}
