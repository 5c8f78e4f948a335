/**
 * Any bytes into any decoder: a typed result, never a throw, never another spelling of what was accepted, and nothing that
 * takes longer than its length. Seeds are what is frozen in the vectors: a sample of every case of every form.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, equal, fromHex, toHex, utf8 } from '../../src/core/base/bytes.ts';
import { NOTE_BYTES_MAX } from '../../src/core/base/limits.ts';
import { REFUSAL_CODES, type Result } from '../../src/core/base/result.ts';
import { blockIdOf } from '../../src/core/codec/block.ts';
import { decodeBody, encodeBody } from '../../src/core/codec/body.ts';
import { certifiedBodyRefs, checkBundleBodies } from '../../src/core/codec/bundle-bodies.ts';
import { type Cbor, decodeCbor, encodeCbor } from '../../src/core/codec/cbor.ts';
import { decode, encode } from '../../src/core/codec/codec.ts';
import { decodeSignedGenesis, encodeSignedGenesis } from '../../src/core/codec/genesis.ts';
import { checkHeaderRow } from '../../src/core/codec/header-row.ts';
import { decodeLink, encodeLink } from '../../src/core/codec/link.ts';
import { linkToCode, parseLink } from '../../src/core/codec/link-text.ts';
import { decodeSessionMessage, encodeSessionMessage } from '../../src/core/codec/session-message.ts';
import { decodeSyncAnswer, syncAnswerFrame } from '../../src/core/codec/stream-frames.ts';
import { headerList } from '../../src/core/codec/sync-message.ts';
import { assembleTransaction, bodiesOf, decodeTransaction } from '../../src/core/codec/transaction.ts';
import { decodeBundle, decodeLeaves, encodeBundle } from '../../src/core/log/bundle.ts';
import { emptyRoot } from '../../src/core/log/merkle-hash.ts';
import { decodeNote, encodeNote } from '../../src/core/log/note.ts';
import { decodeTlogProof, encodeTlogProof, TLOG_PROOF_BYTES_MAX, type TlogProof } from '../../src/core/log/tlog-proof.ts';
import { ADD_CHECKPOINT_BYTES_MAX, type AddCheckpoint, decodeAddCheckpoint, encodeAddCheckpoint } from '../../src/core/log/witness.ts';
import { WHOLE_FORMS } from '../support/forms.ts';
import { noteHand, signedCheckpoint } from '../support/log-signing.ts';
import vectors from '../vectors/forms.json' with { type: 'json' };

/** What a decoder made of bytes; `again` is the encoding of what it accepted. */
interface Decoder {
  readonly name: string;
  /** Bytes that it takes. */
  readonly samples: readonly Uint8Array[];
  readonly bytesMax: number;
  readonly read: (bytes: Uint8Array) => Result<unknown>;
  readonly again: (value: never) => Uint8Array;
}

const samples: Readonly<Record<string, readonly { readonly bytes: string }[]>> = vectors;
const samplesOf = (name: string) => (samples[name] ?? []).map(({ bytes }) => fromHex(bytes) ?? expect.fail(`no hexadecimal in ${name}`));

