/** The state and its commitment: against a naive map, in any order of batches, with proofs and snapshots that cannot lie. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compare, concat, fromHex, toHex, utf8 } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { SPENT_INVITATION_KEPT_MS } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { decode } from '../../src/core/codec/codec.ts';
import {
  encodeRecord,
  type InvitationRecord,
  RECORD_KIND_NAMES,
  RECORD_KINDS,
  type RecordKind,
  type Records,
} from '../../src/core/codec/records.ts';
import { proveRecord, type RecordProof, readBucket, rootOfBuckets, storeBucket, verifyRecord } from '../../src/core/membership/proof.ts';
import { BUCKETS, State, StateDraft } from '../../src/core/membership/state.ts';
import { hashOf, keyOf } from '../support/world.ts';
import vectors from '../vectors/forms.json' with { type: 'json' };

const BAD_PROOF = { ok: false, refusal: { code: 'bad-proof' } };

/** One write into a state: of a device or an invitation, by a small number so that writes meet. */
type Write =
  | { readonly kind: 'device'; readonly at: number; readonly value: Records['device'] | undefined }
  | { readonly kind: 'invitation'; readonly at: number; readonly value: InvitationRecord | undefined };

const invitationOf = (changes: Partial<InvitationRecord>): InvitationRecord => ({
  key: keyOf('invite'),
  issuer: hashOf('issuer'),
  role: 'writer',
  uses: 1,
  used: 0,
  expiry: 1000,
  shared: true,
  status: 'live',
  ended: 0,
  descendants: 0,
  ...changes,
});
const at = fc.nat({ max: 30 });
const anyWrite: fc.Arbitrary<Write> = fc.oneof(
  fc.record({
    kind: fc.constant('device' as const),
    at,
    value: fc.option(
      fc.nat().map((sequence) => ({ member: hashOf('m'), sequence, roleMask: 255, added: 0 })),
      { nil: undefined },
    ),
  }),
  fc.record({
    kind: fc.constant('invitation' as const),
    at,
    value: fc.option(
      fc
        .record({
          expiry: fc.nat({ max: 50 }),
          status: fc.constantFrom('live' as const, 'used' as const, 'revoked' as const),
          ended: fc.nat({ max: 50 }),
          descendants: fc.nat({ max: 1 }),
        })
        .map(invitationOf),
      { nil: undefined },
    ),
  }),
);

const idOf = (write: Write) => hashOf(`${write.kind} ${write.at}`);

function put(draft: StateDraft, write: Write): void {
  if (write.value === undefined) draft.delete(write.kind, idOf(write));
  else if (write.kind === 'device') draft.put('device', idOf(write), write.value);
  else draft.put('invitation', idOf(write), write.value);
}

function apply(state: State, writes: readonly Write[]): State {
  const draft = new StateDraft(state);
  for (const write of writes) put(draft, write);
  return draft.freeze();
}

/** What remains of writes in order, by kind and id. */
function naive(writes: readonly Write[]): readonly Write[] {
  return [...new Map(writes.map((write) => [`${write.kind} ${write.at}`, write])).values()].filter(({ value }) => value !== undefined);
}

const tagged = (tag: string, ...parts: readonly Uint8Array[]) =>
  createHash('sha256')
    .update(concat(Uint8Array.of(tag.length), utf8(tag), ...parts))
    .digest();

function encoded(write: Write): Uint8Array {
  if (write.value === undefined) throw new Error('deleted');
  return write.kind === 'device' ? encodeRecord('device', write.value) : encodeRecord('invitation', write.value);
}

