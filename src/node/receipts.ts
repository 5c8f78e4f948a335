/**
 * Making join receipts from a whole copy of the chain: the records as of the tip, and the leaves that admitted a member, found
 * by the times that the records tell. Founders, and whoever came with or without being asked about, all get one.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import type { PublicKey } from '../core/base/key.ts';
import { BUNDLE_LEAVES, LINEAGE_EPOCHS_MAX, NAME_BODY_BYTES_MAX } from '../core/base/limits.ts';
import { RefusalError, unwrap } from '../core/base/result.ts';
import type { Header } from '../core/codec/block.ts';
import { encodeReceipt, type ProvedLeaf, type ProvedRecord } from '../core/codec/receipt.ts';
import { type Member, memberIdOf, RECORD_KINDS, type RecordKind, type RequestRecord } from '../core/codec/records.ts';
import type { EpochFragment } from '../core/codec/sync-message.ts';
import { type Action, decodeTransaction, type Transaction } from '../core/codec/transaction.ts';
import type { Certificate } from '../core/codec/vote.ts';
import type { ChainPoint } from '../core/consensus/execute.ts';
import { proveRecord } from '../core/membership/proof.ts';
import type { State } from '../core/membership/state.ts';
import type { Ledger } from './ledger.ts';
import { readNameBody } from './ledger-rows.ts';

/**
 * The receipt of a member, as a file. Throws `member-unknown`; `not-available` while the copy is not whole, or once the chain
 * has forgotten the invitation of somebody who left.
 */
export async function makeReceipt(ledger: Ledger, member: Hash): Promise<Uint8Array> {
  if (!ledger.complete || !ledger.certified) throw notYet('the copy of the chain is not whole yet');
  return new ReceiptMaker(ledger, member).make();
}

class ReceiptMaker {
  readonly #ledger: Ledger;
  readonly #member: Hash;
  readonly #tip: ChainPoint;
  readonly #certificate: Certificate;
  readonly #state: State;
  readonly #records = new Map<string, ProvedRecord>();
  readonly #leaves = new Map<number, ProvedLeaf>();
  readonly #people: Member[] = [];

  constructor(ledger: Ledger, member: Hash) {
    this.#ledger = ledger;
    this.#member = member;
    // As of one block, whatever comes while this is being made.
    this.#tip = ledger.tip;
    this.#certificate = ledger.certificate;
    this.#state = ledger.tip.state;
  }

  async make(): Promise<Uint8Array> {
    const { header } = this.#tip;
    const member = this.#person(this.#member);
    await this.#admission(member);
    const lineage = { genesis: this.#ledger.genesisLeaf, epochs: await this.#epochs(header.epoch) };
    const leaves = [...this.#leaves.values()].sort((a, b) => a.index - b.index);
    const words = await this.#words();
    return encodeReceipt({
      type: 'join',
      lineage,
      header,
      certificate: this.#certificate,
      member: this.#member,
      records: [...this.#records.values()],
      leaves,
      words,
    });
  }

  /** The epochs that ended before the tip's. */
  async #epochs(epoch: number): Promise<readonly EpochFragment[]> {
    const epochs = await this.#ledger.epochs.from(0, LINEAGE_EPOCHS_MAX);
    if (epochs.length < epoch) throw notYet('not all that closed an epoch is here, or there were too many');
    return epochs.slice(0, epoch);
  }

  #prove<K extends RecordKind>(kind: K, id: Uint8Array) {
    const record = this.#state.get(kind, id);
    if (record === undefined) return undefined;
    const { number } = RECORD_KINDS[kind];
    this.#records.set(`${number}/${toHex(id)}`, { kind: number, id, ...proveRecord(this.#state, kind, id) });
    return record;
  }

  #person(id: Hash): Member {
    const member = this.#prove('member', id);
    if (member === undefined) throw new RefusalError({ code: 'member-unknown', detail: 'the chain has no such member' });
    this.#people.push(member);
    return member;
  }

  async #admission(member: Member): Promise<void> {
    if (this.#ledger.genesis.founders.some(({ node }) => this.#isFirstKey(node))) return this.#addLeaf(0, this.#ledger.genesisLeaf);
    const request = member.request === undefined ? undefined : this.#prove('request', member.request);
    if (request !== undefined) await this.#asked(request);
    if (member.invitation !== undefined) this.#invitation(member.invitation);
    if (request !== undefined) return;
    if (member.invitation === undefined) await this.#recovered(member.since);
    else await this.#find(member.since, (one) => this.#admits(one));
  }

