/**
 * The replica: step(state, event) → state and effects, in the shape of Simplex (DESIGN §6): propose, notarize, finalize.
 *
 * This is the replica of a trust set of one, whose own vote is a quorum: no view can fail but by its own silence, so
 * there is nothing to nullify and no timer to run. Leader order is an input, and votes, tallies and certificates are the
 * general ones; only the transitions between views are those of a lone validator. `createReplica` refuses other sets.
 *
 * Effects are performed in order, each durable where it says so before the next: a block before its notarize vote, a
 * vote before it is delivered.
 */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { invariant, unreachable } from '../base/result.ts';
import type { TrustSet } from '../codec/records.ts';
import type { Certificate, Vote, VoteSubject } from '../codec/vote.ts';
import { quorumOf } from '../policy/quorum.ts';
import { assembleCertificate } from './certificate.ts';

export interface Replica {
  readonly chain: Hash;
  readonly trust: TrustSet;
  /** This validator's index in the trust set. */
  readonly seat: number;
  /** Seat that leads a view, fixed for the epoch. */
  readonly leaderOf: (view: number) => number;
  /** The view being decided; every view below it is. */
  readonly view: number;
  readonly phase:
    | { readonly type: 'idle' }
    | { readonly type: 'building' }
    | { readonly type: 'notarizing'; readonly block: Hash; readonly votes: readonly Vote[] }
    | { readonly type: 'finalizing'; readonly block: Hash; readonly votes: readonly Vote[] };
}

export type ReplicaEvent =
  /** Something is pending: a valid transaction with its body held. */
  | { readonly type: 'pending' }
  /** The block asked for by `build` exists and is durable; or there was nothing to put in it. */
  | { readonly type: 'built'; readonly block: Hash | undefined }
  /** A verified vote, one's own included. */
  | { readonly type: 'vote'; readonly vote: Vote };

export type ReplicaEffect =
  /** Build a block for the view on the last final block, make it durable, and answer with `built`. */
  | { readonly type: 'build'; readonly view: number }
  /** Sign, make durable, then deliver as a `vote` event to every validator, oneself included. */
  | { readonly type: 'vote'; readonly subject: VoteSubject }
  | { readonly type: 'finalized'; readonly block: Hash; readonly certificate: Certificate };

export interface Step {
  readonly replica: Replica;
  readonly effects: readonly ReplicaEffect[];
}

/** A replica that waits for something to do in `view`. Throws for a trust set of more than one. */
export function createReplica(options: {
  readonly chain: Hash;
  readonly trust: TrustSet;
  readonly seat: number;
  readonly view: number;
  readonly leaderOf: (view: number) => number;
}): Replica {
  invariant(options.trust.seats.length === 1, 'this replica decides for a trust set of one');
  return { ...options, phase: { type: 'idle' } };
}

export function stepReplica(replica: Replica, event: ReplicaEvent): Step {
  switch (event.type) {
    case 'pending':
      return onPending(replica);
    case 'built':
      return onBuilt(replica, event.block);
    case 'vote':
      return onVote(replica, event.vote);
    default:
      return unreachable(event);
  }
}

function unchanged(replica: Replica): Step {
  return { replica, effects: [] };
}

function onPending(replica: Replica): Step {
  const leads = replica.leaderOf(replica.view) === replica.seat;
  if (replica.phase.type !== 'idle' || !leads) return unchanged(replica);
  return { replica: { ...replica, phase: { type: 'building' } }, effects: [{ type: 'build', view: replica.view }] };
}

/** A proposal carries its leader's notarize vote: here the vote follows as soon as the block is durable. */
function onBuilt(replica: Replica, block: Hash | undefined): Step {
  if (replica.phase.type !== 'building') return unchanged(replica);
  if (block === undefined) return unchanged({ ...replica, phase: { type: 'idle' } });
  return {
    replica: { ...replica, phase: { type: 'notarizing', block, votes: [] } },
    effects: [{ type: 'vote', subject: subject(replica, 'notarize', block) }],
  };
}

function onVote(replica: Replica, vote: Vote): Step {
  const { phase } = replica;
  if (phase.type !== 'notarizing' && phase.type !== 'finalizing') return unchanged(replica);
  const wanted = subject(replica, phase.type === 'notarizing' ? 'notarize' : 'finalize', phase.block);
  if (!sameSubject(vote.subject, wanted) || phase.votes.some(({ seat }) => seat === vote.seat)) return unchanged(replica);
  const votes = [...phase.votes, vote];
  if (votes.length < quorumOf(replica.trust.seats.length)) return unchanged({ ...replica, phase: { ...phase, votes } });
  return phase.type === 'notarizing' ? onNotarized(replica, phase.block) : onFinalized(replica, wanted, phase.block, votes);
}

/** Finalize only while holding the notarization. */
function onNotarized(replica: Replica, block: Hash): Step {
  return {
    replica: { ...replica, phase: { type: 'finalizing', block, votes: [] } },
    effects: [{ type: 'vote', subject: subject(replica, 'finalize', block) }],
  };
}

function onFinalized(replica: Replica, decided: VoteSubject, block: Hash, votes: readonly Vote[]): Step {
  return {
    replica: { ...replica, view: replica.view + 1, phase: { type: 'idle' } },
    effects: [{ type: 'finalized', block, certificate: assembleCertificate(decided, votes) }],
  };
}

function subject(replica: Replica, kind: VoteSubject['kind'], block: Hash): VoteSubject {
  return { kind, chain: replica.chain, epoch: replica.trust.epoch, view: replica.view, block };
}

function sameSubject(a: VoteSubject, b: VoteSubject): boolean {
  if (a.kind !== b.kind || a.epoch !== b.epoch || a.view !== b.view || !equal(a.chain, b.chain)) return false;
  return a.block !== undefined && b.block !== undefined && equal(a.block, b.block);
}
