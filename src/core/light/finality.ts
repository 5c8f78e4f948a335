/**
 * What a light node trusts: from a genesis and an anchor to a certified tip. Each function says what must hold and gives
 * back the signatures still to be checked; nothing is believed before those are.
 */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { ANCHOR_AGE_MS_MAX } from '../base/limits.ts';
import { ok, type Result, refuse } from '../base/result.ts';
import { blockIdOf, type Header } from '../codec/block.ts';
import { type TrustSet, trustSetDigest } from '../codec/records.ts';
import type { Certificate } from '../codec/vote.ts';
import { certificateSignatures, certifies, type RequiredSignature } from '../consensus/certificate.ts';
import { verifyConsistency } from '../log/proof.ts';

/** A block that a link vouches for. */
export interface Anchor {
  readonly block: Hash;
  readonly height: number;
  /** When the link was made, ms. */
  readonly issued: number;
}

/** Signatures under which the header is final, if its certificate is of the trust set in force. */
export function finalitySignatures(header: Header, certificate: Certificate, trust: TrustSet): Result<readonly RequiredSignature[]> {
  if (!equal(header.trust, trustSetDigest(trust))) return refuse('wrong-trust-set', `height ${header.height} names another trust set`);
  if (header.epoch !== trust.epoch) return refuse('wrong-trust-set', `height ${header.height} is of another epoch`);
  if (!certifies(certificate, 'finalize', header.chain, blockIdOf(header)))
    return refuse('no-quorum', 'the certificate is over something else');
  if (certificate.subject.view < header.view) return refuse('malformed', 'a certificate older than its block');
  return certificateSignatures(certificate, trust);
}

/** Refused if the link is so old that the validators it vouches for may have gone. */
export function anchorIsFresh(anchor: Anchor, now: number): Result<void> {
  const age = now - anchor.issued;
  return age <= ANCHOR_AGE_MS_MAX ? ok(undefined) : refuse('stale-anchor', `the link was made ${Math.floor(age / 86_400_000)} days ago`);
}

/** Accepts if the header is the anchor's, and the tip's log extends the anchor's. */
export function tipExtendsAnchor(anchor: Anchor, anchorHeader: Header, tip: Header, proof: readonly Hash[]): Result<void> {
  if (!equal(blockIdOf(anchorHeader), anchor.block)) return refuse('bad-proof', 'the anchor’s header is not the one the link names');
  if (!equal(anchorHeader.chain, tip.chain)) return refuse('wrong-chain', 'anchor and tip are of different chains');
  if (tip.height < anchorHeader.height) return refuse('bad-proof', 'the tip lies before the anchor');
  if (tip.height === anchorHeader.height && !equal(blockIdOf(tip), anchor.block))
    return refuse('bad-proof', 'another block at the anchor’s height');
  return verifyConsistency(anchorHeader.logSize, anchorHeader.logRoot, tip.logSize, tip.logRoot, proof);
}

/** Accepts if the headers are a chain that starts right after `from` and ends with `to`. */
export function headersConnect(from: { readonly id: Hash; readonly header: Header }, headers: readonly Header[], to: Header): Result<void> {
  let id = from.id;
  let height = from.header.height;
  for (const header of headers) {
    if (header.height !== height + 1 || !equal(header.parent, id)) return refuse('bad-proof', `height ${height + 1} does not follow`);
    id = blockIdOf(header);
    height = header.height;
  }
  return equal(id, blockIdOf(to)) ? ok(undefined) : refuse('bad-proof', 'the headers lead elsewhere');
}
