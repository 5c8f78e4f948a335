import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, toHex, utf8 } from '../../src/core/base/bytes.ts';
import { plainSha256 } from '../../src/core/base/hash.ts';
import { publicKeyOf } from '../../src/core/base/key.ts';
import { NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX } from '../../src/core/base/limits.ts';
import { type Result, unwrap } from '../../src/core/base/result.ts';
import { checkpointText, decodeCheckpoint, originOf, readCheckpoint } from '../../src/core/log/checkpoint.ts';
import { decodeCosignature, encodeCosignature } from '../../src/core/log/cosignature.ts';
import { emptyRoot } from '../../src/core/log/merkle-hash.ts';
import { decodeNote, decodeSignatureLines, encodeNote, encodeSignatureLines, withSignatures } from '../../src/core/log/note.ts';
import { openNote, settleNote } from '../../src/core/log/open-note.ts';
import { decodeVerifierKey, encodeVerifierKey, isNoteName, verifierKey } from '../../src/core/log/verifier-key.ts';
import { cosigningHand, noteHand, openSigned, signedCheckpoint, signedText } from '../support/log-signing.ts';

const code = (result: Result<unknown>) => (result.ok ? 'ok' : result.refusal.code);
const log = noteHand('latchkey/abc', 1);
const witness = cosigningHand('witness.example/w', 2, 1_700_000_000);
const stranger = noteHand('latchkey/abc', 3);
const text = checkpointText({ origin: 'latchkey/abc', size: 7, root: plainSha256(utf8('root')) });

describe('the example of C2SP signed-note', () => {
  const key = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
  const note =
    'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';

  test('opens under its key', () => {
    const vkey = unwrap(decodeVerifierKey(key));
    const read = unwrap(decodeNote(utf8(note)));
    expect(read.text).toBe('This is an example message.\n');
    expect(unwrap(openSigned(read, [vkey])).signers.map((signer) => signer.key.name)).toEqual(['example.com/foo']);
    expect(encodeVerifierKey(vkey)).toBe(key);
    expect(toHex(encodeNote(read))).toBe(toHex(utf8(note)));
  });
});

describe('a verifier key', () => {
  test('has one spelling, its own id, a type that is known and a sound key', () => {
    const good = encodeVerifierKey(log.key);
    const [name = '', id = '', material = ''] = good.split('+');
    expect(code(decodeVerifierKey(good))).toBe('ok');
    for (const other of [
      '',
      name,
      `${name}+${id}`,
      `+${id}+${material}`,
      `${name}+${id.toUpperCase()}x+${material}`,
      `${good}\n`,
      ` ${good}`,
      `${name}+${id}+`,
    ]) {
      expect(code(decodeVerifierKey(other)), other).toBe('malformed');
    }
    expect(code(decodeVerifierKey(`other+${id}+${material}`))).toBe('bad-key');
    expect(code(decodeVerifierKey(`${name}+00000000+${material}`))).toBe('bad-key');
  });

  test('of another type is refused by its number', () => {
    // ML-DSA-44 and ECDSA: C2SP has them, this reader has not.
    for (const type of [0x00, 0x02, 0x06, 0xff]) {
      const material = Buffer.from(concat(Uint8Array.of(type), log.key.key)).toString('base64');
      const refused = decodeVerifierKey(`a+00000000+${material}`);
      expect(refused).toMatchObject({ ok: false, refusal: { code: 'bad-key', detail: `a verifier key of type ${type}` } });
    }
  });

  test('that anybody can sign for is refused', () => {
    const smallOrder = new Uint8Array(32).fill(0).with(0, 1);
    const weak = verifierKey('a', 'note', smallOrder as never);
    expect(code(decodeVerifierKey(encodeVerifierKey(weak)))).toBe('bad-key');
  });

  test('of one type is not that of another', () => {
    const key = publicKeyOf(new Uint8Array(32).fill(9));
    expect(toHex(verifierKey('a', 'note', key).id)).not.toBe(toHex(verifierKey('a', 'cosignature', key).id));
  });

  test('has a name without spaces, plus and control characters, of any script, not too long', () => {
    for (const name of ['a', 'example.com/a', 'žluťoučký/✓', 'x'.repeat(255)]) expect(isNoteName(name), name).toBe(true);
    for (const name of [
      '',
      ' ',
      'a b',
      'a\u00a0b',
      'a\u2003b',
      'a\u0085b',
      'a+b',
      'a\nb',
      'a\u0000',
      '\ud800',
      'x'.repeat(256),
      'é'.repeat(128),
    ]) {
      expect(isNoteName(name), JSON.stringify(name)).toBe(false);
    }
    expect(() => verifierKey('a b', 'note', log.key.key)).toThrow('no spaces');
  });
});

