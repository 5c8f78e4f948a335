/** Hunts for a planted bug, in a process of its own, whose modules read as the bug has them. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../scripts/command.ts';
import { MUTANT_FILE, MUTANT_TEXT } from '../mutations/core-tests.ts';
import { plant } from '../mutations/mutant.ts';
import type { Checker } from './checkers.ts';
import type { ConsensusBug } from './consensus-bugs.ts';

export interface Found {
  readonly by: ConsensusBug['by'];
  readonly seed: number;
  /** The check that told. */
  readonly checker: Checker;
  readonly failure: string;
}

export interface HuntOptions {
  readonly seeds: number;
  readonly limitMs: number;
  /** For so long at most at each seed of a council, by the wall: a bug may make one turn in circles. */
  readonly seedLimitMs: number;
  /** Whether to look first where the bug is known to show. */
  readonly knows: boolean;
}

/** The first seed that shows the bug; `undefined` if none does in time. */
export async function hunt(bug: ConsensusBug, { seeds, limitMs, seedLimitMs, knows }: HuntOptions): Promise<Found | undefined> {
  const { file, text } = plant(ROOT, bug);
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-hunt-'));
  const path = join(folder, 'text.ts');
  try {
    await writeFile(path, text);
    const first = knows && bug.seed !== undefined ? [String(bug.seed)] : [];
    const said = await output(
      [bug.name, String(seeds), String(seedLimitMs), ...first],
      { [MUTANT_FILE]: file, [MUTANT_TEXT]: path },
      limitMs,
    );
    return (JSON.parse(said.trim().split('\n').at(-1) || 'null') as Found | null) ?? undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the hunter prints; nothing if its time is over. */
function output(args: readonly string[], environment: Readonly<Record<string, string>>, limitMs: number): Promise<string> {
  const folder = import.meta.dirname;
  const child = spawn(process.execPath, ['--import', `${folder}/planting.ts`, `${folder}/hunt.ts`, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      // Ended by its time, it has no code; by a mistake of its own, one that is not 0.
      if (code === 0 || code === null) resolve(text);
      else reject(new Error(`the hunter ended with ${code}`));
    });
  });
}
