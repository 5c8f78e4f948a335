/** The member for whom a device acts. Asked for many times a block; looked up once, since a state never changes. */
import type { PublicKey } from '../core/base/key.ts';
import { type Actor, actorOf } from '../core/membership/facts.ts';
import type { State } from '../core/membership/state.ts';
import type { Ledger } from './ledger.ts';

export class OwnActor {
  readonly #ledger: Ledger;
  readonly #key: PublicKey;
  #found: { readonly state: State; readonly actor: Actor | undefined } | undefined;

  constructor(ledger: Ledger, key: PublicKey) {
    this.#ledger = ledger;
    this.#key = key;
  }

  /** `undefined` before the device is admitted and after it left. */
  now(): Actor | undefined {
    const { state } = this.#ledger;
    if (this.#found?.state !== state) this.#found = { state, actor: actorOf(state, this.#key) };
    return this.#found.actor;
  }
}
