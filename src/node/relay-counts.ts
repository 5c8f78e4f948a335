/**
 * What relays did for this member's node, day by day: counted from what its network counts, kept on its disk, and signed when a
 * relay asks for the receipt of a day that is over. Time counts while this node is online, so that its own line's failures are
 * no relay's. Bounded: relays of a chain are few, and days that can no longer be told of are forgotten.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import {
  DAY_MINUTES,
  DAY_MS,
  MINUTE_MS,
  RECEIPT_BREAKS_MAX,
  RECEIPT_CIRCUITS_MAX,
  RECEIPT_DAYS_MAX,
  RECEIPT_KIB_MAX,
  SERVED_COUNTS_MAX,
} from '../core/base/limits.ts';
import { RefusalError } from '../core/base/result.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { type RelayReceipt, relayReceiptText } from '../core/codec/relay-receipt.ts';
import { SERVED_ROW_BYTES_MAX, type ServedCount, servedRow } from '../core/codec/stored.ts';
import { isOfOneLineage } from '../core/membership/ancestry.ts';
import { type Actor, actorOf } from '../core/membership/facts.ts';
import { dayOf } from '../core/membership/transitions/serve.ts';
import type { Ledger } from './ledger.ts';
import { put } from './ledger-rows.ts';
import type { Clock, PeerId, RelayUse, Session, Signer } from './ports.ts';

/** Table `meta`. */
const SERVED_ROW = 'served';
/** A node that did not look for longer was asleep, and saw nothing. */
const LOOK_GAP_MS_MAX = 2 * MINUTE_MS;
const NOTHING_USED: Omit<RelayUse, 'relay'> = { reserved: false, breaks: 0, circuits: 0, bytes: 0 };

export interface RelayCountsPorts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly signer: Signer;
  self(): Actor | undefined;
  sessions(): readonly Session[];
  relayUse(): readonly RelayUse[];
}

export class RelayCounts {
  readonly #ports: RelayCountsPorts;
  #counts: readonly ServedCount[] = [];
  #before = new Map<PeerId, RelayUse>();
  /** Whose relay each peer was, when it was met last. */
  readonly #members = new Map<PeerId, Hash>();
  #lookedAt: number | undefined;
  #kept: Uint8Array | undefined;

  constructor(ports: RelayCountsPorts) {
    this.#ports = ports;
  }

  /** What was counted before a restart. What cannot be read is counted anew: it is worth no more than a day's receipt. */
  async takeUp(): Promise<void> {
    const bytes = await this.#ports.ledger.space.get('meta', SERVED_ROW);
    const row = bytes === undefined ? undefined : decode(servedRow, bytes, SERVED_ROW_BYTES_MAX);
    if (row?.ok) this.#counts = row.value.counts;
    this.#kept = bytes;
  }

  /** Adds what relays did since the last look. To be called every half minute or so. */
  async look(): Promise<void> {
    const now = this.#ports.clock.now();
    const use = this.#ports.relayUse();
    this.#meet();
    const elapsed = this.#lookedAt === undefined ? 0 : Math.min(now - this.#lookedAt, LOOK_GAP_MS_MAX, now % DAY_MS);
    const isOnline = this.#ports.sessions().length > 0;
    for (const one of use) this.#count(dayOf(now), isOnline ? Math.max(0, elapsed) : undefined, one);
    this.#before = new Map(use.map((one) => [one.relay, one]));
    this.#lookedAt = now;
    this.#counts = this.#counts.filter(({ day }) => day >= dayOf(now) - RECEIPT_DAYS_MAX).slice(-SERVED_COUNTS_MAX);
    await this.#keep();
  }

  /** Most nodes use no relay most of the time, and write nothing. */
  async #keep(): Promise<void> {
    const row = encode(servedRow, { version: 1, counts: this.#counts });
    if (this.#kept === undefined ? this.#counts.length === 0 : equal(row, this.#kept)) return;
    await this.#ports.ledger.space.write([put('meta', SERVED_ROW, row)], 'relaxed');
    this.#kept = row;
  }

  /** What has been counted of a relay on a day. */
  of(relay: Hash, day: number): ServedCount | undefined {
    return this.#counts.find((one) => one.day === day && equal(one.relay, relay));
  }

  /**
   * This member's receipt for the relay that asks, of a day that is over. The same whenever it asks. Throws `not-available` where
   * it did nothing for this node, and `receipt-refused` for whoever is no relay, or of one lineage with this member.
   */
  async receipt(asker: Actor | undefined, day: number): Promise<RelayReceipt> {
    const { ledger, signer, clock } = this.#ports;
    const self = this.#ports.self();
    if (self === undefined || asker?.roles.includes('relay') !== true)
      throw new RefusalError({ code: 'receipt-refused', detail: 'receipts are between a member and a relay' });
    if (isOfOneLineage(ledger.state, self.id, asker.id))
      throw new RefusalError({ code: 'receipt-refused', detail: 'the relay is of this member’s own lineage' });
    const count = day < dayOf(clock.now()) ? this.of(asker.id, day) : undefined;
    if (count === undefined) throw new RefusalError({ code: 'not-available', detail: `nothing was counted on day ${day}` });
    const told = { node: signer.publicKey, ...toldOf(count) };
    return { ...told, signature: await signer.sign(relayReceiptText(ledger.chain, asker.id, { day, ...told })) };
  }

  #meet(): void {
    for (const { peer, nodeKey } of this.#ports.sessions()) {
      const actor = actorOf(this.#ports.ledger.state, nodeKey);
      if (actor?.member.roles.includes('relay') === true) this.#members.set(peer, actor.id);
    }
  }

  /** `elapsed`: since the look before, ms; `undefined` for a node that nobody reaches, so that its own line is what failed. */
  #count(day: number, elapsed: number | undefined, use: RelayUse): void {
    const relay = this.#members.get(use.relay);
    if (relay === undefined) return;
    const before = this.#before.get(use.relay) ?? NOTHING_USED;
    const counted = this.of(relay, day) ?? { day, relay, watchedMs: 0, reservedMs: 0, breaks: 0, circuits: 0, bytes: 0 };
    // Lost and had again in between counts as not held.
    const wasHeld = before.reserved && use.reserved && use.breaks === before.breaks;
    const sum: ServedCount = {
      ...counted,
      watchedMs: counted.watchedMs + (elapsed ?? 0),
      reservedMs: counted.reservedMs + (wasHeld ? (elapsed ?? 0) : 0),
      breaks: counted.breaks + (elapsed === undefined ? 0 : use.breaks - before.breaks),
      circuits: counted.circuits + use.circuits - before.circuits,
      bytes: counted.bytes + Math.max(0, use.bytes - before.bytes),
    };
    const key = `${day} ${toHex(relay)}`;
    this.#counts = [...this.#counts.filter((one) => `${one.day} ${toHex(one.relay)}` !== key), sum];
  }
}

function toldOf({ watchedMs, reservedMs, breaks, circuits, bytes }: ServedCount) {
  return {
    watched: Math.min(DAY_MINUTES, Math.floor(watchedMs / MINUTE_MS)),
    minutes: Math.min(DAY_MINUTES, Math.floor(reservedMs / MINUTE_MS)),
    breaks: Math.min(RECEIPT_BREAKS_MAX, breaks),
    circuits: Math.min(RECEIPT_CIRCUITS_MAX, circuits),
    kib: Math.min(RECEIPT_KIB_MAX, Math.floor(bytes / 1024)),
  };
}
