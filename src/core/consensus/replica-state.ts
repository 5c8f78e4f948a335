/**
 * What a replica knows, what it hears and what it wants done. Values only: `replica.ts` has the step between them.
 *
 * A replica serves one epoch. It knows blocks by their place, never by their contents: whoever drives it executes them,
 * keeps them, and says which are sound. Views begin at 1 in each epoch; view 0 is the block that closed the one before.
 */
import { equal, toHex } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { VIEWS_AHEAD_MAX } from '../base/limits.ts';
import type { TrustSet } from '../codec/records.ts';
import type { Certificate, Vote, VoteKind, VoteSubject } from '../codec/vote.ts';

/** A block as a replica sees it. `view` is that of its header; it may be proposed again later if it closes the epoch. */
export interface BlockPlace {
  readonly id: Hash;
  readonly view: number;
  readonly parent: Hash;
  readonly closes: boolean;
}

type VotesBySeat = ReadonlyMap<number, Vote>;

/** All that is known of one view above the last final one. */
export interface Round {
  /** The leader's proposal: the first that came. */
  readonly proposal: BlockPlace | undefined;
  readonly judgement: 'none' | 'asked' | 'sound' | 'unsound';
  /** A block for it is being built here. */
  readonly building: boolean;
  /** Its notarized block is being fetched. */
  readonly fetching: boolean;
  readonly votes: { readonly [K in VoteKind]: VotesBySeat };
  readonly certificates: { readonly [K in VoteKind]: Certificate | undefined };
  /** Votes of this replica's own, from the moment it decided on them. */
  readonly own: { readonly notarize: Hash | undefined; readonly nullify: boolean; readonly finalize: Hash | undefined };
}

export const EMPTY_ROUND: Round = {
  proposal: undefined,
  judgement: 'none',
  building: false,
  fetching: false,
  votes: { notarize: new Map(), nullify: new Map(), finalize: new Map() },
  certificates: { notarize: undefined, nullify: undefined, finalize: undefined },
  own: { notarize: undefined, nullify: false, finalize: undefined },
};

export type TimerName = 'view' | 'patience';

export interface Replica {
  readonly chain: Hash;
  readonly trust: TrustSet;
  /** This validator's index in the trust set. */
  readonly seat: number;
  /** Seat that leads a view, fixed for the epoch. */
  readonly leaderOf: (view: number) => number;
  /** The view being decided; every view below it is. */
  readonly view: number;
  /** The newest final block, and the view in which it became final; its certificate, unless it is the epoch's first. */
  readonly final: { readonly view: number; readonly block: Hash; readonly certificate: Certificate | undefined };
  /** By view, above the final one. */
  readonly rounds: ReadonlyMap<number, Round>;
  /** Blocks that were executed and found sound, by the hexadecimal of their id; not below the final one. */
  readonly blocks: ReadonlyMap<string, BlockPlace>;
  /** What each seat said first, in views around the final one: see `witness.ts`. */
  readonly testimony: ReadonlyMap<number, ReadonlyMap<string, Vote>>;
  /** Seats whose votes contradict each other. */
  readonly accused: ReadonlySet<number>;
  /** Whether a transaction waits. */
  readonly pending: boolean;
  /** By seat: the view that was being decided when it was last heard. */
  readonly heard: ReadonlyMap<number, number>;
  /** The view in which this leader waits no longer for the block before to become final. */
  readonly impatientIn: number | undefined;
  /** The view for which each timer runs. */
  readonly timers: { readonly [K in TimerName]: number | undefined };
}

export type ReplicaEvent =
  /** Whether something waits to be said: a valid transaction with its bodies held. */
  | { readonly type: 'pending'; readonly pending: boolean }
  /** The block asked for by `build`, sound; or there was nothing to put in it. */
  | { readonly type: 'built'; readonly view: number; readonly block: BlockPlace | undefined }
  /** The leader of a view proposes; its notarize vote comes as a `vote` besides. */
  | { readonly type: 'proposal'; readonly view: number; readonly block: BlockPlace }
  /** A block was executed on its parent; or it is not sound. Answers `judge` and `fetch`. */
  | { readonly type: 'judged'; readonly view: number; readonly block: BlockPlace; readonly sound: boolean }
  /** A verified vote, one's own included. */
  | { readonly type: 'vote'; readonly vote: Vote }
  /** A verified vote from a certificate that decides nothing here any more: it may contradict another. */
  | { readonly type: 'seen'; readonly vote: Vote }
  /** A verified certificate. */
  | { readonly type: 'certificate'; readonly certificate: Certificate }
  /** The ledger’s newest block, however it came there; with its certificate if that is of this epoch. */
  | { readonly type: 'final'; readonly block: BlockPlace; readonly certificate: Certificate | undefined }
  | { readonly type: 'timeout'; readonly timer: TimerName; readonly view: number };

