/**
 * Checkpoints that this node has seen, the newest of each signer, and the newest that enough have signed. Beside a signer's
 * newest wait a few that this node's log did not reach yet: one of them may be a lie. Bounded by names: whoever has not
 * signed for longest is forgotten first. On disk each is a note, which is verified anew when it is read; what
 * is new gets there with the next `write`, since all sign at about the same time.
 */
import { toHex } from '../core/base/bytes.ts';
import { CHECKPOINT_SIGNERS_KEPT_MAX, CHECKPOINTS_WAITING_MAX } from '../core/base/limits.ts';
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
/** From here on what waits to be compared, so many rows a signer. */
const FIRST_WAITING_ROW = FIRST_FOREIGN_ROW + CHECKPOINT_SIGNERS_KEPT_MAX + 1;
const LAST_ROW = FIRST_WAITING_ROW + (CHECKPOINT_SIGNERS_KEPT_MAX + 1) * CHECKPOINTS_WAITING_MAX;

/** A checkpoint as one has signed it. */
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
  /** The newest. */
  readonly seen: SeenCheckpoint;
  /** Others that were not compared yet, the smallest first. What is left of them on disk once they were does no harm. */
  readonly waiting: readonly SeenCheckpoint[];
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

  /** Those that are not known to be of this node's log. */
  uncompared(): readonly SeenCheckpoint[] {
    return [...this.#kept.values()].flatMap(({ seen, waiting }) => [...waiting, seen]).filter(({ agrees }) => !agrees);
  }

  /** Whether a checkpoint would be its signer's newest, or wait to be compared. */
  wants(key: NamedKey, { text, checkpoint: { size }, agrees }: Omit<SeenCheckpoint, 'signer'>): boolean {
    const kept = this.#kept.get(nameOf(key));
    if (kept === undefined) return true;
    const { seen, waiting } = kept;
    if ([seen, ...waiting].some((one) => one.text === text)) return false;
    if (agrees || seen.checkpoint.size < size) return seen.checkpoint.size <= size;
    return waiting.length < CHECKPOINTS_WAITING_MAX || waiting.some(({ checkpoint }) => checkpoint.size > size);
  }

  /** Keeps each in place of what its signer signed before, which waits beside it if it was not compared. */
  keep(all: readonly SeenCheckpoint[]): void {
    for (const seen of all) {
      const name = nameOf(seen.signer.key);
      const before = this.#kept.get(name);
      const row = before?.row ?? this.#freeRow();
      const kept = before === undefined ? { row, seen, waiting: [] } : beside(before, seen);
      this.#kept.delete(name);
      this.#kept.set(name, kept);
      if (kept.seen === seen) this.#unwritten.set(row, noteOf(seen));
      if (kept.waiting.every((one) => before?.waiting.includes(one))) continue;
      kept.waiting.forEach((one, i) => void this.#unwritten.set(FIRST_WAITING_ROW + row * CHECKPOINTS_WAITING_MAX + i, noteOf(one)));
    }
  }

  /** One was compared, and waits no longer. That it is of this node's log changes nothing on disk. */
  compared(one: SeenCheckpoint, agrees: boolean): void {
    const name = nameOf(one.signer.key);
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    const seen = kept.seen === one ? { ...one, agrees } : kept.seen;
    this.#kept.set(name, { ...kept, seen, waiting: kept.waiting.filter((other) => other !== one) });
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

/** One more by the same signer: the larger is its newest. */
function beside({ row, seen: before, waiting: others }: Kept, one: SeenCheckpoint): Kept {
  const [seen, smaller] = one.checkpoint.size >= before.checkpoint.size ? [one, before] : [before, one];
  const all = smaller.agrees ? others : [...others, smaller].filter(({ text }) => text !== seen.text);
  const waiting = [...all].sort((a, b) => a.checkpoint.size - b.checkpoint.size).slice(0, CHECKPOINTS_WAITING_MAX);
  return { row, seen, waiting };
}

function noteOf({ text, signer }: SeenCheckpoint): Note {
  return { text, signatures: [signer.line] };
}

function nameOf({ name, id }: NamedKey): string {
  return `${toHex(id)} ${name}`;
}
