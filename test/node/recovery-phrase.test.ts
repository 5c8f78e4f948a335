import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { isAdmissibleKey, nextKeyDigest, publicKeyOf } from '../../src/core/base/key.ts';
import { NEXT_KEYS } from '../../src/core/base/limits.ts';
import { isPhrase, isSamePhrase, newPhrase, nextKeys, phraseComplaint } from '../../src/node/recovery-phrase.ts';

const ZEROS = 'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';
const fill = (byte: number) => ({ bytes: (length: number) => new Uint8Array(length).fill(byte) });

const PHRASE = newPhrase({ bytes: (length) => new Uint8Array(length).fill(0x7f) });

describe('the phrase', () => {
  // From the vectors of BIP-39 itself (trezor/python-mnemonic vectors.json, English, 128 bits).
  test.each([
    [0x00, ZEROS],
    [0x7f, 'legal winner thank year wave sausage worth useful legal winner thank yellow'],
    [0x80, 'letter advice cage absurd amount doctor acoustic avoid letter advice cage above'],
    [0xff, 'zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong'],
  ])('of 16 bytes %d is the published one', (byte, phrase) => {
    expect(newPhrase(fill(byte))).toBe(phrase);
    expect(isPhrase(phrase)).toBe(true);
  });

  test('is known however a person spaces and capitalises it', () => {
    const typed = `\n ${ZEROS.toUpperCase().replaceAll(' ', '  \n')}\t`;
    expect(isPhrase(typed)).toBe(true);
    expect(isSamePhrase(typed, ZEROS)).toBe(true);
    expect(isSamePhrase(newPhrase(fill(1)), ZEROS)).toBe(false);
    expect(isSamePhrase('', '')).toBe(false);
  });

  test.each([
    '',
    'abandon',
    ZEROS.replace('about', 'abandon'),
    ZEROS.replace('about', 'abuot'),
    ZEROS.split(' ').slice(1).join(' '),
    `${ZEROS} about`,
    // 24 words are BIP-39, yet not ours.
    `${'abandon '.repeat(23)}art`,
    `${ZEROS}${' '.repeat(2000)}`,
    '\ud800'.repeat(12),
    'x '.repeat(12),
  ])('"%s" is none', async (text) => {
    expect(isPhrase(text)).toBe(false);
    await expect(nextKeys(text)).rejects.toThrow('malformed: not a recovery phrase');
  });
});

describe('the next keys', async () => {
  const { seeds, publicKeys } = await nextKeys(ZEROS);

  test('are 64, all distinct, and admissible', () => {
    expect(NEXT_KEYS).toBe(64);
    expect(new Set(seeds.map(toHex)).size).toBe(64);
    expect(new Set(publicKeys.map(toHex)).size).toBe(64);
    expect(publicKeys.slice(0, 4).every(isAdmissibleKey)).toBe(true);
  });

  test('are those that their seeds have by the core’s own arithmetic', () => {
    expect(publicKeys.map(toHex)).toEqual(seeds.map((seed) => toHex(publicKeyOf(seed))));
  });

  // Frozen: a person's paper must bring back the same keys in every version to come.
  test('are frozen', () => {
    expect(seeds.filter((_, i) => i === 0 || i === 63).map(toHex)).toMatchInlineSnapshot(`
      [
        "43cb024c9bc6b8750f674389003a3efc2ed5db00fa07fd3843a88b034b159507",
        "0f6854b4b5ab328e39126e2f7e6267ae061b609e6ab0388fa0d4669fb7181931",
      ]
    `);
    expect(publicKeys.filter((_, i) => i === 0 || i === 1 || i === 63).map(toHex)).toMatchInlineSnapshot(`
      [
        "9ee9b8d343896f911d72bd970aeef69aeb451c965a8e4d453563e6ce36ec46a6",
        "d2c47123a8d5b8ae2e013644f6a076e799e4b29eb30f617a7f5781a42c103e2b",
        "fef3dcc1b03a15cf93b1ea5bc4238aae98fa5336c8f574f31b8515688be2270c",
      ]
    `);
    expect(publicKeys.slice(0, 1).map((key) => toHex(nextKeyDigest(key)))).toMatchInlineSnapshot(`
      [
        "9c49cb687569bd4d7d508e1d55db83ae1a460eb31d6e1866fe17484e4f85d2c6",
      ]
    `);
  });

  test('come out the same however the phrase was typed', async () => {
    const typed = await nextKeys(` ${ZEROS.toUpperCase()} `);
    expect(typed.publicKeys.map(toHex)).toEqual(publicKeys.map(toHex));
  });

  test('of another phrase are others', async () => {
    const other = await nextKeys(newPhrase(fill(1)));
    const others = new Set(other.publicKeys.map(toHex));
    expect(publicKeys.some((key) => others.has(toHex(key)))).toBe(false);
  });
});

test.each([
  ['legal winner thank', 'A phrase has 12 words; here are 3.'],
  [
    PHRASE.replace('winner', 'winter'),
    'Each word is one that phrases have, but these twelve are no phrase: one is another, or two have changed places.',
  ],
  [PHRASE.replace('winner', 'wimner'), 'Word 2 is none that phrases have. Look how it is spelt on your copy.'],
])('%j is told what is wrong with it', async (typed, complaint) => {
  expect(phraseComplaint(typed)).toBe(complaint);
  await expect(nextKeys(typed)).rejects.toThrow(`malformed: not a recovery phrase. ${complaint}`);
  expect(phraseComplaint(PHRASE)).toBeUndefined();
});