describe('a note', () => {
  const good = signedText(text, [log, witness]);
  const bytes = encodeNote(good);

  test('comes back as it was written', () => {
    expect(unwrap(decodeNote(bytes))).toEqual(good);
  });

  test('is split at its last empty line, so that its text may have some', () => {
    const poem = signedText('one\n\ntwo\n', [log]);
    expect(unwrap(decodeNote(encodeNote(poem))).text).toBe('one\n\ntwo\n');
  });

  test('in any other shape is refused', () => {
    const [line = ''] = encodeSignatureLines(good.signatures).split('\n');
    const others = [
      ['nothing', ''],
      ['no signatures', `${text}\n`],
      ['no empty line', `${text}${line}\n`],
      ['no end', `${text}\n${line}`],
      ['another dash', `${text}\n${line.replace('—', '-')}\n`],
      ['two spaces', `${text}\n${line.replace('— ', '—  ')}\n`],
      ['something after it', `${text}\n${line} x\n`],
      ['no signature in it', `${text}\n— name \n`],
      ['a key id alone', `${text}\n— name AAAAAA==\n`],
      ['base64 without its padding', `${text}\n— name AAAAAAA\n`],
      ['base64 with bits to spare', `${text}\n— name AAAAAAF=\n`],
      ['a name with a plus', `${text}\n— na+me AAAAAAA=\n`],
      ['text after the signatures', `${text}\n${line}\ntext\n`],
      ['a tab', `a\tb\n\n${line}\n`],
      ['a carriage return', `a\r\n\n${line}\n`],
      ['a control character in a line', `a\n\n${line}\u0001\n`],
    ] as const;
    for (const [what, other] of others) expect(code(decodeNote(utf8(other))), what).toBe('malformed');
    expect(code(decodeNote(concat(Uint8Array.of(0xff), bytes)))).toBe('malformed');
    expect(() => encodeNote({ text: 'no end', signatures: good.signatures })).toThrow('newline');
    expect(() => encodeNote({ text, signatures: [] })).toThrow('signatures');
  });

  test('has its bounds', () => {
    const lines = (count: number) => `${text}\n${'— name AAAAAAA=\n'.repeat(count)}`;
    expect(code(decodeNote(utf8(lines(NOTE_SIGNATURES_MAX))))).toBe('ok');
    expect(code(decodeNote(utf8(lines(NOTE_SIGNATURES_MAX + 1))))).toBe('too-large');
    expect(code(decodeNote(new Uint8Array(NOTE_BYTES_MAX + 1).fill(0x61)))).toBe('too-large');
    expect(code(decodeSignatureLines('a'.repeat(NOTE_BYTES_MAX + 1)))).toBe('too-large');
    // Sixteen signatures of the longest kind there is, as signed-note asks of every reader.
    const long = Array.from({ length: 16 }, (_, i) => ({ name: `pq${i}`, id: log.key.id, signature: new Uint8Array(5000) }));
    expect(unwrap(decodeNote(encodeNote({ text, signatures: long }))).signatures.length).toBe(16);
  });

  test('never makes its reader throw, and reads back as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }), (changes) => {
        const changed = changes.reduce((now, [at, byte]) => now.with(at % now.length, byte), bytes);
        const read = decodeNote(changed);
        if (read.ok) expect(toHex(encodeNote(read.value))).toBe(toHex(changed));
      }),
      { seed: 12, numRuns: 500 },
    );
  });
});

