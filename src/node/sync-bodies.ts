/** Bodies from anybody: each is held against the reference that the log has of it. */
import { equal } from '../core/base/bytes.ts';
import { ok, type Result, refuse } from '../core/base/result.ts';
import { type BodyRef, bodyHash } from '../core/codec/body.ts';
import type { LeafBodies } from '../core/codec/sync-message.ts';

/** Accepts if each body is absent or the one that its reference names. */
export function checkBodies(refs: readonly BodyRef[], bodies: LeafBodies): Result<void> {
  if (bodies.length !== refs.length) return refuse('body-mismatch', `${bodies.length} bodies for ${refs.length} references`);
  const wrong = refs.findIndex((ref, i) => {
    const body = bodies[i];
    return body !== undefined && (body.length !== ref.length || !equal(bodyHash(body), ref.hash));
  });
  return wrong === -1 ? ok(undefined) : refuse('body-mismatch', 'a body is not the one that the log names');
}
