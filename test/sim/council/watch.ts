/**
 * Looks at every device after each of its blocks: one block a height for all and for good, the state that its header names,
 * evidence against none but the guilty, and rising heights.
 */
import { equal, toHex } from '../../../src/core/base/bytes.ts';
import type { TrustSet } from '../../../src/core/codec/records.ts';
import type { Chain } from '../../../src/node/chain.ts';
import type { Latchkey } from '../../../src/node/latchkey.ts';
import type { Trace } from '../trace.ts';

export class Watch {
  readonly #trace: Trace;
  readonly #violate: (what: string) => void;
  /** Height → block. */
  readonly #final = new Map<number, string>();
  readonly #running = new Map<string, Chain>();
  /** Epoch → trust set. */
  readonly trusts = new Map<number, TrustSet>();
  /** Who convicts itself may lose its seat: vote keys, as hexadecimal. */
  readonly #guilty: ReadonlySet<string>;
  highest = 0;

  constructor(trace: Trace, guilty: ReadonlySet<string>, violate: (what: string) => void) {
    this.#trace = trace;
    this.#guilty = guilty;
    this.#violate = violate;
  }

  watch(device: string, latchkey: Latchkey): void {
    const look = () => {
      const [chain] = latchkey.chains();
      if (chain === undefined || this.#running.get(device) === chain) return;
      this.#running.set(device, chain);
      this.#trace.note(device, `opens the chain at height ${chain.height}`);
      this.#check(device, chain);
      chain.subscribe((event) => {
        if (event === 'block' && this.#running.get(device) === chain) this.#check(device, chain);
      });
    };
    latchkey.subscribe(look);
    look();
  }

  ended(device: string): void {
    this.#running.delete(device);
  }

  #check(device: string, { node: { ledger } }: Chain): void {
    const { tip, trust } = ledger;
    const { height, stateRoot, logSize, epoch, view } = tip.header;
    const id = toHex(tip.id);
    const known = this.#final.get(height);
    this.#final.set(height, known ?? id);
    this.highest = Math.max(height, this.highest);
    this.trusts.set(trust.epoch, trust);
    this.#trace.note(device, `block ${height} ${id.slice(0, 8)} of view ${epoch}/${view}, log ${logSize}`);
    if (known !== undefined && known !== id)
      this.#violate(`${device} has block ${id.slice(0, 8)} final at height ${height}, another has ${known.slice(0, 8)}`);
    if (!equal(tip.state.root, stateRoot)) this.#violate(`${device} has another state at height ${height} than its header says`);
  }

  /** A seat that stands accused in the log. */
  accused(device: string, epoch: number, seat: number): void {
    const key = this.trusts.get(epoch)?.seats[seat]?.vote;
    if (key === undefined) this.#violate(`${device} has evidence against seat ${seat} of epoch ${epoch}, which nobody saw`);
    else if (!this.#guilty.has(toHex(key))) this.#violate(`${device} has evidence against seat ${seat} of epoch ${epoch}, who is honest`);
  }
}
