/**
 * One thing at a time: the node's event queue. Tasks run in the order in which they came, each to its end before the
 * next, so that state never changes under a task's feet.
 */
import { RefusalError } from '../core/base/result.ts';

export class SerialQueue {
  #last: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #failed: (error: unknown) => void;

  /** `failed` hears of errors of tasks that nobody waits for. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Runs the task after all before it; settles with its outcome. After `close` it does nothing and rejects with `closed`. */
  run<T>(task: () => Promise<T> | T): Promise<T> {
    if (this.#closed) return Promise.reject(new RefusalError({ code: 'closed', detail: 'this chain was closed on this device' }));
    const result = this.#last.then(task);
    this.#last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /** Runs the task after all before it; nobody waits for it. After `close` it does nothing. */
  push(task: () => Promise<void> | void): void {
    if (this.#closed) return;
    this.run(task).catch((error: unknown) => {
      if (!this.#closed) this.#failed(error);
    });
  }

  /** Takes no more tasks; settles when those that came before have run. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }
}
