/**
 * Whether this device validates where its member may. A machine that stays on does, unless it is told not to; a browser sleeps with
 * its tab, and does only where its person insists (DESIGN §6). What a person has said for a chain is kept beside its ledger.
 */

import { decode, encode } from '../core/codec/codec.ts';
import { VALIDATING_ROW_BYTES_MAX, validatingRow } from '../core/codec/stored.ts';
import { orCorrupt } from './ledger-rows.ts';
import type { Space } from './ports.ts';

/** Table `meta`: what the person has said. */
const VALIDATING_ROW = 'validating';

export class Validating {
  readonly #space: Space;
  #wanted: boolean;

  private constructor(space: Space, wanted: boolean) {
    this.#space = space;
    this.#wanted = wanted;
  }

  /** `usual`: what holds as long as nobody has said anything for this chain. */
  static async open(space: Space, usual: boolean): Promise<Validating> {
    const bytes = await space.get('meta', VALIDATING_ROW);
    const row = bytes === undefined ? undefined : orCorrupt(decode(validatingRow, bytes, VALIDATING_ROW_BYTES_MAX));
    return new Validating(space, row?.wanted ?? usual);
  }

  get wanted(): boolean {
    return this.#wanted;
  }

  /** Durable when it settles. */
  async want(wanted: boolean): Promise<void> {
    const value = encode(validatingRow, { version: 1, wanted });
    await this.#space.write([{ type: 'put', table: 'meta', key: VALIDATING_ROW, value }], 'strict');
    this.#wanted = wanted;
  }
}
