/** The entries of a chain: adding them, reading the final ones, and what waits to become final. */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { BODY_BYTES_MAX, BUNDLE_LEAVES } from '../core/base/limits.ts';
import { invariant, type Refusal, type RefusalCode, RefusalError } from '../core/base/result.ts';
import { bodyRefOf, decodeBody, TEXT_CONTENT_TYPE } from '../core/codec/body.ts';
import { memberIdOf, trustSetDigest } from '../core/codec/records.ts';
import { decodeTransaction, type Transaction } from '../core/codec/transaction.ts';
import { type Actor, memberOfKey, rulesOf, trustSetOf } from '../core/membership/facts.ts';
import { mayWrite } from '../core/policy/roles.ts';
import type { Acting } from './acting.ts';
import type { ChainNode } from './chain-node.ts';
import { entryAt } from './erasing.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerLeaf } from './ledger-bundles.ts';
import { type Content, entryBody } from './writing.ts';

/** Leaves looked through in one go while entries are searched for. */
const READ_AHEAD_LEAVES = 2 * BUNDLE_LEAVES;

export type EntryState =
  | { readonly type: 'final' }
  | { readonly type: 'pending' }
  | { readonly type: 'refused'; readonly code: RefusalCode };

export interface Entry {
  readonly id: Hash;
  /** Place in the log; `undefined` until it is final. */
  readonly index: number | undefined;
  readonly author: Hash;
  /** Time of its block, or when it came here, ms. */
  readonly time: number;
  readonly contentType: string | undefined;
  /** `undefined`: the body has not arrived, or was erased. */
  readonly content: Uint8Array | undefined;
  /** Who erased the body, and when. */
  readonly erased: ErasureInfo | undefined;
  readonly state: EntryState;
}

/** An erasure: the author's, or the federation's by a proposal. */
export interface ErasureInfo {
  readonly by: 'author' | 'federation';
  /** The author, or who proposed it; `undefined` where the proposal is not known here. */
  readonly member: Hash | undefined;
  readonly time: number;
  /** The reason that the proposal gives. */
  readonly reason: string | undefined;
}

export interface EntriesRange {
  /** Entries with a lower log index alone. */
  readonly before?: number;
  /** 50 unless said. */
  readonly limit?: number;
}

export class Entries {
  readonly #node: ChainNode;
  readonly #acting: Acting;

  constructor(node: ChainNode, acting: Acting) {
    this.#node = node;
    this.#acting = acting;
  }

