import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/command.ts';
import { type Layers, readLayers } from '../../scripts/layers.ts';

/** What each planted file says, and the rule that must refuse it. */
const PLANTED = {
  'src/core/codec/planted-earlier.ts': ["import type { A } from '../log/planted.ts';", 'core/codec-imports-only-earlier-rooms'],
  'src/core/log/planted.ts': ['export type A = 1;', undefined],
  'src/node/planted-ui.ts': ["import '../ui/planted.ts';", 'node-imports-only-earlier-rooms'],
  'src/ui/planted.ts': ["import '../node/ports.ts';", undefined],
  'src/node/planted-cycle-a.ts': ["import type { B } from './planted-cycle-b.ts';\nexport type A = B;", 'no-cycle'],
  // A cycle is told once, at its first file.
  'src/node/planted-cycle-b.ts': ["import type { A } from './planted-cycle-a.ts';\nexport type B = A;", undefined],
  'src/core/base/planted-value.ts': ["import { createLibp2p } from 'libp2p';", 'core-is-pure'],
  'src/core/base/planted-lazy.ts': ["export const load = () => import('libp2p');", 'core-is-pure'],
  'src/node/planted-using.ts': [
    "export async function use(): Promise<void> {\n  await using dexie = (await import('dexie')).use();\n}",
    'dexie-stays-in-storage',
  ],
  'src/core/base/planted-type.ts': ["export type { Libp2p } from 'libp2p';", 'libp2p-stays-in-net'],
  'src/core/base/planted-builtin.ts': ["import 'node:fs';", 'src-runs-in-browsers'],
  'src/core/base/planted-missing.ts': ["import 'no-such-package';", 'core-is-pure'],
  'src/storage/planted-libp2p.ts': ["import type { PeerId } from '@libp2p/interface';", 'libp2p-stays-in-net'],
  'src/net/planted-dexie.ts': ["import 'dexie';", 'dexie-stays-in-storage'],
  'src/node/planted-lit.ts': ["import 'lit';", 'lit-stays-in-ui'],
  'src/net/planted-relay.ts': ["import '../../relay/src/planted.ts';", 'src-knows-no-relay'],
  'relay/src/planted.ts': ["import '../../src/ui/planted.ts';", 'only-the-page-has-ui'],
  'src/storage/planted-test.ts': ["import '../../test/support/chromium.ts';", 'no-shipped-test-code'],
  'src/core/light/index.ts': ['export {};', undefined],
  'src/core/light/planted-index.ts': ["import './index.ts';", 'no-own-index'],
  'src/net/planted-root.ts': ["import '../planted-root.ts';", 'composition-roots-are-roots'],
  'src/ui/browser-app.ts': ["import '../memory.ts';", 'the-page-uses-one-root'],
  'src/network.ts': ["import './storage/dexie-store.ts';", 'node-programs-reach-no-dexie'],
  'src/planted-root.ts': ['export {};', undefined],
} as const satisfies Readonly<Record<string, readonly [source: string, rule: string | undefined]>>;

function planted(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-layers-'));
  for (const room of ['src', 'relay/src', 'test/support']) cpSync(join(ROOT, room), join(folder, room), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  for (const [file, [source]] of Object.entries(PLANTED)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), source);
  }
  return folder;
}

describe('the check of the layers', () => {
  let folder: string;
  let found: Layers;

  beforeAll(async () => {
    folder = planted();
    found = await readLayers(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('reads TypeScript: a reader that sees no modules would pass everything', async () => {
    expect((await readLayers()).modules).toBeGreaterThan(20);
  });

  for (const [file, [source, rule]] of Object.entries(PLANTED)) {
    if (rule === undefined) continue;
    test(`refuses ${JSON.stringify(source)} in ${file}`, () => {
      expect(found.violations.filter((violation) => violation.startsWith(`${rule}: ${file} `))).not.toEqual([]);
    });
  }

  test('lets the files pass that keep the rules', () => {
    const allowed = Object.entries(PLANTED).filter(([, [, rule]]) => rule === undefined);
    for (const [file] of allowed) expect(found.violations.filter((violation) => violation.includes(`: ${file} `))).toEqual([]);
  });
});