/** The root as its drawing has it, from the records alone. */
function naiveRoot(records: readonly Write[]): string {
  const pairs = records.map((write) => ({
    key: tagged('latchkey/state-key/1', Uint8Array.of(RECORD_KINDS[write.kind].number), idOf(write)),
    value: tagged('latchkey/state-value/1', encoded(write)),
  }));
  let level: readonly Uint8Array[] = Array.from({ length: BUCKETS }, (_, index) => {
    const own = pairs.filter(({ key }) => key[0] === index).sort((a, b) => compare(a.key, b.key));
    return tagged('latchkey/state-bucket/1', ...own.flatMap(({ key, value }) => [key, value]));
  });
  while (level.length > 1) {
    const below = level;
    level = Array.from({ length: below.length / 2 }, (_, i) => tagged('latchkey/state-node/1', ...below.slice(2 * i, 2 * i + 2)));
  }
  return toHex(level[0] ?? new Uint8Array(0));
}

/** When a record changes by itself, said once more. */
function naiveDue(write: Write): number {
  if (write.kind !== 'invitation' || write.value === undefined) return Number.POSITIVE_INFINITY;
  const { status, expiry, ended, descendants } = write.value;
  if (status === 'live') return expiry;
  return descendants === 0 ? ended + SPENT_INVITATION_KEPT_MS : Number.POSITIVE_INFINITY;
}

const batches = fc.array(fc.array(anyWrite, { maxLength: 8 }), { maxLength: 6 });

describe('the state', () => {
  test('holds what was written last, and its root is the naive one', () => {
    fc.assert(
      fc.property(batches, (some) => {
        const state = some.reduce((before, writes) => apply(before, writes), State.empty());
        const left = naive(some.flat());
        expect(toHex(state.root)).toBe(naiveRoot(left));
        for (const write of left) expect(state.get(write.kind, idOf(write))).toEqual(write.value);
        expect([...state.all('device'), ...state.all('invitation')].length).toBe(left.length);
      }),
      { seed: 41, numRuns: 40 },
    );
  });

  test('is the same however its history is cut into batches, and from a snapshot', () => {
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 40 }), fc.nat({ max: 40 }), fc.nat({ max: 40 }), (writes, first, second) => {
        const [a, b] = [Math.min(first, second), Math.max(first, second)];
        const root = toHex(apply(State.empty(), writes).root);
        const cut = [writes.slice(0, a), writes.slice(a, b), writes.slice(b)];
        const state = cut.reduce((before, some) => apply(before, some), State.empty());
        expect(toHex(state.root)).toBe(root);
        const buckets = Array.from({ length: BUCKETS }, (_, index) =>
          unwrap(readBucket(storeBucket(state, index), state.bucketHashes()[index])),
        );
        expect(toHex(State.ofEntries(buckets.flat()).root)).toBe(root);
      }),
      { seed: 42, numRuns: 40 },
    );
  });

  test('shows a draft its own writes, and changes nothing until it is frozen', () => {
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 20 }), fc.array(anyWrite, { maxLength: 20 }), (before, after) => {
        const state = apply(State.empty(), before);
        const root = toHex(state.root);
        const draft = new StateDraft(state);
        for (const write of after) put(draft, write);
        const left = naive([...before, ...after]);
        for (const write of left) expect(draft.get(write.kind, idOf(write))).toEqual(write.value);
        const seen = (kind: 'device' | 'invitation') => [...draft.all(kind)].map(({ id }) => toHex(id)).sort();
        for (const kind of ['device', 'invitation'] as const) {
          expect(seen(kind)).toEqual(
            left
              .filter((write) => write.kind === kind)
              .map((write) => toHex(idOf(write)))
              .sort(),
          );
        }
        expect(toHex(state.root)).toBe(root);
        expect(toHex(draft.freeze().root)).toBe(naiveRoot(left));
      }),
      { seed: 43, numRuns: 60 },
    );
  });

  test('knows what is due as a search through everything would, whether or not it was handled before', () => {
    const times = fc.array(
      fc.oneof(
        fc.nat({ max: 60 }),
        fc.nat({ max: 60 }).map((late) => SPENT_INVITATION_KEPT_MS + late),
      ),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(batches, times, (some, moments) => {
        const state = some.reduce((before, writes) => apply(before, writes), State.empty());
        const left = naive(some.flat());
        for (const now of moments) {
          const expected = left.filter((write) => naiveDue(write) <= now).map((write) => toHex(idOf(write)));
          expect(
            state
              .due(now, 1000)
              .map(({ id }) => toHex(id))
              .sort(),
          ).toEqual(expected.sort());
          expect(state.due(now, 1).length).toBe(Math.min(1, expected.length));
        }
        expect(state.nextDue).toBe(Math.min(...left.map(naiveDue)));
      }),
      { seed: 44, numRuns: 150 },
    );
  });

  test('gives what is due in order of key hash', () => {
    const writes = Array.from({ length: 40 }, (_, i): Write => ({ kind: 'invitation', at: i, value: invitationOf({ expiry: i % 3 }) }));
    const due = apply(State.empty(), writes).due(5, 100);
    expect(due).toHaveLength(40);
    expect(due.map(({ keyHash }) => toHex(keyHash))).toEqual(due.map(({ keyHash }) => toHex(keyHash)).sort());
  });
});

