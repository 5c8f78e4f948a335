/** `npm run mutations`: plants bugs in the admission machine, one at a time, and sees that its tests catch each. */
import { noMore, pattern, runCommand, wholeNumber } from '../support/command-line.ts';
import { judge, type Verdict } from './judge.ts';
import { type Mutant, plant, sampleOf } from './mutant.ts';
import { withoutEachCheck } from './named-checks.ts';
import { PLANTED_BUGS } from './planted.ts';
import { scratchCopy } from './scratch.ts';

const USAGE = `npm run mutations -- [options]   plants bugs in checks and transitions, one at a time: the core's tests must catch each

  --sample N      only N of them, picked by the seed
  --seed N        (default: the day)
  --only PATTERN  only those whose name matches
  --jobs N        so many at once (default 2)
  --list          only name them
  --json          print one JSON object`;

const DAY_MS = 86_400_000;
const OPTIONS = {
  sample: { type: 'string' },
  seed: { type: 'string' },
  only: { type: 'string', default: '' },
  jobs: { type: 'string', default: '2' },
  list: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

interface Asked {
  readonly sample: number | undefined;
  readonly seed: number;
  readonly only: RegExp;
  readonly jobs: number;
  readonly list: boolean;
  readonly json: boolean;
}

function main(args: readonly string[]): Promise<number> {
  return runCommand(args, {
    usage: USAGE,
    options: OPTIONS,
    run: ({ sample, seed, only, jobs, list, json }, positionals) => {
      noMore(positionals);
      return plantAll({
        sample: sample === undefined ? undefined : wholeNumber('--sample', sample),
        seed: seed === undefined ? Math.floor(Date.now() / DAY_MS) : wholeNumber('--seed', seed, 0),
        only: pattern('--only', only),
        jobs: wholeNumber('--jobs', jobs),
        list,
        json,
      });
    },
  });
}

async function plantAll({ sample, seed, only, jobs, list, json }: Asked): Promise<number> {
  const scratch = await scratchCopy();
  try {
    const matching = allMutants(scratch.root).filter(({ name }) => only.test(name));
    const mutants = sample === undefined ? matching : sampleOf(matching, sample, seed);
    if (list) return say(mutants.map(({ name }) => name).join('\n'));
    const tell = (verdict: Verdict) => json || console.log(row(verdict));
    const verdicts = await judgeAll(scratch.root, mutants, jobs, tell);
    const caught = verdicts.filter(({ outcome }) => outcome === 'caught').length;
    say(json ? JSON.stringify({ seed, bugs: verdicts.length, caught, verdicts }) : `${caught} of ${verdicts.length} caught`);
    return caught === verdicts.length && caught > 0 ? 0 : 1;
  } finally {
    await scratch.drop();
  }
}

function say(text: string): 0 {
  console.log(text);
  return 0;
}

function allMutants(root: string): readonly Mutant[] {
  return [...PLANTED_BUGS.map((bug) => plant(root, bug)), ...withoutEachCheck(root)];
}

/** Before and after, the tests pass without a bug: or something else than the bugs would be what they catch. */
async function judgeAll(
  root: string,
  mutants: readonly Mutant[],
  jobs: number,
  tell: (verdict: Verdict) => void,
): Promise<readonly Verdict[]> {
  await passWithoutBug(root);
  const [waiting, verdicts] = [[...mutants], [] as Verdict[]];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const verdict = await judge(root, next);
      verdicts.push(verdict);
      tell(verdict);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  await passWithoutBug(root);
  return verdicts;
}

async function passWithoutBug(root: string): Promise<void> {
  const { outcome, by } = await judge(root, undefined);
  if (outcome !== 'missed') throw new Error(`the tests do not pass without any bug: ${by}`);
}

function row({ name, outcome, by, seconds }: Verdict): string {
  return `${outcome.padEnd(7)} ${seconds.toFixed(1).padStart(5)} s  ${name}${by === '' ? '' : `\n                 ${by.slice(0, 140)}`}`;
}

process.exitCode = await main(process.argv.slice(2));
