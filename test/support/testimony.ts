/** What keys were heard to say, and which of them contradict themselves (DESIGN §6): written apart from the code under test. */
import { toHex } from '../../src/core/base/bytes.ts';
import type { VoteKind, VoteSubject } from '../../src/core/codec/vote.ts';

export class Testimony {
  /** Who, epoch, view and kind → block. */
  readonly #said = new Map<string, string>();

  /** Takes down a vote; true if whoever gave it has said before what no honest validator says beside it. */
  contradicts(who: string, { epoch, view, kind, block }: VoteSubject): boolean {
    const place = (of: VoteKind) => `${who}/${epoch}/${view}/${of}`;
    const said = block === undefined ? '' : toHex(block);
    const before = this.#said.get(place(kind)) ?? said;
    this.#said.set(place(kind), before);
    return before !== said || (this.#said.has(place('nullify')) && this.#said.has(place('finalize')));
  }
}
