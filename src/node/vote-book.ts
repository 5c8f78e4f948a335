/**
 * Own votes, written down before they leave: after any crash the same vote is given again in the same place, and never
 * another. One space has one book open, and one process has the space (a file lock, or a Web Lock).
 *
 * Rows lie in the table `votes`, sorted by epoch, view, kind. A write is strict and atomic, and takes along the block that the
 * vote is for: a vote that is on the disk has its block there.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { RefusalError } from '../core/base/result.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { type Vote, type VoteSubject, vote as voteCodec, voteSignedText } from '../core/codec/vote.ts';
import { allRows } from './all-rows.ts';
import type { Signer, Space, WriteOperation } from './ports.ts';

const VOTE_BYTES_MAX = 512;
/** Rows read at a time; a long standstill brings more, three a view. */
const ROWS_AT_ONCE = 1024;

export class VoteBook {
  readonly #space: Space;
  readonly #signer: Signer;
  readonly #votes: Map<string, Vote>;
  /** Rows up to here are of no use any more; they go with the next write. */
  #stale: string | undefined;

  private constructor(space: Space, signer: Signer, votes: Map<string, Vote>) {
    this.#space = space;
    this.#signer = signer;
    this.#votes = votes;
  }

  /** Reads the votes given in this epoch after the view. */
  static async open(space: Space, signer: Signer, epoch: number, afterView: number): Promise<VoteBook> {
    const range = [placeOf(epoch, afterView + 1), placeOf(epoch + 1, 0)] as const;
    const votes = new Map<string, Vote>();
    for await (const { key, value } of allRows(space, 'votes', range, ROWS_AT_ONCE)) {
      const read = decode(voteCodec, value, VOTE_BYTES_MAX);
      if (!read.ok) throw new RefusalError({ code: 'storage-corrupt', detail: 'a stored vote cannot be read' });
      votes.set(String(key), read.value);
    }
    return new VoteBook(space, signer, votes);
  }

  /** All votes that bind, oldest first. */
  votes(): readonly Vote[] {
    return [...this.#votes.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, vote]) => vote);
  }

  /**
   * Signs and makes durable in one write, with whatever else is to be written; gives the vote that was given in a place before if
   * it is the same.
   */
  async give(subjects: readonly VoteSubject[], seat: number, alongside: readonly WriteOperation[]): Promise<readonly Vote[]> {
    const votes = await Promise.all(subjects.map((subject) => this.#before(subject) ?? this.#sign(subject, seat)));
    const given = votes.filter(({ subject }) => !this.#votes.has(keyOf(subject)));
    if (given.length === 0) return votes;
    const stale = this.#stale;
    const old: readonly WriteOperation[] = stale === undefined ? [] : [{ type: 'delete-range', table: 'votes', from: '', to: stale }];
    await this.#space.write([...old, ...given.map(rowOf), ...alongside], 'strict');
    this.#stale = undefined;
    for (const vote of given) this.#votes.set(keyOf(vote.subject), vote);
    return votes;
  }

  #before(subject: VoteSubject): Vote | undefined {
    const before = this.#votes.get(keyOf(subject));
    return before && same(before, subject);
  }

  async #sign(subject: VoteSubject, seat: number): Promise<Vote> {
    return { subject, seat, signature: await this.#signer.sign(voteSignedText(subject)) };
  }

  /** What was decided for good needs no votes any more. */
  forget(epoch: number, upToView: number): void {
    const end = placeOf(epoch, upToView + 1);
    for (const key of this.#votes.keys()) if (key < end) this.#votes.delete(key);
    // Below the first key of the next view, and above all of this one.
    this.#stale = `${placeOf(epoch, upToView)}~`;
  }
}

function placeOf(epoch: number, view: number): string {
  return `${String(epoch).padStart(16, '0')}/${String(view).padStart(16, '0')}/`;
}

function keyOf({ epoch, view, kind }: VoteSubject): string {
  return `${placeOf(epoch, view)}${kind}`;
}

function rowOf(vote: Vote): WriteOperation {
  return { type: 'put', table: 'votes', key: keyOf(vote.subject), value: encode(voteCodec, vote) };
}

function same(before: Vote, subject: VoteSubject): Vote {
  const isSame = before.subject.block === undefined ? subject.block === undefined : isBlock(before.subject.block, subject.block);
  if (!isSame) throw new RefusalError({ code: 'storage-corrupt', detail: 'another vote was given in this view already' });
  return before;
}

function isBlock(a: Hash, b: Hash | undefined): boolean {
  return b !== undefined && equal(a, b);
}
