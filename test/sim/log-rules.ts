/** What any log of transactions keeps, leaf by leaf: counted anew, by none of the node's own state machine. */
import { toHex } from '../../src/core/base/bytes.ts';
import { invitationIdOf, type Transaction } from '../../src/core/codec/transaction.ts';

export type Complain = (what: string) => void;

export interface Placed {
  readonly transaction: Transaction;
  readonly index: number;
  /** Of its block, ms. */
  readonly time: number;
}

interface Invited {
  readonly uses: number;
  readonly expiry: number;
  used: number;
  revoked: boolean;
}

export class LogRules {
  readonly #complain: Complain;
  /** By id, as hexadecimal. */
  readonly #invitations = new Map<string, Invited>();
  /** By sender: its last sequence. */
  readonly #sequences = new Map<string, number>();
  readonly #ids = new Set<string>();

  constructor(complain: Complain) {
    this.#complain = complain;
  }

  /** The next leaf. */
  take(placed: Placed): void {
    this.#takeInvitation(placed);
    this.#takeSender(placed);
  }

  /** Whoever joined, joined by an invitation that was there, live and not used up, by the order of the log. */
  #takeInvitation({ transaction, index, time }: Placed): void {
    const { chain, action } = transaction.unsigned;
    if (action.type === 'invite') {
      const { key, uses, expiry } = action;
      this.#invitations.set(toHex(invitationIdOf(chain, key)), { uses, used: 0, expiry, revoked: false });
    }
    const invitation = 'invitation' in action ? this.#invitations.get(toHex(action.invitation)) : undefined;
    if (action.type === 'revoke-invite' && invitation !== undefined) invitation.revoked = true;
    if (action.type !== 'join') return;
    if (invitation === undefined) return this.#complain(`leaf ${index} joins by no invitation`);
    invitation.used += 1;
    if (invitation.uses > 0 && invitation.used > invitation.uses)
      this.#complain(`leaf ${index}: an invitation for ${invitation.uses} let in ${invitation.used}`);
    if (invitation.revoked) this.#complain(`leaf ${index} joins by a revoked invitation`);
    if (invitation.expiry <= time) this.#complain(`leaf ${index} joins by an expired invitation`);
  }

  /** Each sender's sequences rise, nothing enters twice or after its expiry, and nobody joins twice. */
  #takeSender({ transaction, index, time }: Placed): void {
    const { sender, sequence, expiry, action } = transaction.unsigned;
    const key = toHex(sender);
    const before = this.#sequences.get(key);
    if (before !== undefined && (sequence <= before || action.type === 'join'))
      this.#complain(`leaf ${index}, ${action.type} ${sequence} at ${time}, comes after action ${before} of its sender`);
    if (expiry <= time) this.#complain(`leaf ${index} had expired`);
    if (this.#ids.has(toHex(transaction.id))) this.#complain(`leaf ${index} is in the log twice`);
    // Who was let in by approvals begins anew: its key can have asked for nothing else before.
    this.#sequences.set(key, action.type === 'join' ? -1 : sequence);
    this.#ids.add(toHex(transaction.id));
  }
}
