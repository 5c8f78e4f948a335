/** The pieces of a receipt, each held against the certified header; who asks for one uses it up, and what is left proves nothing. */
import { equal, fromUtf8, toHex } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import type { PublicKey, SignatureCheck } from '../base/key.ts';
import { ok, type Refusal, type Result, refuse } from '../base/result.ts';
import { bodyHash, decodeBody } from '../codec/body.ts';
import type { Knock } from '../codec/knock.ts';
import type { Receipt } from '../codec/receipt.ts';
import { RECORD_KINDS, type RecordKind, type RecordOf } from '../codec/records.ts';
import { decodeTransaction, type Transaction } from '../codec/transaction.ts';
import { leafHash } from '../log/merkle-hash.ts';
import { verifyInclusion } from '../log/proof.ts';
import { recordKindOf, verifyRecord } from '../membership/proof.ts';
import { requiredSignatures } from '../membership/required-signatures.ts';
import { State } from '../membership/state.ts';

interface EvidenceLeaf {
  readonly index: number;
  readonly transaction: Transaction;
}

/** A leaf that was asked for. */
export type FoundLeaf = EvidenceLeaf;

export class Evidence {
  readonly #receipt: Receipt;
  readonly #leaves: readonly EvidenceLeaf[];
  /** All of the leaves'. */
  readonly signatures: readonly SignatureCheck[];
  readonly #used = new Set<string>();

  private constructor(receipt: Receipt, leaves: readonly EvidenceLeaf[], signatures: readonly SignatureCheck[]) {
    this.#receipt = receipt;
    this.#leaves = leaves;
    this.signatures = signatures;
  }

  /** All pieces of a receipt whose header is certified, or which of them does not hold. */
  static of(receipt: Receipt): Result<Evidence> {
    const problem = recordsProblem(receipt) ?? leavesProblem(receipt);
    if (problem !== undefined) return { ok: false, refusal: problem };
    const leaves: EvidenceLeaf[] = [];
    for (const { index, bytes } of receipt.leaves) {
      if (index === 0) continue; // Not a transaction: see `leafZero`.
      const read = decodeTransaction(bytes);
      if (!read.ok) return read;
      leaves.push({ index, transaction: read.value });
    }
    const signatures = signaturesOf(receipt, leaves);
    return signatures.ok ? ok(new Evidence(receipt, leaves, signatures.value)) : signatures;
  }

  /** The record under an id; `undefined` if it is not among them. */
  record<K extends RecordKind>(kind: K, id: Uint8Array): RecordOf<K> | undefined {
    const { number } = RECORD_KINDS[kind];
    const proved = this.#receipt.records.find((one) => one.kind === number && equal(one.id, id));
    if (proved === undefined) return undefined;
    this.#used.add(recordName(number, id));
    const read = verifyRecord(this.#receipt.header.stateRoot, kind, id, proved);
    return read.ok ? read.value : undefined;
  }

  /** The member for whom a key acts or, after it left or was rotated, acted. */
  holderOf(key: PublicKey): Hash | undefined {
    return this.record('device', key)?.member ?? this.record('retired', key)?.member;
  }

  /** The name of a member, where its record and its body are among them. */
  nameOf(id: Hash): string | undefined {
    const ref = this.record('member', id)?.name;
    const body = ref === undefined ? undefined : this.#receipt.words.find((one) => equal(bodyHash(one), ref.hash));
    if (body === undefined) return undefined;
    this.#used.add(wordName(body));
    const read = decodeBody(body);
    return read.ok ? fromUtf8(read.value.content) : undefined;
  }

  /** The first leaf of which this is true. */
  takeLeaf(isIt: (transaction: Transaction, index: number) => boolean): FoundLeaf | undefined {
    const found = this.#leaves.find(({ transaction, index }) => isIt(transaction, index));
    if (found !== undefined) this.#used.add(leafName(found.index));
    return found;
  }

  /** The leaf of the decision that carried a knock in. */
  leafThatCarries(isIt: (knock: Knock) => boolean): number | undefined {
    const found = this.takeLeaf(({ unsigned: { action } }) => {
      const carries = action.type === 'approve' || action.type === 'reject';
      return carries && action.knock !== undefined && isIt(action.knock.knock);
    });
    return found?.index;
  }

  /** Whether leaf 0 is there, and is this genesis. */
  leafZero(genesis: Uint8Array): boolean {
    const first = this.#receipt.leaves.find(({ index }) => index === 0);
    this.#used.add(leafName(0));
    return first !== undefined && equal(first.bytes, genesis);
  }

  /** A piece that nobody asked for. */
  unused(): Refusal | undefined {
    const { records, leaves, words } = this.#receipt;
    const names = [
      ...records.map(({ kind, id }) => recordName(kind, id)),
      ...leaves.map(({ index }) => leafName(index)),
      ...words.map(wordName),
    ];
    const left = names.find((name) => !this.#used.has(name));
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (left !== undefined) return { code: 'bad-proof', detail: `${left} has nothing to do with the member` };
    return twice === undefined ? undefined : { code: 'bad-proof', detail: `${twice} is there twice` };
  }
}

const recordName = (kind: number, id: Uint8Array) => `record ${kind}/${toHex(id)}`;
const leafName = (index: number) => `leaf ${index}`;
const wordName = (body: Uint8Array) => `name ${toHex(bodyHash(body))}`;

function recordsProblem({ header, records }: Receipt): Refusal | undefined {
  for (const proved of records) {
    const kind = recordKindOf(proved.kind);
    if (kind === undefined) return { code: 'malformed', detail: `no record kind ${proved.kind}` };
    const read = verifyRecord(header.stateRoot, kind, proved.id, proved);
    if (!read.ok) return { ...read.refusal, detail: `${recordName(proved.kind, proved.id)}: ${read.refusal.detail}` };
    if (read.value === undefined) return { code: 'bad-proof', detail: `${recordName(proved.kind, proved.id)} is not there` };
  }
  return undefined;
}

function leavesProblem({ header, leaves }: Receipt): Refusal | undefined {
  for (const { index, bytes, proof } of leaves) {
    const included = verifyInclusion(leafHash(bytes), index, header.logSize, proof, header.logRoot);
    if (!included.ok) return { ...included.refusal, detail: `${leafName(index)}: ${included.refusal.detail}` };
  }
  return undefined;
}

/** What stands under the leaves: their senders' signatures, and those that they bring along. */
function signaturesOf({ header, records }: Receipt, leaves: readonly EvidenceLeaf[]): Result<readonly SignatureCheck[]> {
  const inviteKeys = new Map<string, PublicKey>();
  for (const proved of records.filter(({ kind }) => kind === RECORD_KINDS.invitation.number)) {
    const read = verifyRecord(header.stateRoot, 'invitation', proved.id, proved);
    if (read.ok && read.value !== undefined) inviteKeys.set(toHex(proved.id), read.value.key);
  }
  const all: SignatureCheck[] = [];
  for (const { index, transaction } of leaves) {
    const { type } = transaction.unsigned.action;
    // Nothing else admits anybody; what other actions need is not among the records.
    if (type !== 'join' && type !== 'approve' && type !== 'reject' && type !== 'recover')
      return refuse('bad-proof', `${leafName(index)} has nothing to do with the member`);
    if (!equal(transaction.unsigned.chain, header.chain)) return refuse('wrong-chain', `${leafName(index)} is of another chain`);
    const checks = requiredSignatures(transaction, State.empty(), inviteKeys);
    if (typeof checks === 'string') return refuse('bad-signature', `${leafName(index)}: ${checks}`);
    all.push(...checks);
  }
  return ok(all);
}
