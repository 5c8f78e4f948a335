/**
 * Replay: all of a chain from its genesis, block by block, by whoever takes nobody's word for it. Each block is executed as a
 * validator executes it, so that log root and state root follow from the leaves; and each epoch ends under a certificate of
 * its own validators, so that nobody else can have said who follows them.
 *
 * What comes in is verified transactions in order; what goes out is the next point with the signatures still to be checked,
 * or which block is wrong and why. Between two certificates a block is final by the headers after it: each names its parent.
 */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import type { SignatureCheck } from '../base/key.ts';
import { ok, type Refusal, type Result, refuse } from '../base/result.ts';
import type { Header } from '../codec/block.ts';
import type { TrustSet } from '../codec/records.ts';
import type { Transaction } from '../codec/transaction.ts';
import type { Certificate } from '../codec/vote.ts';
import { type ChainPoint, executeBlock, recoveredTrust } from '../consensus/execute.ts';
import { trustSetOf } from '../membership/facts.ts';
import { asVerified, type Verified } from '../membership/verified.ts';
import { finalitySignatures } from './finality.ts';
import { openGenesis } from './genesis.ts';

/** How far a replay has come. */
export interface Replay {
  readonly point: ChainPoint;
  /** Whether the point is final by a certificate of its own. */
  readonly isCertified: boolean;
}

/** A block as it is replayed. `certificate`: a finalization of this very block, needed where its epoch ends. */
export interface ReplayedBlock {
  readonly header: Header;
  readonly transactions: readonly Verified<Transaction>[];
  readonly certificate: Certificate | undefined;
}

export interface ReplayStep {
  readonly replay: Replay;
  /** The certificate's, if there is one: nothing up to here counts before they are checked. */
  readonly signatures: readonly SignatureCheck[];
}

/** What is wrong with a chain, and where. */
export interface ReplayFault {
  readonly height: number;
  readonly refusal: Refusal;
}

export type Replayed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: ReplayFault };

export function faultAt(height: number, refusal: Refusal): { readonly ok: false; readonly fault: ReplayFault } {
  return { ok: false, fault: { height, refusal } };
}

/** Height 0 of the chain: its genesis, and the signatures of its founders. */
export function beginReplay(chain: Hash, genesisLeaf: Uint8Array): Replayed<ReplayStep> {
  const opened = openGenesis(genesisLeaf);
  if (!opened.ok) return faultAt(0, opened.refusal);
  const { point, signatures } = opened.value;
  if (!equal(point.header.chain, chain)) return faultAt(0, { code: 'wrong-genesis', detail: 'the genesis is of another chain' });
  return { ok: true, value: { replay: { point, isCertified: true }, signatures } };
}

/** The next block on what was replayed. */
export function replayBlock({ point, isCertified }: Replay, block: ReplayedBlock): Replayed<ReplayStep> {
  const { header, transactions, certificate } = block;
  const next = point.header.height + 1;
  const begins = mayFollow(point, isCertified, header);
  if (!begins.ok) return faultAt(next, begins.refusal);
  const executed = executeBlock(point, header, transactions);
  if (!executed.ok) return faultAt(next, executed.refusal);
  const signatures = certified(point, block);
  if (!signatures.ok) return faultAt(next, signatures.refusal);
  return { ok: true, value: { replay: { point: executed.value, isCertified: certificate !== undefined }, signatures: signatures.value } };
}

/** Nobody but the validators of an epoch can end it, be it by naming who follows or by leaving a base for a recovery. */
function mayFollow({ header: parent }: ChainPoint, isCertified: boolean, { epoch }: Header): Result<void> {
  return epoch === parent.epoch || isCertified
    ? ok(undefined)
    : refuse('no-quorum', `epoch ${parent.epoch} ended at height ${parent.height} without a certificate`);
}

function certified(parent: ChainPoint, { header, transactions, certificate }: ReplayedBlock): Result<readonly SignatureCheck[]> {
  if (certificate === undefined) return ok([]);
  const trust = trustOver(parent, header, transactions);
  return trust.ok ? finalitySignatures(header, certificate, trust.value) : trust;
}

/** A block that opens an epoch itself, above a dead chain's base, is certified by those whom its recovery appoints. */
function trustOver(parent: ChainPoint, { epoch }: Header, [first]: readonly Verified<Transaction>[]): Result<TrustSet> {
  const before = trustSetOf(parent.state);
  const action = first?.unsigned.action;
  // It is part of a verified transaction.
  return before.epoch === epoch || action?.type !== 'recover' ? ok(before) : recoveredTrust(parent, asVerified(action.certificate));
}
