/**
 * Long random histories of all verbs by many members, valid and not: what must hold after each block holds whatever
 * happened, and two nodes that put the same transactions into other blocks come to the same state.
 */
import { expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../src/core/base/limits.ts';
import type { Rules } from '../../src/core/codec/rules.ts';
import type { Transaction } from '../../src/core/codec/transaction.ts';
import { applyTransaction, beginBlock, endBlock } from '../../src/core/membership/apply.ts';
import { readBucket, storeBucket } from '../../src/core/membership/proof.ts';
import { State } from '../../src/core/membership/state.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import { attempt, RULES_TO_WALK_UNDER } from '../support/admission-attempts.ts';
import type { Outcome } from '../support/admission-case.ts';
import { checkEarnings, earningAssembly } from '../support/admission-earning.ts';
import { Machine } from '../support/admission-machine.ts';
import { checkState } from '../support/admission-oracle.ts';
import { FOUNDERS } from '../support/admission-scene.ts';
import { checkStep } from '../support/admission-steps.ts';
import { pick } from '../support/cddl-values.ts';
import { seededRandom } from '../support/seeded-random.ts';

const ROUNDS = 50;
const ROUND_MAX = 8;
/** More of them: `WALK_SEEDS=500`. */
const SEEDS = Array.from({ length: Number(process.env['WALK_SEEDS'] ?? 6) }, (_, i) => i + 1);
const PAUSES = [2 * SECOND_MS, HOUR_MS, DAY_MS, 8 * DAY_MS, 20 * DAY_MS, 100 * DAY_MS];

/** One block of one transaction, with what must hold of it. The block's time and height are the machine's: several may share them. */
function take(machine: Machine, transaction: Transaction | undefined): Outcome {
  const before = machine.state;
  const begun = beginBlock(before, machine.facts);
  const draft = beginBlock(before, machine.facts);
  const refusal = transaction === undefined ? undefined : applyTransaction(draft, machine.facts, machine.leaves, asVerified(transaction));
  endBlock(draft, machine.facts);
  machine.state = draft.freeze();
  if (refusal === undefined && transaction !== undefined) machine.leaves += 1;
  const entered = refusal === undefined ? transaction : undefined;
  checkState(machine.state);
  checkEarnings(machine.state);
  checkStep({ before, begun: begun.freeze(), after: machine.state, time: machine.time, transaction: entered });
  // What is refused leaves no trace: an empty block would have given the same.
  endBlock(begun, machine.facts);
  if (entered === undefined) expect(toHex(machine.state.root)).toBe(toHex(begun.freeze().root));
  return refusal?.code ?? 'ok';
}

/** What the end of a block, or the beginning of the next at the same time, may change. */
function atTheEdge({ state, time }: Machine): string {
  const agenda = state.get('agenda', new Uint8Array(0));
  return JSON.stringify([state.get('trust', new Uint8Array(0))?.epoch, agenda?.candidates.map(toHex), state.due(time, 1).length]);
}

/** Whoever acts sees the block before. */
function beforeTheBlock<T>(machine: Machine, make: () => T): T {
  machine.height -= 1;
  const made = make();
  machine.height += 1;
  return made;
}

/** Transactions made one after the other and put into a block each; ends early where the edge of a block makes a difference. */
function playRound(machine: Machine, random: () => number, story: string[]): readonly (readonly [Transaction, Outcome])[] {
  const round: [Transaction, Outcome][] = [];
  const edge = atTheEdge(machine);
  while (round.length < ROUND_MAX && atTheEdge(machine) === edge) {
    const one = attempt(machine, random);
    const made = beforeTheBlock(machine, () => machine.hand.transaction(machine, one));
    story.push(`${one.by}: ${describe(made)}`);
    round.push([made, take(machine, made)]);
    story.push(round.at(-1)?.[1] ?? '');
  }
  return round;
}

function nextBlock(machine: Machine, pause: number): void {
  machine.time += pause;
  machine.height += 1;
}

/** The action in one line, with its fields. */
function describe({ unsigned }: Transaction): string {
  return JSON.stringify(unsigned.action, (_, value: unknown) => (value instanceof Uint8Array ? toHex(value).slice(0, 8) : value));
}

test.each(SEEDS)('whatever people try, counts are right, guards hold, and the blocks make no difference (seed %d)', (seed) =>
  tell(seed, { rulesOf: (random) => pick(RULES_TO_WALK_UNDER, random)(), pauses: PAUSES, restless: 0.2 }),
);

/** Days follow one another, so that relays can serve them. */
test.each(SEEDS.slice(0, Math.ceil(SEEDS.length / 2)))('the same where relays earn what they may ask for (seed %d)', (seed) =>
  tell(seed, { rulesOf: earningAssembly, pauses: [2 * SECOND_MS, DAY_MS, DAY_MS, DAY_MS, 2 * DAY_MS, 20 * DAY_MS], restless: 0.6 }),
);

interface Walk {
  readonly rulesOf: (random: () => number) => Rules;
  readonly pauses: readonly number[];
  /** How often a pause comes before a round. */
  readonly restless: number;
}

function tell(seed: number, plan: Walk): void {
  const story: string[] = [];
  try {
    walk(seed, story, plan);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\nafter\n${story.slice(-12).join('\n')}`, { cause: error });
  }
}

function walk(seed: number, story: string[], { rulesOf, pauses, restless }: Walk): void {
  const random = seededRandom(seed);
  const seats = FOUNDERS.slice(0, 1 + Math.floor(random() * FOUNDERS.length));
  const alone = new Machine({ rules: rulesOf(random), seats });
  const outcomes: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    nextBlock(alone, random() < restless ? pick(pauses, random) : SECOND_MS);
    // One change that time makes may bring on another, which is the next block's.
    do take(alone, undefined);
    while (alone.state.due(alone.time, 1).length > 0);
    const together = alone.fork();
    const played = playRound(alone, random, story);
    const given = inOneBlock(
      together,
      played.map(([transaction]) => transaction),
    );
    expect(given).toEqual(played.map(([, outcome]) => outcome));
    expect(toHex(together.state.root), 'one block or many').toBe(toHex(alone.state.root));
    outcomes.push(...played.map(([{ unsigned }, outcome]) => `${unsigned.action.type} ${outcome}`));
    if (round % 10 === 9) checkCopy(alone);
  }
  expect(outcomes.filter((one) => one.endsWith(' ok')).length).toBeGreaterThan(outcomes.length / 6);
  for (const one of outcomes) tried.set(one, (tried.get(one) ?? 0) + 1);
}

/** All of them in one block at the machine's time and height. */
function inOneBlock(machine: Machine, transactions: readonly Transaction[]): readonly Outcome[] {
  const draft = beginBlock(machine.state, machine.facts);
  const outcomes = transactions.map((one): Outcome => {
    const code = applyTransaction(draft, machine.facts, machine.leaves, asVerified(one))?.code ?? 'ok';
    if (code === 'ok') machine.leaves += 1;
    return code;
  });
  endBlock(draft, machine.facts);
  machine.state = draft.freeze();
  return outcomes;
}

/** A snapshot of the state is the state, and goes on alike. */
function checkCopy(machine: Machine): void {
  const copied = State.ofEntries(
    machine.state.bucketHashes().flatMap((hash, index) => {
      const read = readBucket(storeBucket(machine.state, index), hash);
      return read.ok ? read.value : expect.fail(read.refusal.detail);
    }),
  );
  expect(toHex(copied.root)).toBe(toHex(machine.state.root));
  const later = { ...machine.facts, time: machine.time + 200 * DAY_MS, height: machine.height + 1 };
  expect(toHex(beginBlock(copied, later).freeze().root)).toBe(toHex(beginBlock(machine.state, later).freeze().root));
}

const tried = new Map<string, number>();

test('every verb was taken, and refused', () => {
  if (process.env['WALK'] !== undefined)
    console.log(
      [...tried]
        .toSorted()
        .map((one) => one.join(' '))
        .join('\n'),
    );
  const verbs = new Set([...tried.keys()].map((one) => one.split(' ')[0]));
  expect(verbs.size).toBe(17);
  for (const verb of verbs) {
    expect(tried.get(`${verb} ok`) ?? 0, `${verb} was taken`).toBeGreaterThan(0);
    expect([...tried.keys()].filter((one) => one.startsWith(`${verb} `)).length, `${verb} was refused`).toBeGreaterThan(1);
  }
});
