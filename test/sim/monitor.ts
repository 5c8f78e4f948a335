/**
 * Looks at every device after each of its blocks: whatever any device ever took for final is what all have at that height,
 * to the end of the run and across every crash.
 */
import { equal, toHex } from '../../src/core/base/bytes.ts';
import type { Chain } from '../../src/node/chain.ts';
import type { Latchkey } from '../../src/node/latchkey.ts';
import type { CrashKind } from './crashing-store.ts';
import type { Trace } from './trace.ts';
import type { Votes } from './votes.ts';

/** Where a device stood when its process ended. */
interface Stand {
  readonly height: number;
  /** The only validator: nobody else has what it loses. */
  readonly alone: boolean;
  readonly kind: CrashKind;
}

export class Monitor {
  readonly #trace: Trace;
  readonly #votes: Votes;
  readonly #violate: (what: string) => void;
  /** Chain and height → block. */
  readonly #final = new Map<string, string>();
  readonly #heights = new Map<string, number>();
  /** Device → chain → where its process stands, or stood. */
  readonly #running = new Map<string, Map<string, Chain>>();
  readonly #stands = new Map<string, Stand>();

  constructor(trace: Trace, votes: Votes, violate: (what: string) => void) {
    this.#trace = trace;
    this.#votes = votes;
    this.#violate = violate;
  }

  /** The highest block that anybody took for final; 0 is the genesis. */
  height(chain: Uint8Array): number {
    return this.#heights.get(toHex(chain)) ?? 0;
  }

  /** Watches all chains of a process that has just opened, and those to come. */
  watch(device: string, latchkey: Latchkey): void {
    const chains = new Map<string, Chain>();
    this.#running.set(device, chains);
    const look = () => {
      for (const chain of latchkey.chains()) {
        const hex = toHex(chain.id);
        if (chains.has(hex)) continue;
        chains.set(hex, chain);
        this.#opened(device, hex, chain);
      }
    };
    latchkey.subscribe(look);
    look();
  }

  #opened(device: string, hex: string, chain: Chain): void {
    this.#trace.note(device, `opens chain ${hex.slice(0, 8)} at height ${chain.height}`);
    this.#checkKept(device, hex, chain);
    this.#checkTip(device, hex, chain);
    chain.subscribe((event) => {
      if (event === 'block' && this.#running.get(device)?.get(hex) === chain) this.#checkTip(device, hex, chain);
    });
  }

  /** A crash of the process loses nothing that had settled; the votes of a lone validator make it keep even what power takes. */
  #checkKept(device: string, hex: string, chain: Chain): void {
    const stand = this.#stands.get(`${device}/${hex}`);
    if (stand === undefined) return;
    const loses = stand.kind === 'process' ? 0 : stand.alone ? 1 : stand.height;
    if (chain.height < stand.height - loses) this.#violate(`${device} was at height ${stand.height} and came back with ${chain.height}`);
  }

  #checkTip(device: string, hex: string, chain: Chain): void {
    const { tip, certificate } = chain.node.ledger;
    this.#votes.certified(certificate);
    const { height, stateRoot, logSize } = tip.header;
    const id = toHex(tip.id);
    const place = `${hex}/${height}`;
    const known = this.#final.get(place);
    this.#final.set(place, known ?? id);
    this.#heights.set(hex, Math.max(height, this.height(chain.id)));
    this.#trace.note(device, `block ${height} ${id.slice(0, 8)}, log ${logSize}`);
    if (known !== undefined && known !== id)
      this.#violate(`${device} has block ${id.slice(0, 8)} final at height ${height}, another has ${known.slice(0, 8)}`);
    if (!equal(tip.state.root, stateRoot)) this.#violate(`${device} has another state at height ${height} than its header says`);
  }

  /** A process has ended. */
  ended(device: string, kind: CrashKind): void {
    for (const [hex, chain] of this.#running.get(device) ?? []) {
      const alone = chain.node.isValidator && chain.node.ledger.trust.seats.length === 1;
      this.#stands.set(`${device}/${hex}`, { height: chain.height, alone, kind });
    }
    this.#running.delete(device);
  }
}
