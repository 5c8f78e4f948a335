/** `npm run sim`: runs seeds of the simulator, and says of those that fail how to see them fail again. */
import { noMore, numberAboveZero, runCommand, wholeNumber } from '../support/command-line.ts';
import { campaign } from './campaign.ts';
import type { Outcome } from './outcome.ts';
import { type Order, run } from './runs.ts';
import { tellFailure } from './summary.ts';

const USAGE = `npm run sim -- [options]   runs groups and councils through storms of faults, one for each seed

  --seeds N     so many seeds (default 50)
  --from S      from this one on (default 0)
  --minutes M   simulated minutes of each (default 10)
  --jobs J      on so many threads (default 1)
  --limit L     begins none any more after so many minutes by the wall
  --json        print one JSON object
  --trace       print every line of every run, one after the other

A failure prints its seed, the commit, the end of its trace and the command that replays it. Exit code 1 if a run failed, if none
was begun, or if many together were too tame; so few that this cannot be judged say so.`;
const MINUTE_MS = 60_000;

interface Asked {
  readonly from: number;
  readonly seeds: number;
  readonly minutes: number;
  readonly jobs: number;
  readonly limitMs: number;
  readonly json: boolean;
}

const OPTIONS = {
  seeds: { type: 'string', default: '50' },
  from: { type: 'string', default: '0' },
  minutes: { type: 'string', default: '10' },
  jobs: { type: 'string', default: '1' },
  limit: { type: 'string' },
  json: { type: 'boolean', default: false },
  trace: { type: 'boolean', default: false },
} as const;

process.exitCode = await runCommand(process.argv.slice(2), {
  usage: USAGE,
  options: OPTIONS,
  run: (values, positionals) => {
    noMore(positionals);
    const asked = {
      from: wholeNumber('--from', values.from, 0),
      seeds: wholeNumber('--seeds', values.seeds),
      minutes: numberAboveZero('--minutes', values.minutes),
      jobs: wholeNumber('--jobs', values.jobs),
      limitMs: values.limit === undefined ? Number.POSITIVE_INFINITY : numberAboveZero('--limit', values.limit) * MINUTE_MS,
      json: values.json,
    };
    return values.trace ? traceAll(asked) : runAll(asked);
  },
});

function* orders({ from, seeds, minutes, limitMs }: Asked): Generator<Order> {
  const started = performance.now();
  for (let seed = from; seed < from + seeds && performance.now() - started < limitMs; seed++) yield { seed, minutes };
}

async function runAll(asked: Asked): Promise<number> {
  const told = (outcome: Outcome, tookMs: number) => tell(outcome, tookMs, asked.json, false);
  const summary = { from: asked.from, ...(await campaign(orders(asked), asked.jobs, told)) };
  console.log(asked.json ? JSON.stringify(summary) : JSON.stringify(summary, undefined, 2));
  if (!asked.json) for (const words of [summary.shortcoming, summary.notJudged]) if (words !== undefined) console.log(words);
  return summary.seeds > 0 && summary.failed.length === 0 && summary.shortcoming === undefined ? 0 : 1;
}

async function traceAll(asked: Asked): Promise<number> {
  const failures: (string | undefined)[] = [];
  for (const order of orders(asked)) {
    const began = performance.now();
    const outcome = await run({ ...order, write: console.error });
    tell(outcome, performance.now() - began, asked.json, true);
    failures.push(outcome.failure);
  }
  return failures.length > 0 && failures.every((failure) => failure === undefined) ? 0 : 1;
}

function tell(outcome: Outcome, tookMs: number, json: boolean, isTraced: boolean): void {
  if (!json) console.log(describeRun(outcome, tookMs));
  const { seed, failure } = outcome;
  if (failure !== undefined) console.error(isTraced ? `seed ${seed} failed: ${failure}` : tellFailure(outcome));
}

function describeRun({ seed, failure, blocks, entries, events, awakeMs, real, digest }: Outcome, tookMs: number): string {
  const verdict = failure === undefined ? 'ok    ' : 'FAILED';
  const size = `${blocks} blocks, ${entries} entries, ${events} events, ${Math.round(awakeMs / 1000)} virtual s`;
  return `${verdict} seed ${seed}: ${size}, ${Math.round(tookMs)} ms, trace ${digest.slice(0, 12)}${real ? ', real signatures' : ''}`;
}
