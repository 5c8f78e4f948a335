/**
 * The one log of a council, block by block as any of its devices first has it: each block in its place and time, each leaf by
 * what every log keeps, and evidence against none but the guilty. All devices have the same block at a height, which `Watch`
 * sees to; so one copy tells of all.
 */
import { RefusalError } from '../../../src/core/base/result.ts';
import type { Header } from '../../../src/core/codec/block.ts';
import type { TrustSet } from '../../../src/core/codec/records.ts';
import { decodeTransaction } from '../../../src/core/codec/transaction.ts';
import { seatsOf } from '../../../src/core/codec/vote.ts';
import { certificateSignatures } from '../../../src/core/consensus/certificate.ts';
import type { Ledger } from '../../../src/node/ledger.ts';
import type { Verifier } from '../../../src/node/ports.ts';
import { type Complain, LogRules, type Placed } from '../log-rules.ts';

/** What voters take for the present, a clock that is off by a little, and a view that was slow. */
const FUTURE_MS_MAX = 150_000;

export interface RecordPorts {
  now(): number;
  /** Of an epoch, if anybody has been in it. */
  trust(epoch: number): TrustSet | undefined;
  readonly verifier: Verifier;
  /** A leaf has come to be final. */
  placed(device: string, leaf: Placed): void;
  readonly violate: Complain;
}

export class Record {
  readonly #ports: RecordPorts;
  readonly #rules: LogRules;
  #last: Header;
  /** Blocks whose leaves are yet to be read, after the log had this size. */
  #unread: Header[] = [];
  #read: number;
  /** Whose copy is being read. A process may end meanwhile, and its answer never come: the next to ask takes its place. */
  #reader: Ledger | undefined;

  constructor(first: Header, ports: RecordPorts) {
    this.#ports = ports;
    this.#rules = new LogRules((what) => ports.violate(what));
    this.#last = first;
    this.#read = first.logSize;
  }

  /** A device has new final blocks. */
  async grew(device: string, ledger: Ledger): Promise<void> {
    const { height } = ledger.tip.header;
    void this.#checkCertificate(device, ledger);
    if (height <= this.#last.height) return;
    if (height === this.#last.height + 1) this.#takeHeader(device, ledger.tip.header);
    await this.catchUp(device, ledger);
  }

  /** Of several that became final together the newest alone is told of; where nobody else is there, the others are read. */
  async #takeHeaders(device: string, ledger: Ledger): Promise<void> {
    const { height } = ledger.tip.header;
    if (height <= this.#last.height) return;
    for (const header of await ledger.headers(this.#last.height + 1, height + 1))
      if (header.height === this.#last.height + 1) this.#takeHeader(device, header);
  }

  #takeHeader(device: string, header: Header): void {
    this.#checkHeader(device, header, this.#last);
    this.#last = header;
    this.#unread.push(header);
  }

  /** Reads what is unread. Where a disk fails, or history is missing, the next device to have a block does it. */
  async catchUp(device: string, ledger: Ledger): Promise<void> {
    if (this.#reader === ledger) return;
    this.#reader = ledger;
    try {
      await this.#takeHeaders(device, ledger);
      for (let header = this.#unread[0]; header !== undefined; header = this.#unread[0]) {
        const leaves = await ledger.leaves(this.#read, header.logSize);
        if (this.#reader !== ledger || leaves.length !== header.logSize - this.#read) return;
        this.#unread.shift();
        this.#read = header.logSize;
        for (const { bytes, index } of leaves) this.#take(device, bytes, index, header.time);
      }
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
    } finally {
      if (this.#reader === ledger) this.#reader = undefined;
    }
  }

  #take(device: string, bytes: Uint8Array, index: number, time: number): void {
    const read = decodeTransaction(bytes);
    if (!read.ok) return this.#ports.violate(`${device}: leaf ${index} cannot be read`);
    const leaf = { transaction: read.value, index, time };
    this.#rules.take(leaf);
    this.#ports.placed(device, leaf);
  }

  /** Of the last block whose leaves were looked at. */
  get height(): number {
    return (this.#unread[0]?.height ?? this.#last.height + 1) - 1;
  }

  /** What made the block final is of signatures that were really given. */
  async #checkCertificate(device: string, { certificate, certified, tip: { header } }: Ledger): Promise<void> {
    const trust = this.#ports.trust(header.epoch);
    if (!certified || trust === undefined || certificate.subject.epoch !== header.epoch) return;
    const signatures = certificateSignatures(certificate, trust);
    const isGood = signatures.ok && (await this.#ports.verifier.verify(signatures.value, 'agreement')).every(Boolean);
    if (!isGood) this.#ports.violate(`${device}: block ${header.height} is certified by what nobody signed`);
  }

  #checkHeader(device: string, header: Header, before: Header): void {
    const { height, time, epoch, view, proposerSeat } = header;
    const wrong = (what: string) => this.#ports.violate(`${device}: block ${height} ${what}`);
    if (time <= before.time) wrong(`is of ${time}, the one before of ${before.time}`);
    if (time > this.#ports.now() + FUTURE_MS_MAX && time !== before.time + 1) wrong('is of a time to come');
    const seats = this.#ports.trust(epoch)?.seats.length;
    if (seats === undefined) return;
    if (proposerSeat !== view % seats) wrong(`of view ${view} is by seat ${proposerSeat}, which does not lead it`);
    const quorum = seats - Math.floor((seats - 1) / 3);
    const signers = seatsOf(header.parentSigners).filter((seat) => seat < seats).length;
    if (epoch === before.epoch && before.nextTrust === undefined && signers < quorum) wrong(`stands on one that ${signers} notarized`);
  }
}
