/**
 * What mass joining costs: how long, and with how many bytes relayed for others, attackers come to hold a third of the seats of an
 * honest network, where seats are earned and where they are asked for. The admission machine that ships runs it, day by day;
 * signatures alone are left out. Much is in the attackers' favour: they have open links, and as many identities as they like,
 * they take whatever place of a relay is free, and the federation approves whoever asks.
 */
import { DAY_MINUTES, DAY_MS, HOUR_MS, RELAYS_MAX } from '../../src/core/base/limits.ts';
import { CHANGE_NUMBERS } from '../../src/core/codec/governance.ts';
import type { RelayReceipt } from '../../src/core/codec/relay-receipt.ts';
import type { Rule, Rules } from '../../src/core/codec/rules.ts';
import type { Action } from '../../src/core/codec/transaction.ts';
import { agendaOf } from '../../src/core/membership/agenda.ts';
import { isOfOneLineage } from '../../src/core/membership/ancestry.ts';
import type { BlockFacts } from '../../src/core/membership/apply.ts';
import { trustSetOf } from '../../src/core/membership/facts.ts';
import { dayOf } from '../../src/core/membership/transitions/serve.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';
import { change, readiness, registration } from '../support/keys-world.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { founderOf, genesisOf, hashOf, keyOf, SIGNATURE, World } from '../support/world.ts';
import { type Machine, machine } from './machine.ts';

/** Seats of the network; ten are held by honest validators from the beginning. */
const SEATS = 16;
const HONEST_MEMBERS = 30;
const HONEST_RELAYS = 8;
/** Relays that a member keeps a reservation at, and what each carries for it in a day. */
const RELAYS_A_MEMBER = 4;
const CARRIED_KIB = 1_024;
/** The federation takes the place of a relay that nobody has attested for so long. */
const IDLE_DAYS_MAX = 30;
/** One honest validator in so many gives up its seat each day: the need for others never ends. */
const LEAVES_ONE_IN = 180;
const DAYS_MAX = 730;
const FOUNDERS = ['ada', 'bob', 'cleo'];
const VALIDATORS = Array.from({ length: 10 }, (_, i) => `val ${i}`);

/**
 * `asking`: validators by approval, as without the mechanism. `serving`: attackers relay for everybody, and sign for each other
 * besides; `forging`: they only sign. They have the open links of one founder; `forging-twice`, of two.
 */
const WAYS = ['asking', 'serving', 'forging', 'forging-twice'] as const;
type Way = (typeof WAYS)[number];

export interface JoiningRun {
  readonly identities: number;
  readonly way: Way;
  /** Until attackers hold a third of the seats; `null` if they did not in two years. */
  readonly days: number | null;
  /** What the attackers' relays carried for honest members by then. */
  readonly relayedMiB: number;
  readonly tokens: { readonly attackers: number; readonly honest: number };
  readonly seats: { readonly attackers: number; readonly honest: number };
}

export interface JoiningReport {
  readonly bench: 'joining-cost';
  readonly machine: Machine;
  readonly network: { readonly seats: number; readonly members: number; readonly relays: number; readonly relayPlaces: number };
  readonly daysMax: number;
  readonly seconds: number;
  /** The median of each, by days. */
  readonly medians: readonly JoiningRun[];
  readonly runs: readonly JoiningRun[];
}

export function benchJoiningCost(options: {
  readonly identities: readonly number[];
  readonly runs: number;
  readonly log: (line: string) => void;
}): JoiningReport {
  const began = performance.now();
  const groups = options.identities.flatMap((identities) => WAYS.map((way) => ({ identities, way })));
  const all = groups.map(({ identities, way }) => {
    const runs = Array.from({ length: options.runs }, (_, i) => new Siege(identities, way, i + 1).run());
    options.log(`${identities} identities, ${way}: ${runs.map(({ days }) => days ?? 'never').join(', ')} days`);
    return runs.toSorted((a, b) => (a.days ?? DAYS_MAX + 1) - (b.days ?? DAYS_MAX + 1));
  });
  return {
    bench: 'joining-cost',
    machine: machine(),
    network: { seats: SEATS, members: HONEST_MEMBERS, relays: HONEST_RELAYS, relayPlaces: RELAYS_MAX },
    daysMax: DAYS_MAX,
    seconds: Math.round((performance.now() - began) / 1000),
    medians: all.flatMap((runs) => runs[Math.floor(runs.length / 2)] ?? []),
    runs: all.flat(),
  };
}

