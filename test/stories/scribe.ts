/** Somebody who writes all the time in a browser: what was written, and what the page has called final. */
import { setTimeout } from 'node:timers/promises';
import type { Person } from '../e2e/person.ts';

/** Between two entries, on top of the time that typing takes. */
const PAUSE_MS = 150;
const LOOK_EVERY_MS = 100;

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
    const from = this.written.length + 1;
    while ((await this.look()) < from) {
      if (performance.now() - began > limitMs)
        throw new Error(
          `${this.person.name} has written ${this.written.length} entries, and none since ${from} is final: ${await this.person.status()}`,
        );
      await setTimeout(LOOK_EVERY_MS);
    }
    return performance.now() - began;
  }

  /** Notes what the page shows as final; gives the number of the latest of its own. */
  async look(): Promise<number> {
    let latest = -1;
    for (const item of await this.person.entries()) {
      const [text, name, number] = /(\w+) writes (\d{6})\./.exec(item) ?? [];
      if (text === undefined || name !== this.person.name || !/\bfinal\b/.test(item)) continue;
      this.acknowledged.add(text);
      latest = Math.max(latest, Number(number));
    }
    return latest;
  }
}
