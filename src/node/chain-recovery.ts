/**
 * Recovery of a broken chain, as a program sees it: who may recover, what waits, and what a person at this device says to
 * it. One certificate does for a chain that lives and for one that is dead; which it is, nobody can know, so it goes both
 * ways at once: as a transaction, and as something that this node has seen.
 */
import { RefusalError } from '../core/base/result.ts';
import type { Recovery } from '../core/codec/genesis.ts';
import type { RecoveryCertificate, RecoveryPlan } from '../core/codec/recovery.ts';
import { recoveryOf } from '../core/membership/recovery-state.ts';
import type { Acting } from './acting.ts';
import type { ChainNode } from './chain-node.ts';
import type { RecoverySighting } from './recovering.ts';

export interface RecoveryInfo {
  /** How many of which keys recover the chain, and how long others may object; no keys: nobody does. */
  readonly keys: Recovery;
  /** On the chain, until governance cancels it or its time comes. */
  readonly waiting: { readonly plan: RecoveryPlan; readonly effective: number } | undefined;
  /** Seen by this device, for the case that the chain is dead. */
  readonly seen: RecoverySighting | undefined;
  /** Whether this device follows those whom a certificate appoints, and waits for their first block. */
  readonly goingOn: boolean;
}

export class ChainRecovery {
  readonly #node: ChainNode;
  readonly #acting: Acting;

  constructor(node: ChainNode, acting: Acting) {
    this.#node = node;
    this.#acting = acting;
  }

  info(): RecoveryInfo {
    const { ledger, duties } = this.#node;
    const { keys, pending } = recoveryOf(ledger.state, ledger.tip.recovery);
    return { keys, waiting: pending, seen: duties.recovering.sighting(), goingOn: ledger.takeover !== undefined };
  }

  /** A plan on the newest final block here, for the recovery keys to sign: `signRecoveryPlan`, `recoveryCertificateOf`. */
  plan(changes: Partial<Pick<RecoveryPlan, 'newcomers' | 'federation' | 'validators' | 'keys'>>): RecoveryPlan {
    const { tip, chain, state } = this.#node.ledger;
    const { number } = recoveryOf(state, tip.recovery);
    const place = { chain, number: number + 1, base: tip.id, height: tip.header.height };
    return { ...place, newcomers: [], federation: [], validators: [], keys: undefined, ...changes };
  }

  /** This device's keys for a seat that a plan appoints: made now if they are not there, and voted by once they have it. */
  async seat(): Promise<RecoveryPlan['validators'][number]> {
    const { ports, signer, duties } = this.#node;
    if (ports.officeKeys === undefined) throw new RefusalError({ code: 'not-allowed', detail: 'this device never validates' });
    const [vote, note] = [await ports.officeKeys.vote(), await ports.officeKeys.note()];
    await this.#node.run(() => duties.voting.use(vote));
    return { node: signer.publicKey, vote: vote.publicKey, note: note.publicKey };
  }

  /**
   * Brings a certificate to the chain and to everybody here. `names`: bodies with the newcomers' names, in their order.
   * Throws what the chain would refuse now, and `duplicate` where this device has seen another.
   */
  async submit(certificate: RecoveryCertificate, names: readonly Uint8Array[] = []): Promise<void> {
    const action = { type: 'recover', certificate } as const;
    await this.#acting.wouldPass(action);
    await this.#node.run(() => this.#node.duties.recovering.see(certificate));
    // On a chain that was forked nobody takes it in: each device has its own word.
    if (!this.#node.isForked) await this.#acting.act(action, names);
  }

  /** The person agrees that others go on; it counts when the delay is over, if no block above the base came until then. */
  confirm(): Promise<void> {
    return this.#node.run(() => this.#node.duties.recovering.confirm());
  }

  /** The person does not agree. */
  dismiss(): Promise<void> {
    return this.#node.run(() => this.#node.duties.recovering.dismiss());
  }
}
