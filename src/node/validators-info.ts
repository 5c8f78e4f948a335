/** How those who decide blocks are doing, as this device sees it: who takes part, how many may fail now, whether the chain goes on. */
import { equal } from '../core/base/bytes.ts';
import { SECOND_MS } from '../core/base/limits.ts';
import type { Header } from '../core/codec/block.ts';
import { seatsOf } from '../core/codec/vote.ts';
import { faultsTolerated, quorumOf } from '../core/policy/quorum.ts';
import type { Pace } from '../core/policy/quorum-words.ts';
import type { ChainNode } from './chain-node.ts';
import { type Person, personOf } from './persons.ts';

/** What takes longer than this to become final does not become so by itself. */
export const STANDSTILL_AFTER_MS = 10 * SECOND_MS;
/** Blocks looked at for who took part. */
const RECENT_BLOCKS = 100;

export interface ValidatorInfo extends Person {
  /** Whether a session is open with it, or it is this device. */
  readonly reached: boolean;
  /** Of the recent blocks: those that it proposed, or among whose quorum its vote was. */
  readonly tookPart: number;
}

export interface ValidatorsInfo {
  /** In the order of their seats. */
  readonly validators: readonly ValidatorInfo[];
  readonly quorum: number;
  readonly faultsTolerated: number;
  /** Of the latest hundred blocks those that these validators decided. */
  readonly recentBlocks: number;
  readonly epoch: number;
  /** The view being decided; where this device has no seat, the one after that of the latest final block. */
  readonly view: number;
  readonly final: { readonly height: number; readonly time: number };
  /** Transactions that wait here to become final. */
  readonly waiting: number;
  readonly pace: Pace;
}

export async function validatorsInfo(node: ChainNode): Promise<ValidatorsInfo> {
  const { ledger, mempool } = node;
  const { tip, trust, certificate } = ledger;
  const from = Math.max(1, tip.header.height + 1 - RECENT_BLOCKS);
  const headers = (await ledger.headers(from, tip.header.height + 1)).filter(({ epoch }) => epoch === trust.epoch);
  // A quorum's votes for a block stand in the block after it, those for the latest in its certificate.
  const latest = certificate.subject.epoch === trust.epoch ? seatsOf(certificate.signers) : [];
  const took = headers.map((header, i) => new Set([header.proposerSeat, ...votersIn(headers[i + 1], header, latest)]));
  const validators = trust.seats.map(({ member, node: key }, seat) => ({
    ...personOf(node, member),
    reached: equal(key, node.signer.publicKey) || node.sessions().some(({ nodeKey }) => equal(nodeKey, key)),
    tookPart: took.filter((seats) => seats.has(seat)).length,
  }));
  return {
    validators,
    quorum: quorumOf(validators.length),
    faultsTolerated: faultsTolerated(validators.length),
    recentBlocks: headers.length,
    epoch: trust.epoch,
    view: node.duties.voting.validator?.view ?? nextView(node),
    final: { height: tip.header.height, time: tip.header.time },
    waiting: mempool.size,
    pace: paceOf(node, validators.filter(({ reached }) => reached).length),
  };
}

function votersIn(next: Header | undefined, header: Header, latest: readonly number[]): readonly number[] {
  if (next === undefined) return latest;
  return equal(next.trust, header.trust) ? seatsOf(next.parentSigners) : [];
}

function nextView({ ledger: { certificate, trust } }: ChainNode): number {
  return certificate.subject.epoch === trust.epoch ? certificate.subject.view + 1 : 1;
}

/**
 * A validator keeps a session with each of the others, so that too few sessions are too few votes. Others know a few of them
 * only, and judge by how long something has waited.
 */
function paceOf(node: ChainNode, reached: number): Pace {
  const { ledger, mempool, ports } = node;
  if (node.isValidator && reached < quorumOf(ledger.trust.seats.length)) return 'no-quorum';
  const { oldest } = mempool;
  if (oldest === undefined) return 'idle';
  const since = Math.max(oldest.since, ledger.tip.header.time);
  return ports.clock.now() - since < STANDSTILL_AFTER_MS ? 'deciding' : 'standstill';
}
