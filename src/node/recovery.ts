/**
 * The recovery phrase of this device. It is made before the first chain; its words stay until the person has confirmed
 * them, the public halves of the 64 next keys that it derives stay for good, one chain each (DESIGN §5).
 */
import { concat, equal, fromUtf8, utf8 } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { nextKeyDigest, type PublicKey } from '../core/base/key.ts';
import { NEXT_KEYS } from '../core/base/limits.ts';
import type { Random, Space } from './ports.ts';
import { SerialQueue } from './queue.ts';
import { type NextKeys, newPhrase, nextKeys } from './recovery-phrase.ts';

const KEY_BYTES = 32;

export type RecoveryState = 'none' | 'unconfirmed' | 'confirmed';

interface Fresh {
  readonly phrase: string;
  /** The 64 next keys, one after the other. */
  readonly publicKeys: Uint8Array;
}

export class Recovery {
  readonly #space: Space;
  readonly #random: Random;
  readonly #changed: () => void;
  /** One at a time: two first chains at once would make two phrases. */
  readonly #turns = new SerialQueue(() => undefined);
  /** A phrase that is being made, or was made ahead. */
  #made: Promise<Fresh> | undefined;

  constructor(space: Space, random: Random, changed: () => void) {
    this.#space = space;
    this.#random = random;
    this.#changed = changed;
  }

  /** `none` before the first chain, `unconfirmed` while the words are on this device, then `confirmed`. */
  async state(): Promise<RecoveryState> {
    if ((await this.#space.get('meta', 'next-keys')) === undefined) return 'none';
    return (await this.#space.get('meta', 'phrase')) === undefined ? 'confirmed' : 'unconfirmed';
  }

  /** The words, while they are unconfirmed. */
  async phrase(): Promise<string | undefined> {
    const bytes = await this.#space.get('meta', 'phrase');
    return bytes === undefined ? undefined : fromUtf8(bytes);
  }

  /** The person has kept the words: they leave this device. False if they were not here. */
  async confirm(): Promise<boolean> {
    if ((await this.phrase()) === undefined) return false;
    await this.#space.write([{ type: 'delete', table: 'meta', key: 'phrase' }], 'strict');
    this.#changed();
    return true;
  }

  /**
   * The digest of a next key for one more chain. After 64 they come round again: a relay makes offers for more chains than
   * that, and a key shared by two chains still recovers both, only that rotating on one shows the key to the other.
   */
  takeNextKey(): Promise<{ readonly index: number; readonly digest: Hash }> {
    return this.#turns.run(() => this.#takeNextKey());
  }

  async #takeNextKey(): Promise<{ readonly index: number; readonly digest: Hash }> {
    const taken = Number(fromUtf8((await this.#space.get('meta', 'next-index')) ?? utf8('0')));
    const index = taken % NEXT_KEYS;
    const digest = await this.#digestAt(index);
    await this.#space.write([{ type: 'put', table: 'meta', key: 'next-index', value: utf8(String(taken + 1)) }], 'strict');
    return { index, digest };
  }

  /**
   * Takes a phrase that a person has kept for this device's own, if it has none yet; its keys up to `used` are taken. A device
   * with a phrase of its own keeps that: what it comes to be on is recovered by it from then on.
   */
  adopt({ publicKeys }: Pick<NextKeys, 'publicKeys'>, used: number): Promise<void> {
    return this.#turns.run(() => this.#adopt(concat(...publicKeys), used));
  }

  async #adopt(publicKeys: Uint8Array, used: number): Promise<void> {
    const there = await this.#space.get('meta', 'next-keys');
    if (there !== undefined && !equal(there, publicKeys)) return;
    const taken = Math.max(used + 1, Number(fromUtf8((await this.#space.get('meta', 'next-index')) ?? utf8('0'))));
    await this.#space.write(
      [
        { type: 'put', table: 'meta', key: 'next-keys', value: publicKeys },
        { type: 'put', table: 'meta', key: 'next-index', value: utf8(String(taken)) },
      ],
      'strict',
    );
    this.#changed();
  }

  digestAt(index: number): Promise<Hash> {
    return this.#turns.run(() => this.#digestAt(index));
  }

  async #digestAt(index: number): Promise<Hash> {
    const keys = (await this.#space.get('meta', 'next-keys')) ?? (await this.#make());
    return nextKeyDigest(keys.slice(index * KEY_BYTES, (index + 1) * KEY_BYTES) as PublicKey);
  }

  /** What may be shown of it: the next keys' public halves, none before the first chain, and how many of them are taken. */
  async publicHalves(): Promise<{ readonly publicKeys: readonly PublicKey[]; readonly taken: number }> {
    const keys = (await this.#space.get('meta', 'next-keys')) ?? new Uint8Array(0);
    const taken = Number(fromUtf8((await this.#space.get('meta', 'next-index')) ?? utf8('0')));
    const count = keys.length / KEY_BYTES;
    return { publicKeys: Array.from({ length: count }, (_, i) => keys.slice(i * KEY_BYTES, (i + 1) * KEY_BYTES) as PublicKey), taken };
  }

  /** Makes a phrase ahead of the first chain, so that nobody waits for it then. Nothing of it is kept until it is needed. */
  async prepare(): Promise<void> {
    if ((await this.state()) === 'none') await this.#fresh();
  }

  #fresh(): Promise<Fresh> {
    this.#made ??= makePhrase(this.#random);
    return this.#made;
  }

  async #make(): Promise<Uint8Array> {
    const { phrase, publicKeys } = await this.#fresh();
    await this.#space.write(
      [
        { type: 'put', table: 'meta', key: 'phrase', value: utf8(phrase) },
        { type: 'put', table: 'meta', key: 'next-keys', value: publicKeys },
      ],
      'strict',
    );
    this.#made = undefined;
    this.#changed();
    return publicKeys;
  }
}

async function makePhrase(random: Random): Promise<Fresh> {
  const phrase = newPhrase(random);
  const { publicKeys } = await nextKeys(phrase);
  return { phrase, publicKeys: concat(...publicKeys) };
}
