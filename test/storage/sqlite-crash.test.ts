import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { sqliteStore } from '../../relay/src/sqlite-store.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { checkBatches } from './crash/batches.ts';

const WRITER = fileURLToPath(new URL('./crash/sqlite-writer.ts', import.meta.url));
const KILLS = 15;

test('a relay killed in the middle of a write finds every acknowledged batch whole, and no half of one', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-crash-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const random = seededRandom(15);
  let last = -1;
  for (let kill = 0; kill < KILLS; kill++) {
    const acknowledged = await writeUntilKilled(folder, 1 + Math.floor(random() * 40), random() * 8);
    const store = sqliteStore(folder);
    const found = await checkBatches(await store.space('chain'));
    await store.close();
    expect(found).toBeGreaterThanOrEqual(acknowledged);
    expect(acknowledged).toBeGreaterThan(last);
    last = found;
  }
});

/** Lets a writer run until it has reported `reports` batches and `waitMs` more, kills it, and returns the last number it reported. */
async function writeUntilKilled(folder: string, reports: number, waitMs: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<string | null>((resolve) => child.on('close', (_code, signal) => resolve(signal)));
  let output = '';
  const enough = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.split('\n').length > reports) resolve();
    });
  });
  await Promise.race([enough, ended]);
  await delay(waitMs);
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  return Number(output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1));
}
