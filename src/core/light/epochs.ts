/** From one trust set to the next: the closing header of an epoch, certified by its own validators, names who follows them. */
import { equal } from '../base/bytes.ts';
import { ok, type Result, refuse } from '../base/result.ts';
import type { Header } from '../codec/block.ts';
import { type TrustSet, trustSetDigest } from '../codec/records.ts';
import type { EpochFragment } from '../codec/sync-message.ts';
import type { RequiredSignature } from '../consensus/certificate.ts';
import { finalitySignatures } from './finality.ts';

/** Signatures under which trust passes from the set in force to the fragment's next one. */
export function epochSignatures({ header, certificate, next }: EpochFragment, trust: TrustSet): Result<readonly RequiredSignature[]> {
  if (header.nextTrust === undefined || !equal(header.nextTrust, trustSetDigest(next)))
    return refuse('wrong-trust-set', `height ${header.height} does not name the trust set that is said to follow`);
  if (next.epoch !== trust.epoch + 1) return refuse('wrong-trust-set', `epoch ${next.epoch} after ${trust.epoch}`);
  return finalitySignatures(header, certificate, trust);
}

/** Accepts if the anchor is of the trust set that led to here: a link vouches for it, whoever held keys before. */
export function trustPassesAnchor(anchor: Header, sets: readonly TrustSet[]): Result<void> {
  const ofItsEpoch = sets.find(({ epoch }) => epoch === anchor.epoch);
  return ofItsEpoch === undefined || equal(trustSetDigest(ofItsEpoch), anchor.trust)
    ? ok(undefined)
    : refuse('bad-proof', `the link was made under another trust set of epoch ${anchor.epoch}`);
}
