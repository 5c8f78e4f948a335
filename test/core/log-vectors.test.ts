/** The proofs of transparency-dev/merkle, happy and forged, and notes that Go has opened. They lie beside the project, not in it. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { base64 } from '@scure/base';
import { describe, expect, test } from 'vitest';
import type { Hash } from '../../src/core/base/hash.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { decodeCheckpoint } from '../../src/core/log/checkpoint.ts';
import { encodeNote } from '../../src/core/log/note.ts';
import { verifyConsistency, verifyInclusion } from '../../src/core/log/proof.ts';
import { decodeVerifierKey, encodeVerifierKey } from '../../src/core/log/verifier-key.ts';
import { cosigningHand, noteHand, openSigned, signedCheckpoint } from '../support/log-signing.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/vectors/merkle');
const NOTES = join(import.meta.dirname, '../../../shared/vectors/note');
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

describe.skipIf(!existsSync(NOTES))('a cosigned checkpoint that Go opened (skipped where the shared vectors are absent)', () => {
  const bytes = new Uint8Array(readFileSync(join(NOTES, 'own-emitted-cosigned-checkpoint.txt')));
  const lines = readFileSync(join(NOTES, 'own-emitted-vkeys.txt'), 'utf8').trimEnd().split('\n');
  const keys = lines.map((line) => unwrap(decodeVerifierKey(line)));

  test('is opened by its two keys, and says what it says', () => {
    const { checkpoint, note } = unwrap(decodeCheckpoint(bytes));
    expect(checkpoint).toMatchObject({ origin: 'chain.example/abababababababab', size: 3 });
    const signers = unwrap(openSigned(note, keys)).signers;
    expect(signers.map(({ key, time }) => [key.type, time])).toEqual([
      ['note', undefined],
      ['cosignature', 0x6915_3ec0],
    ]);
  });

  test('is what we write with the same seeds, to the byte', () => {
    const { checkpoint } = unwrap(decodeCheckpoint(bytes));
    const hands = [noteHand('chain.example/abababababababab', 0x07), cosigningHand('auditor.example/a1', 0x09, 0x6915_3ec0)];
    expect(hands.map(({ key }) => encodeVerifierKey(key))).toEqual(lines);
    expect(Buffer.from(encodeNote(signedCheckpoint(checkpoint, hands))).toString()).toBe(Buffer.from(bytes).toString());
  });
});
