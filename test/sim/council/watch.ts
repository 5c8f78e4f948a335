/**
 * Looks at every device after each of its blocks: one block a height for all and for good, the state that its header names, a
 * log that keeps what every log keeps, evidence against none but the guilty, and nothing lost with a process.
 */
import { equal, toHex } from '../../../src/core/base/bytes.ts';
import type { Header } from '../../../src/core/codec/block.ts';
import type { TrustSet } from '../../../src/core/codec/records.ts';
import type { Chain } from '../../../src/node/chain.ts';
import type { Latchkey } from '../../../src/node/latchkey.ts';
import type { Verifier } from '../../../src/node/ports.ts';
import type { CrashKind } from '../crashing-store.ts';
import { describe } from '../device.ts';
import type { Placed } from '../log-rules.ts';
import type { Trace } from '../trace.ts';
import { Record } from './record.ts';

export interface WatchPorts {
  readonly trace: Trace;
  readonly now: () => number;
  readonly verifier: Verifier;
  /** Vote keys, as hexadecimal, that contradicted themselves. */
  readonly guilty: ReadonlySet<string>;
  /** A process has ended. */
  readonly ended: (device: string) => void;
  readonly violate: (what: string) => void;
}

export class Watch {
  readonly #ports: WatchPorts;
  /** Height → block. */
  readonly #final = new Map<number, string>();
  readonly #running = new Map<string, Chain>();
  /** Device → the height at which its process ended. */
  readonly #stands = new Map<string, number>();
  /** Epoch → trust set. */
  readonly trusts = new Map<number, TrustSet>();
  #record: Record | undefined;
  highest = 0;

  constructor(ports: WatchPorts) {
    this.#ports = ports;
  }

  /** The chain begins. */
  begin(first: Header, trust: TrustSet): void {
    const { now, verifier, violate } = this.#ports;
    this.trusts.set(trust.epoch, trust);
    this.#record = new Record(first, {
      now,
      verifier,
      violate,
      trust: (epoch) => this.trusts.get(epoch),
      placed: (device, leaf) => this.#placed(device, leaf),
    });
  }

  watch(device: string, latchkey: Latchkey): void {
    const look = () => {
      const [chain] = latchkey.chains();
      if (chain === undefined || this.#running.get(device) === chain) return;
      this.#running.set(device, chain);
      this.#ports.trace.note(device, `opens the chain at height ${chain.height}`);
      const stood = this.#stands.get(device) ?? 0;
      if (chain.height < stood) this.#ports.violate(`${device} was at height ${stood} and came back with ${chain.height}`);
      this.#check(device, chain);
      chain.subscribe((event) => {
        if (event === 'block' && this.#running.get(device) === chain) this.#check(device, chain);
      });
    };
    latchkey.subscribe(look);
    look();
  }

  /** Power may take what only a quorum has for good, and is asked for again; the end of a process takes nothing. */
  ended(device: string, kind: CrashKind): void {
    const chain = this.#running.get(device);
    if (chain !== undefined && kind === 'process') this.#stands.set(device, chain.height);
    else this.#stands.delete(device);
    this.#running.delete(device);
    this.#ports.ended(device);
  }

  /** Height up to which the log was looked at, leaf by leaf, with what this device can still tell. */
  async recorded(device: string, { node: { ledger } }: Chain): Promise<number> {
    await this.#record?.catchUp(device, ledger);
    return this.#record?.height ?? 0;
  }

  #check(device: string, { node: { ledger } }: Chain): void {
    const { tip, trust } = ledger;
    const { height, stateRoot, logSize, epoch, view } = tip.header;
    const id = toHex(tip.id);
    const known = this.#final.get(height);
    this.#final.set(height, known ?? id);
    this.highest = Math.max(height, this.highest);
    this.trusts.set(trust.epoch, trust);
    this.#ports.trace.note(device, `block ${height} ${id.slice(0, 8)} of view ${epoch}/${view}, log ${logSize}`);
    if (known !== undefined && known !== id)
      this.#ports.violate(`${device} has block ${id.slice(0, 8)} final at height ${height}, another has ${known.slice(0, 8)}`);
    if (!equal(tip.state.root, stateRoot)) this.#ports.violate(`${device} has another state at height ${height} than its header says`);
    this.#record?.grew(device, ledger).catch((error: unknown) => this.#ports.violate(`${device}: reading the log: ${describe(error)}`));
  }

  /** Evidence in the log is against the guilty. */
  #placed(device: string, { transaction: { unsigned } }: Placed): void {
    if (unsigned.action.type !== 'evidence') return;
    const { seat, subject } = unsigned.action.first;
    const key = this.trusts.get(subject.epoch)?.seats[seat]?.vote;
    const accused = `${device} has evidence against seat ${seat} of epoch ${subject.epoch}`;
    this.#ports.trace.note(device, accused);
    if (key === undefined) this.#ports.violate(`${accused}, which nobody saw`);
    else if (!this.#ports.guilty.has(toHex(key))) this.#ports.violate(`${accused}, who is honest`);
  }
}
