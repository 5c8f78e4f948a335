/** The tail of a ledger: the blocks since its base, in memory as on disk. Bounded: a full tail is folded. */
import { BUNDLE_LEAVES } from '../core/base/limits.ts';
import type { Header } from '../core/codec/block.ts';
import type { LeafBodies } from '../core/codec/sync-message.ts';

/** Blocks in the tail after which it is folded into the base: bounds the replay on opening. */
export const TAIL_BLOCKS_MAX = 128;
/** Leaves in the tail after which it is folded: two bundles. */
export const TAIL_LEAVES_MAX = 2 * BUNDLE_LEAVES;
/** Bytes of leaves and bodies in the tail after which it is folded: they are held in memory. */
export const TAIL_BYTES_MAX = 16 * 1024 * 1024;
/** A tail waits this many times longer while history is missing, before it is given up for a newer base. */
export const WAITING_TAIL_FACTOR = 4;

export interface TailBlock {
  readonly header: Header;
  readonly leaves: readonly Uint8Array[];
  readonly bodies: readonly LeafBodies[];
}

/** Only grows at its end; a fold replaces it by another, so that whoever reads the old one meanwhile loses nothing. */
export class Tail {
  readonly #blocks: TailBlock[] = [];
  #leaves = 0;
  #bytes = 0;

  static of(blocks: readonly TailBlock[]): Tail {
    const tail = new Tail();
    for (const block of blocks) tail.add(block);
    return tail;
  }

  get blocks(): readonly TailBlock[] {
    return this.#blocks;
  }

  add(block: TailBlock): void {
    this.#blocks.push(block);
    this.#leaves += block.leaves.length;
    this.#bytes += totalBytes(block.leaves) + block.bodies.reduce((total, some) => total + totalBytes(some), 0);
  }

  /** Whether it is time to fold it. */
  isFull(complete: boolean): boolean {
    const factor = complete ? 1 : WAITING_TAIL_FACTOR;
    return (
      this.#blocks.length >= factor * TAIL_BLOCKS_MAX || this.#leaves >= factor * TAIL_LEAVES_MAX || this.#bytes >= factor * TAIL_BYTES_MAX
    );
  }
}

function totalBytes(parts: readonly (Uint8Array | undefined)[]): number {
  return parts.reduce((total, part) => total + (part?.length ?? 0), 0);
}