function siegeRules(way: Way): Rules {
  const rules = openLinkRules();
  const governance = [{ kind: CHANGE_NUMBERS.withdraw, approvals: 1 }];
  const asked: Rule = { type: 'approvals', approvals: 1 };
  const validator: Rule = way === 'asking' ? asked : { type: 'allOf', rules: [{ type: 'token' }, asked] };
  return {
    ...rules,
    roles: rules.roles.map((one) => (one.role === 'validator' ? { ...one, rule: validator, cap: SEATS } : one)),
    governance,
  };
}

/** An honest network, and those who would take it over. */
class Siege extends World {
  readonly #identities: number;
  readonly #way: Way;
  readonly #seed: number;
  readonly #random: () => number;
  #relays: readonly string[] = [];
  #members: readonly string[] = [];
  #attackers: readonly string[] = [];
  #relayedKib = 0;
  #won = { attackers: 0, honest: 0 };
  #began = 0;

  constructor(identities: number, way: Way, seed: number) {
    const founders = [
      ...FOUNDERS.map((name) => founderOf(name, ['federation'])),
      ...VALIDATORS.map((name) => founderOf(name, ['validator'])),
    ];
    super(genesisOf(founders, { rules: siegeRules(way) }));
    this.#identities = identities;
    this.#way = way;
    this.#seed = seed;
    this.#random = seededRandom(seed * 7919 + identities);
  }

  /** Block ids differ from run to run: they decide the draws. */
  override get facts(): BlockFacts {
    return { ...super.facts, parent: hashOf(`run ${this.#seed}, ${this.#identities} identities, block ${this.height - 1}`) };
  }

  run(): JoiningRun {
    this.#settle();
    this.#besiege();
    this.#began = dayOf(this.time);
    while (!this.#isTaken() && this.#days < DAYS_MAX) this.#day();
    const attackers = this.#seatsOf(isAttacker);
    return {
      identities: this.#identities,
      way: this.#way,
      days: this.#isTaken() ? this.#days : null,
      relayedMiB: Math.round(this.#relayedKib / 1024),
      tokens: this.#won,
      seats: { attackers, honest: trustSetOf(this.state).seats.length - attackers },
    };
  }

  /** Founders whose open links the attackers have. */
  get #hosts(): readonly string[] {
    return FOUNDERS.slice(0, this.#way === 'forging-twice' ? 2 : 1);
  }

  get #days(): number {
    return dayOf(this.time) - this.#began;
  }

  // ---------------------------------------------------------------- who is there

  /** Honest members came by the founders' links; some of them relay. */
  #settle(): void {
    for (const name of FOUNDERS) this.invite(name, `link of ${name}`, { uses: 0, expiry: this.time + 300 * DAY_MS });
    this.#members = this.#come('honest', HONEST_MEMBERS, FOUNDERS);
    for (const name of FOUNDERS) this.invite(name, `relays of ${name}`, { role: 'relay', uses: 0, expiry: this.time + 300 * DAY_MS });
    this.#relays = Array.from({ length: HONEST_RELAYS }, (_, i) => `honest relay ${i}`);
    this.#all(this.#relays.map((name, i) => [name, this.joinAction(name, `relays of ${FOUNDERS[i % FOUNDERS.length] ?? ''}`)]));
    this.#nextDay();
  }

  /** They take every place of a relay that is left, and come as members with all other identities. */
  #besiege(): void {
    const places = Math.min(RELAYS_MAX - HONEST_RELAYS, Math.ceil(this.#identities / 2));
    const relays = Array.from({ length: places }, (_, i) => `attacker's relay ${i}`);
    this.#all(relays.map((name, i) => [name, this.joinAction(name, `relays of ${this.#hosts[i % this.#hosts.length] ?? ''}`)]));
    this.#relays = [...this.#relays, ...relays];
    this.#attackers = [...relays, ...this.#come('attacker', this.#identities - places, this.#hosts)];
    this.#nextDay();
  }

  #come(kind: string, count: number, hosts: readonly string[]): readonly string[] {
    const names = Array.from({ length: count }, (_, i) => `${kind} ${i}`);
    this.#all(names.map((name, i) => [name, this.joinAction(name, `link of ${hosts[i % hosts.length] ?? ''}`)]));
    return names;
  }

