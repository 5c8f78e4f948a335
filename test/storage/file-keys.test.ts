import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileKeyStore } from '../../relay/src/file-keys.ts';
import { keyContract, keyNameContract } from './key-contract.ts';

keyContract('files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-keys-'));
  return { open: () => fileKeyStore(join(folder, 'keys')), persistent: true, destroy: () => rm(folder, { recursive: true }) };
});

const refusal = (code: string) => expect.objectContaining({ name: 'RefusalError', code });

describe('a folder of keys', () => {
  let parent: string;
  let folder: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'latchkey-keys-'));
    folder = join(parent, 'keys');
  });
  afterEach(() => rm(parent, { recursive: true }));

  keyNameContract('files', () => fileKeyStore(folder));

  test('and its files are for their owner alone, even if the folder was open before', async () => {
    await mkdir(folder);
    await chmod(folder, 0o755);
    await fileKeyStore(folder).make('node/a');
    expect(await readdir(folder)).toEqual(['node+a.key']);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'node+a.key'))).mode & 0o777).toBe(0o600);
  });

  test('asking for a key makes nothing', async () => {
    expect(await fileKeyStore(folder).get('node/a')).toBeUndefined();
    expect(await readdir(parent)).toEqual([]);
  });

  test('what a crash left half written is no key, and goes when the next key is made', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'node+a.key.unfinished'), 'half');
    const keys = fileKeyStore(folder);
    expect(await keys.get('node/a')).toBeUndefined();
    await keys.make('node/a');
    expect(await readdir(folder)).toEqual(['node+a.key']);
  });

  test('a damaged file is called corrupt, is never replaced, and stops no other key', async () => {
    const keys = fileKeyStore(folder);
    await keys.make('node/a');
    await writeFile(join(folder, 'node+a.key'), 'not a key');
    await expect(keys.get('node/a')).rejects.toEqual(refusal('storage-corrupt'));
    await expect(keys.make('node/a')).rejects.toEqual(refusal('storage-corrupt'));
    expect(await readFile(join(folder, 'node+a.key'), 'utf8')).toBe('not a key');
    await keys.make('node/b');
  });
});
