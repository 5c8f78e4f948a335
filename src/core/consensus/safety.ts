/**
 * The rules that keep two different blocks from both becoming final, each a named check. A vote is given only if all
 * checks of its kind allow it; nothing else in this room decides about votes.
 *
 * After Simplex (Chan and Pass, <https://eprint.iacr.org/2023/463>), in the wording of the TON core team's description of
 * it, <https://github.com/ton-blockchain/simplex-docs>, §1.4: its slots are views here, its skips nullifications.
 */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { type BlockPlace, blockOf, hasEnded, type Replica, roundOf } from './replica-state.ts';

/** A vote to be judged: its view, and the block it is for. */
export interface Intended {
  readonly replica: Replica;
  readonly view: number;
  readonly block: BlockPlace;
}

type Check = (intended: Intended) => boolean;

// ---------------------------------------------------------------- notarize

/** Only the view that is being decided is voted in; all below it are decided, those above it not yet its turn. */
const isCurrentView: Check = ({ replica, view }) => view === replica.view;

/** The epoch goes on: nothing follows a final closing block under the same trust set. */
const epochGoesOn: Check = ({ replica }) => !hasEnded(replica);

/** Notar(s, h), first clause: no vote for another block in this view. */
const notarizesOnce: Check = ({ replica, view }) => roundOf(replica, view).own.notarize === undefined;

/** Notar(s, h), clause 1: the block stands on a notarized one, or is, if it closes the epoch, a notarized one itself. */
const standsOnNotarized: Check = ({ replica, view, block }) => baseViewOf(replica, view, block) !== undefined;

/** Notar(s, h), clause 2: every view that it passes over is nullified. */
const passesOverNullified: Check = ({ replica, view, block }) => {
  const base = baseViewOf(replica, view, block);
  return base === undefined || isNullifiedBetween(replica, base, view);
};

/** Notar(s, h), clause 3: the block was executed on its parent and is what its header says. */
const isSound: Check = ({ replica, block }) => blockOf(replica, block.id) !== undefined;

/** DESIGN §6: a block is of its view; only one that closes its epoch is proposed again, and nothing else follows it. */
const fitsView: Check = ({ replica, view, block }) => {
  if (block.view !== view) return block.closes && block.view < view;
  return blockOf(replica, block.parent)?.closes === false;
};

const PLACE_CHECKS: readonly Check[] = [isCurrentView, epochGoesOn, standsOnNotarized, passesOverNullified, fitsView];
const NOTARIZE_CHECKS: readonly Check[] = [...PLACE_CHECKS, notarizesOnce, isSound];

/** Whether the block has its place in the view, so that it is worth executing. */
export function hasPlace(intended: Intended): boolean {
  return PLACE_CHECKS.every((check) => check(intended));
}

export function mayNotarize(intended: Intended): boolean {
  return NOTARIZE_CHECKS.every((check) => check(intended));
}

// ---------------------------------------------------------------- nullify

type NullifyCheck = (replica: Replica, view: number) => boolean;

/** Skip(s): no finalize vote was given in this view. */
const hasNotFinalized: NullifyCheck = (replica, view) => roundOf(replica, view).own.finalize === undefined;

/** A view below is decided, one above is not begun. */
const isBeingDecided: NullifyCheck = (replica, view) => view === replica.view && !hasEnded(replica);

const nullifiesOnce: NullifyCheck = (replica, view) => !roundOf(replica, view).own.nullify;

const NULLIFY_CHECKS: readonly NullifyCheck[] = [isBeingDecided, nullifiesOnce, hasNotFinalized];

export function mayNullify(replica: Replica, view: number): boolean {
  return NULLIFY_CHECKS.every((check) => check(replica, view));
}

// ---------------------------------------------------------------- finalize

interface Finalizing {
  readonly replica: Replica;
  readonly view: number;
  readonly block: Hash;
}

type FinalizeCheck = (finalizing: Finalizing) => boolean;

/** Final(s, h): the notarization is in hand. */
const holdsNotarization: FinalizeCheck = ({ replica, view, block }) => {
  const notarized = roundOf(replica, view).certificates.notarize?.subject.block;
  return notarized !== undefined && equal(notarized, block);
};

/** Rule 5.1: this replica has notarized it, and so has executed it. */
const hasNotarized: FinalizeCheck = ({ replica, view, block }) => {
  const { notarize } = roundOf(replica, view).own;
  return notarize !== undefined && equal(notarize, block);
};

/** Final(s, h): no nullify vote was given in this view. */
const hasNotNullified: FinalizeCheck = ({ replica, view }) => !roundOf(replica, view).own.nullify;

const finalizesOnce: FinalizeCheck = ({ replica, view }) => roundOf(replica, view).own.finalize === undefined;

const FINALIZE_CHECKS: readonly FinalizeCheck[] = [holdsNotarization, hasNotarized, hasNotNullified, finalizesOnce];

export function mayFinalize(finalizing: Finalizing): boolean {
  return FINALIZE_CHECKS.every((check) => check(finalizing));
}

// ---------------------------------------------------------------- places

/** The latest view below in which what the block rests on was notarized or became final. */
function baseViewOf(replica: Replica, view: number, block: BlockPlace): number | undefined {
  const rests = block.view === view ? block.parent : block.id;
  for (let below = view - 1; below > replica.final.view; below--) {
    const notarized = roundOf(replica, below).certificates.notarize?.subject.block;
    if (notarized !== undefined && equal(notarized, rests)) return below;
  }
  return equal(replica.final.block, rests) ? replica.final.view : undefined;
}

/** Whether all views between the two, both left out, are nullified. */
export function isNullifiedBetween(replica: Replica, from: number, to: number): boolean {
  for (let view = from + 1; view < to; view++) if (roundOf(replica, view).certificates.nullify === undefined) return false;
  return true;
}