const FORMS: readonly Decoder[] = WHOLE_FORMS.map(({ codec, bytesMax }) => ({
  name: codec.cddl,
  samples: samplesOf(codec.cddl),
  bytesMax,
  read: (bytes) => decode(codec, bytes, bytesMax),
  again: (value) => encode(codec, value),
}));
const NOTE = signedCheckpoint({ origin: 'latchkey/abc', size: 7, root: emptyRoot }, [noteHand('latchkey/abc', 1)]);
const FUNCTIONS: readonly Decoder[] = [
  {
    name: 'decodeCbor',
    samples: FORMS.flatMap((form) => form.samples.slice(0, 1)),
    bytesMax: 100_000,
    read: (bytes) => decodeCbor(bytes, 100_000),
    again: encodeCbor,
  },
  {
    name: 'decodeTransaction',
    samples: samplesOf('transaction'),
    bytesMax: 65_535,
    read: decodeTransaction,
    again: ({ unsigned, signatures }: ReturnType<typeof assembleTransaction>) => assembleTransaction(unsigned, signatures).bytes,
  },
  {
    name: 'decodeSignedGenesis',
    samples: samplesOf('signed-genesis'),
    bytesMax: 65_535,
    read: decodeSignedGenesis,
    again: encodeSignedGenesis,
  },
  { name: 'decodeBody', samples: samplesOf('body'), bytesMax: 65_536, read: decodeBody, again: encodeBody },
  {
    name: 'decodeSessionMessage',
    samples: samplesOf('session-message'),
    bytesMax: 1_310_720,
    read: decodeSessionMessage,
    again: encodeSessionMessage,
  },
  { name: 'decodeLink', samples: samplesOf('invitation-link').map(withChecksum), bytesMax: 2048, read: decodeLink, again: encodeLink },
  {
    name: 'decodeBundle',
    samples: [encodeBundle(samplesOf('transaction').slice(0, 3))],
    bytesMax: 20_000_000,
    read: (bytes) => decodeBundle(bytes, 3),
    again: encodeBundle,
  },
  {
    name: 'decodeLeaves',
    samples: [encodeBundle(samplesOf('transaction'))],
    bytesMax: 20_000_000,
    read: decodeLeaves,
    again: encodeBundle,
  },
  {
    name: 'decodeNote',
    samples: [encodeNote(NOTE)],
    bytesMax: NOTE_BYTES_MAX,
    read: decodeNote,
    again: encodeNote,
  },
  {
    name: 'decodeTlogProof',
    samples: [undefined, utf8('beside')].map((extra) => encodeTlogProof({ extra, index: 5, path: [emptyRoot, emptyRoot], note: NOTE })),
    bytesMax: TLOG_PROOF_BYTES_MAX,
    read: decodeTlogProof,
    again: ({ signed: { note }, ...proof }: TlogProof) => encodeTlogProof({ ...proof, note }),
  },
  {
    name: 'decodeAddCheckpoint',
    samples: [encodeAddCheckpoint({ oldSize: 3, proof: [emptyRoot], note: NOTE })],
    bytesMax: ADD_CHECKPOINT_BYTES_MAX,
    read: decodeAddCheckpoint,
    again: ({ signed: { note }, ...request }: AddCheckpoint) => encodeAddCheckpoint({ ...request, note }),
  },
  {
    name: 'decodeSyncAnswer',
    samples: samplesOf('sync-answer-frame'),
    bytesMax: 300_000,
    read: (bytes) => decodeSyncAnswer(bytes, 300_000),
    again: (value) => encode(syncAnswerFrame, value),
  },
];

function withChecksum(payload: Uint8Array): Uint8Array {
  // A link's own encoder knows the checksum; a damaged payload never gets past it, which `link.test.ts` goes round.
  const link = WHOLE_FORMS.find(({ codec }) => codec.cddl === 'invitation-link');
  const read = link === undefined ? undefined : decode(link.codec, payload, 2048);
  return read?.ok === true ? encodeLink(read.value as never) : expect.fail('a sample that cannot be read');
}

const codes = new Set<string>(REFUSAL_CODES);

/** Holds for any bytes whatever. True if they were accepted. */
function judge({ name, read, again }: Decoder, bytes: Uint8Array): boolean {
  const result = read(bytes);
  if (!result.ok) {
    expect(codes.has(result.refusal.code), result.refusal.code).toBe(true);
    expect(result.refusal.detail.length).toBeGreaterThan(0);
    return false;
  }
  const back = again(result.value as never);
  if (!equal(back, bytes) && !isLaterRefusal(bytes, back)) expect.fail(`${name}: ${toHex(bytes)} read back as ${toHex(back)}`);
  return true;
}

/** A refusal code of a later version reads as `closed`: the one place where something unknown is taken, so that codes can be added. */
function isLaterRefusal(bytes: Uint8Array, back: Uint8Array): boolean {
  const [before, after] = [decodeCbor(bytes, 10_000_000), decodeCbor(back, 10_000_000)];
  return before.ok && after.ok && differsOnlyIn(before.value, after.value);
}

