/**
 * One run of several validators: a seed gives a plan, a storm of ten minutes, a calm in which everything must come right,
 * and an audit. What runs is the shipped node over simulated ports; who is faulty, and how, is the plan's.
 */
import { publicKeyOf } from '../../../src/core/base/key.ts';
import { MINUTE_MS } from '../../../src/core/base/limits.ts';
import { RefusalError } from '../../../src/core/base/result.ts';
import { memoryHub } from '../../../src/net/memory-transport.ts';
import type { Transport } from '../../../src/net/transport.ts';
import type { Chain } from '../../../src/node/chain.ts';
import { memorySigner } from '../../../src/node/memory-keys.ts';
import { fakeSigner } from '../../../src/node/verifier.ts';
import { audit } from '../audit.ts';
import { actorTransport, handOf } from '../byzantine/actor.ts';
import { actorOf } from '../byzantine/actors.ts';
import { forget } from '../byzantine/amnesiac.ts';
import { Chance } from '../chance.ts';
import { Device, describe } from '../device.ts';
import type { Ground, Seams } from '../ground.ts';
import { Injected } from '../injected.ts';
import { useLaterBuild } from '../later-build.ts';
import { type Outcome, STRUCK } from '../outcome.ts';
import { Person } from '../person.ts';
import { Society } from '../society.ts';
import { Trace } from '../trace.ts';
import { mostlyFakeVerifier, nobleVerifier } from '../verifiers.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { Ballots } from './ballots.ts';
import { type Charter, charterOf, layDown } from './charter.ts';
import { Citizen } from './citizen.ts';
import { FaultyClock } from './faulty-clock.ts';
import { faultyStore } from './faulty-disk.ts';
import { Hearings } from './hearings.ts';
import { CouncilLife } from './life.ts';
import { Mail } from './mail.ts';
import { type ByzantineKind, describePlan, type Plan, planOf } from './plan.ts';
import { Storm } from './storm.ts';
import { Watch } from './watch.ts';

const START_MS = Date.UTC(2030, 0, 1);
const MINUTES = 10;
const CALM_LIMIT_MS = 10 * MINUTE_MS;
const EVENTS_MAX = 3_000_000;
const LOOK_EVERY_MS = 500;
/** One seed in so many signs and verifies in earnest. */
const REAL_EVERY = 100;
const FEDERATION_THAT_DECIDES = 3;
useLaterBuild();

export interface CouncilOptions {
  readonly seed: number;
  /** How long the storm lasts, simulated. */
  readonly minutes?: number;
  /** Ends the run as failed once it has lasted so long by the wall. */
  readonly limitMs?: number;
  readonly seams?: Seams;
  readonly write?: (line: string) => void;
}

export async function simulateCouncil(options: CouncilOptions): Promise<Outcome> {
  const council = new Council(options);
  const unhandled = (error: unknown) => council.violate(`nobody handles: ${describe(error)}`);
  process.on('unhandledRejection', unhandled);
  try {
    return await council.run();
  } finally {
    process.off('unhandledRejection', unhandled);
  }
}

class Council implements Ground {
  readonly seed: number;
  readonly real: boolean;
  readonly seams: Seams;
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly hub: Ground['hub'];
  readonly verifier: Ground['verifier'];
  readonly injected = new Injected();
  readonly monitor: Watch;
  readonly votes: Ground['votes'] = { watched: (store) => store };
  readonly plan: Plan;
  readonly #minutes: number;
  readonly #endsAt: number;
  readonly #chance: Chance;
  readonly #society: Society;
  readonly #clocks = new Map<string, FaultyClock>();
  readonly #hearings: Hearings;
  readonly #ballots: Ballots;
  readonly #mail: Mail;
  readonly #busy = new Set<string>();
  #charter: Charter | undefined;
  #storm: Storm | undefined;
  #devices: readonly Device[] = [];
  #life: CouncilLife | undefined;
  #failure: string | undefined;
  #blocks = 0;

