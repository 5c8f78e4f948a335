/** What a transaction from a peer must be before anything is spent on it, and which refusals are not the end of it. */
import { equal } from '../core/base/bytes.ts';
import type { RefusalCode } from '../core/base/result.ts';
import { bodyRefOf } from '../core/codec/body.ts';
import { bodiesOf, type Transaction } from '../core/codec/transaction.ts';
import type { Session } from './ports.ts';

/** What can be said before any signature is checked: a guest may only ask to join, and bodies are those that are named. */
export function inadmissible(
  { access, nodeKey }: Session,
  { unsigned }: Transaction,
  bodies: readonly Uint8Array[],
): RefusalCode | undefined {
  const { action, sender } = unsigned;
  if (access === 'foreign' || access === 'knocker') return 'not-a-member';
  if (access === 'guest' && (action.type !== 'join' || !equal(sender, nodeKey))) return 'not-a-member';
  const refs = bodiesOf(action);
  if (bodies.length !== refs.length) return 'body-missing';
  const match = refs.every(({ hash, length }, i) => {
    const body = bodies[i];
    return body !== undefined && body.length === length && equal(bodyRefOf(body).hash, hash);
  });
  return match ? undefined : 'body-mismatch';
}

/** Refusals that another try may overcome: they say something of the moment, not of the transaction. */
export const RETRIED: ReadonlySet<RefusalCode> = new Set([
  'stale-sequence',
  'expired',
  'too-many-pending',
  'body-missing',
  'not-a-member',
  'unknown-sender',
  'slow-down',
]);
