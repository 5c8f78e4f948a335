/** Something that is to be found out once from each peer; where that broke off, it may be tried again. */
import { type RefusalCode, RefusalError } from '../core/base/result.ts';
import type { Session } from './ports.ts';

export class OnceASession {
  /** Settles, with nothing, when it is no longer under way. */
  readonly #begun = new WeakMap<Session, Promise<void>>();
  readonly #brokenOff = new WeakMap<Session, RefusalCode>();

  /** Does the work and gives what it gives. `undefined` if it was done with this session, or is under way: then once that ends. */
  async run<T>(session: Session, work: () => Promise<T>): Promise<T | undefined> {
    const begun = this.#begun.get(session);
    if (begun !== undefined) return begun.then(() => undefined);
    this.#brokenOff.delete(session);
    const working = work();
    this.#begun.set(session, working.then(nothing, nothing));
    try {
      return await working;
    } catch (error) {
      this.#begun.delete(session);
      if (error instanceof RefusalError) this.#brokenOff.set(session, error.code);
      throw error;
    }
  }

  /** Why it broke off; `undefined` if it did not. */
  brokenOffBy(session: Session): RefusalCode | undefined {
    return this.#brokenOff.get(session);
  }
}

function nothing(): void {}
