/** What many runs amount to, and how a failure is told. */
import { FAULT_KINDS, type FaultKind, Injected } from './injected.ts';
import type { Outcome } from './simulate.ts';

/** Lines of the trace that are told with a failure; replaying it gives all. */
const LINES_TOLD = 60;

export interface Summary {
  readonly seeds: number;
  readonly failed: readonly { readonly seed: number; readonly failure: string }[];
  readonly medianBlocks: number;
  readonly entries: number;
  readonly events: number;
  readonly virtualMinutes: number;
  readonly injected: Readonly<Record<FaultKind, number>>;
  /** Kinds of faults that struck in no run. */
  readonly neverInjected: readonly FaultKind[];
}

export function summarize(outcomes: readonly Outcome[]): Summary {
  const injected = new Injected();
  for (const outcome of outcomes) injected.addAll(outcome.injected);
  const total = (of: (outcome: Outcome) => number) => outcomes.reduce((sum, outcome) => sum + of(outcome), 0);
  return {
    seeds: outcomes.length,
    failed: outcomes.flatMap(({ seed, failure }) => (failure === undefined ? [] : [{ seed, failure }])),
    medianBlocks: median(outcomes.map(({ blocks }) => blocks)),
    entries: total(({ entries }) => entries),
    events: total(({ events }) => events),
    virtualMinutes: Math.round(total(({ awakeMs }) => awakeMs) / 60_000),
    injected: injected.toJSON(),
    neverInjected: FAULT_KINDS.filter((kind) => injected.count(kind) === 0),
  };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

/** The end of a failed run, and the command that runs it again with all of its trace. */
export function tellFailure({ seed, failure, lines }: Outcome): string {
  const replay = `replay it: npm run sim -- --seeds 1 --from ${seed} --trace`;
  return [...lines.slice(-LINES_TOLD), '', `seed ${seed} failed: ${failure}`, replay, ''].join('\n');
}
