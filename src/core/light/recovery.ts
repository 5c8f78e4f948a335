/**
 * Whether a node goes on under others by a recovery certificate, when the chain is dead (DESIGN §5, *Broken chain*); and how
 * whoever follows the chain from afar accepts an epoch that a recovery began, where no block closed the one before.
 *
 * Nobody can prove that a chain is dead. So each node counts the chain's delay from when it first saw the certificate, a
 * final block above the base voids it, and a person confirms it: only then does it follow those who are appointed, and
 * from then on nobody else.
 */
import { compare, equal, toHex } from '../base/bytes.ts';
import { ok, type Refusal, type Result, refuse } from '../base/result.ts';
import { blockIdOf, type Header } from '../codec/block.ts';
import { type RecoveryState, type TrustSet, trustSetDigest } from '../codec/records.ts';
import { type RecoveryCertificate, recoveryKeyDigest, recoverySignedText } from '../codec/recovery.ts';
import type { RequiredSignature } from '../consensus/certificate.ts';
import { type ChainPoint, recoveredTrust } from '../consensus/execute.ts';
import { recoveryOf } from '../membership/recovery-state.ts';
import type { Verified } from '../membership/verified.ts';

/** What a node knows of a certificate; times by its own clock, ms. */
export interface RecoverySight {
  readonly certificate: Verified<RecoveryCertificate>;
  readonly firstSeen: number;
  readonly confirmed: boolean;
}

export type RecoveryVerdict =
  /** It says nothing about this chain as it is, and never will. */
  | { readonly type: 'void'; readonly refusal: Refusal }
  /** Blocks up to its base are still missing here. */
  | { readonly type: 'behind' }
  /** Its delay runs. */
  | { readonly type: 'waiting'; readonly until: number }
  /** Nothing is missing but a person's word. */
  | { readonly type: 'unconfirmed' }
  /** The chain goes on under this trust set. */
  | { readonly type: 'go'; readonly trust: TrustSet };

/** What follows from a certificate for a node whose newest final block is `tip`, at `now`. */
export function judgeRecovery(tip: ChainPoint, { certificate, firstSeen, confirmed }: RecoverySight, now: number): RecoveryVerdict {
  if (!equal(certificate.plan.chain, tip.header.chain)) return { type: 'void', refusal: other('the certificate is of another chain') };
  if (certificate.plan.height > tip.header.height) return { type: 'behind' };
  const trust = recoveredTrust(tip, certificate);
  if (!trust.ok) return { type: 'void', refusal: trust.refusal };
  const until = firstSeen + recoveryOf(tip.state, tip.recovery).keys.delayMs;
  if (now < until) return { type: 'waiting', until };
  return confirmed ? { type: 'go', trust: trust.value } : { type: 'unconfirmed' };
}

/** An epoch that a recovery began, as it is told to whoever did not execute it. */
export interface RecoveredEpoch {
  /** The base: a final block of the epoch before. */
  readonly base: Header;
  /** What is in force of recovery at the base: a proved record or, where that is proved absent, what the genesis names. */
  readonly keys: RecoveryState;
  readonly certificate: RecoveryCertificate;
  /** The epoch's trust set, to which the first header after the base commits. */
  readonly trust: TrustSet;
}

/**
 * The signatures under which an epoch that no block closed the one before for is the chain's: the recovery keys'. `before`
 * is the trust set that the base leaves in force. Whether a person consents is not asked here: whoever starts from an
 * anchor above the base trusts the link, and whoever stands at the base asks `judgeRecovery`.
 */
export function recoveredEpochSignatures(before: TrustSet, told: RecoveredEpoch): Result<readonly RequiredSignature[]> {
  const { base, certificate, trust } = told;
  const { plan, signatures } = certificate;
  if (!equal(base.nextTrust ?? base.trust, trustSetDigest(before))) return refuse('wrong-trust-set', 'the base is of another trust set');
  const isOfBase = equal(plan.chain, base.chain) && plan.height === base.height && equal(plan.base, blockIdOf(base));
  if (!isOfBase) return { ok: false, refusal: other('the certificate names another base') };
  if (!isSigned(told)) return { ok: false, refusal: other('too few of the recovery keys signed, or another certificate is next') };
  if (trust.epoch !== before.epoch + 1 || !equal(trust.base, plan.base) || !hasSeatsOf(trust, certificate) || !hasAuditorsOf(trust, before))
    return refuse('wrong-trust-set', 'the trust set is not the one that the certificate appoints');
  const message = recoverySignedText(plan);
  return ok(signatures.map(({ key, signature }) => ({ key, message, signature })));
}

function isSigned({ keys: { keys, number }, certificate: { plan, signatures } }: RecoveredEpoch): boolean {
  const digests = signatures.map(({ key }) => recoveryKeyDigest(key));
  const named = digests.every((digest) => keys.keys.some((one) => equal(one, digest)));
  const enough = keys.keys.length > 0 && digests.length >= keys.threshold;
  return named && enough && new Set(digests.map(toHex)).size === digests.length && plan.number === number + 1;
}

/** Those who vote are those who were appointed, each with its own keys; whose nodes they are, the state says. */
function hasSeatsOf({ seats }: TrustSet, { plan }: RecoveryCertificate): boolean {
  const appointed = [...plan.validators].sort((a, b) => compare(a.node, b.node));
  return (
    appointed.length > 0 &&
    appointed.length === seats.length &&
    appointed.every((one, i) => {
      const seat = seats[i];
      return seat !== undefined && equal(seat.node, one.node) && equal(seat.vote, one.vote) && equal(seat.note, one.note);
    })
  );
}

/** A recovery leaves the auditors as they are. */
function hasAuditorsOf(trust: TrustSet, before: TrustSet): boolean {
  const asBefore = { ...trust, epoch: before.epoch, base: before.base, seats: before.seats };
  return equal(trustSetDigest(asBefore), trustSetDigest(before));
}

function other(detail: string): Refusal {
  return { code: 'recovery-refused', detail };
}
