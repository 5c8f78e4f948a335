/** A copy of the project as it is now, so that work on it while mutants are judged does not change what they are judged by. */
import { cp, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../scripts/command.ts';

const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules', 'dist', '.git']);

export interface Scratch {
  readonly root: string;
  drop(): Promise<void>;
}

export async function scratchCopy(): Promise<Scratch> {
  const root = await mkdtemp(join(tmpdir(), 'latchkey-mutants-'));
  for (const name of await readdir(ROOT)) {
    if (!LEFT_OUT.has(name)) await cp(join(ROOT, name), join(root, name), { recursive: true, filter: (path) => !isLeftOut(path) });
  }
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'), 'dir');
  return { root, drop: () => rm(root, { recursive: true, force: true }) };
}

function isLeftOut(path: string): boolean {
  return path.endsWith('/dist') || path.endsWith('/node_modules');
}
