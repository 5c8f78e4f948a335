/** Outcomes of things that can be refused. Bad input from outside gives a `Refusal`; only a broken invariant throws. */

/**
 * Every reason for which something from outside is refused. Codes are stable: programs and screens may rely on them.
 * The sentence that a person reads is made from the code in `src/ui` and `relay`; `detail` is for logs and developers.
 */
// biome-ignore format: one line a subject.
export const REFUSAL_CODES = [
  // bytes and formats
  'too-large', 'not-canonical', 'malformed', 'unknown-action', 'unknown-rule', 'bad-key', 'bad-signature', 'unsupported-version',
  // transactions
  'wrong-chain', 'stale-sequence', 'expired', 'expiry-too-far', 'unknown-sender', 'not-allowed', 'duplicate', 'too-many-pending',
  'body-missing', 'body-mismatch', 'entry-unknown', 'already-erased',
  // invitations and joining
  'invitation-unknown', 'invitation-used', 'invitation-expired', 'invitation-revoked', 'invitation-closed', 'invitation-role', 'invitation-uses',
  'already-member', 'key-retired', 'needs-approval', 'role-full', 'damaged-link', 'stale-anchor', 'wrong-genesis',
  // members and rules
  'last-validator', 'last-federation', 'rules-unsatisfiable', 'member-unknown', 'role-held', 'role-not-held', 'role-conflict', 'no-roles', 'suspended',
  'operator-missing', 'software-not-approved', 'not-ready', 'not-earned', 'receipt-refused',
  // requests, proposals, knocks
  'request-unknown', 'request-closed', 'request-pending', 'request-rejected', 'request-expired', 'request-cancelled', 'already-decided',
  'rule-changed', 'trust-changed', 'knocks-closed', 'work-missing',
  // keys, recovery, upgrade, evidence
  'too-many-devices', 'link-unknown', 'wrong-password', 'recovery-refused', 'evidence-refuted', 'fork-refuted', 'upgrade-refused',
  // blocks, votes, finality
  'not-next', 'wrong-parent', 'wrong-time', 'wrong-proposer', 'wrong-root', 'wrong-trust-set', 'no-quorum', 'too-many-transactions',
  'invalid-transaction', 'conflicting-block',
  // proofs and sync
  'bad-proof', 'other-history', 'not-available', 'unknown-chain', 'unknown-signer', 'policy-unmet', 'awaiting-auditors', 'wrong-origin',
  // network
  'no-relay', 'only-in-clear', 'relays-full', 'slow-down', 'not-a-member', 'timed-out', 'closed', 'aborted', 'wrong-answer',
  // hosting
  'hosting-refused', 'host-code-missing', 'host-code-refused',
  // storage
  'storage-failed', 'storage-full', 'storage-corrupt', 'already-open',
  // this program: a mistake of its own, reported where it happened
  'failed',
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Why something was refused: a stable code and, for developers, what happened to what. Never holds a secret. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly detail: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function refuse(code: RefusalCode, detail: string): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code, detail } };
}

/** A refusal as an exception, for public functions that promise a value. */
export class RefusalError extends Error {
  readonly code: RefusalCode;
  constructor(refusal: Refusal) {
    super(`${refusal.code}: ${refusal.detail}`);
    this.name = 'RefusalError';
    this.code = refusal.code;
  }
}

/** The value of a result; throws `RefusalError` where it was refused. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new RefusalError(result.refusal);
}

/** For the default branch of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${String(value)}`);
}

/** The item of a list at a place where there is one. */
export function itemAt<T>(items: ArrayLike<T>, index: number): T {
  const item = items[index];
  invariant(item !== undefined, 'a list has an item at a place within it');
  return item;
}

/** Throws if an invariant of this program is broken; never for input from outside. */
export function invariant(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${what}`);
}