test('records of every kind are held, and only those that time changes are ever due', () => {
  const changing = new Set([
    'member',
    'invitation',
    'request',
    'proposal',
    'device-link',
    'recovery',
    'service',
    'attester',
    'token',
    'eligibility',
  ]);
  for (const kind of RECORD_KIND_NAMES) {
    const state = withSample(kind);
    expect([...state.all(kind)]).toHaveLength(1);
    if (!changing.has(kind)) expect(state.nextDue).toBe(Number.POSITIVE_INFINITY);
  }
});

function withSample<K extends RecordKind>(kind: K): State {
  const { codec } = RECORD_KINDS[kind];
  const samples: Readonly<Record<string, readonly { readonly bytes: string }[]>> = vectors;
  const bytes = fromHex(samples[codec.cddl]?.[0]?.bytes ?? '') ?? expect.fail('no sample');
  const draft = new StateDraft(State.empty());
  draft.put(kind, hashOf(kind), unwrap(decode(codec, bytes, 65_535)));
  return draft.freeze();
}

describe('a proof', () => {
  const writes = Array.from({ length: 600 }, (_, i): Write => ({ kind: 'invitation', at: i, value: invitationOf({ expiry: i }) }));
  const state = apply(State.empty(), writes);
  const id = idOf({ kind: 'invitation', at: 7, value: undefined });
  const nobody = hashOf('nobody');
  const verify = (proof: RecordProof, root = state.root, kind: RecordKind = 'invitation', of: Uint8Array = id) =>
    verifyRecord(root, kind, of, proof);

  test('shows that a record is there, and what it says', () => {
    expect(unwrap(verify(proveRecord(state, 'invitation', id)))).toEqual(state.get('invitation', id));
  });

  test('shows that a record is not there, also in an empty state', () => {
    expect(verify(proveRecord(state, 'invitation', nobody), state.root, 'invitation', nobody)).toEqual({ ok: true, value: undefined });
    const empty = State.empty();
    expect(verify(proveRecord(empty, 'invitation', id), empty.root)).toEqual({ ok: true, value: undefined });
  });

  test('says nothing about another id, kind, or state', () => {
    const proof = proveRecord(state, 'invitation', id);
    const other = apply(state, [{ kind: 'invitation', at: 7, value: invitationOf({ expiry: 99_999 }) }]);
    expect(verify(proof, other.root)).toMatchObject(BAD_PROOF);
    expect(verify(proof, state.root, 'device')).toMatchObject(BAD_PROOF);
    expect(verify(proof, state.root, 'invitation', nobody)).toMatchObject(BAD_PROOF);
  });

  test('cannot hide a record, or claim one that is not there', () => {
    const proof = proveRecord(state, 'invitation', id);
    expect(verify({ ...proof, value: undefined })).toMatchObject(BAD_PROOF);
    expect(
      verify({ ...proof, value: undefined, bucket: proof.bucket.filter(({ key }) => toHex(key) !== toHex(keyHashOf(proof))) }),
    ).toMatchObject(BAD_PROOF);
    const absent = proveRecord(state, 'invitation', nobody);
    expect(verify({ ...absent, value: proof.value }, state.root, 'invitation', nobody)).toMatchObject(BAD_PROOF);
  });

  function keyHashOf(proof: RecordProof): Uint8Array {
    const row = state.bucketRows(proof.bucket[0]?.key[0] ?? 0).find((one) => toHex(one.id) === toHex(id));
    return row?.keyHash ?? new Uint8Array(0);
  }

  test('does not survive a flipped bit, anywhere', () => {
    const proof = proveRecord(state, 'invitation', id);
    expect(proof.bucket.length).toBeGreaterThan(1);
    const flip = <T extends Uint8Array>(bytes: T, bit: number): T => {
      const copy = bytes.slice() as T;
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return copy;
    };
    const value = proof.value ?? expect.fail('no value');
    for (let bit = 0; bit < value.length * 8; bit += 5) expect(verify({ ...proof, value: flip(value, bit) })).toMatchObject({ ok: false });
    for (let bit = 0; bit < 256; bit += 11) {
      proof.path.forEach((_, i) => {
        expect(verify({ ...proof, path: proof.path.with(i, flip(proof.path[i] ?? hashOf(''), bit)) })).toMatchObject(BAD_PROOF);
      });
      proof.bucket.forEach((pair, i) => {
        expect(verify({ ...proof, bucket: proof.bucket.with(i, { ...pair, key: flip(pair.key, bit) }) })).toMatchObject(BAD_PROOF);
        expect(verify({ ...proof, bucket: proof.bucket.with(i, { ...pair, value: flip(pair.value, bit) }) })).toMatchObject(BAD_PROOF);
      });
    }
  });

  test('has its bucket as it is, and the eight hashes above it', () => {
    const proof = proveRecord(state, 'invitation', id);
    for (const path of [proof.path.slice(1), proof.path.slice(0, -1), [...proof.path, hashOf('x')], []]) {
      expect(verify({ ...proof, path })).toMatchObject(BAD_PROOF);
    }
    expect(verify({ ...proof, bucket: proof.bucket.toReversed() })).toMatchObject(BAD_PROOF);
    expect(verify({ ...proof, bucket: [...proof.bucket, ...proof.bucket.slice(-1)] })).toMatchObject(BAD_PROOF);
  });
});

