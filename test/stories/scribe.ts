/** Somebody who writes all the time in a browser: what was written, and what the page has called final. */
import { setTimeout } from 'node:timers/promises';
import type { Person } from '../e2e/person.ts';

/** Between two entries, on top of the time that typing takes. */
const PAUSE_MS = 150;

export class Scribe {
  readonly person: Person;
  /** Every entry that was added, in order; no two are alike, and none is a part of another. */
  readonly written: string[] = [];
  /** Those that the page has shown as final, which nothing may take back. */
  readonly acknowledged = new Set<string>();
  #writing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(person: Person) {
    this.person = person;
  }

  begin(): void {
    this.#stopped = false;
    this.#writing = this.#write();
    // A page that fails is told of by `rest`, which every story asks.
    this.#writing.catch(() => undefined);
  }

  async #write(): Promise<void> {
    while (!this.#stopped) {
      const text = `${this.person.name} writes ${String(this.written.length).padStart(6, '0')}.`;
      await this.person.writes(text);
      this.written.push(text);
      await setTimeout(PAUSE_MS);
    }
  }

  /** Stops writing. Throws what went wrong since it began. */
  async rest(): Promise<void> {
    this.#stopped = true;
    await this.#writing;
  }

  /** Waits until something that is written from now on is final on the page; gives the milliseconds that it took. */
  async goesOn(limitMs: number): Promise<number> {
    const began = performance.now();
    const next = `${this.person.name} writes ${String(this.written.length + 1).padStart(6, '0')}.`;
    await this.person.entry(next, 'final').waitFor({ timeout: limitMs });
    await this.look();
    return performance.now() - began;
  }

  /** Notes what the page shows as final. */
  async look(): Promise<void> {
    for (const item of await this.person.entries()) {
      const text = /\w+ writes \d{6}\./.exec(item)?.[0];
      if (text !== undefined && /\bfinal\b/.test(item)) this.acknowledged.add(text);
    }
  }
}
