/**
 * `npm run sim -- --seeds N --from S [--minutes M] [--jobs J] [--json] [--trace]`: runs N seeds from S on, or as many as M
 * minutes take, on J threads. A failure prints its seed, the commit, the end of its trace and the command that replays it;
 * `--trace` prints every line of every run. Exit code 1 if a run failed, or if many together were too tame.
 */
import { parseArgs } from 'node:util';
import { runOnThreads } from './crew.ts';
import type { Outcome } from './outcome.ts';
import { run } from './runs.ts';
import { shortcoming, summarize, tellFailure } from './summary.ts';

const MINUTE_MS = 60_000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '50' },
    from: { type: 'string', default: '0' },
    minutes: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});
const from = numberOf('from', values.from);
const limitMs = values.minutes === undefined ? Number.POSITIVE_INFINITY : numberOf('minutes', values.minutes) * MINUTE_MS;
const count = values.minutes === undefined ? numberOf('seeds', values.seeds) : Number.POSITIVE_INFINITY;

const started = performance.now();
const outcomes: Outcome[] = [];
if (values.trace) await traceAll();
else await runOnThreads(seeds(), numberOf('jobs', values.jobs), tell);

const seconds = (performance.now() - started) / 1000;
const simulatedSeconds = outcomes.reduce((sum, { awakeMs }) => sum + awakeMs, 0) / 1000;
const totals = summarize(outcomes);
const summary = {
  from,
  ...totals,
  seconds: Math.round(seconds),
  simulatedSecondsPerSecond: Math.round(simulatedSeconds / seconds),
  shortcoming: shortcoming(totals),
};
console.log(values.json ? JSON.stringify(summary) : JSON.stringify(summary, undefined, 2));
process.exitCode = summary.failed.length === 0 && summary.shortcoming === undefined ? 0 : 1;

function* seeds(): Generator<number> {
  for (let seed = from; seed < from + count && performance.now() - started < limitMs; seed++) yield seed;
}

async function traceAll(): Promise<void> {
  for (const seed of seeds()) {
    const began = performance.now();
    tell(await run({ seed, write: console.error }), performance.now() - began);
  }
}

function tell(outcome: Outcome, tookMs: number): void {
  if (!values.json) console.log(describeRun(outcome, tookMs));
  const { seed, failure } = outcome;
  if (failure !== undefined) console.error(values.trace ? `seed ${seed} failed: ${failure}` : tellFailure(outcome));
  outcomes.push({ ...outcome, lines: [] });
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number >= 0 && text.trim() !== '') return number;
  console.error(`--${name} takes a number, not ${text}`);
  return process.exit(2);
}

function describeRun({ seed, failure, blocks, entries, events, awakeMs, real, digest }: Outcome, tookMs: number): string {
  const verdict = failure === undefined ? 'ok    ' : 'FAILED';
  const size = `${blocks} blocks, ${entries} entries, ${events} events, ${Math.round(awakeMs / 1000)} virtual s`;
  return `${verdict} seed ${seed}: ${size}, ${Math.round(tookMs)} ms, trace ${digest.slice(0, 12)}${real ? ', real signatures' : ''}`;
}
