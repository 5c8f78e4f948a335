/** What happened in a run, for a person to read and for a hash to compare. */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex, utf8 } from '../../src/core/base/bytes.ts';

/** Lines kept for whoever reads a failure; a run that is replayed writes them all. */
const LINES_KEPT = 400;

/** Numbers that the hash takes in at once. */
const NUMBERS_AT_ONCE = 512;

export class Trace {
  readonly #startMs: number;
  readonly #now: () => number;
  readonly #write: ((line: string) => void) | undefined;
  readonly #hash = sha256.create();
  /** Numbers on their way into the hash: in one piece it takes a tenth of the time. */
  readonly #numbers = new DataView(new ArrayBuffer(8 * NUMBERS_AT_ONCE));
  #mixed = 0;
  readonly #lines: string[] = [];

  /** `write` gets each line as it comes. */
  constructor(startMs: number, now: () => number, write: ((line: string) => void) | undefined) {
    this.#startMs = startMs;
    this.#now = now;
    this.#write = write;
  }

  /** Something that a reader wants to know. */
  note(who: string, what: string): void {
    const seconds = ((this.#now() - this.#startMs) / 1000).toFixed(3).padStart(10);
    const line = `${seconds}  ${who.padEnd(8)} ${what}`;
    this.#takeIn();
    this.#hash.update(utf8(line));
    this.#lines.push(line);
    if (this.#lines.length > LINES_KEPT) this.#lines.shift();
    this.#write?.(line);
  }

  /** Something that only the hash wants to know: that an event ran. */
  mix(...numbers: readonly number[]): void {
    for (const number of numbers) {
      if (this.#mixed === NUMBERS_AT_ONCE) this.#takeIn();
      this.#numbers.setUint32(8 * this.#mixed, Math.floor(number / 2 ** 32));
      this.#numbers.setUint32(8 * this.#mixed + 4, number % 2 ** 32);
      this.#mixed += 1;
    }
  }

  #takeIn(): void {
    this.#hash.update(new Uint8Array(this.#numbers.buffer, 0, 8 * this.#mixed));
    this.#mixed = 0;
  }

  /** The last lines. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Of everything so far; a run that goes the same way has the same. */
  digest(): string {
    this.#takeIn();
    return toHex(this.#hash.clone().digest());
  }
}
