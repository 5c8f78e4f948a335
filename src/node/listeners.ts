/** Whoever wants to hear of something: told in the order in which they came. */
export class Listeners<T> {
  readonly #listeners = new Set<(told: T) => void>();

  /** Returns what ends it. */
  add(listener: (told: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(told: T): void {
    for (const listener of this.#listeners) listener(told);
  }

  clear(): void {
    this.#listeners.clear();
  }
}
