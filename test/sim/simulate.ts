/** One run: a seed gives a scenario, a storm, a calm in which everything must come right, and an audit. */

import { MINUTE_MS } from '../../src/core/base/limits.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import type { Chain } from '../../src/node/chain.ts';
import { audit } from './audit.ts';
import { Chance } from './chance.ts';
import { Device, describe } from './device.ts';
import type { Ground, Seams } from './ground.ts';
import { Injected } from './injected.ts';
import { useLaterBuild } from './later-build.ts';
import { Monitor } from './monitor.ts';
import { type Outcome, STRUCK } from './outcome.ts';
import { Person } from './person.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { Society } from './society.ts';
import { Trace } from './trace.ts';
import { mostlyFakeVerifier, nobleVerifier } from './verifiers.ts';
import { VirtualClock } from './virtual-clock.ts';
import { Votes } from './votes.ts';
import { Weather } from './weather.ts';

const START_MS = Date.UTC(2030, 0, 1);
/** In a calm, everything must have come right within this. */
const CALM_LIMIT_MS = 10 * MINUTE_MS;
/** Far above what any run needs: one that gets here turns in circles. */
const EVENTS_MAX = 3_000_000;
/** How often it is asked whether all has come right, ms. */
const LOOK_EVERY_MS = 500;
/** One seed in so many signs and verifies in earnest, which takes some hundred times as long. */
const REAL_EVERY = 17;
useLaterBuild();

export interface SimulationOptions {
  readonly seed: number;
  readonly seams?: Seams;
  /** Gets every line of the trace. */
  readonly write?: (line: string) => void;
}

export async function simulate(options: SimulationOptions): Promise<Outcome> {
  const simulation = new Simulation(options);
  const unhandled = (error: unknown) => simulation.violate(`nobody handles: ${describe(error)}`);
  process.on('unhandledRejection', unhandled);
  try {
    return await simulation.run();
  } finally {
    process.off('unhandledRejection', unhandled);
  }
}

class Simulation implements Ground {
  readonly seed: number;
  readonly real: boolean;
  readonly seams: Seams;
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly hub: Ground['hub'];
  readonly verifier: Ground['verifier'];
  readonly votes: Votes;
  readonly injected = new Injected();
  readonly monitor: Monitor;
  readonly #scenario: Scenario;
  readonly #society: Society;
  readonly #weather: Weather;
  readonly #devices: readonly Device[];
  readonly #people: ReadonlyMap<string, Person>;
  readonly #relay: Device | undefined;
  /** Scripts of people that have not come to their end, by what they do. */
  readonly #busy = new Set<string>();
  #failure: string | undefined;
  #blocks = 0;

  constructor({ seed, seams = {}, write }: SimulationOptions) {
    const chance = new Chance(seed);
    this.seed = seed;
    this.seams = seams;
    this.real = seed % REAL_EVERY === REAL_EVERY - 1;
    this.verifier = this.real ? nobleVerifier() : mostlyFakeVerifier();
    this.clock = new VirtualClock(START_MS, (time, number) => this.trace.mix(time, number));
    this.trace = new Trace(START_MS, () => this.clock.awake, write);
    this.violate = this.violate.bind(this);
    this.votes = new Votes(this.violate);
    this.monitor = new Monitor(this.trace, this.votes, this.violate);
    this.hub = memoryHub({ clock: this.clock, random: chance.fork(), struck: (fault) => this.injected.add(STRUCK[fault]) });
    this.#society = new Society(this.clock);
    this.#scenario = drawScenario(chance.fork(), { seed, short: this.real });
    const { hosted, founder, joiners } = this.#scenario;
    const device = (name: string, hosts = false) =>
      new Device(this, {
        name,
        hosts,
        chance: chance.fork(),
        killInWrite: () => this.#weather.killInWrite(name),
        lies: () => this.#lies(name),
      });
    this.#relay = hosted ? device('relay', true) : undefined;
    const personal = [founder, ...joiners.map(({ name }) => name)].map((name) => device(name));
    this.#devices = [...(this.#relay === undefined ? [] : [this.#relay]), ...personal];
    this.#people = new Map(personal.map((one) => [one.name, new Person(this, this.#society, one, chance.fork())]));
    const [validator] = this.#devices;
    if (validator === undefined) throw new Error('a run has devices');
    this.#weather = new Weather(this, this.#devices, validator, chance.fork());
  }