  #isFirstKey(key: PublicKey): boolean {
    return equal(memberIdOf(this.#ledger.chain, key), this.#member);
  }

  /** A join that asked nobody, or the recovery that brought the member in. */
  #admits({ unsigned: { action, sender } }: Transaction): boolean {
    if (action.type === 'recover') return action.certificate.plan.newcomers.some(({ node }) => this.#isFirstKey(node));
    return action.type === 'join' && this.#isFirstKey(sender);
  }

  #invitation(id: Hash): void {
    const record = this.#prove('invitation', id);
    if (record === undefined) throw notYet('the chain has forgotten the invitation by which the member came');
    this.#person(record.issuer);
  }

  async #asked({ kind, opened, yes, no }: RequestRecord): Promise<void> {
    let isCarried = kind === 'join';
    for (const { member, leaf } of yes) {
      this.#person(member);
      const { action, sender } = (await this.#leafAt(leaf)).unsigned;
      if (this.#prove('device', sender) === undefined) this.#prove('retired', sender);
      isCarried ||= carriesKnock(action);
    }
    if (kind === 'join') await this.#find(opened, (one) => this.#admits(one));
    // Somebody said no first, and so carried the knock in.
    const [first] = no;
    if (!isCarried && first !== undefined) await this.#leafAt(first.leaf);
  }

  /** The leaf, which goes into the receipt. */
  async #leafAt(index: number): Promise<Transaction> {
    const [leaf] = await this.#ledger.leaves(index, index + 1);
    if (leaf === undefined) throw notYet(`leaf ${index} is missing from the copy`);
    await this.#addLeaf(index, leaf.bytes);
    return unwrap(decodeTransaction(leaf.bytes));
  }

  /** Looks for a leaf among those of the block of a time, which goes into the receipt. */
  async #find(time: number, isIt: (transaction: Transaction) => boolean): Promise<void> {
    const { from, to } = await this.#leavesOfTime(time);
    if (!(await this.#findAmong(from, to, isIt))) throw notFound();
  }

  /** On a live chain the certificate came its delay before it brought anybody in: looked for backwards from there. */
  async #recovered(since: number): Promise<void> {
    let { to } = await this.#leavesOfTime(since);
    while (to > 0) {
      const from = Math.max(0, to - BUNDLE_LEAVES);
      if (await this.#findAmong(from, to, (one) => this.#admits(one))) return;
      to = from;
    }
    throw notFound();
  }

  /** The last such leaf, if there is one, goes into the receipt. */
  async #findAmong(from: number, to: number, isIt: (transaction: Transaction) => boolean): Promise<boolean> {
    const found = (await this.#ledger.leaves(from, to)).findLast(({ bytes }) => {
      const transaction = decodeTransaction(bytes);
      return transaction.ok && isIt(transaction.value);
    });
    if (found !== undefined) await this.#addLeaf(found.index, found.bytes);
    return found !== undefined;
  }

  /** Blocks' times rise with their heights. */
  async #leavesOfTime(time: number): Promise<{ readonly from: number; readonly to: number }> {
    let low = 1;
    let high = this.#tip.header.height;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((await this.#header(middle)).time < time) low = middle + 1;
      else high = middle;
    }
    return { from: (await this.#header(low - 1)).logSize, to: (await this.#header(low)).logSize };
  }

  async #header(height: number): Promise<Header> {
    const header = await this.#ledger.history.header(height);
    if (header === undefined) throw notYet(`the header at height ${height} is missing from the copy`);
    return header;
  }

  async #addLeaf(index: number, bytes: Uint8Array): Promise<void> {
    const proof = unwrap(await this.#ledger.history.inclusion(index, this.#tip.header.logSize));
    this.#leaves.set(index, { index, bytes, proof });
  }

  /** The names of those whom it is about, each once, as far as they are held. */
  async #words(): Promise<readonly Uint8Array[]> {
    const words = new Map<string, Uint8Array>();
    for (const { name } of this.#people) {
      const body = await readNameBody(this.#ledger.space, name.hash);
      if (body !== undefined && body.length <= NAME_BODY_BYTES_MAX) words.set(toHex(name.hash), body);
    }
    return [...words.values()];
  }
}

function carriesKnock(action: Action): boolean {
  return (action.type === 'approve' || action.type === 'reject') && action.knock !== undefined;
}

function notFound(): RefusalError {
  return notYet('the transaction that let the member in is missing from the copy');
}

function notYet(detail: string): RefusalError {
  return new RefusalError({ code: 'not-available', detail });
}
