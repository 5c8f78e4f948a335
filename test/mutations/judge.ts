/** Runs the core's tests over one mutant and says whether they saw it. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolPath } from '../../scripts/command.ts';
import { JUDGING_TEST, MUTANT_FILE, MUTANT_TEXT, TEST_CONFIG } from './core-tests.ts';
import type { Mutant } from './mutant.ts';

/** Far above what the tests take: a bug that makes them run for ever has been seen. */
const HANGS_AFTER_MS = 300_000;

/** `caught`: a test failed. `missed`: none did. `broken`: the tests could not run, so that they judged nothing. */
export interface Verdict {
  readonly name: string;
  readonly outcome: 'caught' | 'missed' | 'broken';
  /** The first test that failed, or what broke. */
  readonly by: string;
  readonly seconds: number;
}

/**
 * Judges the program at `root` with the mutant's file in the place of its own; without a mutant, the program as it is. By the
 * admission machine's tests, or by one file of tests that is named.
 */
export async function judge(root: string, mutant: Mutant | undefined, test?: string): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-mutant-'));
  const [text, report] = [join(folder, 'text.ts'), join(folder, 'report.json')];
  const started = performance.now();
  try {
    await writeFile(text, mutant?.text ?? '');
    const judging = test === undefined ? {} : { [JUDGING_TEST]: test };
    const planted = mutant === undefined ? {} : { [MUTANT_FILE]: mutant.file, [MUTANT_TEXT]: text };
    const ended = await runTests(root, report, { ...judging, ...planted });
    const found = ended
      ? verdictOf(await readFile(report, 'utf8').catch(() => ''))
      : { outcome: 'caught' as const, by: 'tests that never end' };
    return { name: mutant?.name ?? 'no bug', ...found, seconds: Math.round((performance.now() - started) / 100) / 10 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** True if the tests came to an end, well or not. */
function runTests(root: string, report: string, environment: Readonly<Record<string, string>>): Promise<boolean> {
  const options = ['run', '--config', TEST_CONFIG, '--bail', '1', '--reporter', 'json', '--outputFile', report];
  const child = spawn(process.execPath, [toolPath('vitest', 'vitest'), ...options], {
    cwd: root,
    stdio: 'ignore',
    env: { ...process.env, ...environment },
  });
  return new Promise((resolve, reject) => {
    let hangs = false;
    const timer = setTimeout(() => {
      hangs = true;
      child.kill('SIGKILL');
    }, HANGS_AFTER_MS);
    child.on('error', reject);
    child.on('exit', () => {
      clearTimeout(timer);
      resolve(!hangs);
    });
  });
}

interface Report {
  readonly numPassedTests: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

function verdictOf(text: string): Pick<Verdict, 'outcome' | 'by'> {
  if (text === '') return { outcome: 'broken', by: 'the tests left no report' };
  const report = JSON.parse(text) as Report;
  const failed = report.testResults.flatMap(({ assertionResults }) => assertionResults.filter(({ status }) => status === 'failed'));
  if (failed[0] !== undefined) return { outcome: 'caught', by: failed[0].fullName };
  if (report.success && report.numPassedTests > 0) return { outcome: 'missed', by: '' };
  const message = report.testResults.find(({ message }) => message !== '')?.message ?? 'no test ran';
  return { outcome: 'broken', by: message.split('\n')[0] ?? '' };
}
