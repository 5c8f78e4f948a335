/**
 * `hunt.ts NAME SEEDS LIMIT [FIRST]`: looks for the bug of that name, which somebody has planted, over so many seeds of the
 * simulator that is to find it, for LIMIT milliseconds at most at each council; at FIRST before all others. Prints one line of JSON: what was found and where, or nothing.
 */
import { checkerOf } from './checkers.ts';
import { bugOf, type ConsensusBug, canShow } from './consensus-bugs.ts';
import { simulateCouncil } from './council/council.ts';
import type { Found } from './hunting.ts';
import { replicaStormProblem } from './replica-storm.ts';
import { twinsCases, twinsProblem } from './twins.ts';

/** A prime, so that few cases of twins tell of all kinds of them. */
const TWINS_EVERY = 211;

/** A bug may also show as an invariant that does not hold. */
function problemOf(look: () => string | undefined): string | undefined {
  try {
    return look();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function lookAt(bug: ConsensusBug, limitMs: number): (seed: number) => Promise<string | undefined> {
  switch (bug.by) {
    case 'replicas':
      return async (seed) => problemOf(() => replicaStormProblem(seed));
    case 'twins': {
      const cases = [...twinsCases()];
      return async (seed) => problemOf(() => problemOfCase(cases[(seed * TWINS_EVERY) % cases.length]));
    }
    case 'council':
      // The same seeds as `npm run sim` takes; those that could not show it are passed over.
      return async (seed) => (canShow(bug, seed) ? (await simulateCouncil({ seed, limitMs })).failure : undefined);
  }
}

function problemOfCase(one: Parameters<typeof twinsProblem>[0] | undefined): string | undefined {
  return one === undefined ? undefined : twinsProblem(one);
}

async function hunt(name: string, seeds: number, limitMs: number, first: number | undefined): Promise<Found | undefined> {
  const bug = bugOf(name);
  const look = lookAt(bug, limitMs);
  const all = Array.from({ length: seeds }, (_, i) => i + 1);
  for (const seed of first === undefined ? all : [first, ...all]) {
    const failure = await look(seed);
    const checker = failure === undefined ? undefined : checkerOf(failure);
    if (failure === undefined) continue;
    if (checker !== undefined && bug.shows.includes(checker)) return { by: bug.by, seed, checker, failure };
    console.error(`“${name}”, ${bug.by} ${seed}, passed over: ${failure.split('\n')[0]}`);
  }
  return undefined;
}

const [name = '', seeds, limitMs, first] = process.argv.slice(2);
const found = await hunt(name, Number(seeds), Number(limitMs), first === undefined ? undefined : Number(first));
console.log(JSON.stringify(found ?? null));
process.exit(0);
