/**
 * What a member says that a relay did for it on one day. The relay gathers what members signed and brings it to the chain in
 * one transaction; what it is worth there is the admission machine's to judge.
 *
 * ```
 * member signs  taggedMessage(relayReceipt, chain, relay's member id, canonical [ day, node, watched, minutes, breaks, circuits, kib ])
 * ```
 */
import { type Hash, TAGS, taggedMessage } from '../base/hash.ts';
import { DAY_MINUTES, RECEIPT_BREAKS_MAX, RECEIPT_CIRCUITS_MAX, RECEIPT_KIB_MAX } from '../base/limits.ts';
import { encode, type Infer, named, tuple, uint } from './codec.ts';
import { publicKey, signature } from './primitives.ts';

const fields = {
  /** The member's device that signs. */
  node: publicKey,
  /** Of the day in which it was online and used the relay, and of these, in which it held a reservation there. */
  watched: uint(DAY_MINUTES),
  minutes: uint(DAY_MINUTES),
  /** How often the reservation was lost meanwhile. */
  breaks: uint(RECEIPT_BREAKS_MAX),
  /** Connections that the relay carried for it, and KiB on them. */
  circuits: uint(RECEIPT_CIRCUITS_MAX),
  kib: uint(RECEIPT_KIB_MAX),
};

/** Days are counted from 1970-01-01, 00:00 UTC. */
export const relayReceiptBody = named('relay-receipt-body', tuple({ day: uint(), ...fields }));
export type RelayReceiptBody = Infer<typeof relayReceiptBody>;

export const relayReceipt = named('relay-receipt', tuple({ ...fields, signature }));
export type RelayReceipt = Infer<typeof relayReceipt>;

/** What the member's device signs. `relay` is the relay's member id. */
export function relayReceiptText(chain: Hash, relay: Hash, body: RelayReceiptBody): Uint8Array {
  return taggedMessage(TAGS.relayReceipt, chain, relay, encode(relayReceiptBody, body));
}

/** What a relay asks of a member's node: its receipt of a day that is over. The answer is one `relay-receipt`. */
export const receiptRequest = named('receipt-request', tuple({ day: uint() }));
