/** What a refusal means to somebody who wants to come in: the end of it, or a reason to try again. */
import { type RefusalCode, RefusalError } from '../core/base/result.ts';

/** Refusals that end a join for good: trying again cannot help. */
const FINAL: ReadonlySet<RefusalCode> = new Set([
  'invitation-unknown',
  'invitation-used',
  'invitation-expired',
  'invitation-revoked',
  'invitation-closed',
  'invitation-role',
  'needs-approval',
  'role-full',
  'operator-missing',
  'software-not-approved',
  'key-retired',
  'request-rejected',
  'request-expired',
  'request-cancelled',
  'request-closed',
  'knocks-closed',
  'not-allowed',
  'link-unknown',
  'member-unknown',
  'too-many-devices',
  'stale-anchor',
  'wrong-genesis',
  'wrong-chain',
  'unsupported-version',
  'conflicting-block',
  'bad-proof',
  'other-history',
  'bad-signature',
  'no-quorum',
]);

export function isFinalRefusal(code: RefusalCode): boolean {
  return FINAL.has(code);
}

/** Refusals that say more than that nobody could be reached, the most telling first. */
const TELLING: readonly RefusalCode[] = ['relays-full', 'slow-down', 'suspended', 'not-available', 'not-a-member', 'only-in-clear'];

/**
 * Of several refusals the one that says most: a typed answer about the invitation, then a relay that was reached and
 * would not, then one that was reached and kept silent, as it does about chains that it does not have, then one that this page
 * must not dial.
 */
export function mostTelling(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error;
  const refusals = error.errors.filter((one) => one instanceof RefusalError);
  const final = refusals.find(({ code }) => FINAL.has(code));
  if (final !== undefined) return final;
  const detail = refusals.map(({ message }) => message).join('; ') || 'the link names no relay';
  const telling = TELLING.find((code) => refusals.some((refusal) => refusal.code === code));
  return new RefusalError({ code: telling === 'not-available' ? 'unknown-chain' : (telling ?? 'no-relay'), detail });
}
