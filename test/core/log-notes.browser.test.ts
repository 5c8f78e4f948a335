/** Base64, Unicode and native signatures are the engine's own: a browser reads notes as Node does. */
import { expect, test } from 'vitest';
import { toHex, utf8 } from '../../src/core/base/bytes.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { decodeNote, encodeNote } from '../../src/core/log/note.ts';
import { openNote, settleNote } from '../../src/core/log/open-note.ts';
import { decodeVerifierKey, isNoteName } from '../../src/core/log/verifier-key.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';

// The example of C2SP signed-note.
const KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const NOTE =
  'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';

async function signers(text: string): Promise<readonly string[]> {
  const opening = unwrap(openNote(unwrap(decodeNote(utf8(text))), [unwrap(decodeVerifierKey(KEY))]));
  const opened = unwrap(settleNote(opening, await webCryptoVerifier().verify(opening.checks, 'message')));
  return opened.signers.map(({ key }) => key.name);
}

test('a browser opens the note, and not a changed one', async () => {
  expect(await signers(NOTE)).toEqual(['example.com/foo']);
  expect(toHex(encodeNote(unwrap(decodeNote(utf8(NOTE)))))).toBe(toHex(utf8(NOTE)));
  await expect(signers(NOTE.replace('example message', 'Example message'))).rejects.toThrow('bad-signature');
  await expect(signers(NOTE.replace('— example.com', '— other.com'))).rejects.toThrow('unknown-signer');
});

test('base64 has one spelling there too', () => {
  for (const other of [
    NOTE.replace('aQM=', 'aQN='),
    NOTE.replace('aQM=', 'aQM'),
    NOTE.replace('Uw2Q', 'Uw2-'),
    NOTE.replace('aQM=', 'aQM=='),
  ]) {
    expect(decodeNote(utf8(other)), other).toMatchObject({ ok: false, refusal: { code: 'malformed' } });
  }
  for (const space of [' ', '\t', '\f', '\u00a0']) {
    expect(decodeVerifierKey(`${KEY.slice(0, -4)}${space}${KEY.slice(-4)}`)).toMatchObject({ ok: false, refusal: { code: 'malformed' } });
  }
});

test('spaces are Unicode’s', () => {
  expect(['a\u0085b', 'a\u2003b', 'a\u3000b', 'a\ufeffb', 'žluť/✓'].map(isNoteName)).toEqual([false, false, false, true, true]);
});
