/** Plays a case through the bare state machine: a block for each act, and both orders of each race. */
import { expect } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { SECOND_MS } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import type { Recovery } from '../../src/core/codec/genesis.ts';
import type { Transaction } from '../../src/core/codec/transaction.ts';
import { applyTransaction, type BlockFacts, beginBlock, endBlock } from '../../src/core/membership/apply.ts';
import type { State } from '../../src/core/membership/state.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import { type Act, type AdmissionCase, Hand, type Outcome, type Race, type Step } from './admission-case.ts';
import { type AssemblyOptions, assemblyGenesis, type Scene } from './admission-scene.ts';
import { found, hashOf, SIGNATURE } from './world.ts';

export class Machine implements Scene {
  readonly chain: Scene['chain'];
  readonly recovery: Recovery;
  state: State;
  time: number;
  height = 0;
  leaves = 1;
  hand: Hand;

  constructor(options: AssemblyOptions) {
    const genesis = assemblyGenesis(options);
    const first = unwrap(found(genesis));
    this.chain = first.chain;
    this.state = first.state;
    this.time = genesis.time;
    this.recovery = genesis.recovery;
    this.hand = new Hand(() => SIGNATURE);
  }

  idOf(label: string) {
    return this.hand.labelled(label).id;
  }

  get tip() {
    return hashOf(`block ${this.height}`);
  }

  get facts(): BlockFacts {
    const { chain, time, height, recovery } = this;
    return { chain, time, height, recovery, parent: hashOf(`block ${height - 1}`) };
  }

  /** One that stands where this one stands. */
  fork(): Machine {
    const other: Machine = Object.assign(Object.create(Machine.prototype), this);
    other.hand = this.hand.fork();
    return other;
  }

  block(...transactions: readonly Transaction[]): readonly Outcome[] {
    this.time += SECOND_MS;
    this.height += 1;
    const draft = beginBlock(this.state, this.facts);
    const outcomes = transactions.map((one): Outcome => {
      const code = applyTransaction(draft, this.facts, this.leaves, asVerified(one))?.code ?? 'ok';
      if (code === 'ok') this.leaves += 1;
      return code;
    });
    endBlock(draft, this.facts);
    this.state = draft.freeze();
    return outcomes;
  }

  pass(duration: number): void {
    this.time += duration - SECOND_MS;
    this.block();
  }
}

/** Plays every step; expects of each what it says. */
export function playOnMachine(one: AdmissionCase): void {
  playFrom(new Machine(one), one.steps);
}

/** A race splits the story: what follows must come true after either order. */
function playFrom(machine: Machine, steps: readonly Step[]): void {
  for (const [i, step] of steps.entries()) {
    if (!('race' in step)) {
      playStep(machine, step);
      continue;
    }
    for (const order of [0, 1] as const) {
      const fork = machine.fork();
      playRace(fork, step, order);
      playFrom(fork, steps.slice(i + 1));
    }
    return;
  }
}

function playStep(machine: Machine, step: Exclude<Step, Race>): void {
  if ('passes' in step) return machine.pass(step.passes);
  if ('holds' in step) return step.holds(machine);
  if ('prepares' in step) return void machine.hand.transaction(machine, step.prepares);
  if ('again' in step) return expect(machine.block(machine.hand.labelled(step.again)), `${step.again} again`).toEqual([step.gives]);
  playAct(machine, step);
}

function playAct(machine: Machine, one: Act): void {
  const made = machine.hand.transaction(machine, one);
  expect(machine.block(made), `${one.by}: ${made.unsigned.action.type}`).toEqual([one.gives ?? 'ok']);
}

function playRace(machine: Machine, { race, gives }: Race, order: 0 | 1): void {
  const made = race.map((one) => machine.hand.transaction(machine, one));
  const expected = gives[order];
  const [first, second] = order === 0 ? made : made.toReversed();
  if (first === undefined || second === undefined) throw new Error('a race is of two');
  const blocks = machine.fork();
  const inOne = machine.block(first, second);
  expect(inOne, `${race[order].by} first`).toEqual(expected);
  // In two blocks it comes to the same.
  expect([...blocks.block(first), ...blocks.block(second)], `${race[order].by} first, in two blocks`).toEqual(expected);
}

export function rootOf({ state }: Machine): string {
  return toHex(state.root);
}
