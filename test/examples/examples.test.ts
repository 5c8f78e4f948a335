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

test('a group decides who joins, and shows why', async () => {
  const { code, stdout, stderr } = await run('approvals.ts');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trim().split('\n');
  expect(lines).toContain('Bob as federation: 1 decides now, 2 will');
  expect(lines.slice(-2)).toEqual([
    'Bob is here by invitation of Alice. Federation: takes the approval of 1 federation member.',
    'Approved by Alice',
  ]);
});

test.each([
  ['two-nodes.ts', 40],
  ['approvals.ts', 60],
])('%s fits on a screen', async (example, lines) => {
  const source = await readFile(join(FOLDER, example), 'utf8');
  expect(source.split('\n').length).toBeLessThan(lines);
});
