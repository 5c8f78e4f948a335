/** Acting on a chain for this device's member: what is asked is tried on final state first, so that a refusal is heard at once. */
import type { Hash } from '../core/base/hash.ts';
import { NAME_BODY_BYTES_MAX } from '../core/base/limits.ts';
import { invariant, type Refusal, RefusalError, unwrap } from '../core/base/result.ts';
import { type BodyRef, bodyRefOf } from '../core/codec/body.ts';
import { conforms } from '../core/codec/codec.ts';
import { type Action, action as actionForm } from '../core/codec/transaction.ts';
import { refusalAfter } from '../core/consensus/execute.ts';
import type { ChainNode } from './chain-node.ts';
import { makeTransaction, textBody } from './writing.ts';

/** Words that a transaction names: a reason with the body that holds it; nothing for an empty one. */
export interface Words {
  readonly ref: BodyRef | undefined;
  readonly bodies: readonly Uint8Array[];
}

export class Acting {
  readonly #node: ChainNode;

  constructor(node: ChainNode) {
    this.#node = node;
  }

  /** Signs, keeps and sends an action; gives the id under which it waits. Throws the refusal that the chain would give now. */
  async act(asked: Action, bodies: readonly Uint8Array[] = []): Promise<Hash> {
    const action = unwrap(conforms(actionForm, asked));
    await this.wouldPass(action);
    const [item] = await this.#node.submit([{ action, bodies }]);
    invariant(item !== undefined, 'one action gives one item');
    return item.transaction.id;
  }

  /** Throws the refusal that the chain would give now. */
  async wouldPass(asked: Action): Promise<void> {
    const refusal = await this.refusalOf(asked);
    if (refusal !== undefined) throw new RefusalError(refusal);
  }

  /** What the chain would refuse now, and why. */
  refusalOf(asked: Action): Promise<Refusal | undefined> {
    const action = unwrap(conforms(actionForm, asked));
    // In the node's queue, so that no block comes between the sequence that is tried and the state it is tried on.
    return this.#node.run(() => this.#try(action));
  }

  async #try(action: Action): Promise<Refusal | undefined> {
    const now = this.#node.ports.clock.now();
    const self = this.#node.self();
    if (self === undefined) return { code: 'not-a-member', detail: 'this device is not a member of the chain' };
    const trial = await makeTransaction(this.#node.signer, { chain: this.#node.chain, sequence: self.device.sequence + 1, now, action });
    return refusalAfter(this.#node.ledger.tip, now, trial);
  }

  /** A reason's body. Throws `too-large`, or `malformed` for half a character. */
  words(text: string | undefined): Words {
    const said = text?.trim() ?? '';
    if (said === '') return { ref: undefined, bodies: [] };
    if (!said.isWellFormed()) throw new RefusalError({ code: 'malformed', detail: 'the text has half a character in it' });
    const body = textBody(this.#node.ports.random, said);
    if (body.length > NAME_BODY_BYTES_MAX)
      throw new RefusalError({
        code: 'too-large',
        detail: `${body.length} bytes with salt and type, at most ${NAME_BODY_BYTES_MAX} are taken`,
      });
    return { ref: bodyRefOf(body), bodies: [body] };
  }
}
