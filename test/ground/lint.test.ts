import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/command.ts';

const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');

/** Lints one file under the project's own rules; returns the names of the rules that it breaks. */
function lint(file: string, source: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-lint-'));
  try {
    cpSync(join(ROOT, 'biome.jsonc'), join(folder, 'biome.jsonc'));
    cpSync(join(ROOT, 'scripts/lint'), join(folder, 'scripts/lint'), { recursive: true });
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), `${source}\n`);
    const { stdout, stderr } = spawnSync(process.execPath, [BIOME, 'lint', '--vcs-enabled=false', '--reporter=json', file], {
      cwd: folder,
      encoding: 'utf8',
    });
    if (stdout === '') throw new Error(stderr);
    return (JSON.parse(stdout) as { diagnostics: { category: string }[] }).diagnostics.map(({ category }) => category);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const GLOBAL = 'lint/style/noRestrictedGlobals';
const BANNED = {
  'a clock': ['export const now = Date.now();', GLOBAL],
  'a date': ['export const then = new Date(0);', GLOBAL],
  'a timer': ['setTimeout(() => {}, 1);', GLOBAL],
  'an interval': ['setInterval(() => {}, 1);', GLOBAL],
  'the network': ["export const page = fetch('/');", GLOBAL],
  'random bytes': ['crypto.getRandomValues(new Uint8Array(1));', GLOBAL],
  'a database': ["indexedDB.open('x');", GLOBAL],
  'a way round the ban': ['export const now = globalThis.Date.now();', GLOBAL],
  'a random number': ['export const dice = Math.random();', 'lint/nursery/noJsRestrictedProperties'],
  libp2p: ["import { createLibp2p } from 'libp2p';\nexport const create = createLibp2p;", 'lint/style/noRestrictedImports'],
  "libp2p's types": ["export type { PeerId } from '@libp2p/interface';", 'lint/style/noRestrictedImports'],
  waiting: ['export const wait = async (later: PromiseLike<number>) => await later;', 'plugin'],
  'an async function': ['export async function wait() {\n  return 1;\n}', 'lint/suspicious/useAwait'],
  'a promise': ['export const wait = (): Promise<void> => never();', GLOBAL],
  'a type taken in passing': ["export type Space = import('../../node/ports.ts').Space;", 'plugin'],
  'a hole in the types': ['export const hole: any = 1;', 'lint/suspicious/noExplicitAny'],
} as const;

describe('the linter keeps out of the core', () => {
  for (const [name, [source, rule]] of Object.entries(BANNED)) {
    test(name, () => expect(lint('src/core/base/planted.ts', source)).toContain(rule));
  }
});

test('other rooms have a clock, and timers', () => {
  expect(lint('src/node/planted.ts', 'export const now = Date.now();\nsetTimeout(() => {}, 1);')).toEqual([]);
});

test('the core may compute', () => {
  expect(lint('src/core/base/planted.ts', 'export const half = (value: number): number => Math.floor(value / 2);')).toEqual([]);
});
