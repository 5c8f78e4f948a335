/**
 * The reasons that members gave for their decisions. A decision's record holds its leaf, and the reason is a body beside
 * that leaf; it is looked up when somebody first asks, and kept.
 */
import type { ChainNode } from './chain-node.ts';
import { reasonIn } from './decision-reason.ts';

export class Reasons {
  readonly #node: ChainNode;
  readonly #known = new Map<number, string | undefined>();
  readonly #asked = new Map<number, Promise<void>>();

  constructor(node: ChainNode) {
    this.#node = node;
  }

  /** The reason given at a leaf; `undefined` if there was none, or until it was looked up, of which subscribers are told. */
  at(leaf: number): string | undefined {
    if (!this.#known.has(leaf) && !this.#asked.has(leaf)) this.#lookUp(leaf);
    return this.#known.get(leaf);
  }

  /** Settles once all that was asked for was looked up. */
  async settled(): Promise<void> {
    await Promise.all(this.#asked.values());
  }

  #lookUp(leaf: number): void {
    const asked = this.#read(leaf)
      .catch(() => undefined)
      .finally(() => this.#asked.delete(leaf));
    this.#asked.set(leaf, asked);
  }

  async #read(index: number): Promise<void> {
    const [leaf] = await this.#node.ledger.leaves(index, index + 1);
    if (leaf === undefined) return; // History is still being copied: asked again later.
    const reason = reasonIn(leaf);
    this.#known.set(index, reason);
    if (reason !== undefined) this.#node.tell('sync');
  }
}