  /**
   * Adds an entry: a text, or bytes of a content type. Settles once it is durable on this device; `entries` shows it as
   * pending until it is final. Throws `RefusalError`: `not-a-member`, `suspended`, `not-allowed`, `too-large`, `too-many-pending`.
   */
  async append(content: Content): Promise<Hash> {
    const body = entryBody(this.#node.ports.random, content);
    const cap = Math.min(BODY_BYTES_MAX, rulesOf(this.#node.ledger.state).limits.bodyBytes);
    if (body.length > cap)
      throw new RefusalError({ code: 'too-large', detail: `${body.length} bytes with salt and type, at most ${cap} are taken` });
    const self = this.#node.self();
    if (self === undefined || !mayWrite(self.roles)) throw new RefusalError(whyNot(self));
    const [item] = await this.#node.submit([{ action: { type: 'entry', body: bodyRefOf(body) }, bodies: [body] }]);
    invariant(item !== undefined, 'one action gives one item');
    return item.transaction.id;
  }

  /**
   * Erases the body of a final entry on every honest node: one's own at once; another's is proposed to the federation, for
   * a reason. Gives the id of the transaction. Throws `entry-unknown`, `already-erased`, `not-allowed`, `not-available`, ….
   */
  async erase({ id, index }: Pick<Entry, 'id' | 'index'>, reason?: string): Promise<Hash> {
    const found = index === undefined ? 'none' : await entryAt(this.#node.ledger, index);
    if (found === undefined) throw new RefusalError({ code: 'not-available', detail: `leaf ${index} is not here yet` });
    if (index === undefined || found === 'none' || !equal(found.id, id))
      throw new RefusalError({ code: 'entry-unknown', detail: 'the log has no such entry there' });
    const { state } = this.#node.ledger;
    const [author, self] = [memberOfKey(state, found.signed.sender), this.#node.self()?.id];
    if (author !== undefined && self !== undefined && equal(author, self))
      return this.#acting.act({ type: 'erase-body', leaf: index, entry: found.signed });
    const words = this.#acting.words(reason);
    const change = { type: 'erase', leaf: index, entry: id } as const;
    return this.#acting.act({ type: 'propose', change, trust: trustSetDigest(trustSetOf(state)), reason: words.ref }, words.bodies);
  }

  /** The `limit` final entries nearest below the log index `before` (the newest unless said), oldest first. */
  async final(options: EntriesRange = {}): Promise<readonly Entry[]> {
    const limit = options.limit ?? 50;
    let to = Math.min(options.before ?? Number.MAX_SAFE_INTEGER, this.#node.ledger.tip.header.logSize);
    const found: Entry[] = [];
    for (let ahead = limit; to > 0 && found.length < limit; ahead = Math.min(2 * ahead, READ_AHEAD_LEAVES)) {
      const from = Math.max(0, to - ahead);
      const leaves = await this.#node.ledger.leaves(from, to);
      const run = unbroken(leaves, to);
      found.unshift(...(await this.#entriesAmong(run)));
      // While history is being copied, what lies before a gap is left for when the gap is filled.
      if (run.length < to - from) break;
      to = from;
    }
    return found.slice(-limit);
  }

  async #entriesAmong(leaves: readonly LedgerLeaf[]): Promise<readonly Entry[]> {
    const out: Entry[] = [];
    let header: { readonly from: number; readonly to: number; readonly time: number } | undefined;
    for (const { index, bytes, bodies } of leaves) {
      const transaction = decodeTransaction(bytes);
      if (!transaction.ok || transaction.value.unsigned.action.type !== 'entry') continue;
      if (header === undefined || index >= header.to) {
        const found = await this.#node.ledger.headerOfLeaf(index);
        header = found === undefined ? { from: index, to: index + 1, time: 0 } : { from: index, to: found.logSize, time: found.time };
      }
      out.push(this.of(transaction.value, bodies[0], { index, time: header.time, state: { type: 'final' } }));
    }
    return out;
  }

  /**
   * What waits to become final: others' entries that came here, then our own in the order in which they were written. Of
   * each the latest `limit`.
   */
  pending(limit = Number.MAX_SAFE_INTEGER): readonly Entry[] {
    const items = this.#node.outbox.items();
    const ids = new Set(items.map(({ transaction }) => toHex(transaction.id)));
    const waiting = this.#node.mempool.inOrder().filter(({ transaction }) => !ids.has(toHex(transaction.id)));
    const [others, own] = [waiting.slice(-limit), items.slice(-limit)];
    return [
      ...others.flatMap(({ transaction, bodies, since }) => this.#pendingEntry(transaction, bodies, since, { type: 'pending' })),
      ...own.flatMap(({ transaction, bodies, made, refused }) =>
        this.#pendingEntry(transaction, bodies, made, refused === undefined ? { type: 'pending' } : { type: 'refused', code: refused }),
      ),
    ];
  }

  #pendingEntry(transaction: Transaction, bodies: readonly Uint8Array[], time: number, state: EntryState): readonly Entry[] {
    if (transaction.unsigned.action.type !== 'entry') return [];
    return [this.of(transaction, bodies[0], { index: undefined, time, state })];
  }

  /** The entry of a transaction, beside which its body lies. */
  of(transaction: Transaction, body: Uint8Array | undefined, rest: Pick<Entry, 'index' | 'time' | 'state'>): Entry {
    const read = body === undefined ? undefined : decodeBody(body);
    const erased = erasureOf(this.#node.ledger, transaction.id, rest.index);
    const content = read?.ok === true && erased === undefined ? read.value : undefined;
    return {
      erased,
      id: transaction.id,
      author: this.#memberOf(transaction),
      contentType: content?.contentType,
      content: content?.content,
      ...rest,
    };
  }

  /** The member for whom the key acted; a retired key remembers its member. */
  #memberOf({ unsigned: { sender } }: Transaction): Hash {
    return memberOfKey(this.#node.ledger.state, sender) ?? memberIdOf(this.#node.chain, sender);
  }
}

function erasureOf(ledger: Ledger, id: Hash, index: number | undefined): ErasureInfo | undefined {
  const { state } = ledger;
  const record = state.get('erasure', id);
  if (record === undefined || record.leaf !== index) return undefined;
  const { time, member } = record;
  if (member !== undefined) return { by: 'author', member, time, reason: undefined };
  for (const { value } of state.all('proposal')) {
    const { change, status, proposer, reason } = value;
    if (status !== 'approved' || change.type !== 'erase' || !equal(change.entry, id)) continue;
    return { by: 'federation', member: proposer, time, reason: reason && ledger.name(reason) };
  }
  return { by: 'federation', member: undefined, time, reason: undefined };
}

function whyNot(self: Actor | undefined): Refusal {
  if (self === undefined) return { code: 'not-a-member', detail: 'this device is not a member of the chain' };
  return self.member.suspendedUntil === undefined
    ? { code: 'not-allowed', detail: 'this device may not write' }
    : { code: 'suspended', detail: `this member is suspended until ${self.member.suspendedUntil}` };
}

/** The leaves at the end that follow each other up to before `to`. */
function unbroken(leaves: readonly LedgerLeaf[], to: number): readonly LedgerLeaf[] {
  const broken = leaves.findLastIndex(({ index }, i) => index !== to - leaves.length + i);
  return leaves.slice(broken + 1);
}

/** A text of an entry; `undefined` if it is something else. */
export function textOf({ contentType, content }: Entry): string | undefined {
  return contentType === TEXT_CONTENT_TYPE && content !== undefined ? new TextDecoder().decode(content) : undefined;
}