function differsOnlyIn(before: Cbor, after: Cbor): boolean {
  if (typeof before === 'string') return before === after || (!codes.has(before) && after === 'closed');
  if (before instanceof Uint8Array) return after instanceof Uint8Array && equal(before, after);
  if (!Array.isArray(before) || !Array.isArray(after)) return before === after;
  return before.length === after.length && before.every((item: Cbor, i: number) => differsOnlyIn(item, after[i] ?? []));
}

/** Ways to damage bytes; each takes two numbers that say where and how. */
const DAMAGES: readonly ((bytes: Uint8Array, at: number, how: number, other: Uint8Array) => Uint8Array)[] = [
  (bytes, at, how) => bytes.with(at, (bytes[at] ?? 0) ^ (1 << (how & 7))),
  (bytes, at, how) => bytes.with(at, how & 255),
  (bytes, at) => bytes.subarray(0, at),
  (bytes, at) => bytes.subarray(at),
  (bytes, _, how) => concat(bytes, Uint8Array.of(how & 255)),
  (bytes, at, how) => concat(bytes.subarray(0, at), Uint8Array.of(how & 255), bytes.subarray(at)),
  (bytes, at) => concat(bytes.subarray(0, at), bytes.subarray(at + 1)),
  (bytes, at, how) => concat(bytes.subarray(0, at), bytes.subarray(Math.min(at + how, bytes.length))),
  (bytes, at, how) => concat(bytes.subarray(0, at), bytes.subarray(at, at + how), bytes.subarray(at)),
  (bytes, at, how, other) => concat(bytes.subarray(0, at), other.subarray(how % (other.length + 1))),
  (bytes, at, _, other) => concat(bytes.subarray(0, at), other, bytes.subarray(at)),
  (bytes, at) => concat(bytes.subarray(0, at), Uint8Array.of(0x9b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff), bytes.subarray(at)),
  (bytes, at) => concat(bytes.subarray(0, at), new Uint8Array(20).fill(0x81), bytes.subarray(at)),
];

describe.each([...FORMS, ...FUNCTIONS].map((decoder) => [decoder.name, decoder] as const))('%s', (name, decoder) => {
  test('takes its samples', () => {
    expect(decoder.samples.length).toBeGreaterThan(0);
    for (const sample of decoder.samples) expect(judge(decoder, sample)).toBe(true);
  });

  test('gives a reason or the one reading, for random and for damaged bytes', () => {
    const sample = fc.constantFrom(...decoder.samples);
    const foreign = fc.constantFrom(...FORMS.flatMap((form) => form.samples.slice(0, 1)));
    const damaged = fc
      .tuple(
        sample,
        foreign,
        fc.array(fc.tuple(fc.constantFrom(...DAMAGES), fc.nat(), fc.nat({ max: 400 })), { minLength: 1, maxLength: 3 }),
      )
      .map(([bytes, other, steps]) =>
        steps.reduce((now, [damage, at, how]) => (now.length === 0 ? now : damage(now, at % now.length, how, other)), bytes),
      );
    fc.assert(
      fc.property(
        fc.oneof(
          { weight: 5, arbitrary: damaged },
          { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
          { weight: 1, arbitrary: foreign },
        ),
        (bytes) => {
          judge(decoder, bytes);
        },
      ),
      { seed: 61, numRuns: 250 },
    );
  });

  test('is not blown up by nesting, lengths that lie, or sheer size', () => {
    const bombs = [
      new Uint8Array(0),
      new Uint8Array(300_000).fill(0x81),
      new Uint8Array(300_000).fill(0x9f),
      new Uint8Array(300_000).fill(0x80),
      concat(Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff), new Uint8Array(1000)),
      concat(Uint8Array.of(0x5a, 0xff, 0xff, 0xff, 0xff), new Uint8Array(1000)),
      concat(Uint8Array.of(0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), new Uint8Array(1000)),
      concat(Uint8Array.of(0x9a, 0, 3, 0xd0, 0x90), new Uint8Array(250_000).fill(0x80)),
      concat(Uint8Array.of(0x9a, 0, 3, 0xd0, 0x90), new Uint8Array(250_000)),
    ];
    for (const bomb of bombs) judge(decoder, bomb);
    if (decoder.bytesMax < 10_000_000) {
      expect(decoder.read(new Uint8Array(decoder.bytesMax + 1))).toMatchObject({
        ok: false,
        refusal: { code: name === 'decodeLink' ? 'damaged-link' : 'too-large' },
      });
    }
  });
});

