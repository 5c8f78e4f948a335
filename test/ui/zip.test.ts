/** The archive is one that other programs read: here Python's, which checks every sum. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { utf8 } from '../../src/core/base/bytes.ts';
import { Zip } from '../../src/ui/zip.ts';

const READ =
  'import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;print([(i.filename,i.file_size) for i in z.infolist()])';

test('an archive is read by others, names beyond ASCII and empty files among them', () => {
  const zip = new Zip();
  const files = [
    ['checkpoint', utf8('latchkey/abc\n1\n')],
    ['tile/entries/x001/234.p/7', new Uint8Array(70_000).fill(7)],
    ['leer', new Uint8Array(0)],
    ['Grüße/村', utf8('!')],
  ] as const;
  const parts = [...files.flatMap(([path, bytes]) => zip.add(path, bytes)), ...zip.end()];
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-zip-'));
  try {
    const archive = join(folder, 'log.zip');
    writeFileSync(archive, Buffer.concat(parts));
    const read = spawnSync('python3', ['-c', READ, archive], { encoding: 'utf8' });
    if (read.error !== undefined) return; // No Python here; the page's own test reads the archive back.
    expect(read.stderr).toBe('');
    expect(read.stdout.trim()).toBe("[('checkpoint', 15), ('tile/entries/x001/234.p/7', 70000), ('leer', 0), ('Grüße/村', 1)]");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