describe('a snapshot', () => {
  const state = apply(
    State.empty(),
    Array.from({ length: 300 }, (_, i): Write => ({ kind: 'invitation', at: i, value: invitationOf({ expiry: i }) })),
  );
  const index = state.bucketHashes().findIndex((_, i) => state.bucketRows(i).length > 1);
  const stored = storeBucket(state, index);
  const expected = state.bucketHashes()[index];

  test('is its 256 bucket hashes, which give the root', () => {
    expect(toHex(unwrap(rootOfBuckets(state.bucketHashes())))).toBe(toHex(state.root));
    for (const wrong of [[], state.bucketHashes().slice(1), [...state.bucketHashes(), hashOf('x')]]) {
      expect(rootOfBuckets(wrong)).toMatchObject({ ok: false, refusal: { code: 'malformed' } });
    }
  });

  test('takes no bucket that lacks a record, has one more, or another order', () => {
    for (const wrong of [stored.slice(1), [...stored, ...stored.slice(0, 1)], stored.toReversed(), []]) {
      expect(readBucket(wrong, expected)).toMatchObject(BAD_PROOF);
    }
  });

  test('takes no record that is none, or of no kind', () => {
    const [first] = stored;
    if (first === undefined) return expect.fail('an empty bucket');
    expect(readBucket([{ ...first, kind: 99 }], undefined)).toMatchObject({ ok: false, refusal: { code: 'malformed' } });
    expect(readBucket([{ ...first, value: first.value.subarray(1) }], undefined)).toMatchObject({ ok: false });
    expect(readBucket([{ ...first, kind: RECORD_KINDS.device.number }], expected as Hash)).toMatchObject({ ok: false });
    expect(readBucket([{ ...first, id: hashOf('other') }, ...stored.slice(1)], expected)).toMatchObject(BAD_PROOF);
  });
});
