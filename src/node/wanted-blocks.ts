/** Which blocks a validator has a reason to hold, or to ask for: what a quorum stands for, and what leaders propose next. */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { type Certificate, seatsOf } from '../core/codec/vote.ts';
import { blockOf, type Replica } from '../core/consensus/replica-state.ts';

/** A final block that is not here yet, or one below it is not. */
export interface DecidedBlock {
  readonly block: Hash;
  readonly certificate: Certificate;
}

/** A block that is wanted together with all below it. */
export interface WantedBlock {
  readonly block: Hash;
  /** A quorum found it sound; otherwise only its leader's word is there, and a few votes. */
  readonly isCertified: boolean;
  /** Seats that may have it, those first who should. */
  readonly holders: readonly number[];
}

/** What is decided, notarized or proposed now, and was not found sound here yet; what is certified comes first. */
export function wantedBlocks(replica: Replica, decided: DecidedBlock | undefined): readonly WantedBlock[] {
  const wanted: WantedBlock[] = [];
  if (decided !== undefined) wanted.push(certified(replica, decided.block, decided.certificate));
  for (const { certificates } of replica.rounds.values()) {
    const block = certificates.notarize?.subject.block;
    if (certificates.notarize === undefined || block === undefined || blockOf(replica, block) !== undefined) continue;
    wanted.push(certified(replica, block, certificates.notarize));
  }
  const { proposal, judgement, votes } = replica.rounds.get(replica.view) ?? {};
  if (proposal === undefined || judgement !== 'asked' || votes === undefined) return wanted;
  const voters = [...votes.notarize.values()].filter(({ subject }) => subject.block !== undefined && equal(subject.block, proposal.id));
  const holders = [replica.leaderOf(replica.view), ...voters.map(({ seat }) => seat)];
  return [...wanted, { block: proposal.id, isCertified: false, holders: others(replica, holders) }];
}

/** All that may still be wanted: besides, what the replica goes by as sound, and one proposal a view that is not decided. */
export function heldBlocks(replica: Replica, decided: DecidedBlock | undefined): readonly Hash[] {
  const held = [...replica.blocks.values()].map(({ id }) => id);
  if (decided !== undefined) held.push(decided.block);
  for (const [view, { certificates, proposal }] of replica.rounds) {
    const notarized = certificates.notarize?.subject.block;
    if (notarized !== undefined) held.push(notarized);
    if (proposal !== undefined && view >= replica.view) held.push(proposal.id);
  }
  return held;
}

/** Whoever signed has it as a rule; whoever did not may have it by now. */
function certified(replica: Replica, block: Hash, { subject, signers }: Certificate): WantedBlock {
  const all = replica.trust.seats.map((_, seat) => seat);
  const holders = [replica.leaderOf(subject.view), ...seatsOf(signers), ...all];
  return { block, isCertified: true, holders: others(replica, holders) };
}

function others({ seat }: Replica, seats: readonly number[]): readonly number[] {
  return [...new Set(seats)].filter((one) => one !== seat);
}
