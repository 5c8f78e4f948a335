/** The faults of a council's run: each kind of trouble comes on its own time, and all of it heals at the end. */
import { DAY_MS } from '../../../src/core/base/limits.ts';
import type { MemoryFaults } from '../../../src/net/memory-hub.ts';
import type { Chance } from '../chance.ts';
import type { Device } from '../device.ts';
import type { Ground } from '../ground.ts';
import type { FaultyClock } from './faulty-clock.ts';
import { type DiskFaults, SOUND_DISK } from './faulty-disk.ts';
import { FAIR_MAIL, type Mail, type MailFaults } from './mail.ts';
import type { Plan } from './plan.ts';

const CALM: MemoryFaults = {
  latencyMs: { min: 2, max: 40 },
  dialFailure: 0,
  streamReset: 0,
  stall: 0,
  stallMs: 0,
  duplicate: 0,
  connectionTimeoutMs: 6_000,
};
const KILL_IN_WRITE_LIKELIHOOD = 0.001;
const SETTLING_MS = 2_000;

export interface Struck {
  readonly ground: Ground;
  readonly plan: Plan;
  readonly devices: readonly Device[];
  readonly clocks: ReadonlyMap<string, FaultyClock>;
  readonly mail: Mail;
}

export class Storm {
  readonly #struck: Struck;
  readonly #chance: Chance;
  readonly #cancels = new Set<() => void>();
  readonly #disks = new Map<string, DiskFaults>();
  /** Directions that are cut, by the partition that cut them. */
  readonly #cuts = new Set<readonly (readonly [string, string])[]>();
  readonly #gone = new Set<string>();
  readonly #forgotten = new Set<string>();
  #isOn = false;

