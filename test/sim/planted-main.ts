/** `npm run sim:planted`: plants bugs in consensus, one at a time, and sees that the simulator finds each. */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { seededRandom } from '../support/seeded-random.ts';
import { CONSENSUS_BUGS } from './consensus-bugs.ts';

const HELP = `npm run sim:planted -- [options]   plants bugs in consensus, one at a time: the simulator must find each

  --sample N      only N of them, picked by the seed
  --seed N        (default: the day)
  --only PATTERN  only those whose name matches
  --seeds N       look through so many seeds (default 1000)
  --minutes M     and for so long at most (default 15)
  --jobs N        so many at once (default 2)
  --json          print one JSON object`;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const FOLDER = import.meta.dirname;

interface Row {
  readonly name: string;
  readonly by: string | undefined;
  readonly seed: number | undefined;
  readonly failure: string | undefined;
  readonly seconds: number;
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sample: { type: 'string' },
      seed: { type: 'string' },
      only: { type: 'string', default: '' },
      seeds: { type: 'string', default: '1000' },
      minutes: { type: 'string', default: '15' },
      jobs: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const seed = Number(values.seed ?? Math.floor(Date.now() / DAY_MS));
  const waiting = chosen(new RegExp(values.only), values.sample === undefined ? undefined : Number(values.sample), seed);
  const rows: Row[] = [];
  const work = async () => {
    for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift()) {
      const row = await hunt(bug, Number(values.seeds), Number(values.minutes) * MINUTE_MS);
      rows.push(row);
      if (!values.json) console.log(describeRow(row));
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  const found = rows.filter(({ by }) => by !== undefined).length;
  console.log(values.json ? JSON.stringify({ seed, bugs: rows.length, found, rows }) : `${found} of ${rows.length} found`);
  return found === rows.length && found > 0 ? 0 : 1;
}

function chosen(only: RegExp, sample: number | undefined, seed: number): number[] {
  const random = seededRandom(seed);
  const matching = CONSENSUS_BUGS.flatMap(({ name }, i) => (only.test(name) ? [{ i, at: random() }] : []));
  if (sample === undefined) return matching.map(({ i }) => i);
  return matching
    .toSorted((a, b) => a.at - b.at)
    .slice(0, sample)
    .map(({ i }) => i);
}

async function hunt(bug: number, seeds: number, limitMs: number): Promise<Row> {
  const began = performance.now();
  const text = await output(bug, seeds, limitMs);
  const found = JSON.parse(text.trim().split('\n').at(-1) || 'null') as Pick<Row, 'by' | 'seed' | 'failure'> | null;
  const { by, seed, failure } = found ?? { by: undefined, seed: undefined, failure: undefined };
  return { name: CONSENSUS_BUGS[bug]?.name ?? '', by, seed, failure, seconds: Math.round((performance.now() - began) / 100) / 10 };
}

function output(bug: number, seeds: number, limitMs: number): Promise<string> {
  const child = spawn(process.execPath, ['--import', `${FOLDER}/planting.ts`, `${FOLDER}/hunt.ts`, String(seeds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PLANTED_BUG: String(bug) },
  });
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}

function describeRow({ name, by, seed, failure, seconds }: Row): string {
  const how = by === undefined ? 'NOT FOUND' : `${by} ${seed}: ${(failure ?? '').split('\n')[0]?.slice(0, 90)}`;
  return `${`${seconds} s`.padStart(9)}  ${name.padEnd(62)}  ${how}`;
}

process.exitCode = await main(process.argv.slice(2));
