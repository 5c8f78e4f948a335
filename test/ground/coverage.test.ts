/** Every branch of what decides who gets in is reached by the core's tests; `npm run coverage` shows where one is not. */
import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { ROOT, toolPath } from '../../scripts/command.ts';
import { TEST_CONFIG } from '../mutations/core-tests.ts';

/** The exit code, and what was printed. */
function run(options: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [toolPath('vitest', 'vitest'), ...options], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => output.push(data.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output: output.join('') }));
  });
}

test('of `src/core/policy` and `src/core/membership`', { timeout: 600_000 }, async () => {
  const { code, output } = await run([
    'run',
    '--config',
    TEST_CONFIG,
    '--coverage',
    '--exclude',
    '**/*-walk.test.ts',
    '--coverage.reportsDirectory',
    'node_modules/.cache/coverage-test',
  ]);
  expect(code, output).toBe(0);
});
