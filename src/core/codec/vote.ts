/**
 * Votes and certificates of the Simplex replica (DESIGN §6).
 *
 * ```
 * a validator's vote key signs  taggedMessage(vote, canonical [ kind, chain, epoch, view, block ])
 * ```
 * A nullification names no block. `seat` is the index in the epoch's trust set; a certificate's bitmap has bit i of
 * byte ⌊i/8⌋ (least significant first) set for seat i, and its signatures stand in seat order.
 */
import { TAGS, taggedMessage } from '../base/hash.ts';
import { VALIDATORS_MAX } from '../base/limits.ts';
import { bytes, choice, encode, type Infer, list, named, optional, refined, tuple, uint } from './codec.ts';
import { hash, signature } from './primitives.ts';

export const VOTE_KINDS = { notarize: 1, nullify: 2, finalize: 3 } as const;
const voteKind = named('vote-kind', choice(VOTE_KINDS));
export type VoteKind = Infer<typeof voteKind>;

export const SEAT_BITMAP_BYTES = Math.ceil(VALIDATORS_MAX / 8);
/** As short as its highest seat allows, so that a set of seats has one form. */
export const seatBitmap = named('seat-bitmap', refined(bytes(SEAT_BITMAP_BYTES), isSeatBitmap, 'not a set of seats in its shortest form'));

function isSeatBitmap(bitmap: Uint8Array): boolean {
  return bitmap.at(-1) !== 0 && seatsOf(bitmap).every((seat) => seat < VALIDATORS_MAX);
}

export const voteSubject = named(
  'vote-subject',
  refined(
    tuple({ kind: voteKind, chain: hash, epoch: uint(), view: uint(), block: optional(hash) }),
    ({ kind, block }) => (kind === 'nullify') === (block === undefined),
    'a nullification names no block, every other vote names one',
  ),
);
export type VoteSubject = Infer<typeof voteSubject>;

export const vote = named('vote', tuple({ subject: voteSubject, seat: uint(VALIDATORS_MAX - 1), signature }));
export type Vote = Infer<typeof vote>;

/** Its view may be later than that of the block's header: a re-proposal. */
export const certificate = named(
  'certificate',
  tuple({ subject: voteSubject, signers: seatBitmap, signatures: list(signature, VALIDATORS_MAX, 1) }),
);
export type Certificate = Infer<typeof certificate>;

export function voteSignedText(subject: VoteSubject): Uint8Array {
  return taggedMessage(TAGS.vote, encode(voteSubject, subject));
}

/** Bitmap of a set of seats, as short as it can be. */
export function bitmapOf(seats: readonly number[]): Uint8Array {
  const highest = Math.max(-1, ...seats);
  const out = new Uint8Array(Math.ceil((highest + 1) / 8));
  for (const seat of seats) out[seat >> 3] = (out[seat >> 3] ?? 0) | (1 << (seat & 7));
  return out;
}

/** Seats in a bitmap, ascending. */
export function seatsOf(bitmap: Uint8Array): readonly number[] {
  const seats: number[] = [];
  for (let i = 0; i < bitmap.length * 8; i++) if (((bitmap[i >> 3] ?? 0) >> (i & 7)) & 1) seats.push(i);
  return seats;
}
