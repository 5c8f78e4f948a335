/** The faults of a run: what is killed, cut, lost and delayed, and when. Each kind of trouble comes on its own time. */

import { HOUR_MS } from '../../src/core/base/limits.ts';
import type { MemoryFaults } from '../../src/net/memory-hub.ts';
import type { Chance } from './chance.ts';
import type { Device } from './device.ts';
import type { Ground } from './ground.ts';

const CALM: MemoryFaults = {
  latencyMs: { min: 2, max: 30 },
  dialFailure: 0,
  streamReset: 0,
  stall: 0,
  stallMs: 0,
  duplicate: 0,
  connectionTimeoutMs: 4_000,
};

/** Longer than a transaction lives. */
const NIGHT_MS = 13 * HOUR_MS;
/** A validator's disk is where a crash may do most harm. */
const KILL_IN_WRITE_LIKELIHOOD = { validator: 0.006, other: 0.0015 } as const;

export class Weather {
  readonly #ground: Ground;
  readonly #devices: readonly Device[];
  readonly #validator: Device;
  readonly #chance: Chance;
  readonly #cancels = new Set<() => void>();
  #isOver = false;

  constructor(ground: Ground, devices: readonly Device[], validator: Device, chance: Chance) {
    this.#ground = ground;
    this.#devices = devices;
    this.#validator = validator;
    this.#chance = chance;
    ground.hub.setFaults(CALM);
    for (const device of devices) device.onKilled(() => this.#restartLater(device));
  }

  /** The chance that a device dies in one operation of its disk. */
  killInWrite(device: string): number {
    if (this.#isOver) return 0;
    return device === this.#validator.name ? KILL_IN_WRITE_LIKELIHOOD.validator : KILL_IN_WRITE_LIKELIHOOD.other;
  }

  /** Begins all kinds of trouble. */
  begin(options: { readonly night: boolean }): void {
    this.#repeat(1_000, 6_000, (chance) => this.#kill(chance));
    this.#repeat(2_000, 8_000, (chance) => this.#cut(chance));
    this.#repeat(500, 5_000, (chance) => this.#change(chance));
    this.#repeat(2_000, 8_000, (chance) => this.#drop(chance));
    if (options.night) this.#night(this.#chance.fork());
  }

  /** Ends all trouble: what is down starts again by itself. */
  end(): void {
    this.#isOver = true;
    for (const cancel of this.#cancels) cancel();
    this.#ground.trace.note('world', 'all faults heal');
    this.#ground.hub.setFaults(CALM);
    this.#ground.hub.heal();
  }

  #repeat(minMs: number, maxMs: number, strike: (chance: Chance) => void): void {
    const chance = this.#chance.fork();
    const next = () => {
      strike(chance);
      this.#later(chance.int(minMs, maxMs), next);
    };
    this.#later(chance.int(minMs, maxMs), next);
  }

  /** Something that does not happen any more once all trouble is over. */
  #later(delayMs: number, run: () => void): void {
    const cancel = this.#ground.clock.schedule(delayMs, () => {
      this.#cancels.delete(cancel);
      run();
    });
    this.#cancels.add(cancel);
  }

  // ---------------------------------------------------------------- processes

  #kill(chance: Chance): void {
    const device = chance.happens(0.35) ? this.#validator : chance.pick(this.#devices);
    if (!device.isUp) return;
    if (device === this.#validator) this.#ground.injected.add('validator killed');
    device.kill(chance.happens(0.6) ? 'power' : 'process');
  }

  #restartLater(device: Device): void {
    const isLong = this.#chance.happens(0.1);
    this.#ground.clock.schedule(isLong ? this.#chance.int(5_000, 15_000) : this.#chance.int(50, 2_000), () => device.start());
  }

  // ---------------------------------------------------------------- the network

  #change(chance: Chance): void {
    const faults = chance.happens(0.4) ? CALM : roughness(chance);
    this.#ground.hub.setFaults(faults);
  }

  #drop(chance: Chance): void {
    const [a, b] = chance.shuffled(this.#devices);
    if (a === undefined || b === undefined) return;
    this.#ground.injected.add('connection dropped');
    this.#ground.hub.disconnect(a.name, b.name);
  }

  #cut(chance: Chance): void {
    const shuffled = chance.shuffled(this.#devices.map(({ name }) => name));
    const { hub, injected, trace } = this.#ground;
    if (chance.happens(0.5)) {
      const [from = '', to = ''] = chance.happens(0.5) ? shuffled : [this.#validator.name, chance.pick(shuffled)];
      injected.add('one-way partition');
      trace.note('world', `nothing gets from ${from} to ${to}`);
      hub.block(from, to);
    } else {
      const side = shuffled.slice(0, chance.int(1, Math.ceil(shuffled.length / 2)));
      injected.add('full partition');
      trace.note('world', `cut off: ${side.join(', ')}`);
      this.#separate(side, shuffled.slice(side.length));
    }
    this.#later(chance.int(300, 6_000), () => hub.heal());
  }

  #separate(side: readonly string[], rest: readonly string[]): void {
    for (const a of side) {
      for (const b of rest) {
        this.#ground.hub.block(a, b);
        this.#ground.hub.block(b, a);
      }
    }
  }

  // ---------------------------------------------------------------- time

  /**
   * Somebody's entries reach the validator while no answer gets back; then the lights go out for longer than a transaction
   * lives. In the morning nobody may enter twice what entered before.
   */
  #night(chance: Chance): void {
    this.#later(chance.int(10_000, 18_000), () => {
      const deaf = chance.shuffled(this.#devices.filter((device) => device !== this.#validator)).slice(0, 2);
      for (const device of deaf) for (const { name } of this.#devices) if (name !== device.name) this.#ground.hub.block(name, device.name);
      this.#later(chance.int(500, 4_000), () => this.#lightsOut(chance));
    });
  }

  #lightsOut(chance: Chance): void {
    const { hub, clock, injected, trace } = this.#ground;
    for (const device of this.#devices) if (chance.happens(0.7)) device.kill(chance.happens(0.5) ? 'power' : 'process');
    trace.note('world', 'night');
    injected.add('night passed');
    clock.sleep(NIGHT_MS);
    hub.heal();
  }
}

function roughness(chance: Chance): MemoryFaults {
  const often = (likelihood: number, level: number) => (chance.happens(likelihood) ? level * chance.next() : 0);
  const max = chance.int(10, 400);
  return {
    latencyMs: { min: 1, max },
    dialFailure: often(0.5, 0.5),
    streamReset: often(0.5, 0.01),
    stall: often(0.5, 0.05),
    stallMs: chance.int(100, 4_000),
    duplicate: often(0.5, 0.3),
    connectionTimeoutMs: chance.int(1_000, 6_000),
  };
}
