/**
 * `npm run sim -- --seeds N --from S [--minutes M] [--jobs J] [--limit L] [--json] [--trace]`: runs N seeds from S on, of M
 * simulated minutes each, on J threads; begins none any more after L minutes by the wall. A failure prints its seed, the commit,
 * the end of its trace and the command that replays it; `--trace` prints every line of every run. Exit code 1 if a run failed,
 * or if many together were too tame.
 */
import { parseArgs } from 'node:util';
import { campaign } from './campaign.ts';
import type { Outcome } from './outcome.ts';
import { type Order, run } from './runs.ts';
import { tellFailure } from './summary.ts';

const MINUTE_MS = 60_000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '50' },
    from: { type: 'string', default: '0' },
    minutes: { type: 'string', default: '10' },
    jobs: { type: 'string', default: '1' },
    limit: { type: 'string' },
    json: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});
const [from, count, minutes] = [numberOf('from', values.from), numberOf('seeds', values.seeds), numberOf('minutes', values.minutes)];
const limitMs = values.limit === undefined ? Number.POSITIVE_INFINITY : numberOf('limit', values.limit) * MINUTE_MS;
const started = performance.now();

if (values.trace) await traceAll();
else await runAll();

function* orders(): Generator<Order> {
  for (let seed = from; seed < from + count && performance.now() - started < limitMs; seed++) yield { seed, minutes };
}

async function runAll(): Promise<void> {
  const summary = { from, ...(await campaign(orders(), numberOf('jobs', values.jobs), tell)) };
  console.log(values.json ? JSON.stringify(summary) : JSON.stringify(summary, undefined, 2));
  process.exitCode = summary.failed.length === 0 && summary.shortcoming === undefined ? 0 : 1;
}

async function traceAll(): Promise<void> {
  for (const order of orders()) {
    const began = performance.now();
    const outcome = await run({ ...order, write: console.error });
    tell(outcome, performance.now() - began);
    if (outcome.failure !== undefined) process.exitCode = 1;
  }
}

function tell(outcome: Outcome, tookMs: number): void {
  if (!values.json) console.log(describeRun(outcome, tookMs));
  const { seed, failure } = outcome;
  if (failure !== undefined) console.error(values.trace ? `seed ${seed} failed: ${failure}` : tellFailure(outcome));
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
