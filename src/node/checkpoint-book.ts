/**
 * Checkpoints that this node has seen, the newest of each signer, and the newest that enough have signed. Bounded by names:
 * whoever has not signed for longest is forgotten first. On disk each is a note, which is verified anew when it is read; what
 * is new gets there with the next `write`, since all sign at about the same time.
 */
import { toHex } from '../core/base/bytes.ts';
import { CHECKPOINT_SIGNERS_KEPT_MAX } from '../core/base/limits.ts';
import type { Checkpoint } from '../core/log/checkpoint.ts';
import { encodeNote, type Note } from '../core/log/note.ts';
import type { NoteSigner } from '../core/log/open-note.ts';
import type { NamedKey } from '../core/log/verifier-key.ts';
import { put } from './ledger-rows.ts';
import type { Space } from './ports.ts';

/** Row of the newest checkpoint that enough have signed; those of single signers come after it. */
const WHOLE_ROW = 0;
/** From here on what signers of the chain signed of other logs. */
const FIRST_FOREIGN_ROW = CHECKPOINT_SIGNERS_KEPT_MAX + 1;
const LAST_ROW = FIRST_FOREIGN_ROW + CHECKPOINT_SIGNERS_KEPT_MAX;

/** One signer's newest checkpoint. */
export interface SeenCheckpoint {
  readonly checkpoint: Checkpoint;
  /** The checkpoint's text. */
  readonly text: string;
  readonly signer: NoteSigner;
  /** Whether it is known to be one of this node's own log; `false` while that log, or what is here of it, does not reach so far. */
  readonly agrees: boolean;
}

interface Kept {
  readonly row: number;
  readonly seen: SeenCheckpoint;
}

export class CheckpointBook {
  readonly #space: Space;
  /** By signer, who signed longest ago first. */
  readonly #kept = new Map<string, Kept>();
  /** Rows that are not on the disk yet, with what they are to hold. */
  readonly #unwritten = new Map<number, Note>();

  constructor(space: Space) {
    this.#space = space;
  }

  /** Notes as they were kept, for whoever verifies them. */
  async stored(): Promise<readonly Uint8Array[]> {
    const rows = await this.#space.range('checkpoints', WHOLE_ROW, LAST_ROW, LAST_ROW + 1);
    return rows.map(({ value }) => value);
  }

  /** The newest checkpoint of each signer. */
  all(): readonly SeenCheckpoint[] {
    return [...this.#kept.values()].map(({ seen }) => seen);
  }

  of(key: NamedKey): SeenCheckpoint | undefined {
    return this.#kept.get(nameOf(key))?.seen;
  }

  /** Keeps each in place of what its signer signed before. */
  keep(all: readonly SeenCheckpoint[]): void {
    for (const seen of all) {
      const name = nameOf(seen.signer.key);
      const row = this.#kept.get(name)?.row ?? this.#freeRow();
      this.#kept.delete(name);
      this.#kept.set(name, { row, seen });
      this.#unwritten.set(row, { text: seen.text, signatures: [seen.signer.line] });
    }
  }

  /** That a checkpoint was found to be one of this node's log changes nothing on disk. */
  found(seen: SeenCheckpoint): void {
    const name = nameOf(seen.signer.key);
    const kept = this.#kept.get(name);
    if (kept !== undefined) this.#kept.set(name, { ...kept, seen: { ...seen, agrees: true } });
  }

  /** Keeps what enough have signed. */
  keepWhole(note: Note): void {
    this.#unwritten.set(WHOLE_ROW, note);
  }

  /** Writes what is new. Durable with the next strict write of the space; what a crash takes before, others show again. */
  async write(): Promise<void> {
    const operations = [...this.#unwritten].map(([row, note]) => put('checkpoints', row, encodeNote(note)));
    this.#unwritten.clear();
    if (operations.length > 0) await this.#space.write(operations, 'relaxed');
  }

  /** Keeps what is not of this node's log: evidence. At most one for each signer there is. */
  async keepForeign(notes: readonly Note[]): Promise<void> {
    const rows = notes.slice(0, CHECKPOINT_SIGNERS_KEPT_MAX).map((note, i) => put('checkpoints', FIRST_FOREIGN_ROW + i, encodeNote(note)));
    await this.#space.write(rows, 'relaxed');
  }

  /** A row that nobody has, or that of who signed longest ago. */
  #freeRow(): number {
    if (this.#kept.size < CHECKPOINT_SIGNERS_KEPT_MAX) {
      const taken = new Set([...this.#kept.values()].map(({ row }) => row));
      for (let row = WHOLE_ROW + 1; ; row++) if (!taken.has(row)) return row;
    }
    for (const [name, { row }] of this.#kept) {
      this.#kept.delete(name);
      return row;
    }
    return WHOLE_ROW + 1;
  }
}

function nameOf({ name, id }: NamedKey): string {
  return `${toHex(id)} ${name}`;
}
