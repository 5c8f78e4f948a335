/** Who takes part in deciding blocks, as recent blocks show it, and, while none is decided, the votes that came. */
import { equal } from '../core/base/bytes.ts';
import type { Header } from '../core/codec/block.ts';
import { type Certificate, seatsOf } from '../core/codec/vote.ts';
import { leaderSeat } from '../core/consensus/leader.ts';
import { type Replica, roundOf } from '../core/consensus/replica-state.ts';

/** A block of the epoch in force, and the seats whose word is in it. */
export interface BlockParts {
  readonly height: number;
  readonly view: number;
  readonly seats: ReadonlySet<number>;
}

/** A quorum’s votes for a block stand in the block after it, those for the latest in its certificate. */
export function participation(headers: readonly Header[], certificate: Certificate, epoch: number): readonly BlockParts[] {
  const latest = certificate.subject.epoch === epoch ? seatsOf(certificate.signers) : [];
  return headers.map((header, i) => ({
    height: header.height,
    view: header.view,
    seats: new Set([header.proposerSeat, ...votersIn(headers[i + 1], header, latest)]),
  }));
}

/** What is looked at: blocks above a height, and how many turns to propose a seat must have let pass to count as away. */
export interface Look {
  readonly aboveHeight: number;
  readonly turns: number;
}

/**
 * Every validator proposes in its turn: whoever let so many of the last ones pass, and is in no block since the first of them, takes
 * no part. Where so many turns have not come yet, only a word of its own tells: `undefined`.
 */
export function takesPart(blocks: readonly BlockParts[], seat: number, validators: number, look: Look): boolean | undefined {
  const looked = blocks.filter(({ height }) => height > look.aboveHeight);
  const before = blocks[blocks.length - looked.length - 1]?.view ?? 0;
  let lastTurn = looked.at(-1)?.view ?? 0;
  while (lastTurn > before && leaderSeat(lastTurn, validators) !== seat) lastTurn--;
  const turn = lastTurn - (look.turns - 1) * validators;
  if (looked.some(({ view, seats }) => view >= turn && seats.has(seat))) return true;
  return turn > before ? false : undefined;
}

/**
 * The seats that voted since the latest final block, in the view being decided and one turn of all leaders before it; `undefined`
 * while this validator itself had nothing to say there, since the others need not have either.
 */
export function votingNow(replica: Replica): ReadonlySet<number> | undefined {
  const { view: newest, final, trust } = replica;
  const views = Array.from({ length: trust.seats.length + 1 }, (_, i) => newest - i).filter((view) => view > final.view);
  const seats = views.flatMap((view) => {
    const { votes, certificates } = roundOf(replica, view);
    const signed = Object.values(certificates).flatMap((one) => (one === undefined ? [] : seatsOf(one.signers)));
    return [...signed, ...Object.values(votes).flatMap((some) => [...some.keys()])];
  });
  return seats.includes(replica.seat) ? new Set(seats) : undefined;
}

function votersIn(next: Header | undefined, header: Header, latest: readonly number[]): readonly number[] {
  if (next === undefined) return latest;
  return equal(next.trust, header.trust) ? seatsOf(next.parentSigners) : [];
}
