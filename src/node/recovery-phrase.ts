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
import { base64urlnopad } from '@scure/base';
import { entropyToMnemonic, mnemonicToSeedWebcrypto, validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { uint64 } from '../core/base/bytes.ts';
import { TAGS, taggedHash } from '../core/base/hash.ts';
import type { PublicKey } from '../core/base/key.ts';
import { NEXT_KEYS } from '../core/base/limits.ts';
import { RefusalError } from '../core/base/result.ts';
import type { Random } from './ports.ts';

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
  const phrase = isPhrase(text) ? tidy(text) : undefined;
  if (phrase === undefined) throw new RefusalError({ code: 'malformed', detail: 'not a recovery phrase' });
  const root = await mnemonicToSeedWebcrypto(phrase);
  const seeds = Array.from({ length: NEXT_KEYS }, (_, i) => taggedHash(TAGS.nextKeySeed, root, uint64(i)));
  root.fill(0);
  return { seeds, publicKeys: await Promise.all(seeds.map(nativePublicKey)) };
}

/** RFC 8410: the frame around a 32-byte Ed25519 seed in PKCS #8, the only form in which WebCrypto takes one. */
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20);

/** What `publicKeyOf` gives, some twenty times as fast. WebCrypto shows the public half of a private key in its JWK alone. */
async function nativePublicKey(seed: Uint8Array): Promise<PublicKey> {
  const key = await crypto.subtle.importKey('pkcs8', Uint8Array.of(...PKCS8_PREFIX, ...seed), 'Ed25519', true, ['sign']);
  const { x } = await crypto.subtle.exportKey('jwk', key);
  return base64urlnopad.decode(x ?? '') as PublicKey;
}

function tidy(text: string): string | undefined {
  if (text.length > PHRASE_CHARACTERS_MAX) return undefined;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === PHRASE_WORDS ? words.join(' ') : undefined;
}
