/**
 * Trust over epochs: from a trust set that is believed to that of a later epoch, by what any peer says; and what a ledger keeps
 * of it, so that it can show others the same.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { unwrap } from '../core/base/result.ts';
import { decode } from '../core/codec/codec.ts';
import type { Recovery } from '../core/codec/genesis.ts';
import type { TrustSet } from '../core/codec/records.ts';
import { EPOCH_FRAGMENT_BYTES_MAX, type EpochFragment, epochFragment, SYNC_EPOCHS_MAX } from '../core/codec/sync-message.ts';
import { epochSignatures } from '../core/light/epochs.ts';
import { trustSetOf } from '../core/membership/facts.ts';
import type { Ledger } from './ledger.ts';
import { genesisPoint } from './ledger-base.ts';
import type { Session, Verifier } from './ports.ts';
import { type Answer, ask, refused } from './sync-frames.ts';

interface Believed {
  readonly chain: Hash;
  readonly trust: TrustSet;
  /** Recovery keys that the genesis names. */
  readonly recovery: Recovery;
  readonly verifier: Verifier;
}

/** The fragments that lead from the trust set to that of the epoch; none if it is of it already. Throws what is wrong with them. */
export async function fetchEpochs(
  session: Session,
  believed: Believed,
  epoch: number,
  signal: AbortSignal,
): Promise<readonly EpochFragment[]> {
  const fragments: EpochFragment[] = [];
  let { trust } = believed;
  while (trust.epoch < epoch) {
    const some = await fetchSome(session, { ...believed, trust }, epoch, signal);
    const last = some.at(-1);
    if (last === undefined) throw refused('not-available', `the peer does not show how epoch ${trust.epoch} ended`);
    fragments.push(...some);
    trust = last.next;
  }
  return fragments;
}

function fetchSome(session: Session, believed: Believed, epoch: number, signal: AbortSignal): Promise<readonly EpochFragment[]> {
  return ask(session, { type: 'epochs', from: believed.trust.epoch }, signal, async (answer) => {
    const fragments: EpochFragment[] = [];
    let { trust } = believed;
    let count = 0;
    for (let next = await read(answer); next !== undefined; next = await read(answer)) {
      if (++count > SYNC_EPOCHS_MAX) throw refused('malformed', `over ${SYNC_EPOCHS_MAX} epochs in one answer`);
      // More may have ended there since it told its tip.
      if (trust.epoch === epoch) continue;
      await check(next, { ...believed, trust });
      fragments.push(next);
      trust = next.next;
    }
    return fragments;
  });
}

/** How epochs ended from one on, as the peer tells it: nothing of it is checked. */
export function askEpochs(session: Session, from: number, signal: AbortSignal): Promise<readonly EpochFragment[]> {
  return ask(session, { type: 'epochs', from }, signal, async (answer) => {
    const fragments: EpochFragment[] = [];
    for (let next = await read(answer); next !== undefined; next = await read(answer)) {
      fragments.push(next);
      if (fragments.length > SYNC_EPOCHS_MAX) throw refused('malformed', `over ${SYNC_EPOCHS_MAX} epochs in one answer`);
    }
    return fragments;
  });
}

async function read(answer: Answer): Promise<EpochFragment | undefined> {
  const item = await answer.next(EPOCH_FRAGMENT_BYTES_MAX);
  return item === undefined ? undefined : unwrap(decode(epochFragment, item, EPOCH_FRAGMENT_BYTES_MAX));
}

async function check(fragment: EpochFragment, { chain, trust, recovery, verifier }: Believed): Promise<void> {
  if (!equal(fragment.header.chain, chain)) throw refused('wrong-chain', 'an epoch of another chain');
  const checks = unwrap(epochSignatures(fragment, trust, recovery));
  const verdicts = await verifier.verify(checks, 'agreement');
  if (!verdicts.every(Boolean)) throw refused('bad-signature', `a signature under the end of epoch ${trust.epoch} is wrong`);
}

/** Completes what the ledger keeps of the epochs that have ended: a snapshot, or a certificate of a later block, brings none. */
export async function fillEpochs(ledger: Ledger, session: Session, verifier: Verifier, signal: AbortSignal): Promise<void> {
  const { chain } = ledger;
  const kept = await ledger.epochs.keptUpTo();
  if (kept === ledger.trust.epoch) return;
  const trust = kept === 0 ? trustSetOf(genesisPoint(ledger.genesisLeaf).state) : await ledger.epochs.trustAfter(kept - 1);
  if (trust === undefined) return;
  await ledger.epochs.keep(
    await fetchEpochs(session, { chain, trust, recovery: ledger.tip.recovery, verifier }, ledger.trust.epoch, signal),
  );
}
