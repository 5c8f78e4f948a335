/** Both sides of a relay's work: as a member this node counts what relays do for it and signs for it, as a relay it gathers what others sign. */
import { RECEIPT_FRAME_BYTES_MAX } from '../core/base/limits.ts';
import { unwrap } from '../core/base/result.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { receiptRequest, relayReceipt } from '../core/codec/relay-receipt.ts';
import { actorOf } from '../core/membership/facts.ts';
import type { Session } from './ports.ts';
import { RelayCounts, type RelayCountsPorts } from './relay-counts.ts';
import { RelayReceipts, type RelayReceiptsPorts } from './relay-receipts.ts';

export class Relaying {
  readonly counts: RelayCounts;
  readonly receipts: RelayReceipts;
  readonly #ports: RelayCountsPorts;

  constructor(ports: RelayCountsPorts & RelayReceiptsPorts) {
    this.#ports = ports;
    this.counts = new RelayCounts(ports);
    this.receipts = new RelayReceipts(ports);
  }

  takeUp(): Promise<void> {
    return this.counts.takeUp();
  }

  /** Now and then; runs in the node's queue. */
  async tend(): Promise<void> {
    if (this.#ports.self() === undefined) return;
    await this.counts.look();
    await this.receipts.tend();
  }

  /** Answers a relay that asks for this member's receipt. */
  async *serve(session: Session, request: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
    const { day } = unwrap(decode(receiptRequest, request, RECEIPT_FRAME_BYTES_MAX));
    const asker = actorOf(this.#ports.ledger.state, session.nodeKey);
    yield encode(relayReceipt, await this.counts.receipt(asker, day));
  }

  close(): void {
    this.receipts.close();
  }
}