describe('readers in place', () => {
  const leaves = samplesOf('transaction');

  test('check bodies of any bytes without a throw', () => {
    const [bodies] = samplesOf('bundle-bodies');
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.tuple(fc.nat(), fc.nat({ max: 255 })).map(([at, byte]) => (bodies ?? new Uint8Array(1)).with(at % (bodies?.length ?? 1), byte)),
    );
    fc.assert(
      fc.property(bytes, fc.nat({ max: 3 }), fc.subarray([...leaves]), (some, first, part) => {
        const result = checkBundleBodies(first, part, some);
        if (!result.ok) expect(codes.has(result.refusal.code)).toBe(true);
      }),
      { seed: 62, numRuns: 500 },
    );
  });

  test('read the references of any leaf without a throw, and of a good one as the decoder does', () => {
    for (const leaf of leaves) {
      const read = decodeTransaction(leaf);
      const refs = certifiedBodyRefs(1, leaf);
      if (!read.ok || !refs.ok) return expect.fail('a sample that cannot be read');
      expect(refs.value.refs).toEqual(bodiesOf(read.value.unsigned.action));
      expect(refs.value.areWords).toBe(read.value.unsigned.action.type === 'join');
    }
    fc.assert(
      fc.property(fc.constantFrom(...leaves), fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 1 }), (leaf, at, byte, index) => {
        for (const bytes of [leaf.with(at % leaf.length, byte), leaf.subarray(0, at % leaf.length)]) {
          const refs = certifiedBodyRefs(index, bytes);
          if (!refs.ok) expect(codes.has(refs.refusal.code)).toBe(true);
        }
      }),
      { seed: 63, numRuns: 500 },
    );
  });

  test('take a row of headers as the decoder does, if each is the parent of the next', () => {
    const [row] = samplesOf('header-list');
    if (row === undefined) return expect.fail('no sample');
    const form = FORMS.find((one) => one.name === 'header-list') ?? expect.fail('no form');
    const headers = decode(headerList, row, form.bytesMax);
    const last = headers.ok ? headers.value.at(-1) : undefined;
    if (!headers.ok || last === undefined) return expect.fail('a sample that cannot be read');
    expect(checkHeaderRow(row, headers.value.length, blockIdOf(last))).toMatchObject({ ok: true });
    for (let at = 0; at < row.length; at++) {
      for (const bytes of [row.with(at, (row[at] ?? 0) ^ (1 << (at & 7))), row.subarray(0, at)]) {
        expect(checkHeaderRow(bytes, headers.value.length, blockIdOf(last)).ok, `byte ${at}`).toBe(false);
      }
    }
  });
});

test('no text makes the reader of links throw; what it takes has one code', () => {
  const [sample] = samplesOf('invitation-link')
    .map(withChecksum)
    .map((bytes) => decodeLink(bytes));
  if (sample?.ok !== true) return expect.fail('no sample');
  const code = linkToCode(sample.value);
  const noise = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .tuple(fc.nat({ max: code.length }), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(([at, text]) => code.slice(0, at) + text + code.slice(at)),
    fc.nat({ max: code.length }).map((at) => code.slice(at)),
  );
  fc.assert(
    fc.property(noise, (text) => {
      const read = parseLink(text);
      if (read.ok) expect(linkToCode(read.value)).toBe(code);
      else expect(['damaged-link', 'unsupported-version']).toContain(read.refusal.code);
    }),
    { seed: 64, numRuns: 500 },
  );
});
