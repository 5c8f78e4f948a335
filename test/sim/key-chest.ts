/** Private keys of a simulated device: they outlive its processes. */

import { publicKeyOf } from '../../src/core/base/key.ts';
import { invariant } from '../../src/core/base/result.ts';
import { memorySigner } from '../../src/node/memory-keys.ts';
import type { KeyStore, Signer } from '../../src/node/ports.ts';
import { fakeSigner } from '../../src/node/verifier.ts';
import { checkKeyName, checkRename } from '../../src/storage/key-rules.ts';
import type { Chance } from './chance.ts';
import type { ProcessClock } from './virtual-clock.ts';

const SEED_BYTES = 32;
/** An operation takes up to so long, and a crash within that time comes before it. */
const OPERATION_MS_MAX = 4;

export class KeyChest {
  readonly #chance: Chance;
  readonly #real: boolean;
  readonly #signers = new Map<string, Signer>();

  /** `real`: signs by Ed25519, not by fakes. */
  constructor(chance: Chance, real: boolean) {
    this.#chance = chance;
    this.#real = real;
  }

  /** The chest as one process uses it: nothing of what it began happens after its end. */
  open(clock: ProcessClock): KeyStore {
    const later = <T>(run: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        clock.schedule(this.#chance.int(0, OPERATION_MS_MAX), () => {
          try {
            resolve(run());
          } catch (error) {
            reject(error);
          }
        });
      });
    return {
      get: (name) => later(() => this.#get(name)),
      make: (name) => later(() => this.#get(name) ?? this.#make(name)),
      adopt: (name, seed) => later(() => this.#keep(name, seed)),
      rename: (from, to) => later(() => this.#rename(from, to)),
      delete: (name) => later(() => void this.#signers.delete(name)),
    };
  }

  #get(name: string): Signer | undefined {
    checkKeyName(name);
    return this.#signers.get(name);
  }

  #make(name: string): Signer {
    return this.#keep(name, this.#chance.bytes(SEED_BYTES));
  }

  #keep(name: string, seed: Uint8Array): Signer {
    checkKeyName(name);
    const signer = this.#real ? memorySigner(seed) : fakeSigner(publicKeyOf(seed));
    this.#signers.set(name, signer);
    return signer;
  }

  #rename(from: string, to: string): void {
    const signer = this.#signers.get(from);
    if (checkRename(from, to, signer !== undefined, this.#signers.has(to)) === 'nothing') return;
    invariant(signer !== undefined, 'what is renamed is there');
    this.#signers.set(to, signer);
    this.#signers.delete(from);
  }
}