describe('who signed a note', () => {
  const note = signedText(text, [log, witness, stranger]);

  test('is told by the keys that are known; others are laid aside', () => {
    const opened = unwrap(openSigned(note, [witness.key, log.key]));
    expect(opened.signers.map(({ key, time }) => [key.name, time])).toEqual([
      ['latchkey/abc', undefined],
      ['witness.example/w', 1_700_000_000],
    ]);
    expect(opened.unknown).toEqual([stranger.sign(text)]);
  });

  test('is nobody if no key is known', () => {
    expect(code(openSigned(note, []))).toBe('unknown-signer');
    expect(code(openSigned(note, [noteHand('other', 1).key]))).toBe('unknown-signer');
  });

  test('is refused as a whole if one known key’s signature is wrong, whoever else signed', () => {
    const forged = { ...note, signatures: [{ ...log.sign('else\n') }, witness.sign(text)] };
    expect(openSigned(forged, [log.key, witness.key])).toMatchObject({ ok: false, refusal: { code: 'bad-signature' } });
    expect(unwrap(openSigned(forged, [witness.key])).signers.length).toBe(1);
    const short = { text, signatures: [{ ...log.sign(text), signature: new Uint8Array(63) }] };
    expect(code(openNote(short, [log.key]))).toBe('bad-signature');
    const plain = { text, signatures: [{ ...witness.sign(text), signature: log.sign(text).signature }] };
    expect(code(openNote(plain, [witness.key]))).toBe('bad-signature');
  });

  test('counts once, by the first signature', () => {
    const twice = { text, signatures: [log.sign(text), log.sign('else\n')] };
    expect(unwrap(openSigned(twice, [log.key])).signers.length).toBe(1);
    expect(withSignatures(note, [log.sign('else\n'), noteHand('new', 8).sign(text)]).signatures.length).toBe(4);
  });

  test('waits for a verdict on each signature', () => {
    const opening = unwrap(openNote(note, [log.key, witness.key]));
    expect(opening.checks.length).toBe(2);
    expect(() => settleNote(opening, [true])).toThrow('a verdict for each');
    expect(settleNote(opening, [true, false])).toMatchObject({
      ok: false,
      refusal: { detail: 'the signature of witness.example/w is wrong' },
    });
  });
});

describe('a cosignature', () => {
  test('has its time in eight bytes, up to what a number here can be', () => {
    const { signature } = unwrap(decodeCosignature(witness.sign(text).signature));
    const at = (time: bigint) => {
      const bytes = encodeCosignature({ time: 0, signature });
      new DataView(bytes.buffer).setBigUint64(0, time);
      return decodeCosignature(bytes);
    };
    expect(unwrap(at(2n ** 53n - 1n)).time).toBe(Number.MAX_SAFE_INTEGER);
    for (const late of [2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n]) expect(code(at(late))).toBe('malformed');
    for (const length of [0, 64, 71, 73]) expect(code(decodeCosignature(new Uint8Array(length)))).toBe('malformed');
  });

  test('is over its own time and not another', () => {
    const line = witness.sign(text);
    const later = { ...line, signature: line.signature.with(7, (line.signature[7] ?? 0) ^ 1) };
    expect(code(openSigned({ text, signatures: [later] }, [witness.key]))).toBe('bad-signature');
  });
});

describe('a checkpoint', () => {
  const root = plainSha256(utf8('root'));

  test('is three lines, of which the first names the chain', () => {
    expect(text).toBe(`latchkey/abc\n7\n${Buffer.from(root).toString('base64')}\n`);
    expect(unwrap(readCheckpoint(text))).toEqual({ origin: 'latchkey/abc', size: 7, root });
    expect(originOf(root)).toBe(`latchkey/${toHex(root)}`);
    const note = signedCheckpoint({ origin: 'latchkey/abc', size: 7, root }, [log]);
    expect(unwrap(decodeCheckpoint(encodeNote(note))).checkpoint.size).toBe(7);
  });

  test('in any other shape is refused', () => {
    const line = Buffer.from(root).toString('base64');
    const others = [
      ...['', '\n', 'a\n7\n', `a\n7\n${line}`, `\n7\n${line}\n`, `a\n7\n${line}\nextension\n`, `a\n7\n${line}\n\n`],
      ...[`a\n07\n${line}\n`, `a\n+7\n${line}\n`, `a\n-7\n${line}\n`, `a\n7 \n${line}\n`, `a\n\n${line}\n`, `a\n7e3\n${line}\n`],
      ...[`a\n9007199254740992\n${line}\n`, `a\n٧\n${line}\n`, `a\n7\n${line.slice(0, -1)}\n`, `a\n7\n${line.slice(4)}\n`],
      ...[`a\n7\n${line.slice(0, -2)}F=\n`, `a\n0\n${line}\n`, `${'a'.repeat(256)}\n7\n${line}\n`],
    ];
    for (const other of others) expect(code(readCheckpoint(other)), JSON.stringify(other)).toBe('malformed');
  });

  test('of nothing has the root of nothing', () => {
    expect(unwrap(readCheckpoint(checkpointText({ origin: 'a', size: 0, root: emptyRoot }))).size).toBe(0);
  });
});
