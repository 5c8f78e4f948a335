/**
 * Network keys of one chain on this device: state names the hashes of the one in force and the one before, the keys
 * themselves never enter the log (DESIGN §8). Whoever proposes a new one makes it and holds it ready; once it is in force
 * it goes to the members with whom a session is open, and to the others when they shake hands under the one before.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { NETWORK_KEY_BYTES } from '../core/base/limits.ts';
import { networkKeyHash } from '../core/codec/rules.ts';
import { rulesOf } from '../core/membership/facts.ts';
import type { Ledger } from './ledger.ts';
import { readOwn, withNetworkKey, writeOwn } from './own-row.ts';
import type { Random } from './ports.ts';

/** Keys that were given to us and that our state does not name: it may be behind. */
const UNKNOWN_KEYS_MAX = 4;

export class NetworkKeys {
  readonly #ledger: Ledger;
  readonly #random: Random;
  #kept: readonly Uint8Array[];
  #unknown: readonly Uint8Array[] = [];
  #ofLink: Uint8Array | undefined;
  /** Hash of the key that members here were last given. */
  #spread: Hash | undefined;

  constructor(ledger: Ledger, random: Random, kept: readonly Uint8Array[]) {
    this.#ledger = ledger;
    this.#random = random;
    this.#kept = kept;
    this.#spread = this.#hashes()[0];
  }

  #hashes(): readonly Hash[] {
    return rulesOf(this.#ledger.state).networkKeyHashes;
  }

  /** The key in force, then the one before, as far as they are here, then one of a fresh link; none on a chain without. */
  inForce(): readonly Uint8Array[] {
    const named = this.#hashes().flatMap((hash) => this.#kept.find((key) => equal(networkKeyHash(key), hash)) ?? []);
    return this.#ofLink === undefined ? named : [...named, this.#ofLink];
  }

  /** A fresh link says this: used even before state names it, since whoever was away learns of it only behind that door. */
  async ofLink(key: Uint8Array): Promise<void> {
    if (this.#kept.some((one) => equal(one, key))) return;
    if (this.#isNamed(key)) return this.#keep(key);
    this.#ofLink = key;
  }

  /** Makes a key and keeps it until a change of the rules names its hash. Like all that follows, in the node's queue. */
  async make(): Promise<Hash> {
    const key = this.#random.bytes(NETWORK_KEY_BYTES);
    await this.#keep(key);
    return networkKeyHash(key);
  }

  /** Somebody gave us a key: kept only if state names it, or may yet. */
  async given(key: Uint8Array): Promise<void> {
    if (key.length !== NETWORK_KEY_BYTES || this.#kept.some((one) => equal(one, key))) return;
    if (this.#isNamed(key)) return this.#keep(key);
    const others = this.#unknown.filter((one) => !equal(one, key));
    this.#unknown = [key, ...others].slice(0, UNKNOWN_KEYS_MAX);
  }

  /** After a final block: the key that came into force with it, if it is here and members are to be given it. */
  async committed(): Promise<Uint8Array | undefined> {
    const [hash] = this.#hashes();
    const held = this.#ofLink === undefined ? this.#unknown : [...this.#unknown, this.#ofLink];
    for (const key of held.filter((one) => this.#isNamed(one))) await this.#keep(key);
    if (hash === undefined || (this.#spread !== undefined && equal(hash, this.#spread))) return undefined;
    const key = this.#kept.find((one) => equal(networkKeyHash(one), hash));
    if (key !== undefined) this.#spread = hash;
    return key;
  }

  #isNamed(key: Uint8Array): boolean {
    const hash = networkKeyHash(key);
    return this.#hashes().some((one) => equal(one, hash));
  }

  async #keep(key: Uint8Array): Promise<void> {
    this.#unknown = this.#unknown.filter((one) => !equal(one, key));
    if (this.#ofLink !== undefined && equal(this.#ofLink, key)) this.#ofLink = undefined;
    const row = await readOwn(this.#ledger.space);
    if (row === undefined) return;
    const next = withNetworkKey(row, key);
    await writeOwn(this.#ledger.space, next);
    this.#kept = next.networkKeys;
  }
}
