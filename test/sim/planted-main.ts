/**
 * `npm run sim:planted`: plants bugs in consensus, one at a time, and sees that the simulator finds each; then takes away each
 * rule of safety, and sees that the test of the rules tells.
 */
import { ROOT } from '../../scripts/command.ts';
import { judge } from '../mutations/judge.ts';
import { type Mutant, sampleOf } from '../mutations/mutant.ts';
import { noMore, numberAboveZero, pattern, runCommand, wholeNumber } from '../support/command-line.ts';
import { CONSENSUS_BUGS, type ConsensusBug } from './consensus-bugs.ts';
import { type Found, type HuntOptions, hunt } from './hunting.ts';
import { RULES_TEST, withoutEachRule } from './safety-rules.ts';

const USAGE = `npm run sim:planted -- [options]   plants bugs in consensus, one at a time: the simulator must find each,
                                       and each rule of safety deleted must be noticed

  --sample N      only N of them, picked by the seed
  --seed N        (default: the day)
  --only PATTERN  only those whose name matches
  --seeds N       look through so many seeds (default 1000)
  --known         look first where the bug was found before
  --minutes M     and for so long at most (default 15)
  --seed-seconds S  and for so long at most at one council (default 60)
  --jobs N        so many at once (default 2)
  --json          print one JSON object`;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1000;

interface Row {
  readonly name: string;
  readonly found: Found | { readonly by: typeof RULES_TEST; readonly failure: string } | undefined;
  readonly seconds: number;
}

interface Asked extends HuntOptions {
  readonly sample: number | undefined;
  readonly seed: number;
  readonly only: RegExp;
  readonly jobs: number;
  readonly json: boolean;
}

const OPTIONS = {
  sample: { type: 'string' },
  seed: { type: 'string' },
  only: { type: 'string', default: '' },
  seeds: { type: 'string', default: '1000' },
  known: { type: 'boolean', default: false },
  minutes: { type: 'string', default: '15' },
  'seed-seconds': { type: 'string', default: '60' },
  jobs: { type: 'string', default: '2' },
  json: { type: 'boolean', default: false },
} as const;

function main(args: readonly string[]): Promise<number> {
  return runCommand(args, {
    usage: USAGE,
    options: OPTIONS,
    run: ({ sample, seed, only, seeds, known, minutes, 'seed-seconds': seedSeconds, jobs, json }, positionals) => {
      noMore(positionals);
      return huntAll({
        sample: sample === undefined ? undefined : wholeNumber('--sample', sample),
        seed: seed === undefined ? Math.floor(Date.now() / DAY_MS) : wholeNumber('--seed', seed, 0),
        only: pattern('--only', only),
        seeds: wholeNumber('--seeds', seeds),
        knows: known,
        limitMs: numberAboveZero('--minutes', minutes) * MINUTE_MS,
        seedLimitMs: numberAboveZero('--seed-seconds', seedSeconds) * SECOND_MS,
        jobs: wholeNumber('--jobs', jobs),
        json,
      });
    },
  });
}

async function huntAll(asked: Asked): Promise<number> {
  const { sample, seed, json } = asked;
  const all = [...CONSENSUS_BUGS.map((bug) => huntFor(bug, asked)), ...withoutEachRule().map(judgeRule)];
  const matching = all.filter(({ name }) => asked.only.test(name));
  const waiting = sample === undefined ? [...matching] : [...sampleOf(matching, sample, seed)];
  const rows: Row[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const row = await next.row();
      rows.push(row);
      if (!json) console.log(describeRow(row));
    }
  };
  await Promise.all(Array.from({ length: asked.jobs }, work));
  const count = rows.filter(({ found }) => found !== undefined).length;
  console.log(json ? JSON.stringify({ seed, bugs: rows.length, found: count, rows }) : `${count} of ${rows.length} found`);
  return count === rows.length && count > 0 ? 0 : 1;
}

/** Something to look for, and how that is done. */
interface Search {
  readonly name: string;
  row(): Promise<Row>;
}

function huntFor(bug: ConsensusBug, options: HuntOptions): Search {
  const { name } = bug;
  return { name, row: () => timed(name, () => hunt(bug, options)) };
}

function judgeRule(mutant: Mutant): Search {
  const { name } = mutant;
  const search = async (): Promise<Row['found']> => {
    const { outcome, by } = await judge(ROOT, mutant, RULES_TEST);
    return outcome === 'caught' ? { by: RULES_TEST, failure: by } : undefined;
  };
  return { name, row: () => timed(name, search) };
}

async function timed(name: string, look: () => Promise<Row['found']>): Promise<Row> {
  const began = performance.now();
  const found = await look();
  return { name, found, seconds: Math.round((performance.now() - began) / 100) / 10 };
}

function describeRow({ name, found, seconds }: Row): string {
  return `${`${seconds} s`.padStart(9)}  ${name.padEnd(62)}  ${found === undefined ? 'NOT FOUND' : describeFound(found)}`;
}

function describeFound(found: NonNullable<Row['found']>): string {
  const where = 'seed' in found ? `${found.checker.padEnd(10)}  ${found.by} ${found.seed}` : `rules       ${found.by}`;
  return `${where}: ${found.failure.split('\n')[0]?.slice(0, 90)}`;
}

process.exitCode = await main(process.argv.slice(2));