  constructor(struck: Struck, chance: Chance) {
    this.#struck = struck;
    this.#chance = chance;
    struck.ground.hub.setFaults(CALM);
    for (const device of struck.devices) device.onKilled(() => this.#restartLater(device));
  }

  killInWrite(): number {
    return this.#isOn && this.#struck.plan.troubles.has('kills') ? KILL_IN_WRITE_LIKELIHOOD : 0;
  }

  disk(device: string): DiskFaults {
    return this.#disks.get(device) ?? SOUND_DISK;
  }

  /** Whether a device is away for good. */
  isGone(device: string): boolean {
    return this.#gone.has(device);
  }

  /** Whether what a device promised to keep may be gone with its disk. */
  isForgotten(device: string): boolean {
    return this.#gone.has(device) || this.#forgotten.has(device);
  }

  begin(): void {
    const { plan } = this.#struck;
    // Nobody dies before its first disk is laid down.
    this.#later(SETTLING_MS, () => {
      this.#isOn = true;
    });
    const troubles = {
      kills: () => this.#repeat(6_000, 55_000, (chance) => this.#kill(chance)),
      disks: () => this.#repeat(10_000, 50_000, (chance) => this.#failDisk(chance)),
      mail: () => this.#repeat(4_000, 25_000, (chance) => this.#changeMail(chance)),
      streams: () => this.#repeat(3_000, 20_000, (chance) => this.#roughen(chance)),
      partitions: () => this.#repeat(5_000, 40_000, (chance) => this.#part(chance)),
      clocks: () => this.#repeat(20_000, 80_000, (chance) => this.#changeClock(chance)),
      freezes: () => this.#repeat(15_000, 60_000, (chance) => this.#freeze(chance)),
    } as const;
    for (const trouble of plan.troubles) troubles[trouble]();
    const { lost } = plan;
    for (const [name, kind] of plan.byzantine) if (kind === 'amnesiac') this.#repeat(8_000, 60_000, (chance) => this.#forget(name, chance));
    if (lost !== undefined) this.#later(this.#chance.int(30_000, 200_000), () => this.lose(lost));
  }

  /** Ends all trouble: what is down starts again by itself. */
  end(): void {
    const { ground, mail, clocks } = this.#struck;
    this.#isOn = false;
    for (const cancel of this.#cancels) cancel();
    ground.trace.note('world', 'all faults heal');
    this.#disks.clear();
    this.#cuts.clear();
    ground.hub.setFaults(CALM);
    ground.hub.heal();
    mail.heal();
    for (const clock of clocks.values()) clock.heal();
  }

  #repeat(minMs: number, maxMs: number, strike: (chance: Chance) => void): void {
    const chance = this.#chance.fork();
    const next = () => {
      strike(chance);
      this.#later(chance.int(minMs, maxMs), next);
    };
    this.#later(chance.int(minMs, maxMs), next);
  }

  #later(delayMs: number, run: () => void): void {
    const cancel = this.#struck.ground.clock.schedule(delayMs, () => {
      this.#cancels.delete(cancel);
      run();
    });
    this.#cancels.add(cancel);
  }

  // ---------------------------------------------------------------- processes and disks

  #kill(chance: Chance): void {
    const device = chance.pick(this.#struck.devices);
    if (device.latchkey !== undefined) device.kill(chance.happens(0.6) ? 'power' : 'process');
  }

  #restartLater(device: Device): void {
    if (this.#gone.has(device.name)) return;
    const isLong = this.#isOn && this.#chance.happens(0.15);
    this.#struck.ground.clock.schedule(isLong ? this.#chance.int(10_000, 60_000) : this.#chance.int(50, 3_000), () => device.start());
  }

  /** The device is gone for good. */
  lose(name: string): void {
    const { ground, devices } = this.#struck;
    ground.injected.add('disk lost for good');
    ground.trace.note(name, 'is lost with its disk and its keys');
    this.#gone.add(name);
    devices.find((device) => device.name === name)?.kill('power');
  }

  /** A copy is taken now and put back some time after; or the votes alone are forgotten, at the restart. */
  #forget(name: string, chance: Chance): void {
    const { ground, devices } = this.#struck;
    const device = devices.find((one) => one.name === name);
    if (device?.latchkey === undefined) return;
    ground.injected.add('amnesiac');
    if (chance.happens(0.6)) return device.kill('process');
    const copy = device.copyDisk();
    this.#later(chance.int(2_000, 60_000), () => {
      if (device.latchkey === undefined) return;
      ground.injected.add('old disk restored');
      ground.trace.note(name, 'goes back to an old copy of its disk');
      this.#forgotten.add(name);
      device.kill('power', copy);
    });
  }

  /** Not of those who are in the middle of a dialogue with their person: founding, inviting, joining. */
  #failDisk(chance: Chance): void {
    const others = this.#struck.plan.founders.slice(1);
    if (others.length === 0) return;
    const name = chance.pick(others);
    this.#disks.set(name, chance.happens(0.5) ? { readError: 0.2, isFull: false } : { readError: 0, isFull: true });
    this.#struck.ground.trace.note(name, 'has a failing disk');
    this.#later(chance.int(500, 6_000), () => this.#disks.delete(name));
  }

  // ---------------------------------------------------------------- the network

  #changeMail(chance: Chance): void {
    this.#struck.mail.faults = chance.happens(0.3) ? FAIR_MAIL : badMail(chance);
  }

  #roughen(chance: Chance): void {
    this.#struck.ground.hub.setFaults(chance.happens(0.4) ? CALM : roughness(chance));
    const [a, b] = chance.shuffled(this.#struck.devices);
    if (a === undefined || b === undefined || chance.happens(0.5)) return;
    this.#struck.ground.injected.add('connection dropped');
    this.#struck.ground.hub.disconnect(a.name, b.name);
  }

  #part(chance: Chance): void {
    const names = chance.shuffled(this.#struck.devices.map(({ name }) => name));
    const { injected, trace } = this.#struck.ground;
    const side = names.slice(0, chance.int(1, Math.ceil(names.length / 2)));
    const both = side.flatMap((a) => names.filter((b) => !side.includes(b)).flatMap((b) => [[a, b] as const, [b, a] as const]));
    const [from = '', to = ''] = names;
    const kind = chance.pick(['one-way', 'full', 'flapping'] as const);
    injected.add(`${kind} partition`);
    trace.note('world', kind === 'one-way' ? `nothing gets from ${from} to ${to}` : `cut off (${kind}): ${side.join(', ')}`);
    this.#cut(kind === 'one-way' ? [[from, to]] : both, chance.int(1_000, 40_000));
    if (kind !== 'flapping') return;
    for (let at = 2_000; at < 14_000; at += 2_000) this.#later(at, () => this.#cut(both, 1_000));
  }

  #cut(cut: readonly (readonly [string, string])[], ms: number): void {
    this.#cuts.add(cut);
    this.#applyCuts();
    this.#later(ms, () => {
      this.#cuts.delete(cut);
      this.#struck.ground.hub.heal();
      this.#applyCuts();
    });
  }

  #applyCuts(): void {
    for (const cut of this.#cuts) for (const [from, to] of cut) this.#struck.ground.hub.block(from, to);
  }

  // ---------------------------------------------------------------- time

  /** Nobody who writes has a clock that jumps: what it signs would have expired, or be of a day to come. */
  #changeClock(chance: Chance): void {
    const { plan, clocks, ground } = this.#struck;
    const quiet = plan.founders.at(-1) ?? '';
    if (plan.founders.length > 2 && chance.happens(0.5)) {
      ground.injected.add('clock jumped a day');
      const ms = chance.happens(0.5) ? DAY_MS : -DAY_MS;
      ground.trace.note(quiet, `has a clock that jumps by ${ms} ms`);
      clocks.get(quiet)?.jump(ms);
      this.#later(chance.int(5_000, 40_000), () => clocks.get(quiet)?.jump(-ms));
      return;
    }
    ground.injected.add('clock drifts');
    clocks.get(chance.pick(this.#struck.devices).name)?.drift((chance.next() - 0.5) * 0.04);
  }

  #freeze(chance: Chance): void {
    const { name } = chance.pick(this.#struck.devices);
    const { injected, trace } = this.#struck.ground;
    injected.add('node frozen');
    trace.note(name, 'stands still');
    const others = this.#struck.devices.filter((device) => device.name !== name);
    const ms = chance.int(2_000, 30_000);
    this.#cut(
      others.flatMap((other) => [[name, other.name] as const, [other.name, name] as const]),
      ms,
    );
    this.#struck.clocks.get(name)?.freeze();
    this.#later(ms, () => this.#struck.clocks.get(name)?.thaw());
  }
}

function roughness(chance: Chance): MemoryFaults {
  const often = (likelihood: number, level: number) => (chance.happens(likelihood) ? level * chance.next() : 0);
  return {
    latencyMs: { min: 1, max: chance.int(10, 600) },
    dialFailure: often(0.5, 0.5),
    streamReset: often(0.5, 0.005),
    stall: often(0.5, 0.03),
    stallMs: chance.pick([500, 4_000, 60_000]),
    duplicate: often(0.5, 0.5),
    connectionTimeoutMs: chance.int(2_000, 8_000),
  };
}

function badMail(chance: Chance): MailFaults {
  const often = (likelihood: number, level: number) => (chance.happens(likelihood) ? level * chance.next() : 0);
  return {
    loss: often(0.6, 0.3),
    duplicate: often(0.4, 0.5),
    replay: often(0.4, 0.5),
    late: often(0.5, 0.3),
    delayMs: chance.pick([300, 3_000, 60_000]),
    corruption: often(0.2, 0.01),
  };
}
