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
import { ACTION_NUMBERS } from './transaction.ts';

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

/**
 * Accepts canonical `bundle-bodies` for these leaves, the first of which has the given index in the log. Each body is
 * absent or has the hash and length that its leaf names. The leaves must be certified by a log root.
 */
export function checkBundleBodies(firstIndex: number, leaves: readonly Uint8Array[], bytes: Uint8Array): Result<void> {
  return readInPlace(bytes, SYNC_ITEM_BYTES_MAX, (cursor) => {
    const count = cursor.list();
    if (count !== leaves.length || count > BUNDLE_LEAVES) return refuse('body-mismatch', `bodies of ${count} leaves for ${leaves.length}`);
    for (const [i, leaf] of leaves.entries()) {
      const refs = certifiedBodyRefs(firstIndex + i, leaf);
      const checked = refs.ok ? checkLeafBodies(cursor, refs.value) : refs;
      if (!checked.ok) return checked;
    }
    cursor.end();
    return DONE;
  });
}

function checkLeafBodies(cursor: CborCursor, refs: readonly BodyRef[]): Result<void> {
  if (cursor.list() !== refs.length) return refuse('body-mismatch', `not as many bodies as the ${refs.length} that the leaf names`);
  for (const ref of refs) {
    const present = cursor.list();
    if (present > 1) return refuse('malformed', 'not a list of none or one');
    if (present === 1 && !isBody(cursor.bytes(), ref)) return refuse('body-mismatch', 'a body is not the one that the log names');
  }
  return DONE;
}

function isBody(body: Uint8Array, { length, hash }: BodyRef): boolean {
  return body.length === length && equal(bodyHash(body), hash);
}

// ---------------------------------------------------------------- leaves

const NO_REFS: Result<readonly BodyRef[]> = ok([]);

/**
 * What `bodiesOf` gives for a leaf, and the founders' names for leaf 0, read in place. For leaves that a log root
 * certifies: of anything but the references it checks no more than it passes on the way.
 */
export function certifiedBodyRefs(index: number, leaf: Uint8Array): Result<readonly BodyRef[]> {
  if (index > 0) return readRefs(leaf);
  const signed = decodeSignedGenesis(leaf);
  return signed.ok ? ok(signed.value.genesis.founders.map(({ name }) => name)) : signed;
}

function readRefs(leaf: Uint8Array): Result<readonly BodyRef[]> {
  return readInPlace(leaf, TRANSACTION_BYTES_MAX, (cursor) => {
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
}

function readActionRefs(cursor: CborCursor): Result<readonly BodyRef[]> {
  const number = cursor.uint();
  switch (number) {
    case ACTION_NUMBERS.entry:
      return readRef(cursor);
    case ACTION_NUMBERS.join:
      cursor.bytes(); // The invitation.
      return readRef(cursor);
    case ACTION_NUMBERS.invite:
    case ACTION_NUMBERS['revoke-invite']:
    case ACTION_NUMBERS.leave:
      return NO_REFS;
    default:
      return refuse('unknown-action', `action ${number} is of a later version`);
  }
}

function readRef(cursor: CborCursor): Result<readonly BodyRef[]> {
  cursor.list(); // [hash, length]
  const hash = asHash(cursor.bytes());
  return hash === undefined ? refuse('malformed', 'a reference without a hash') : ok([{ hash, length: cursor.uint() }]);
}
