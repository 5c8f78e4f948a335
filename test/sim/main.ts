/**
 * `npm run sim -- --seeds N --from S [--minutes M] [--json] [--trace]`: runs N seeds from S on, or as many as M minutes
 * take. A failure prints its seed, the end of its trace and the command that replays it; `--trace` prints every line of
 * every run. Exit code 1 if a run failed.
 */
import { parseArgs } from 'node:util';
import type { Outcome } from './outcome.ts';
import { run } from './runs.ts';
import { shortcoming, summarize, tellFailure } from './summary.ts';

const MINUTE_MS = 60_000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '50' },
    from: { type: 'string', default: '0' },
    minutes: { type: 'string' },
    json: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});
const from = numberOf('from', values.from);
const limitMs = values.minutes === undefined ? Number.POSITIVE_INFINITY : numberOf('minutes', values.minutes) * MINUTE_MS;
const count = values.minutes === undefined ? numberOf('seeds', values.seeds) : Number.POSITIVE_INFINITY;

const started = performance.now();
const outcomes: Outcome[] = [];
for (let seed = from; seed < from + count && performance.now() - started < limitMs; seed++) {
  const began = performance.now();
  const outcome = await run({ seed, ...(values.trace ? { write: console.error } : {}) });
  if (!values.json) console.log(describeRun(outcome, performance.now() - began));
  if (outcome.failure !== undefined) console.error(values.trace ? `seed ${seed} failed: ${outcome.failure}` : tellFailure(outcome));
  outcomes.push({ ...outcome, lines: [] });
}
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
