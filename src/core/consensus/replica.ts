/**
 * The replica: step(state, event) → state and effects. Simplex as DESIGN §6 has it: propose, notarize, nullify, finalize.
 *
 * What comes in is verified and of one chain; what goes out is done by whoever drives it, in order, each effect durable
 * where it says so before the next. Always: what this replica votes for passes every check of `safety.ts`. Bounded: rounds
 * above the final view up to a few ahead of its own, in each a vote of a kind for each seat, and blocks that were asked for.
 */
import { equal, toHex } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { VIEWS_AHEAD_MAX } from '../base/limits.ts';
import { unreachable } from '../base/result.ts';
import type { TrustSet } from '../codec/records.ts';
import type { Certificate } from '../codec/vote.ts';
import { nullify, onViewTimeout, propose, proposeBuilt, settle, takeBuilt } from './progress.ts';
import {
  addBlock,
  type BlockPlace,
  change,
  changeRound,
  type Replica,
  type ReplicaEffect,
  type ReplicaEvent,
  roundOf,
  type TimerName,
  type Turn,
} from './replica-state.ts';
import { becomeFinal, takeCertificate, takeVote } from './tally.ts';
import { testify, testifyAll } from './witness.ts';

export interface Step {
  readonly replica: Replica;
  readonly effects: readonly ReplicaEffect[];
}

/**
 * A replica that waits for something to do, right after a final block: the one that closed the epoch before (`view` 0), or
 * one of this epoch with its certificate.
 */
export function createReplica(options: {
  readonly chain: Hash;
  readonly trust: TrustSet;
  readonly seat: number;
  readonly final: { readonly block: Hash; readonly view: number; readonly certificate: Certificate | undefined };
  readonly leaderOf: (view: number) => number;
}): Replica {
  const { block, view, certificate } = options.final;
  const place: BlockPlace = { id: block, view, parent: block, closes: false };
  const replica: Replica = {
    ...options,
    view: view + 1,
    rounds: new Map(),
    blocks: new Map([[toHex(block), place]]),
    testimony: new Map(),
    accused: new Set(),
    pending: false,
    heard: new Map(),
    impatientIn: undefined,
    timers: { view: undefined, patience: undefined },
  };
  const turn: Turn = { replica, effects: [] };
  if (certificate !== undefined) testifyAll(turn, certificate);
  return turn.replica;
}

export function stepReplica(replica: Replica, event: ReplicaEvent): Step {
  const turn: Turn = { replica, effects: [] };
  take(turn, event);
  settle(turn);
  return turn;
}

function take(turn: Turn, event: ReplicaEvent): void {
  switch (event.type) {
    case 'pending':
      change(turn, { pending: event.pending });
      return propose(turn);
    case 'built':
      return onBuilt(turn, event.view, event.block);
    case 'proposal':
      return onProposal(turn, event.view, event.block);
    case 'judged':
      return onJudged(turn, event.view, event.block, event.sound);
    case 'vote':
      return takeVote(turn, event.vote);
    case 'seen':
      return testify(turn, event.vote);
    case 'certificate':
      return takeCertificate(turn, event.certificate);
    case 'final':
      return onFinal(turn, event.block, event.certificate);
    case 'timeout':
      return onTimeout(turn, event.timer, event.view);
    default:
      return unreachable(event);
  }
}

function onBuilt(turn: Turn, view: number, block: BlockPlace | undefined): void {
  if (!roundOf(turn.replica, view).building) return;
  takeBuilt(turn, view);
  if (block === undefined) return;
  addBlock(turn, block);
  proposeBuilt(turn, view, block.id);
}

/** The first proposal of a view counts; a second by the same leader shows in its votes. */
function onProposal(turn: Turn, view: number, block: BlockPlace): void {
  const { replica } = turn;
  if (view <= replica.final.view || view > replica.view + VIEWS_AHEAD_MAX) return;
  if (roundOf(replica, view).proposal !== undefined) return;
  changeRound(turn, view, { proposal: block });
}

function onJudged(turn: Turn, view: number, block: BlockPlace, sound: boolean): void {
  const { final } = turn.replica;
  if (view <= final.view) return;
  const { proposal } = roundOf(turn.replica, view);
  const isProposed = proposal !== undefined && equal(proposal.id, block.id);
  if (isProposed) changeRound(turn, view, { judgement: sound ? 'sound' : 'unsound' });
  if (sound) {
    addBlock(turn, block);
    propose(turn);
  } else if (isProposed && view === turn.replica.view) {
    // Nothing else will come in this view.
    nullify(turn);
  }
}

/** The ledger has moved, by our own finalization or by catching up. */
function onFinal(turn: Turn, block: BlockPlace, certificate: Certificate | undefined): void {
  if (certificate !== undefined && certificate.subject.view > turn.replica.final.view) {
    becomeFinal(turn, certificate.subject.view, block.id, certificate);
  }
  if (!equal(turn.replica.final.block, block.id)) return;
  addBlock(turn, block);
  propose(turn);
}

function onTimeout(turn: Turn, timer: TimerName, view: number): void {
  const { timers } = turn.replica;
  if (timers[timer] !== view || view !== turn.replica.view) return;
  if (timer === 'view') return onViewTimeout(turn);
  change(turn, { impatientIn: view });
  propose(turn);
}
