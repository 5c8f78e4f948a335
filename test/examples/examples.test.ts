/** Every example runs as a reader would run it, ends by itself, and is as short as the documentation says. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../examples');

async function run(example: string): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [join(FOLDER, example)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, stdout, stderr };
}

test('two nodes in one process agree on what both wrote', async () => {
  const { code, stdout, stderr } = await run('two-nodes.ts');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trim().split('\n');
  const [hers, his] = lines.slice(-2);
  expect(hers).toBe(his);
  expect(
    hers
      ?.match(/[^.]+\./g)
      ?.map((sentence) => sentence.trim())
      .toSorted(),
  ).toEqual(['Bring baskets.', 'Tomatoes are ripe.']);
  expect(lines).toContain('admitted');
});

test('the example fits on a screen', async () => {
  const source = await readFile(join(FOLDER, 'two-nodes.ts'), 'utf8');
  expect(source.split('\n').length).toBeLessThan(40);
});