  /** A block of all of these; gives who was not refused. */
  #all(actions: readonly (readonly [string, Action])[]): readonly string[] {
    const outcomes = this.block(...actions.map(([name, action]) => this.transaction(name, action)));
    return actions.flatMap(([name], i) => (outcomes[i] === 'ok' ? name : []));
  }

  #nextDay(): void {
    this.pass((dayOf(this.time) + 1) * DAY_MS + 2 * HOUR_MS - this.time);
  }

  // ---------------------------------------------------------------- a day

  #day(): void {
    this.#nextDay();
    if (this.#way !== 'asking') this.#relaying();
    this.#aspiring(this.#way === 'asking' ? this.#everybody() : this.#promoted());
    for (const name of this.#seated().filter((one) => !isAttacker(one))) if (this.#random() * LEAVES_ONE_IN < 1) this.leave(name);
    if (this.#way !== 'asking') this.#withdraw();
    this.#relays = this.#relays.filter((name) => this.member(name)?.roles.includes('relay') === true);
    this.#replace();
  }

  /** Without the mechanism everybody asks who would validate: the honest relays, and every identity. */
  #everybody(): readonly string[] {
    const asking = [...this.#relays.filter((name) => !isAttacker(name)), ...this.#attackers];
    return this.#some(asking, asking.length).filter((name) => this.member(name)?.roles.includes('validator') === false);
  }

  /** Relays tell of the day before; two blocks later those that have won spend their tokens. */
  #relaying(): void {
    const receipts = this.#receiptsOfDay();
    const told = this.#relays.flatMap((relay): (readonly [string, Action])[] => {
      const own = receipts.get(relay) ?? [];
      return own.length === 0
        ? []
        : [[relay, { type: 'relay-receipts', relay: this.idOf(relay), day: dayOf(this.time) - 1, receipts: own }]];
    });
    this.#all(told);
    this.block();
    this.block();
  }

  /** Honest members sign for what they were given; attackers sign for their own, for nothing. */
  #receiptsOfDay(): ReadonlyMap<string, readonly RelayReceipt[]> {
    const receipts = new Map<string, RelayReceipt[]>(this.#relays.map((name) => [name, []]));
    const serving = this.#relays.filter((name) => !isAttacker(name) || this.#way === 'serving');
    for (const member of this.#members) {
      for (const relay of this.#some(serving, RELAYS_A_MEMBER)) {
        receipts.get(relay)?.push(receiptBy(member, CARRIED_KIB));
        if (isAttacker(relay)) this.#relayedKib += CARRIED_KIB;
      }
    }
    const friends = this.#relays.filter(isAttacker);
    // Four relays a member and day are all that it may sign for; more than these few of a lineage would count for nothing.
    for (const [i, relay] of friends.entries()) {
      const from = 4 * Math.floor(i / 4);
      for (const liar of this.#attackers.filter((one) => !friends.includes(one)).slice(from, from + 4)) {
        if (!isOfOneLineage(this.state, this.idOf(liar), this.idOf(relay))) receipts.get(relay)?.push(receiptBy(liar, CARRIED_KIB));
      }
    }
    return receipts;
  }

  #promoted(): readonly string[] {
    const holders = this.#relays.filter((name) => this.state.get('token', this.idOf(name)) !== undefined);
    for (const name of holders) this.#won[isAttacker(name) ? 'attackers' : 'honest'] += 1;
    return this.#all(holders.map((name) => [name, { type: 'spend-token' }]));
  }

  /** They ask, the federation approves whoever asks, and they are ready. */
  #aspiring(names: readonly string[]): void {
    const asked = this.#all(names.map((name) => [name, { type: 'request-role', role: 'validator', operator: undefined }]));
    const decisions = agendaOf(this.state).requests.map((subject): readonly [string, Action] => {
      const basis = this.state.get('request', subject)?.ruleHash ?? subject;
      return [FOUNDERS[2] ?? '', { type: 'approve', subject, basis, reason: undefined, knock: undefined }];
    });
    this.#all(decisions);
    const validators = asked.filter((name) => this.member(name)?.roles.includes('validator') === true);
    this.#all(validators.map((name) => [name, registration(name)]));
    const waiting = [...validators, ...this.#waiting()];
    this.#all([...new Set(waiting)].map((name) => [name, readiness(this)]));
  }

  #waiting(): readonly string[] {
    const { candidates } = agendaOf(this.state);
    if (candidates.length === 0) return [];
    return this.#people().filter((name) => candidates.some((id) => String(id) === String(this.idOf(name))));
  }

  #withdraw(): void {
    const idle = this.#relays.filter((name) => {
      const since = dayOf(this.member(name)?.since ?? this.time);
      const uptime = this.state.get('service', this.idOf(name))?.uptime ?? new Uint8Array(0);
      return dayOf(this.time) - since > IDLE_DAYS_MAX && uptime.slice(-IDLE_DAYS_MAX).every((percent) => percent === 0);
    });
    for (const name of idle) this.act(FOUNDERS[2] ?? '', change(this, { type: 'withdraw', member: this.idOf(name), role: 'relay' }));
  }

  /** Honest people take a relay's place that became free as eagerly as attackers do, and are as many as their members. */
  #replace(): void {
    while (this.#way !== 'asking' && this.#relays.length < RELAYS_MAX) {
      const isHonest = this.#random() * (this.#identities + HONEST_MEMBERS) < HONEST_MEMBERS;
      const name = `${isHonest ? 'honest' : 'attacker'} relay of block ${this.height}`;
      const hosts = isHonest ? FOUNDERS : this.#hosts;
      const host = hosts[Math.floor(this.#random() * hosts.length)] ?? '';
      if (this.join(name, `relays of ${host}`) !== 'ok') return;
      this.#relays = [...this.#relays, name];
    }
  }

  // ---------------------------------------------------------------- what came of it

  #people(): readonly string[] {
    return [...new Set([...VALIDATORS, ...this.#everSeen()])];
  }

  readonly #seen = new Set<string>();

  #everSeen(): readonly string[] {
    for (const name of [...this.#relays, ...this.#attackers]) this.#seen.add(name);
    return [...this.#seen];
  }

  #seated(): readonly string[] {
    const seats = new Set(trustSetOf(this.state).seats.map(({ node }) => String(node)));
    return this.#people().filter((name) => seats.has(String(keyOf(name))));
  }

  #seatsOf(which: (name: string) => boolean): number {
    return this.#seated().filter(which).length;
  }

  #isTaken(): boolean {
    return 3 * this.#seatsOf(isAttacker) >= trustSetOf(this.state).seats.length;
  }

  #some(names: readonly string[], count: number): readonly string[] {
    const left = [...names];
    return Array.from({ length: Math.min(count, left.length) }, () => left.splice(Math.floor(this.#random() * left.length), 1)).flat();
  }
}

function isAttacker(name: string): boolean {
  return name.startsWith('attacker');
}

function receiptBy(member: string, kib: number): RelayReceipt {
  return { node: keyOf(member), watched: DAY_MINUTES, minutes: DAY_MINUTES, breaks: 0, circuits: 4, kib, signature: SIGNATURE };
}

export function describeJoiningCost({ network, medians, daysMax, seconds }: JoiningReport): string {
  const { seats, members, relays, relayPlaces } = network;
  const lines = medians.map(({ identities, way, days, relayedMiB, tokens, seats: held }) =>
    [
      `  ${String(identities).padStart(5)} identities, ${WAY_WORDS[way]}`.padEnd(50),
      days === null ? `never in ${daysMax} days` : `${days} days`,
      `${relayedMiB} MiB relayed, ${tokens.attackers} tokens against ${tokens.honest}, ${held.attackers} seats of ${held.attackers + held.honest}`,
    ].join('   '),
  );
  const head = `until attackers hold a third of ${seats} seats, beside ${members} honest members; ${relays} of ${relayPlaces} relays are honest at first; medians`;
  return [head, ...lines, `  in ${seconds} s`].join('\n');
}

const WAY_WORDS: { readonly [W in Way]: string } = {
  asking: 'seats by approval',
  serving: 'earned, relaying',
  forging: 'earned, forging alone',
  'forging-twice': 'earned, forging by two links',
};
