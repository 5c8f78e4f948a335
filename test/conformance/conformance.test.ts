/** Our notes, tiles and proofs against Go's own libraries. Skipped, with a word, where there is no Go and none may be installed. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runRelay, startRelayProcess } from '../support/relay-process.ts';
import { isConformant, runConformance, table } from './conformance.ts';
import { buildGoProgram, whyNoGo } from './go.ts';

const why = whyNoGo();
if (why !== undefined) console.error(`Conformance with Go is not tested: ${why}`);

describe.skipIf(why !== undefined)('Go’s libraries for notes and logs', { timeout: 300_000 }, () => {
  test('take what we write, write what we take, and both sides refuse it changed', () => {
    const verdicts = runConformance();
    expect(isConformant(verdicts), table(verdicts)).toBe(true);
    for (const { rows } of verdicts) for (const { what, files } of rows) expect(files, what).toBeGreaterThan(0);
  });

  test('take the log that a relay exports, and refuse each file of it changed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
    const [data, site, files] = [join(folder, 'data'), join(folder, 'site'), join(folder, 'log')];
    mkdirSync(site);
    writeFileSync(join(site, 'index.html'), '<!doctype html><title>Latchkey</title>');
    const relay = await startRelayProcess('--data', data, '--site', site, '--http-port', '0', '--p2p-port', '0');
    const command = async (...args: readonly string[]) => {
      const { code, stdout } = await runRelay(...args, '--json', '--data', data);
      if (code !== 0) throw new Error(`${args.join(' ')}: ${stdout}`);
      return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
    };
    try {
      await command('chain', 'create', 'Open', '--public');
      for (const words of ['one', 'two', 'three']) await command('write', words);
      await expect.poll(() => command('export-log', 'Open', files), { timeout: 120_000, interval: 500 }).toMatchObject({ size: 4 });
      using go = buildGoProgram();
      const rows = go.check(files);
      expect(rows.filter(({ problem }) => problem !== undefined)).toEqual([]);
      // Its log key and its cosigner's, the newest checkpoint, a tile and its leaves; proofs are not published.
      expect(rows.map(({ files: held, refused }) => (refused > 0 ? held : 0))).toEqual([2, 1, 1, 1, 0, 0]);
    } finally {
      await relay.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
