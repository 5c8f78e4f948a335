/**
 * Bodies from anybody, held against the leaves that name them. Those of a whole bundle are the innermost loop of catch-up,
 * so bodies and leaves are read in place there.
 */
import { equal } from '../base/bytes.ts';
import { asHash } from '../base/hash.ts';
import { BUNDLE_LEAVES, TRANSACTION_BYTES_MAX } from '../base/limits.ts';
import { ok, type Result, refuse } from '../base/result.ts';
import { type BodyRef, bodyHash } from './body.ts';
import { type CborCursor, readInPlace } from './cbor-cursor.ts';
import { decodeSignedGenesis } from './genesis.ts';
import { type LeafBodies, SYNC_ITEM_BYTES_MAX } from './sync-message.ts';
import { ACTION_NUMBERS, bodiesOf, decodeTransaction, holdsWords } from './transaction.ts';

const DONE: Result<void> = ok(undefined);

/** Accepts if there is a place for each reference, and each body is absent or the one that its reference names. */
export function checkBodies(refs: readonly BodyRef[], bodies: LeafBodies): Result<void> {
  if (bodies.length !== refs.length) return refuse('body-mismatch', `${bodies.length} bodies for ${refs.length} references`);
  const right = refs.every((ref, i) => {
    const body = bodies[i];
    return body === undefined || isBody(body, ref);
  });
  return right ? DONE : refuse('body-mismatch', 'a body is not the one that the log names');
}

/** What a bundle's bodies turned out to be. */
export interface CheckedBodies {
  /** How many of those that the leaves name are not among them. */
  readonly absent: number;
  /** Those that the state refers to: people's names, and reasons. */
  readonly words: readonly Uint8Array[];
}

/**
 * Accepts canonical `bundle-bodies` for these leaves, the first of which has the given index in the log. Each body is
 * absent or has the hash and length that its leaf names. The leaves must be certified by a log root.
 */
export function checkBundleBodies(firstIndex: number, leaves: readonly Uint8Array[], bytes: Uint8Array): Result<CheckedBodies> {
  return readInPlace(bytes, SYNC_ITEM_BYTES_MAX, (cursor): Result<CheckedBodies> => {
    const count = cursor.list();
    if (count !== leaves.length || count > BUNDLE_LEAVES) return refuse('body-mismatch', `bodies of ${count} leaves for ${leaves.length}`);
    const words: Uint8Array[] = [];
    let absent = 0;
    for (const [i, leaf] of leaves.entries()) {
      const refs = certifiedBodyRefs(firstIndex + i, leaf);
      if (!refs.ok) return refs;
      const bodies = readLeafBodies(cursor, refs.value.refs);
      if (!bodies.ok) return bodies;
      absent += refs.value.refs.length - bodies.value.length;
      if (refs.value.areWords) words.push(...bodies.value);
    }
    cursor.end();
    return ok({ absent, words });
  });
}

/** The bodies of one leaf that are there, as views. */
function readLeafBodies(cursor: CborCursor, refs: readonly BodyRef[]): Result<readonly Uint8Array[]> {
  if (cursor.list() !== refs.length) return refuse('body-mismatch', `not as many bodies as the ${refs.length} that the leaf names`);
  const bodies: Uint8Array[] = [];
  for (const ref of refs) {
    const present = cursor.list();
    if (present > 1) return refuse('malformed', 'not a list of none or one');
    if (present === 0) continue;
    const body = cursor.bytes();
    if (!isBody(body, ref)) return refuse('body-mismatch', 'a body is not the one that the log names');
    bodies.push(body);
  }
  return ok(bodies);
}

function isBody(body: Uint8Array, { length, hash }: BodyRef): boolean {
  return body.length === length && equal(bodyHash(body), hash);
}

// ---------------------------------------------------------------- leaves

/** The references of a leaf, in the order of `bodiesOf`. */
export interface LeafRefs {
  readonly refs: readonly BodyRef[];
  readonly areWords: boolean;
}

const NO_REFS: Result<LeafRefs> = ok({ refs: [], areWords: false });

/**
 * What `bodiesOf` gives for a leaf, and the founders' names for leaf 0, read in place. For leaves that a log root
 * certifies: of anything but the references it checks no more than it passes on the way.
 */
export function certifiedBodyRefs(index: number, leaf: Uint8Array): Result<LeafRefs> {
  if (index > 0) return readRefs(leaf);
  const signed = decodeSignedGenesis(leaf);
  return signed.ok ? ok({ refs: signed.value.genesis.founders.map(({ name }) => name), areWords: true }) : signed;
}

function readRefs(leaf: Uint8Array): Result<LeafRefs> {
  const refs = readInPlace(leaf, TRANSACTION_BYTES_MAX, (cursor) => {
    cursor.list(); // [unsigned, signatures]
    cursor.list(); // [version, chain, sender, sequence, expiry, action]
    cursor.uint();
    cursor.bytes();
    cursor.bytes();
    cursor.uint();
    cursor.uint();
    cursor.list(); // [number, …]
    return readActionRefs(cursor);
  });
  if (!refs.ok) return refs;
  return refs.value === undefined ? decodeRefs(leaf) : ok(refs.value);
}

/** Of the actions that a log is mostly made of; `undefined` for one that is too rare to be read in place. */
function readActionRefs(cursor: CborCursor): Result<LeafRefs | undefined> {
  const number = cursor.uint();
  switch (number) {
    case ACTION_NUMBERS.entry:
      return readRef(cursor, false);
    case ACTION_NUMBERS.join:
      cursor.bytes(); // The invitation.
      return readRef(cursor, true);
    case ACTION_NUMBERS.invite:
    case ACTION_NUMBERS['revoke-invite']:
    case ACTION_NUMBERS.leave:
      return NO_REFS;
    default:
      return ok(undefined);
  }
}

function decodeRefs(leaf: Uint8Array): Result<LeafRefs> {
  const read = decodeTransaction(leaf);
  if (!read.ok) return read;
  const { action } = read.value.unsigned;
  return ok({ refs: bodiesOf(action), areWords: holdsWords(action) });
}

function readRef(cursor: CborCursor, isName: boolean): Result<LeafRefs> {
  cursor.list(); // [hash, length]
  const hash = asHash(cursor.bytes());
  if (hash === undefined) return refuse('malformed', 'a reference without a hash');
  return ok({ refs: [{ hash, length: cursor.uint() }], areWords: isName });
}
