/** How those who decide blocks are doing, as this device sees it: who takes part, how many may fail now, whether the chain goes on. */
import { equal } from '../core/base/bytes.ts';
import { MINUTE_MS, SECOND_MS } from '../core/base/limits.ts';
import type { Header } from '../core/codec/block.ts';
import { type Certificate, seatsOf } from '../core/codec/vote.ts';
import { leaderSeat } from '../core/consensus/leader.ts';
import { holdsSeat } from '../core/membership/facts.ts';
import { faultsTolerated, quorumOf } from '../core/policy/quorum.ts';
import { type Answers, faultsTolerableNow, type Pace } from '../core/policy/quorum-words.ts';
import type { ChainNode } from './chain-node.ts';
import { hasSeat, isToValidate } from './office.ts';
import { type Person, personOf } from './persons.ts';

/** What takes longer than this to become final does not become so by itself. */
export const STANDSTILL_AFTER_MS = 10 * SECOND_MS;
/** Blocks looked at for who took part. */
const RECENT_BLOCKS = 100;
/** So old a block still tells who takes part now. */
const TELLS_FOR_MS = 1 * MINUTE_MS;

export interface ValidatorInfo extends Person {
  /** Whether a session is open with it, or it is this device. */
  readonly reached: boolean;
  /** Of the recent blocks: those that it proposed, or among whose quorum its vote was. */
  readonly tookPart: number;
  /** Whether it takes part at present, as far as this device can tell. */
  readonly answers: Answers;
}

/**
 * What this device has to do with it. `asked`: its member has the role, and it validates only if its person lets it
 * (`Chain.letValidate`); `candidate`: it waits for its seat.
 */
export type OwnPart = 'none' | 'asked' | 'candidate' | 'seated';

export interface ValidatorsInfo {
  /** In the order of their seats. */
  readonly validators: readonly ValidatorInfo[];
  readonly quorum: number;
  /** How many may fail where all are well. */
  readonly faultsTolerated: number;
  /** How many more may fail with those away who are; `undefined` where this device cannot tell. */
  readonly faultsTolerableNow: number | undefined;
  /** Of the latest hundred blocks those that these validators decided. */
  readonly recentBlocks: number;
  readonly epoch: number;
  /** The view being decided; where this device has no seat, the one after that of the latest final block. */
  readonly view: number;
  readonly final: { readonly height: number; readonly time: number };
  /** Transactions that wait here to become final. */
  readonly waiting: number;
  readonly pace: Pace;
  readonly ownPart: OwnPart;
}

export async function validatorsInfo(node: ChainNode): Promise<ValidatorsInfo> {
  const { ledger, mempool, ports } = node;
  const { tip, trust, certificate } = ledger;
  const from = Math.max(1, tip.header.height + 1 - RECENT_BLOCKS);
  const headers = (await ledger.headers(from, tip.header.height + 1)).filter(({ epoch }) => epoch === trust.epoch);
  const blocks = participation(headers, certificate, trust.epoch);
  const validators = trust.seats.map(({ member, node: key }, seat) => {
    const reached = equal(key, node.signer.publicKey) || node.sessions().some(({ nodeKey }) => equal(nodeKey, key));
    const shown = ports.clock.now() - tip.header.time < TELLS_FOR_MS ? shownByBlocks(blocks, seat, trust.seats.length) : 'unknown';
    return {
      ...personOf(node, member),
      reached,
      tookPart: blocks.filter(({ seats }) => seats.has(seat)).length,
      answers: reached ? 'yes' : node.isValidator ? 'no' : shown,
    } as const;
  });
  return {
    validators,
    quorum: quorumOf(validators.length),
    faultsTolerated: faultsTolerated(validators.length),
    faultsTolerableNow: faultsTolerableNow(validators.map(({ answers }) => answers)),
    recentBlocks: headers.length,
    epoch: trust.epoch,
    view: node.duties.voting.validator?.view ?? nextView(node),
    final: { height: tip.header.height, time: tip.header.time },
    waiting: mempool.size,
    ownPart: ownPart(node),
    pace: paceOf(node, validators.filter(({ reached }) => reached).length),
  };
}

function ownPart(node: ChainNode): OwnPart {
  const { ledger, ports } = node;
  const self = node.self();
  if (self === undefined || !isToValidate(self)) return 'none';
  if (hasSeat(ledger, self)) return 'seated';
  // On another device of the member.
  if (holdsSeat(ledger.trust, self.id)) return 'none';
  return (ports.validating?.wanted ?? true) ? 'candidate' : 'asked';
}

/** A block of the epoch in force, and the seats whose word is in it. */
interface BlockParts {
  readonly view: number;
  readonly seats: ReadonlySet<number>;
}

/** A quorum’s votes for a block stand in the block after it, those for the latest in its certificate. */
function participation(headers: readonly Header[], certificate: Certificate, epoch: number): readonly BlockParts[] {
  const latest = certificate.subject.epoch === epoch ? seatsOf(certificate.signers) : [];
  return headers.map((header, i) => ({
    view: header.view,
    seats: new Set([header.proposerSeat, ...votersIn(headers[i + 1], header, latest)]),
  }));
}

/**
 * Every validator proposes in its turn: whoever let the last one pass, and is in no block since, is away. Where its turn has not
 * come yet, only a word of its own tells.
 */
function shownByBlocks(blocks: readonly BlockParts[], seat: number, validators: number): Answers {
  const newest = blocks.at(-1)?.view ?? 0;
  let turn = newest;
  while (turn > 0 && leaderSeat(turn, validators) !== seat) turn--;
  if (blocks.some(({ view, seats }) => view >= turn && seats.has(seat))) return 'yes';
  return turn > 0 ? 'no' : 'unknown';
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
