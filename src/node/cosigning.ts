/**
 * The one who signs checkpoints here (DESIGN §7): never before what it is about to sign is durable, never a smaller one than
 * before, and never one that is inconsistent with what it signed. One process has the key, as with votes.
 */
import { equal, utf8 } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { SECOND_MS } from '../core/base/limits.ts';
import { RefusalError } from '../core/base/result.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { COSIGNED_ROW_BYTES_MAX, type CosignedRow, cosignedRow } from '../core/codec/stored.ts';
import type { LogSigner } from '../core/light/log-signers.ts';
import { type Checkpoint, checkpointText, originOf } from '../core/log/checkpoint.ts';
import { cosignedText } from '../core/log/cosignature.ts';
import type { Note } from '../core/log/note.ts';
import { cosignatureLine, noteSignature } from '../core/log/open-note.ts';
import type { Ledger } from './ledger.ts';
import { put } from './ledger-rows.ts';
import type { Clock, Signer } from './ports.ts';

/** Table `meta`: what was signed last. */
export const COSIGNED_ROW = 'cosigned';

export class Cosigner {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  #last: CosignedRow | undefined;

  constructor(ledger: Ledger, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Takes up what was signed before. Throws `storage-corrupt` rather than to sign without knowing it. */
  async takeUp(): Promise<void> {
    const bytes = await this.#ledger.space.get('meta', COSIGNED_ROW);
    const row = bytes === undefined ? undefined : decode(cosignedRow, bytes, COSIGNED_ROW_BYTES_MAX);
    if (row?.ok === false)
      throw new RefusalError({ code: 'storage-corrupt', detail: 'the checkpoint that was signed last cannot be read' });
    this.#last = row?.value;
  }

  /** What was signed last, whether or not it left this machine. */
  get last(): Checkpoint | undefined {
    return this.#last && { origin: originOf(this.#ledger.chain), size: this.#last.size, root: this.#last.root };
  }

  /** Signs the log at `size` and `root`, which the caller knows for final. `undefined` where it must not. */
  async sign(size: number, root: Hash, { cosigner, log }: LogSigner, key: Signer): Promise<Note | undefined> {
    if (!(await this.#mayFollow(size))) return undefined;
    const seconds = Math.max(this.#last?.seconds ?? 0, Math.floor(this.#clock.now() / SECOND_MS));
    const row: CosignedRow = { version: 1, size, root, seconds };
    await this.#ledger.space.write([put('meta', COSIGNED_ROW, encode(cosignedRow, row))], 'strict');
    this.#last = row;
    const text = checkpointText({ origin: originOf(this.#ledger.chain), size, root });
    const cosignature = cosignatureLine(cosigner, seconds, await key.sign(cosignedText(seconds, text)));
    return { text, signatures: log === undefined ? [cosignature] : [noteSignature(log, await key.sign(utf8(text))), cosignature] };
  }

  /** Larger than the last, whose root is still that of the log at its size. */
  async #mayFollow(size: number): Promise<boolean> {
    if (this.#last === undefined) return true;
    if (size <= this.#last.size) return false;
    const root = await this.#ledger.history.rootAt(this.#last.size);
    return root !== undefined && equal(root, this.#last.root);
  }
}
