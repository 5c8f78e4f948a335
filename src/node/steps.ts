/** What happens during a piece of work, one thing after the other, for whoever watches it. */
export class Steps<T> {
  readonly #waiting: T[] = [];
  #wake: () => void = () => undefined;

  add(step: T): void {
    this.#waiting.push(step);
    this.#wake();
  }

  /** Every step, in order, until the work is over; throws what it failed with. */
  async *until(work: Promise<unknown>): AsyncGenerator<T> {
    let over = false;
    const done = work.finally(() => {
      over = true;
    });
    done.catch(() => undefined);
    for (;;) {
      const step = this.#waiting.shift();
      if (step !== undefined) yield step;
      else if (over) return void (await done);
      else await Promise.race([done, new Promise<void>((resolve) => (this.#wake = resolve))]);
    }
  }
}
