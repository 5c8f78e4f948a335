/**
 * Blocks that are not final: heads that leaders proposed or a certificate names, their transactions as they come together,
 * and the state after each, an overlay by block id. Nothing here reaches anything outside consensus.
 *
 * Bounded by what each is held for: it is the proposal of a view's leader, one a view, of few views ahead; a quorum stands for
 * it; it was voted for here, once a view. What none of these holds on to is dropped, and so is what is at or below the final height.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { CANDIDATE_BYTES_MAX } from '../core/base/limits.ts';
import { RefusalError } from '../core/base/result.ts';
import { blockIdOf, type Header } from '../core/codec/block.ts';
import { checkBodies } from '../core/codec/bundle-bodies.ts';
import { decode, encode } from '../core/codec/codec.ts';
import type { Carried } from '../core/codec/session-message.ts';
import { TAIL_ROW_BYTES_MAX, tailRow } from '../core/codec/stored.ts';
import type { LeafBodies } from '../core/codec/sync-message.ts';
import { bodiesOf, decodeTransaction, type Transaction } from '../core/codec/transaction.ts';
import { type ChainPoint, executeBlock } from '../core/consensus/execute.ts';
import type { BlockPlace } from '../core/consensus/replica-state.ts';
import { asVerified } from '../core/membership/verified.ts';
import { allRows } from './all-rows.ts';
import { mayErase } from './erasing.ts';
import type { Ledger } from './ledger.ts';
import type { Waiting } from './mempool.ts';
import type { WriteOperation } from './ports.ts';
import { outgrown } from './upgrade.ts';
import type { Verification } from './verification.ts';

/** Rows read at a time, 5 MiB at most. */
const ROWS_AT_ONCE = 8;
const ROW_PREFIX = 'candidate/';

interface Part {
  readonly transaction: Transaction;
  readonly bodies: readonly Uint8Array[];
}

export interface Candidate {
  readonly header: Header;
  readonly id: Hash;
  /** Of its transactions, by the word of whoever sent its head. */
  ids: readonly Hash[];
  /** By place; a hole is still to come. */
  parts: (Part | undefined)[];
  /** The state after it, once it was executed on its parent. */
  point: ChainPoint | undefined;
  isUnsound: boolean;
  /** What waited here did not make it the block that its head says: other bytes of the same transactions may. */
  isAskedAnew: boolean;
  /** It was voted for here. */
  isWritten: boolean;
}

/** A candidate that was executed, as the ledger takes it. */
export interface SoundBlock {
  readonly point: ChainPoint;
  readonly transactions: readonly Transaction[];
  readonly bodies: readonly LeafBodies[];
}

export interface CandidatePorts {
  readonly ledger: Ledger;
  readonly verification: Verification;
  waiting(id: Hash): Waiting | undefined;
}

export class Candidates {
  readonly #ports: CandidatePorts;
  readonly #byId = new Map<string, Candidate>();
  /** Keys of rows whose blocks are decided; they go with the next write. */
  #stale: readonly string[] = [];

  private constructor(ports: CandidatePorts) {
    this.#ports = ports;
  }