  /** Whoever lies begins once it is a member, and ends with the storm. */
  #lies(name: string): boolean {
    return name === this.#scenario.liar && !this.#society.quiet && this.#people.get(name)?.chain !== undefined;
  }

  violate(what: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = what;
    this.trace.note('world', `VIOLATED: ${what}`);
  }

  async run(): Promise<Outcome> {
    const { night, stormMs } = this.#scenario;
    for (const device of this.#devices) device.start();
    this.#begin();
    this.#weather.begin({ night });
    await this.#runUntil(START_MS + stormMs, () => false);
    this.#society.quiet = true;
    this.#weather.end();
    await this.#comeRight();
    await this.#drive('the audit', () => this.#audit());
    await this.#drive('closing', () => this.#close());
    return this.#outcome();
  }

  // ---------------------------------------------------------------- people

  #begin(): void {
    const { founder, joiners, invitations, leaver, validators } = this.#scenario;
    const relay = this.#relay === undefined ? undefined : { peer: this.#relay.name, addresses: [] };
    const alice = this.#person(founder);
    this.#script(`${founder} founds`, async () => {
      await alice.found(relay);
      this.#script(`${founder} writes`, () => alice.write());
      for (const plan of invitations) this.#script(`${founder} invites by ${plan.label}`, () => alice.invite(plan));
    });
    for (const { name, labels } of joiners) {
      this.#script(`${name} joins`, async () => {
        await this.#person(name).join(labels);
        this.#script(`${name} writes`, () => this.#person(name).write());
        if (validators.includes(name)) this.#script(`${name} becomes a validator`, () => this.#seat(alice, name));
        if (name === leaver) this.#script(`${name} leaves`, () => this.#person(name).leave());
      });
    }
  }

  /** Until it has a seat, or has gone. */
  async #seat(founder: Person, name: string): Promise<void> {
    await founder.grantsValidator(name);
    while (!founder.seats(name) && !this.#society.left.has(name) && name !== this.#scenario.leaver) await this.#society.pause(500);
  }

  #person(name: string): Person {
    const person = this.#people.get(name);
    if (person === undefined) throw new Error(`nobody is called ${name}`);
    return person;
  }

  #script(what: string, work: () => Promise<void>): void {
    this.#busy.add(what);
    work().then(
      () => this.#busy.delete(what),
      (error: unknown) => this.violate(`${what}: ${describe(error)}`),
    );
  }

  // ---------------------------------------------------------------- time

  async #runUntil(time: number, done: () => boolean): Promise<void> {
    await this.clock.run(() => {
      if (this.clock.events > EVENTS_MAX) this.violate(`${EVENTS_MAX} events, and no end`);
      return this.#failure !== undefined || this.clock.awake >= time || done();
    });
  }

  /** Runs a piece of work that needs virtual time to its end. */
  async #drive(what: string, work: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) return;
    let isDone = false;
    work().then(
      () => {
        isDone = true;
      },
      (error: unknown) => this.violate(`${what}: ${describe(error)}`),
    );
    await this.#runUntil(this.clock.awake + CALM_LIMIT_MS, () => isDone);
    if (!isDone) this.violate(`${what} does not come to an end`);
  }

  /** After the storm all wishes come true: whoever wants in is in, whatever was written is final, everybody has all of it. */
  async #comeRight(): Promise<void> {
    const until = this.clock.awake + CALM_LIMIT_MS;
    let open: string | undefined = 'nobody has looked';
    let cancel = () => {};
    const look = () => {
      open = this.#unfinished();
      if (open !== undefined) cancel = this.clock.schedule(LOOK_EVERY_MS, look);
    };
    look();
    await this.#runUntil(until, () => open === undefined);
    cancel();
    if (open !== undefined) this.violate(`all is calm, and yet: ${open}`);
  }

  /** What has not come right yet; `undefined` if all has. */
  #unfinished(): string | undefined {
    const [busy] = this.#busy;
    if (busy !== undefined) return busy;
    const away = this.#devices.find(({ latchkey }) => latchkey === undefined);
    if (away !== undefined) return `${away.name} is not back`;
    const chains = this.#chains();
    if (chains.size < this.#devices.length - this.#society.left.size) return 'a device is not on the chain';
    const highest = this.#society.chain === undefined ? 0 : this.monitor.height(this.#society.chain);
    for (const [device, { node, height }] of chains) {
      if (height !== highest) return `${device} is at height ${height} of ${highest}`;
      // What the chain refused stays, to be seen: an invitation may expire before it gets there.
      const waiting = node.outbox.items().filter(({ refused }) => refused === undefined);
      if (waiting.length > 0) return `${device} has ${waiting.length} in its outbox`;
      if (node.mempool.size > 0) return `${device} has ${node.mempool.size} waiting for a block`;
      if (!node.ledger.complete) return `${device} has not all of history`;
    }
    return undefined;
  }

  /** The chain on every device that is on it for good. */
  #chains(): ReadonlyMap<string, Chain> {
    const id = this.#society.chain;
    const out = new Map<string, Chain>();
    for (const { name, latchkey } of this.#devices) {
      const chain = id === undefined ? undefined : latchkey?.chain(id);
      if (chain !== undefined && !this.#society.left.has(name)) out.set(name, chain);
    }
    return out;
  }

  // ---------------------------------------------------------------- the end

  async #audit(): Promise<void> {
    const chains = this.#chains();
    this.#blocks = Math.max(...[...chains.values()].map(({ height }) => height));
    await audit(chains, this.#society, this.violate);
  }

  /** Closes everything; nothing may be left running. */
  async #close(): Promise<void> {
    await Promise.all(this.#devices.map((device) => device.close()));
    for (const device of this.#devices) await this.#reopened(device);
    const left = { streams: this.hub.openStreams(), timers: this.clock.pending };
    if (left.streams > 0 || left.timers > 0) this.violate(`left running: ${JSON.stringify(left)}`);
  }

  /** What was closed in order is all there. */
  async #reopened(device: Device): Promise<void> {
    const { chain, left } = this.#society;
    if (chain === undefined || left.has(device.name)) return;
    const ledger = await device.stored(chain);
    const { height } = ledger?.tip.header ?? { height: undefined };
    if (height !== this.monitor.height(chain)) this.violate(`${device.name} was closed and has height ${height} on its disk`);
  }

  #outcome(): Outcome {
    const { seed, real, injected, trace, clock } = this;
    return {
      kind: 'group',
      seed,
      minutes: 0,
      real,
      injected,
      failure: this.#failure,
      lines: trace.lines,
      digest: trace.digest(),
      blocks: this.#blocks,
      entries: this.#society.entries.size,
      events: clock.events,
      awakeMs: clock.awake - START_MS,
    };
  }
}
