/** What many runs amount to, and how a failure is told. */
import { execFileSync } from 'node:child_process';
import { COUNCIL_FAULT_KINDS, FAULT_KINDS, type FaultKind, Injected } from './injected.ts';
import type { Outcome } from './outcome.ts';

/** Lines of the trace that are told with a failure; replaying it gives all. */
const LINES_TOLD = 60;
/** Below so many runs a kind of fault may have been spared by chance. */
const ENOUGH_RUNS = 150;
/** Below this the storms kept everybody from doing anything, and the checks had little to look at. */
const MEDIAN_BLOCKS_MIN = 100;

const KINDS = { group: FAULT_KINDS, council: COUNCIL_FAULT_KINDS } as const;

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
  const expected = new Set<FaultKind>(outcomes.flatMap(({ kind }) => KINDS[kind]));
  return {
    seeds: outcomes.length,
    failed: outcomes.flatMap(({ seed, failure }) => (failure === undefined ? [] : [{ seed, failure }])),
    medianBlocks: median(outcomes.map(({ blocks }) => blocks)),
    entries: total(({ entries }) => entries),
    events: total(({ events }) => events),
    virtualMinutes: Math.round(total(({ awakeMs }) => awakeMs) / 60_000),
    injected: injected.toJSON(),
    neverInjected: [...expected].filter((kind) => injected.count(kind) === 0),
  };
}

/** What many runs taken together show, whatever each came to: what is wrong with them, and what so few cannot tell. */
export interface Judgement {
  readonly shortcoming: string | undefined;
  /** Why they are not judged together; a run so short says nothing of whether the storms were storms. */
  readonly notJudged: string | undefined;
}

export function judgement(summary: Summary): Judgement {
  const { seeds } = summary;
  const isEnough = seeds >= ENOUGH_RUNS;
  const words = `not judged: ${seeds} ${seeds === 1 ? 'run is' : 'runs are'} too few to say whether every kind of fault strikes and enough blocks come`;
  return { shortcoming: isEnough ? shortcoming(summary) : undefined, notJudged: isEnough ? undefined : words };
}

function shortcoming({ neverInjected, medianBlocks }: Summary): string | undefined {
  if (neverInjected.length > 0) return `these faults never struck: ${neverInjected.join(', ')}`;
  return medianBlocks < MEDIAN_BLOCKS_MIN ? `the median run has ${medianBlocks} blocks, fewer than ${MEDIAN_BLOCKS_MIN}` : undefined;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

/** The end of a failed run, and the command that runs it again with all of its trace. */
export function tellFailure({ seed, minutes, failure, lines }: Outcome): string {
  const replay = `replay it: npm run sim -- --seeds 1 --from ${seed} --minutes ${minutes} --trace`;
  return [...lines.slice(-LINES_TOLD), '', `seed ${seed} of commit ${commit()} failed: ${failure}`, replay, ''].join('\n');
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}