  /** Takes up the blocks that were voted for before a crash. */
  static async open(ports: CandidatePorts): Promise<Candidates> {
    const candidates = new Candidates(ports);
    const rows = allRows(ports.ledger.space, 'meta', [ROW_PREFIX, `${ROW_PREFIX}~`], ROWS_AT_ONCE);
    for await (const { value } of rows) candidates.#readRow(value);
    for (let more = true; more; ) more = (await candidates.#executeAll()) > 0;
    candidates.dropDecided();
    return candidates;
  }

  #readRow(value: Uint8Array): void {
    const row = decode(tailRow, value, TAIL_ROW_BYTES_MAX);
    if (!row.ok) throw new RefusalError({ code: 'storage-corrupt', detail: 'a stored proposal cannot be read' });
    const { block, bodies } = row.value;
    const parts = block.leaves.map((leaf, i) => partOf({ leaf, bodies: (bodies[i] ?? []).filter((body) => body !== undefined) }));
    const candidate = this.#make(
      block.header,
      parts.flatMap((part) => (part === undefined ? [] : [part.transaction.id])),
    );
    candidate.parts.splice(0, parts.length, ...parts);
    candidate.isWritten = true;
  }

  async #executeAll(): Promise<number> {
    let executed = 0;
    for (const candidate of this.#byId.values())
      if (candidate.point === undefined && (await this.execute(candidate)) !== undefined) executed += 1;
    return executed;
  }

  /** Those that were executed, parents first. */
  sound(): readonly Candidate[] {
    return [...this.#byId.values()].filter(({ point }) => point !== undefined).sort((a, b) => a.header.height - b.header.height);
  }

  get(id: Hash): Candidate | undefined {
    return this.#byId.get(toHex(id));
  }

  /** The point that the block leads to: an overlay, or the ledger's tip. */
  pointOf(id: Hash): ChainPoint | undefined {
    const { tip } = this.#ports.ledger;
    return equal(tip.id, id) ? tip : this.get(id)?.point;
  }

  /** Takes a head that there is a reason to hold; gives what there is of the block. */
  add(header: Header, ids: readonly Hash[]): Candidate {
    return this.get(blockIdOf(header)) ?? this.#make(header, ids);
  }

  /** Takes a head that was asked for. Which transactions the block has goes by this word from now on; what is here of them stays. */
  take(header: Header, ids: readonly Hash[]): Candidate {
    const candidate = this.add(header, ids);
    const held = new Map(candidate.parts.flatMap((part) => (part === undefined ? [] : [[toHex(part.transaction.id), part]])));
    candidate.ids = ids;
    candidate.parts = ids.map((id) => held.get(toHex(id)));
    return candidate;
  }

  /** Drops what nobody voted for here and what is neither one of these nor below one. */
  keepOnly(held: readonly Hash[]): void {
    const kept = new Set(held.flatMap((id) => this.downFrom(id)));
    for (const [key, candidate] of this.#byId) if (!candidate.isWritten && !kept.has(candidate)) this.#byId.delete(key);
  }

  forget({ id }: Candidate): void {
    this.#byId.delete(toHex(id));
  }

  /** The block and those below it, down to the ledger's tip or to the first that is missing. */
  downFrom(id: Hash): readonly Candidate[] {
    const path: Candidate[] = [];
    for (let at = this.get(id); at !== undefined; at = this.get(at.header.parent)) path.push(at);
    return path;
  }

  #make(header: Header, ids: readonly Hash[]): Candidate {
    const id = blockIdOf(header);
    const parts = Array.from({ length: ids.length }, () => undefined);
    const candidate: Candidate = { header, id, ids, parts, point: undefined, isUnsound: false, isAskedAnew: false, isWritten: false };
    this.#byId.set(toHex(id), candidate);
    return candidate;
  }

  /** Takes a block that was built here. */
  built(point: ChainPoint, transactions: readonly Transaction[], bodies: readonly (readonly Uint8Array[])[]): Candidate {
    const candidate = this.#make(
      point.header,
      transactions.map(({ id }) => id),
    );
    transactions.forEach((transaction, i) => {
      candidate.parts[i] = { transaction, bodies: bodies[i] ?? [] };
    });
    candidate.point = point;
    return candidate;
  }

  /** Fills in what waits here anyway; gives the ids that are still missing. */
  missing(candidate: Candidate): readonly Hash[] {
    return candidate.ids.filter((id, i) => {
      if (!candidate.isAskedAnew) candidate.parts[i] ??= this.#ports.waiting(id);
      return candidate.parts[i] === undefined;
    });
  }

  /** All of it is here, and nobody has executed it: the last of it may have come as a transaction that waits like any other. */
  isWhole(id: Hash): boolean {
    const candidate = this.get(id);
    return candidate !== undefined && candidate.point === undefined && !candidate.isUnsound && this.missing(candidate).length === 0;
  }

  /** Fills in transactions that somebody sent for the block; what does not fit, in kind or in size, is left out. */
  fill(candidate: Candidate, items: readonly Carried[]): void {
    const places = new Map(candidate.ids.map((id, at) => [toHex(id), at]));
    let room = CANDIDATE_BYTES_MAX - candidate.parts.reduce((total, part) => total + (part === undefined ? 0 : bytesOf(part)), 0);
    for (const item of items) {
      const part = partOf(item);
      const at = part && places.get(toHex(part.transaction.id));
      if (part === undefined || at === undefined || candidate.parts[at] !== undefined || bytesOf(part) > room) continue;
      candidate.parts[at] = part;
      room -= bytesOf(part);
    }
  }

  /**
   * Executes a block that is whole on its parent. Gives whether it is sound; `undefined` while its parent or a part of it is
   * missing.
   */
  async execute(candidate: Candidate): Promise<boolean | undefined> {
    if (candidate.point !== undefined || candidate.isUnsound) return !candidate.isUnsound;
    const parent = this.pointOf(candidate.header.parent);
    if (parent === undefined || this.missing(candidate).length > 0 || outgrown(parent) !== undefined) return undefined;
    const parts = candidate.parts.flatMap((part) => part ?? []);
    const verdicts = await this.#ports.verification.transactions(
      parts.map(({ transaction }) => transaction),
      parent.state,
      'agreement',
    );
    const point = executeBlock(
      parent,
      candidate.header,
      parts.map(({ transaction }) => asVerified(transaction)),
    );
    const erases = await Promise.all(parts.map(({ transaction }) => mayErase(this.#ports.ledger, transaction)));
    const isSigned = verdicts.every(({ ok }) => ok) && erases.every(Boolean);
    if (point.ok && isSigned) candidate.point = point.value;
    else candidate.isUnsound = true;
    return !candidate.isUnsound;
  }

  /** Forgets what made a block unsound: an id does not say under which signature a transaction was meant. */
  askAnew(candidate: Candidate): void {
    candidate.isUnsound = false;
    candidate.isAskedAnew = true;
    candidate.parts.fill(undefined);
  }

  /** What makes the block durable, with those below it that are not yet; and what is to be called once that is written. */
  unwritten(id: Hash): { readonly rows: readonly WriteOperation[]; readonly written: () => void } {
    const fresh: Candidate[] = [];
    for (let at = this.get(id); at !== undefined; at = this.get(at.header.parent)) if (!at.isWritten) fresh.push(at);
    const stale = this.#stale;
    return {
      rows: [...stale.map((key) => ({ type: 'delete', table: 'meta', key }) as const), ...fresh.map(candidateRow)],
      written: () => {
        for (const candidate of fresh) candidate.isWritten = true;
        this.#stale = this.#stale.slice(stale.length);
      },
    };
  }

  /** The blocks from above the ledger's tip up to this one, oldest first; `undefined` if one is missing or not executed. */
  pathTo(id: Hash): readonly SoundBlock[] | undefined {
    const path: SoundBlock[] = [];
    for (let at = id; !equal(at, this.#ports.ledger.tip.id); ) {
      const candidate = this.get(at);
      if (candidate?.point === undefined) return undefined;
      path.unshift(soundBlock(candidate, candidate.point));
      at = candidate.header.parent;
    }
    return path;
  }

  /** The newest block that is missing on the way down from this one; `undefined` if none is. */
  lackingBelow(id: Hash): Hash | undefined {
    for (let at = id; ; ) {
      const candidate = this.get(at);
      if (equal(at, this.#ports.ledger.tip.id) || candidate?.point !== undefined) return undefined;
      if (candidate === undefined || this.missing(candidate).length > 0) return at;
      at = candidate.header.parent;
    }
  }

  /** The lowest block on the way down from this one that is still to be executed; this one if all are. */
  nextToExecute(id: Hash): Candidate | undefined {
    const path = this.downFrom(id);
    return path.findLast(({ point }) => point === undefined) ?? path[0];
  }

  /** Children of what was executed that wait for it. */
  waitingFor(id: Hash): readonly Candidate[] {
    return [...this.#byId.values()].filter(({ header, point, isUnsound }) => point === undefined && !isUnsound && equal(header.parent, id));
  }

  dropDecided(): void {
    const { height } = this.#ports.ledger.tip.header;
    for (const [key, candidate] of this.#byId) {
      if (candidate.header.height > height) continue;
      this.#byId.delete(key);
      if (candidate.isWritten) this.#stale = [...this.#stale, rowKey(candidate.id)];
    }
  }
}

function soundBlock({ parts }: Candidate, point: ChainPoint): SoundBlock {
  const whole = parts.flatMap((part) => part ?? []);
  return { point, transactions: whole.map(({ transaction }) => transaction), bodies: whole.map(({ bodies }) => bodies) };
}

function bytesOf({ transaction, bodies }: Part): number {
  return bodies.reduce((total, body) => total + body.length, transaction.bytes.length);
}

function candidateRow({ header, id, parts }: Candidate): WriteOperation {
  const whole = parts.flatMap((part) => part ?? []);
  const block = { header, leaves: whole.map(({ transaction }) => transaction.bytes) };
  const value = encode(tailRow, { block, bodies: whole.map(({ bodies }) => bodies), certificate: undefined });
  return { type: 'put', table: 'meta', key: rowKey(id), value };
}

function rowKey(id: Hash): string {
  return `${ROW_PREFIX}${toHex(id)}`;
}

/** A transaction with its bodies, if it can be read and each body is the one that it names. */
function partOf({ leaf, bodies }: Carried): Part | undefined {
  const transaction = decodeTransaction(leaf);
  if (!transaction.ok || bodies.length !== bodiesOf(transaction.value.unsigned.action).length) return undefined;
  return checkBodies(bodiesOf(transaction.value.unsigned.action), bodies).ok ? { transaction: transaction.value, bodies } : undefined;
}

/** How a replica sees it. */
export function placeOf({ id, header: { view, parent, nextTrust } }: Pick<Candidate, 'id' | 'header'>): BlockPlace {
  return { id, view, parent, closes: nextTrust !== undefined };
}