export type ReplicaEffect =
  /** Build a block for the view on the parent, and answer with `built`. An empty one only if `mayBeEmpty`. */
  | { readonly type: 'build'; readonly view: number; readonly parent: Hash; readonly mayBeEmpty: boolean }
  /** Execute the proposed block on its parent, which is sound, and answer with `judged`. */
  | { readonly type: 'judge'; readonly view: number; readonly block: Hash }
  /** Get a notarized block that is missing here, and those below it, from anybody; answer with `judged` when it is executed. */
  | { readonly type: 'fetch'; readonly view: number; readonly block: Hash }
  /** Sign the notarize vote, make it durable with its block, send both with what proves the block's place, deliver it as a `vote` event. */
  | { readonly type: 'propose'; readonly subject: VoteSubject; readonly certificates: readonly Certificate[] }
  /** Sign, make durable (a notarize vote with its block), then deliver as a `vote` event to every validator, oneself included. */
  | { readonly type: 'vote'; readonly subject: VoteSubject }
  /** Something may have been lost: send all of it to every other validator again. */
  | { readonly type: 'rebroadcast'; readonly certificates: readonly Certificate[]; readonly votes: readonly Vote[] }
  /** The seat is behind: send it the newest final block. */
  | { readonly type: 'answer'; readonly seat: number }
  | { readonly type: 'finalized'; readonly block: Hash; readonly certificate: Certificate }
  | { readonly type: 'set-timer'; readonly timer: TimerName; readonly view: number; readonly ms: number }
  | { readonly type: 'cancel-timer'; readonly timer: TimerName }
  /** Two votes that no honest validator gives both. */
  | { readonly type: 'evidence'; readonly first: Vote; readonly second: Vote };

/** A step under way: the replica as it is by now, and what is to be done. */
export interface Turn {
  replica: Replica;
  readonly effects: ReplicaEffect[];
}

export function roundOf(replica: Replica, view: number): Round {
  return replica.rounds.get(view) ?? EMPTY_ROUND;
}

/** Whether a notarization of this block is known. */
export function isNotarized(replica: Replica, id: Hash): boolean {
  return [...replica.rounds.values()].some(
    ({ certificates: { notarize } }) => notarize?.subject.block !== undefined && equal(notarize.subject.block, id),
  );
}

export function change(turn: Turn, changes: Partial<Replica>): void {
  turn.replica = { ...turn.replica, ...changes };
}

export function changeRound(turn: Turn, view: number, changes: Partial<Round>): void {
  const rounds = new Map(turn.replica.rounds);
  rounds.set(view, { ...roundOf(turn.replica, view), ...changes });
  change(turn, { rounds });
}

export function blockOf(replica: Replica, id: Hash): BlockPlace | undefined {
  return replica.blocks.get(toHex(id));
}

export function addBlock(turn: Turn, block: BlockPlace): void {
  const blocks = new Map(turn.replica.blocks);
  blocks.set(toHex(block.id), block);
  change(turn, { blocks });
}

/** True once the epoch's closing block is final: nothing is decided here any more. */
export function hasEnded(replica: Replica): boolean {
  return blockOf(replica, replica.final.block)?.closes === true;
}

export function subjectOf(replica: Replica, kind: VoteKind, view: number, block: Hash | undefined): VoteSubject {
  return { kind, chain: replica.chain, epoch: replica.trust.epoch, view, block };
}

/** Whether something is of this chain and epoch, of a view that is not decided for good, and not too far ahead. */
export function isOfInterest(replica: Replica, subject: VoteSubject): boolean {
  return isOurs(replica, subject) && subject.view > replica.final.view && subject.view <= replica.view + VIEWS_AHEAD_MAX;
}

export function isOurs({ chain, trust }: Replica, subject: VoteSubject): boolean {
  return subject.epoch === trust.epoch && equal(subject.chain, chain);
}