  constructor({ seed, minutes = MINUTES, limitMs = Number.POSITIVE_INFINITY, seams = {}, write }: CouncilOptions) {
    const chance = new Chance(seed);
    this.#chance = chance;
    this.seed = seed;
    this.#minutes = minutes;
    this.#endsAt = performance.now() + limitMs;
    this.real = seed % REAL_EVERY === REAL_EVERY - 1;
    this.verifier = this.real ? nobleVerifier() : mostlyFakeVerifier();
    this.clock = new VirtualClock(START_MS, (time, number) => this.trace.mix(Math.round(time), number));
    this.trace = new Trace(START_MS, () => this.clock.awake, write);
    this.violate = this.violate.bind(this);
    const now = () => this.clock.now();
    this.#hearings = new Hearings({
      verifier: this.verifier,
      now: () => this.clock.awake,
      trust: (epoch) => this.monitor.trusts.get(epoch),
      node: (name) => this.#chainOn(name)?.node,
    });
    const ended = (name: string) => this.#hearings.ended(name);
    this.monitor = new Watch({
      trace: this.trace,
      now,
      verifier: this.verifier,
      guilty: this.#hearings.guilty,
      ended,
      violate: this.violate,
    });
    this.hub = memoryHub({ clock: this.clock, random: chance.fork(), struck: (fault) => this.injected.add(STRUCK[fault]) });
    this.#society = new Society(this.clock);
    this.plan = planOf(seed);
    this.#ballots = new Ballots(
      (name) => this.#isHonest(name),
      this.violate,
      (vote) => this.#hearings.signed(vote),
    );
    this.#mail = new Mail(this.clock, chance.fork(), this.injected);
    const disks = chance.fork();
    this.seams = {
      ...seams,
      restart: async (store, name) => {
        await seams.restart?.(store, name);
        if (this.plan.byzantine.get(name) === 'amnesiac') await forget(store);
      },
      store: (store, name) => {
        const planted = seams.store?.(store, name) ?? store;
        return this.#ballots.store(
          faultyStore(planted, () => this.#storm?.disk(name) ?? { readError: 0, isFull: false }, disks, this.injected),
          name,
        );
      },
    };
  }

  #isHonest(name: string): boolean {
    return !this.plan.byzantine.has(name);
  }

  violate(what: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = what;
    this.trace.note('world', `VIOLATED: ${what}`);
  }

  async run(): Promise<Outcome> {
    await this.#found();
    for (const device of this.#devices) device.start();
    this.#storm?.begin();
    this.#life?.begin();
    await this.#runUntil(START_MS + this.#minutes * MINUTE_MS + this.plan.longerMs, () => false);
    this.#society.quiet = true;
    this.#storm?.end();
    await this.#comeRight();
    this.#society.over = true;
    await this.#runUntil(this.clock.awake + MINUTE_MS, () => this.#busy.size === 0);
    await this.#drive('the audit', () => this.#audit());
    await this.#drive('closing', () => this.#close());
    // What the network still carries for processes that were killed long ago comes to its end by itself.
    if (this.#failure === undefined) await this.#runUntil(this.clock.awake + CALM_LIMIT_MS, () => this.clock.pending === 0);
    const left = { streams: this.hub.openStreams(), timers: this.clock.pending };
    if (left.streams > 0 || left.timers > 0) this.violate(`left running: ${JSON.stringify(left)}`);
    return this.#outcome();
  }

  // ---------------------------------------------------------------- founding

  async #found(): Promise<void> {
    const { founders, guests, approvals } = this.plan;
    const chance = this.#chance.fork();
    const signer = (seed: Uint8Array) => (this.real ? memorySigner(seed) : fakeSigner(publicKeyOf(seed)));
    const federation = approvals > 0 ? FEDERATION_THAT_DECIDES : 1;
    this.#charter = await charterOf({ names: founders, federation, approvals, now: START_MS, chance, signer });
    this.#society.chain = this.#charter.founded.chain;
    this.monitor.begin(this.#charter.first.header, this.#charter.first.trust);
    this.#devices = [...founders, ...guests].map((name) => this.#device(name, chance.fork()));
    const struck = { ground: this, plan: this.plan, devices: this.#devices, clocks: this.#clocks, mail: this.#mail };
    this.#storm = new Storm(struck, chance.fork());
    const citizens = new Map(this.#devices.map((device) => [device.name, new Citizen(this, this.#society, device, chance.fork())]));
    const people = new Map(this.#devices.map((device) => [device.name, new Person(this, this.#society, device, chance.fork())]));
    this.#life = new CouncilLife({
      ground: this,
      plan: this.plan,
      society: this.#society,
      citizens,
      people,
      chance: chance.fork(),
      script: (what, work) => this.#script(what, work),
      isGone: (name) => this.#storm?.isGone(name) === true,
      upheaval: { recoveryKey: this.#charter.recoveryKey, isLevel: () => this.#isLevel(), lose: (name) => this.#storm?.lose(name) },
    });
    this.trace.note('world', describePlan(this.plan));
  }

  #device(name: string, chance: Chance): Device {
    const clock = new FaultyClock(this.clock);
    const actors = chance.fork();
    this.#clocks.set(name, clock);
    return new Device(this, {
      name,
      hosts: false,
      chance,
      killInWrite: () => this.#storm?.killInWrite() ?? 0,
      lies: () => this.plan.byzantine.get(name) === 'lying syncer' && !this.#society.over && this.#strikes('lying syncer'),
      clock: () => clock,
      transport: (transport) => this.#acting(this.#watched(this.#mail.over(transport), name), name, actors),
      prepare: async (store, keys) => {
        if (this.#charter !== undefined) await layDown(this.#charter, name, store, keys);
      },
      excuses: (error) => error instanceof RefusalError && (error.code === 'storage-failed' || error.code === 'storage-full'),
    });
  }

  #strikes(kind: ByzantineKind): true {
    this.injected.add(kind);
    return true;
  }

  #watched(transport: Transport, name: string): Transport {
    return this.#hearings.transport(this.#ballots.transport(transport, name), name, this.#isHonest(name));
  }

  /** The words of a faulty validator are what its kind makes of them. */
  #acting(transport: Transport, name: string, chance: Chance): Transport {
    const kind = this.plan.byzantine.get(name);
    const founder = this.#charter?.founders.find((one) => one.name === name);
    if (kind === undefined || founder === undefined) return transport;
    const hand = { chance, vote: founder.signers.vote, validators: this.plan.founders.length };
    const actor = actorOf(kind, handOf(kind, hand, this.injected));
    return actor === undefined ? transport : actorTransport(transport, actor);
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
      if (performance.now() > this.#endsAt) this.violate('its time is over, and no end');
      return this.#failure !== undefined || this.clock.awake >= time || done();
    });
  }

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

  /** All faults have healed: everybody who is left writes once more, and everything becomes final for all. */
  async #comeRight(): Promise<void> {
    for (const { name } of this.#devices) this.#script(`${name} writes once more`, () => this.#life?.lastWord(name) ?? Promise.resolve());
    const until = this.clock.awake + CALM_LIMIT_MS;
    let open: string | undefined = 'nobody has looked';
    let cancel = () => {};
    let isSure = false;
    // Twice in a row: a block may be half committed, out of the outbox and not yet told of.
    const look = () => {
      const found = this.#unfinished();
      open = found ?? (isSure ? undefined : 'it has only just come right');
      isSure = found === undefined;
      if (open !== undefined) cancel = this.clock.schedule(LOOK_EVERY_MS, look);
    };
    look();
    await this.#runUntil(until, () => open === undefined);
    cancel();
    if (open !== undefined) this.violate(`all is calm, and yet: ${open}`);
  }

  #unfinished(): string | undefined {
    this.#noteRemoved();
    const [busy] = [...this.#busy].filter((what) => !what.endsWith('decides'));
    if (busy !== undefined) return busy;
    const away = this.#devices.find(({ name, latchkey }) => latchkey === undefined && this.#storm?.isGone(name) !== true);
    if (away !== undefined) return `${away.name} is not back`;
    const { highest } = this.monitor;
    for (const [device, { node, height }] of this.#chains()) {
      if (height !== highest) return `${device} is at height ${height} of ${highest}`;
      const waiting = node.outbox.items().filter(({ refused }) => refused === undefined);
      if (waiting.length > 0) return `${device} has ${waiting.length} in its outbox`;
      if (node.mempool.size > 0) return `${device} has ${node.mempool.size} waiting for a block`;
      if (!node.ledger.complete) return `${device} has not all of history`;
    }
    return undefined;
  }

  #isLevel(): boolean {
    const chains = [...this.#chains().values()];
    return chains.length === this.#devices.length && chains.every(({ height }) => height === this.monitor.highest);
  }

  /** Who was removed cannot know: nobody tells it anything any more. */
  #noteRemoved(): void {
    const [alice] = this.#chains().values();
    for (const { name, left } of alice?.members() ?? []) if (left) this.#society.left.add(name);
  }

  /** The chain on every device that is a member's and not lost. */
  #chains(): ReadonlyMap<string, Chain> {
    const out = new Map<string, Chain>();
    for (const { name } of this.#devices) {
      const chain = this.#chainOn(name);
      if (chain !== undefined && !this.#society.left.has(name)) out.set(name, chain);
    }
    return out;
  }

  #chainOn(name: string): Chain | undefined {
    const id = this.#society.chain;
    return id === undefined ? undefined : this.#devices.find((device) => device.name === name)?.latchkey?.chain(id);
  }

  // ---------------------------------------------------------------- the end

  async #audit(): Promise<void> {
    const chains = this.#chains();
    this.#blocks = this.monitor.highest;
    for (const [device, { node }] of chains)
      for (const { transaction, refused } of node.outbox.items())
        this.trace.note(device, `was refused ${transaction.unsigned.action.type}: ${refused}`);
    // What was lost with its author's disk was promised for that disk.
    for (const entry of this.#society.entries.values()) if (this.#storm?.isForgotten(entry.author) === true) entry.acknowledged = false;
    const missing = this.#devices.filter(({ name }) => this.#storm?.isGone(name) === true && !this.#society.left.has(name)).length;
    await audit(chains, this.#society, this.violate, missing);
    await this.#life?.audit(chains);
    const [first] = chains;
    const recorded = first === undefined ? 0 : await this.monitor.recorded(...first);
    const hasKeptAll = (name: string) => chains.has(name) && this.#storm?.isForgotten(name) !== true;
    const unconvicted = first === undefined ? undefined : this.#hearings.unconvicted(first[1].node.ledger.state, hasKeptAll);
    if (unconvicted !== undefined) this.violate(unconvicted);
    if (recorded !== this.monitor.highest) this.violate(`the log was looked at up to height ${recorded} of ${this.monitor.highest}`);
  }

  async #close(): Promise<void> {
    await Promise.all(this.#devices.map((device) => device.close()));
  }

  #outcome(): Outcome {
    const { seed, real, injected, trace, clock } = this;
    return {
      kind: 'council',
      seed,
      minutes: this.#minutes,
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
