/**
 * Looks for a bug that somebody planted, over so many seeds: of each a council, replicas alone, and some cases of twins. Prints
 * one line of JSON: what was found and where, or nothing.
 */

import { simulateCouncil } from './council/council.ts';
import { replicaStormProblem } from './replica-storm.ts';
import { twinsCases, twinsProblem } from './twins.ts';

/** A prime, so that few cases of twins tell of all kinds of them. */
const TWINS_EVERY = 211;
const STORMS_A_SEED = 5;

interface Found {
  readonly by: 'council' | 'replicas' | 'twins';
  readonly seed: number;
  readonly failure: string;
}

function* sampledTwins(): Generator<string | undefined> {
  let i = 0;
  for (const one of twinsCases()) if (i++ % TWINS_EVERY === 0) yield problemOf(() => twinsProblem(one));
}

/** A bug may also show as an invariant that does not hold. */
function problemOf(look: () => string | undefined): string | undefined {
  try {
    return look();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function hunt(seeds: number): Promise<Found | undefined> {
  const twins = sampledTwins();
  for (let seed = 1; seed <= seeds; seed++) {
    for (let storm = 0; storm < STORMS_A_SEED; storm++) {
      const failure = problemOf(() => replicaStormProblem(seed * STORMS_A_SEED + storm));
      if (failure !== undefined) return { by: 'replicas', seed: seed * STORMS_A_SEED + storm, failure };
      const twin = twins.next();
      if (twin.done !== true && twin.value !== undefined) return { by: 'twins', seed, failure: twin.value };
    }
    const { failure } = await simulateCouncil({ seed });
    if (failure !== undefined) return { by: 'council', seed, failure };
  }
  return undefined;
}

const found = await hunt(Number(process.argv[2] ?? 1));
console.log(JSON.stringify(found ?? null));
process.exit(0);
