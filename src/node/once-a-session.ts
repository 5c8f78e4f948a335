/** Something that is to be found out once from each peer; where that broke off, it may be tried again. */
import { type RefusalCode, RefusalError } from '../core/base/result.ts';
import type { Session } from './ports.ts';

export class OnceASession {
  readonly #begun = new WeakSet<Session>();
  readonly #brokenOff = new WeakMap<Session, RefusalCode>();

  /** Does the work, unless it was done with this session or is under way; gives what it gives. */
  async run<T>(session: Session, work: () => Promise<T>): Promise<T | undefined> {
    if (this.#begun.has(session)) return undefined;
    this.#begun.add(session);
    this.#brokenOff.delete(session);
    try {
      return await work();
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
