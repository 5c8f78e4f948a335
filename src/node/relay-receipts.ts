/**
 * What a relay does for its service to count: once a day it asks the members with whom it has a session what it did for them on
 * the day before, checks what they signed, and brings all of it to the chain in one transaction, late in the day so that
 * whoever was away has come by. After a restart it asks again: members give the same receipt as often as they are asked.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, RECEIPT_DAYS_MAX, RECEIPT_FRAME_BYTES_MAX, RELAY_RECEIPTS_MAX } from '../core/base/limits.ts';
import { RefusalError } from '../core/base/result.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { type RelayReceipt, receiptRequest, relayReceipt, relayReceiptText } from '../core/codec/relay-receipt.ts';
import type { Action } from '../core/codec/transaction.ts';
import { receiptProblem } from '../core/membership/checks/receipts.ts';
import { type Actor, actorOf } from '../core/membership/facts.ts';
import { dayOf } from '../core/membership/transitions/serve.ts';
import type { Ledger } from './ledger.ts';
import type { OutboxItem } from './outbox.ts';
import type { Clock, Session, Verifier } from './ports.ts';

/** When a day is told of after its end. The last day that can be told of is told of at once. */
const TELL_AFTER_MS = 18 * HOUR_MS;
/** Who gave none is asked again no sooner. */
const ASK_AGAIN_AFTER_MS = 30 * MINUTE_MS;
/** A member's node signs one text. */
const RECEIPT_TIMEOUT_MS = 20_000;

export interface RelayReceiptsPorts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly verifier: Verifier;
  self(): Actor | undefined;
  sessions(): readonly Session[];
  outbox(): readonly OutboxItem[];
  submit(action: Action): Promise<void>;
  dismiss(id: Hash): Promise<void>;
  /** Runs a task in the node's order. */
  push(task: () => Promise<void> | void): void;
}

/** By day, then by the member who signed. */
type Gathered = Map<number, Map<string, RelayReceipt>>;

export class RelayReceipts {
  readonly #ports: RelayReceiptsPorts;
  readonly #closing = new AbortController();
  readonly #gathered: Gathered = new Map();
  readonly #asked = new Map<string, number>();

  constructor(ports: RelayReceiptsPorts) {
    this.#ports = ports;
  }

  close(): void {
    this.#closing.abort(new RefusalError({ code: 'closed', detail: 'this chain was closed on this device' }));
  }

  /** Asks whom it has not asked, and tells what is due. To be called now and then; runs in the node's queue. */
  async tend(): Promise<void> {
    await this.#dismissRefused();
    const self = this.#ports.self();
    if (self?.roles.includes('relay') !== true) return;
    const today = dayOf(this.#ports.clock.now());
    for (const day of this.#gathered.keys()) if (day < today - RECEIPT_DAYS_MAX) this.#gathered.delete(day);
    const untold = Array.from({ length: RECEIPT_DAYS_MAX }, (_, i) => today - RECEIPT_DAYS_MAX + i).filter(
      (day) => !this.#isTold(self.id, day),
    );
    // What has come in by now is told; what is asked for now, at the next look.
    const due = untold.find((day) => this.#isDue(day, today) && this.#sound(self.id, day).length > 0);
    for (const day of untold) this.#ask(self, day);
    if (due !== undefined)
      await this.#ports.submit({ type: 'relay-receipts', relay: self.id, day: due, receipts: this.#sound(self.id, due) });
  }

  /** Members whose receipts of a day are here and would count now. */
  gathered(day: number): number {
    const self = this.#ports.self();
    return self === undefined ? 0 : this.#sound(self.id, day).length;
  }

  #isTold(relay: Hash, day: number): boolean {
    const { state } = this.#ports.ledger;
    return (
      day <= (state.get('service', relay)?.last ?? -1) ||
      this.#ports.outbox().some(({ transaction: { unsigned } }) => unsigned.action.type === 'relay-receipts' && unsigned.action.day >= day)
    );
  }

  #isDue(day: number, today: number): boolean {
    const isLastChance = day <= today - RECEIPT_DAYS_MAX;
    return isLastChance || this.#ports.clock.now() >= (day + 1) * DAY_MS + TELL_AFTER_MS;
  }

  /** Beside the queue: what comes back is taken in when it comes. */
  #ask(self: Actor, day: number): void {
    const now = this.#ports.clock.now();
    for (const session of this.#ports.sessions()) {
      const member = actorOf(this.#ports.ledger.state, session.nodeKey)?.id;
      const name = `${day} ${toHex(session.nodeKey)}`;
      const isKnown = member !== undefined && this.#gathered.get(day)?.has(toHex(member)) === true;
      if (member === undefined || equal(member, self.id) || isKnown || now - (this.#asked.get(name) ?? 0) < ASK_AGAIN_AFTER_MS) continue;
      this.#asked.set(name, now);
      this.#receiptOf(session, day).then(
        (receipt) => this.#ports.push(() => this.#take(self.id, member, day, receipt)),
        // Nothing was counted there, or the session ended: asked again later.
        () => undefined,
      );
    }
    for (const [name, at] of this.#asked) if (now - at > (RECEIPT_DAYS_MAX + 1) * DAY_MS) this.#asked.delete(name);
  }

  async #receiptOf(session: Session, day: number): Promise<RelayReceipt> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(RECEIPT_TIMEOUT_MS)]);
    for await (const frame of session.requestReceipt(encode(receiptRequest, { day }), signal)) {
      const read = decode(relayReceipt, frame, RECEIPT_FRAME_BYTES_MAX);
      if (read.ok && equal(read.value.node, session.nodeKey)) return read.value;
      throw new RefusalError({ code: 'malformed', detail: 'no receipt by this node' });
    }
    throw new RefusalError({ code: 'not-available', detail: 'no receipt came' });
  }

  async #take(relay: Hash, member: Hash, day: number, receipt: RelayReceipt): Promise<void> {
    const { node: key, signature, ...told } = receipt;
    const message = relayReceiptText(this.#ports.ledger.chain, relay, { day, node: key, ...told });
    const [isSigned] = await this.#ports.verifier.verify([{ key, message, signature }], 'message');
    if (isSigned !== true) return;
    const ofDay = this.#gathered.get(day) ?? new Map<string, RelayReceipt>();
    this.#gathered.set(day, ofDay.set(toHex(member), receipt));
  }

  /** Those that the chain would take as things are: who left meanwhile, or signed for too many, is left out. */
  #sound(relay: Hash, day: number): readonly RelayReceipt[] {
    const all = [...(this.#gathered.get(day)?.values() ?? [])];
    return all.filter((one) => receiptProblem(this.#ports.ledger.state, relay, day, one) === undefined).slice(0, RELAY_RECEIPTS_MAX);
  }

  /** The chain has moved on since it was signed: what still can be told is told anew. */
  async #dismissRefused(): Promise<void> {
    for (const { transaction, refused } of this.#ports.outbox())
      if (refused !== undefined && transaction.unsigned.action.type === 'relay-receipts') await this.#ports.dismiss(transaction.id);
  }
}
