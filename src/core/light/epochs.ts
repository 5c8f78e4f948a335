/** From one trust set to the next: the closing header of an epoch, certified by its own validators, names who follows them. */
import { equal } from '../base/bytes.ts';
import { ok, type Result, refuse } from '../base/result.ts';
import type { Header } from '../codec/block.ts';
import type { Recovery } from '../codec/genesis.ts';
import { type TrustSet, trustSetDigest } from '../codec/records.ts';
import type { EpochFragment } from '../codec/sync-message.ts';
import type { RequiredSignature } from '../consensus/certificate.ts';
import { verifyRecord } from '../membership/proof.ts';
import { SINGLETON } from '../membership/state.ts';
import { finalitySignatures } from './finality.ts';
import { recoveredEpochSignatures } from './recovery.ts';

/** Signatures under which trust passes from the set in force to the fragment's next one. `named`: the recovery keys of the genesis. */
export function epochSignatures(fragment: EpochFragment, trust: TrustSet, named: Recovery): Result<readonly RequiredSignature[]> {
  const { header, certificate, next, recovery } = fragment;
  if (recovery !== undefined) return recoverySignatures(fragment, recovery, trust, named);
  if (header.nextTrust === undefined || !equal(header.nextTrust, trustSetDigest(next)))
    return refuse('wrong-trust-set', `height ${header.height} does not name the trust set that is said to follow`);
  if (next.epoch !== trust.epoch + 1) return refuse('wrong-trust-set', `epoch ${next.epoch} after ${trust.epoch}`);
  return finalitySignatures(header, certificate, trust);
}

/** The last header of its epoch is final, and enough of the recovery keys in force there say who followed. */
function recoverySignatures(
  { header, certificate, next }: EpochFragment,
  recovery: NonNullable<EpochFragment['recovery']>,
  trust: TrustSet,
  named: Recovery,
): Result<readonly RequiredSignature[]> {
  const final = finalitySignatures(header, certificate, trust);
  if (!final.ok) return final;
  const record = verifyRecord(header.stateRoot, 'recovery', SINGLETON, recovery);
  if (!record.ok) return record;
  const keys = record.value ?? { number: 0, keys: named, pending: undefined };
  const appointed = recoveredEpochSignatures(trust, { base: header, keys, certificate: recovery.certificate, trust: next });
  return appointed.ok ? ok([...final.value, ...appointed.value]) : appointed;
}

/**
 * Accepts if the link was made after every recovery on the way, and so vouches for it. Whoever stands at the base of one, or
 * comes by an older link, does not follow it by itself: a person confirms it (`judgeRecovery`), or asks for a fresh link.
 */
export function recoveriesAreBelow(height: number, fragments: readonly EpochFragment[]): Result<void> {
  return fragments.every(({ header, recovery }) => recovery === undefined || header.height < height)
    ? ok(undefined)
    : refuse('recovery-refused', 'others went on by a recovery that nobody here has agreed to');
}

/**
 * The trust set in force above the anchor, for which the link vouches, whoever held keys before or holds some now; `undefined`
 * where the tip is not above the epoch that the anchor closes. Refused where the sets that led to the tip are others.
 */
export function trustAtAnchor(anchor: Header, sets: readonly TrustSet[]): Result<TrustSet | undefined> {
  const { epoch, trust, nextTrust } = anchor;
  const named =
    nextTrust === undefined
      ? [{ epoch, trust }]
      : [
          { epoch, trust },
          { epoch: epoch + 1, trust: nextTrust },
        ];
  let last: TrustSet | undefined;
  for (const one of named) {
    last = sets.find((set) => set.epoch === one.epoch);
    if (last !== undefined && !equal(trustSetDigest(last), one.trust))
      return refuse('bad-proof', `the link was made under another trust set of epoch ${one.epoch}`);
  }
  return ok(last);
}
