/** The proofs of transparency-dev/merkle, happy and forged. They lie beside the project, not in it. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { base64 } from '@scure/base';
import { describe, expect, test } from 'vitest';
import type { Hash } from '../../src/core/base/hash.ts';
import { verifyConsistency, verifyInclusion } from '../../src/core/log/proof.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/vectors/merkle');
const hash = (text: string | null) => base64.decode(text ?? '') as Hash;

interface InclusionCase {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string | null;
  readonly leafHash: string | null;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

interface ConsistencyCase {
  readonly size1: number;
  readonly size2: number;
  readonly root1: string | null;
  readonly root2: string | null;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

function cases<T>(kind: string): readonly (readonly [string, T])[] {
  const names = globSync(`${kind}/**/*.json`, { cwd: FOLDER }).sort();
  return names.map((name) => [name, JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as T]);
}

describe.skipIf(!existsSync(FOLDER))('transparency-dev vectors (skipped where the shared vectors are absent)', () => {
  test('inclusion: each is judged as they judge it', () => {
    const all = cases<InclusionCase>('inclusion');
    expect(all.length).toBeGreaterThan(80);
    for (const [name, { leafIdx, treeSize, root, leafHash, proof, wantErr }] of all) {
      const verdict = verifyInclusion(hash(leafHash), leafIdx, treeSize, (proof ?? []).map(hash), hash(root));
      expect(verdict.ok, name).toBe(!wantErr);
    }
  });

  test('consistency: each is judged as they judge it', () => {
    const all = cases<ConsistencyCase>('consistency');
    expect(all.length).toBeGreaterThan(50);
    for (const [name, { size1, size2, root1, root2, proof, wantErr }] of all) {
      const verdict = verifyConsistency(size1, hash(root1), size2, hash(root2), (proof ?? []).map(hash));
      expect(verdict.ok, name).toBe(!wantErr);
    }
  });
});
