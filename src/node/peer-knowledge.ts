/** What the other side of one session is known to know: by its word, or because it was told here. Nobody else depends on it. */
import { toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { BLOCK_TRANSACTIONS_MAX } from '../core/base/limits.ts';

/** Ids that one session is known to have seen: as many as a few large blocks bring. */
const SEEN_IDS_MAX = 4 * BLOCK_TRANSACTIONS_MAX;

export class PeerKnowledge {
  /** Ids that it has announced, sent or been sent, oldest first. */
  readonly #seen = new Set<string>();
  /** Ids that were announced to it and that it has not pulled yet, in order. At most what the mempool holds. */
  readonly #awaited = new Set<string>();
  #height: number;

  constructor(height: number) {
    this.#height = height;
  }

  /** Of the newest final block that it has told of, or has been told of. */
  get height(): number {
    return this.#height;
  }

  hasHeight(height: number): void {
    this.#height = Math.max(this.#height, height);
  }

  hasSeen(id: Hash): boolean {
    return this.#seen.has(toHex(id));
  }

  sees(ids: readonly Hash[]): void {
    for (const id of ids) this.#seen.add(toHex(id));
    for (const oldest of this.#seen) {
      if (this.#seen.size <= SEEN_IDS_MAX) return;
      this.#seen.delete(oldest);
    }
  }

  /** It is expected to pull these. */
  awaits(ids: readonly Hash[]): void {
    for (const id of ids) this.#awaited.add(toHex(id));
  }

  pulls(ids: readonly Hash[]): void {
    for (const id of ids) this.#awaited.delete(toHex(id));
  }

  /** Whether something is still to be pulled, of what `waits` by the hexadecimal of its id: nobody pulls what is final or refused. */
  isPulling(waits: (id: string) => boolean): boolean {
    for (const id of this.#awaited) {
      if (waits(id)) return true;
      this.#awaited.delete(id);
    }
    return false;
  }
}
