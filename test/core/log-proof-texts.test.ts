import { describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/core/base/bytes.ts';
import { TLOG_PROOF_EXTRA_BYTES_MAX } from '../../src/core/base/limits.ts';
import { type Result, unwrap } from '../../src/core/base/result.ts';
import { decodeSignatureLines, encodeNote, encodeSignatureLines, withSignatures } from '../../src/core/log/note.ts';
import { openNote } from '../../src/core/log/open-note.ts';
import { acceptCheckpoint, policyKeys } from '../../src/core/log/policy.ts';
import { consistencyProof, inclusionProof, PROOF_HASHES_MAX, verifyConsistency } from '../../src/core/log/proof.ts';
import { hashReader } from '../../src/core/log/subtree.ts';
import { acceptTlogProof, decodeTlogProof, encodeTlogProof, TLOG_PROOF_BYTES_MAX } from '../../src/core/log/tlog-proof.ts';
import { ADD_CHECKPOINT_BYTES_MAX, decodeAddCheckpoint, encodeAddCheckpoint } from '../../src/core/log/witness.ts';
import { cosigningHand, noteHand, openSigned, signedCheckpoint, witnessedPolicy } from '../support/log-signing.ts';
import { leafHashes, rootOf } from '../support/log-tiles.ts';

const code = (result: Result<unknown>) => (result.ok ? 'ok' : result.refusal.code);

const SIZE = 300;
const INDEX = 123;
const log = noteHand('latchkey/abc', 1);
const witness = cosigningHand('witness.example/w', 2, 1_700_000_000);
const policy = witnessedPolicy(log, witness);
const note = signedCheckpoint({ origin: 'latchkey/abc', size: SIZE, root: rootOf(SIZE) }, [log, witness]);
const reader = hashReader(leafHashes(SIZE));
const path = unwrap(inclusionProof(INDEX, SIZE, reader));
const leaf = leafHashes(SIZE)[INDEX] ?? expect.fail('a leaf');

function judge(bytes: Uint8Array, of = leaf, by = policy): Result<unknown> {
  const proof = decodeTlogProof(bytes);
  if (!proof.ok) return proof;
  const opened = openSigned(proof.value.signed.note, policyKeys(by));
  return opened.ok ? acceptTlogProof(proof.value, of, by, opened.value) : opened;
}

describe('a tlog-proof', () => {
  const bytes = encodeTlogProof({ extra: undefined, index: INDEX, path, note });

  test('is text as the specification draws it', () => {
    const lines = (fromUtf8(bytes) ?? '').split('\n');
    expect(lines.slice(0, 2)).toEqual(['c2sp.org/tlog-proof@v1', 'index 123']);
    expect(lines.slice(2, 2 + path.length)).toEqual(path.map((hash) => Buffer.from(hash).toString('base64')));
    expect(lines.slice(2 + path.length, 6 + path.length)).toEqual([
      '',
      'latchkey/abc',
      '300',
      Buffer.from(rootOf(SIZE)).toString('base64'),
    ]);
    expect(unwrap(decodeTlogProof(bytes))).toMatchObject({ extra: undefined, index: INDEX, path });
  });

  test('proves its leaf, and no other', () => {
    expect(code(judge(bytes))).toBe('ok');
    expect(code(judge(bytes, leafHashes(SIZE)[INDEX + 1]))).toBe('bad-proof');
    expect(code(judge(encodeTlogProof({ extra: undefined, index: INDEX + 1, path, note })))).toBe('bad-proof');
    expect(code(judge(encodeTlogProof({ extra: undefined, index: SIZE, path, note })))).toBe('bad-proof');
    expect(code(judge(encodeTlogProof({ extra: undefined, index: INDEX, path: path.slice(1), note })))).toBe('bad-proof');
  });

  test('is worth what its checkpoint is', () => {
    const bare = signedCheckpoint({ origin: 'latchkey/abc', size: SIZE, root: rootOf(SIZE) }, [log]);
    expect(code(judge(encodeTlogProof({ extra: undefined, index: INDEX, path, note: bare })))).toBe('policy-unmet');
    const forged = { ...note, signatures: [log.sign('else\n'), witness.sign(note.text)] };
    expect(code(judge(encodeTlogProof({ extra: undefined, index: INDEX, path, note: forged })))).toBe('bad-signature');
    expect(code(judge(bytes, leaf, { ...policy, logs: [{ key: noteHand('latchkey/other', 1).key, url: undefined }] }))).toBe(
      'wrong-origin',
    );
  });

  test('carries what an application lays beside it, which proves nothing', () => {
    for (const extra of [new Uint8Array(0), utf8('beside'), new Uint8Array(TLOG_PROOF_EXTRA_BYTES_MAX)]) {
      const with_ = encodeTlogProof({ extra, index: INDEX, path, note });
      expect(unwrap(decodeTlogProof(with_)).extra).toEqual(extra);
      expect(code(judge(with_))).toBe('ok');
    }
    const long = new Uint8Array(TLOG_PROOF_EXTRA_BYTES_MAX + 1);
    expect(() => encodeTlogProof({ extra: long, index: INDEX, path, note })).toThrow('bound');
  });

  test('in any other shape is refused', () => {
    const signed = fromUtf8(encodeNote(note)) ?? '';
    const hash = Buffer.from(leaf).toString('base64');
    const proof = (head: string) => decodeTlogProof(utf8(`${head}\n\n${signed}`));
    expect(code(proof('c2sp.org/tlog-proof@v1\nindex 0'))).toBe('ok');
    expect(code(proof('c2sp.org/tlog-proof@v2\nindex 0'))).toBe('unsupported-version');
    const beside = Buffer.alloc(TLOG_PROOF_EXTRA_BYTES_MAX + 3).toString('base64');
    expect(code(proof(`c2sp.org/tlog-proof@v1\nextra ${beside}\nindex 0`))).toBe('too-large');
    expect(code(proof(`c2sp.org/tlog-proof@v1\nindex 0${`\n${hash}`.repeat(PROOF_HASHES_MAX + 1)}`))).toBe('too-large');
    const others = [
      ...['', 'extra AA==', 'index', 'index ', 'index 00', 'index -1', 'index 9007199254740992', 'index 0 ', 'Index 0'],
      ...['extra AA\nindex 0', 'index 0\nextra AA==', 'extra AA==\nextra AA==\nindex 0', `index 0\n${hash.slice(4)}`, `index 0\n${hash} `],
    ];
    for (const head of others) expect(code(proof(`c2sp.org/tlog-proof@v1\n${head}`)), head).toBe('malformed');
    expect(code(decodeTlogProof(utf8('c2sp.org/tlog-proof@v1\nindex 0\n')))).toBe('malformed');
    expect(code(decodeTlogProof(Uint8Array.of(0xff)))).toBe('malformed');
    expect(code(decodeTlogProof(new Uint8Array(TLOG_PROOF_BYTES_MAX + 1)))).toBe('too-large');
  });

  test('is judged by the note that was opened for it', () => {
    const proof = unwrap(decodeTlogProof(bytes));
    const other = unwrap(openSigned(note, policyKeys(policy)));
    expect(() => acceptTlogProof(proof, leaf, policy, other)).toThrow('the proof’s');
  });
});

describe('a request to a witness', () => {
  const old = 200;
  const proof = unwrap(consistencyProof(old, SIZE, reader));
  const bare = signedCheckpoint({ origin: 'latchkey/abc', size: SIZE, root: rootOf(SIZE) }, [log]);

  test('is text as the specification draws it, and holds what a witness asks of it', () => {
    const bytes = encodeAddCheckpoint({ oldSize: old, proof, note: bare });
    expect((fromUtf8(bytes) ?? '').split('\n').slice(0, 2)).toEqual(['old 200', Buffer.from(proof[0] ?? leaf).toString('base64')]);
    const read = unwrap(decodeAddCheckpoint(bytes));
    const { size, root } = read.signed.checkpoint;
    expect(code(verifyConsistency(read.oldSize, rootOf(old), size, root, read.proof))).toBe('ok');
    expect(unwrap(decodeAddCheckpoint(encodeAddCheckpoint({ oldSize: 0, proof: [], note: bare })))).toMatchObject({
      oldSize: 0,
      proof: [],
    });
  });

  test('is answered with cosignatures, which join the checkpoint', () => {
    const answer = encodeSignatureLines([witness.sign(bare.text), cosigningHand('else.example', 3, 5).sign(bare.text)]);
    const cosigned = withSignatures(bare, unwrap(decodeSignatureLines(answer)));
    const opened = unwrap(openSigned(cosigned, policyKeys(policy)));
    expect(code(acceptCheckpoint(policy, opened))).toBe('ok');
    expect(unwrap(openNote(cosigned, policyKeys(policy))).unknown.length).toBe(1);
    for (const wrong of ['', '\n', 'cosigned\n', answer.slice(0, -1)]) expect(code(decodeSignatureLines(wrong))).toBe('malformed');
  });

  test('in any other shape is refused', () => {
    const signed = fromUtf8(encodeNote(bare)) ?? '';
    for (const head of ['', 'old', 'old 01', 'new 1', 'old 1\nhash', 'old 1 ', 'old 1\nold 1']) {
      expect(code(decodeAddCheckpoint(utf8(`${head}\n\n${signed}`))), head).toBe('malformed');
    }
    expect(code(decodeAddCheckpoint(new Uint8Array(ADD_CHECKPOINT_BYTES_MAX + 1)))).toBe('too-large');
  });
});
