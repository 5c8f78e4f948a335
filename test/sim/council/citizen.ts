/** Somebody in front of a device of a council: writes, decides, proposes, and begins again whenever the device dies. */
import { toHex } from '../../../src/core/base/bytes.ts';
import { RefusalError } from '../../../src/core/base/result.ts';
import type { Change } from '../../../src/core/codec/governance.ts';
import type { RecoveryPlan } from '../../../src/core/codec/recovery.ts';
import type { Chain } from '../../../src/node/chain.ts';
import type { Signer } from '../../../src/node/ports.ts';
import { recoveryCertificateOf, signRecoveryPlan } from '../../../src/node/recovering.ts';
import { approveOverAndOver } from '../byzantine/colluding-approver.ts';
import type { Chance } from '../chance.ts';
import { type Device, describe } from '../device.ts';
import type { Ground } from '../ground.ts';
import type { Society } from '../society.ts';

export class Citizen {
  readonly name: string;
  readonly device: Device;
  readonly #ground: Ground;
  readonly #society: Society;
  readonly #chance: Chance;
  #written = 0;

  constructor(ground: Ground, society: Society, device: Device, chance: Chance) {
    this.name = device.name;
    this.device = device;
    this.#ground = ground;
    this.#society = society;
    this.#chance = chance;
  }

  get chain(): Chain | undefined {
    const { chain } = this.#society;
    return chain === undefined ? undefined : this.device.latchkey?.chain(chain);
  }

  pause(minMs: number, maxMs: number): Promise<void> {
    return this.#society.pause(this.#chance.int(minMs, maxMs));
  }

  note(what: string): void {
    this.#ground.trace.note(this.name, what);
  }

  /** Tries once; what the chain or a failing disk refuses is no error of anybody's. */
  async #attempt<T>(what: string, work: (chain: Chain) => Promise<T>): Promise<T | undefined> {
    const { chain } = this;
    if (chain === undefined) return undefined;
    try {
      return await this.device.use(() => work(chain));
    } catch (error) {
      if (!(error instanceof RefusalError)) throw new Error(`${what}: ${describe(error)}`);
      this.note(`${what}: ${error.code}`);
      return undefined;
    }
  }

  // ---------------------------------------------------------------- writing

  async writes(minMs: number, maxMs: number): Promise<void> {
    while (!this.#society.quiet) {
      await this.pause(minMs, maxMs);
      if (!this.#society.quiet) await this.write();
    }
  }

  /** One entry; true if it is durable on the device. */
  async write(): Promise<boolean> {
    if (this.chain?.mayWrite !== true) return false;
    const text = `${this.name}#${++this.#written}`;
    const entry = { author: this.name, acknowledged: false };
    this.#society.entries.set(text, entry);
    const id = await this.#attempt(`writing ${text}`, (chain) => chain.append(text));
    entry.acknowledged = id !== undefined;
    return entry.acknowledged;
  }

  // ---------------------------------------------------------------- deciding

  /** Approves whatever waits for the federation. */
  async decides(): Promise<void> {
    for (;;) {
      await this.pause(1_500, 6_000);
      if (this.#society.over) return;
      await this.approveAll();
    }
  }

  async approveAll(): Promise<void> {
    const { governance } = this.chain ?? {};
    if (governance === undefined || this.#isBusy('approve')) return;
    const waiting = [...governance.requests(), ...governance.proposals()].filter(({ status }) => status === 'pending');
    for (const { id } of waiting) await this.#attempt(`approving ${toHex(id).slice(0, 6)}`, (chain) => chain.governance.approve(id));
  }

  async colludes(): Promise<boolean> {
    return !this.#isBusy('approve') && (await this.#attempt('colluding', approveOverAndOver)) === true;
  }

  /** Proposes a change; settles when it is durable here, or refused. */
  async proposes(change: Change): Promise<boolean> {
    if (this.#isBusy('propose')) return false;
    const done = await this.#attempt(`proposing to ${change.type}`, (chain) => chain.governance.propose(change));
    if (done !== undefined) this.note(`proposes to ${change.type}`);
    return done !== undefined;
  }

  /** Brings a certificate of the recovery key that appoints validators; true if it is under way. */
  async recovers(key: Signer, appointed: (chain: Chain) => RecoveryPlan['validators']): Promise<boolean> {
    const done = await this.#attempt('recovering', async (chain) => {
      const plan = chain.recovery.plan({ validators: appointed(chain) });
      await chain.recovery.submit(recoveryCertificateOf(plan, [await signRecoveryPlan(key, plan)]));
      return true;
    });
    if (done === true) this.note('recovers the chain');
    return done === true;
  }

  /** Agrees to the recovery that was seen. */
  async confirms(): Promise<void> {
    await this.#attempt('agreeing to a recovery', (chain) => chain.recovery.confirm());
  }

  #isBusy(type: string): boolean {
    return this.chain?.pendingActions().some((one) => one.type === type && one.refused === undefined) ?? true;
  }
}
