/** Certificates: a quorum's signatures over one vote subject, judged against the trust set of their epoch. */
import { equal } from '../base/bytes.ts';
import type { SignatureCheck } from '../base/key.ts';
import { ok, type Result, refuse } from '../base/result.ts';
import type { TrustSet } from '../codec/records.ts';
import { bitmapOf, type Certificate, seatsOf, type Vote, type VoteKind, type VoteSubject, voteSignedText } from '../codec/vote.ts';
import { quorumOf } from '../policy/quorum.ts';

export type RequiredSignature = SignatureCheck;

/** The signatures that make the certificate count, or why none could: wrong epoch, unknown seats, too few. */
export function certificateSignatures(certificate: Certificate, trust: TrustSet): Result<readonly RequiredSignature[]> {
  const { subject, signers, signatures } = certificate;
  if (subject.epoch !== trust.epoch)
    return refuse('wrong-trust-set', `a certificate of epoch ${subject.epoch}, the trust set is of ${trust.epoch}`);
  const seats = seatsOf(signers);
  if (!equal(bitmapOf(seats), signers)) return refuse('not-canonical', 'the bitmap of signers has bytes to spare');
  if (seats.length !== signatures.length) return refuse('malformed', `${seats.length} signers, ${signatures.length} signatures`);
  const quorum = quorumOf(trust.seats.length);
  if (seats.length < quorum) return refuse('no-quorum', `${seats.length} of ${trust.seats.length} signed, ${quorum} are needed`);
  const message = voteSignedText(subject);
  const checks: RequiredSignature[] = [];
  for (const [i, seat] of seats.entries()) {
    const key = trust.seats[seat]?.vote;
    const signature = signatures[i];
    if (key === undefined || signature === undefined) return refuse('malformed', `nobody has seat ${seat}`);
    checks.push({ key, message, signature });
  }
  return ok(checks);
}

/** Puts a certificate together from votes for one subject by distinct seats. */
export function assembleCertificate(subject: VoteSubject, votes: readonly Vote[]): Certificate {
  const inOrder = [...votes].sort((a, b) => a.seat - b.seat);
  return { subject, signers: bitmapOf(inOrder.map(({ seat }) => seat)), signatures: inOrder.map(({ signature }) => signature) };
}

/** The votes that a certificate is made of: signatures of distinct seats over one subject. */
export function votesOf({ subject, signers, signatures }: Certificate): readonly Vote[] {
  return seatsOf(signers).flatMap((seat, i) => {
    const signature = signatures[i];
    return signature === undefined ? [] : [{ subject, seat, signature }];
  });
}

/** True if the certificate is of this kind and over this block of this chain. */
export function certifies(certificate: Certificate, kind: VoteKind, chain: Uint8Array, block: Uint8Array): boolean {
  const { subject } = certificate;
  return subject.kind === kind && equal(subject.chain, chain) && subject.block !== undefined && equal(subject.block, block);
}
