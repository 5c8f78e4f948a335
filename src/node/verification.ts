/**
 * The border at which signatures are checked. Beyond it the core sees only `Verified` values. Verdicts are cached under
 * the hash of the full bytes, so that a transaction that comes by gossip and again in a block is checked once.
 */
import { toHex } from '../core/base/bytes.ts';
import { plainSha256 } from '../core/base/hash.ts';
import type { PublicKey } from '../core/base/key.ts';
import { ok, RefusalError, type Result, refuse } from '../core/base/result.ts';
import type { Header } from '../core/codec/block.ts';
import type { TrustSet } from '../core/codec/records.ts';
import type { Transaction } from '../core/codec/transaction.ts';
import type { Certificate } from '../core/codec/vote.ts';
import { finalitySignatures } from '../core/light/finality.ts';
import { inviteKeysOf, requiredSignatures } from '../core/membership/required-signatures.ts';
import type { StateReader } from '../core/membership/state.ts';
import { asVerified, type Verified } from '../core/membership/verified.ts';
import type { SignatureCheck, Verifier } from './ports.ts';

/** Verdicts kept: as many as a full mempool and a large block together. About 64 bytes each. */
const VERDICTS_MAX = 32_768;

export class Verification {
  readonly #verifier: Verifier;
  /** Bytes' hashes of transactions that were found good, oldest first. */
  readonly #good = new Set<string>();
  /** The same for transactions at hand, which need no hash to be known again: from the pool they go into a block as they are. */
  readonly #known = new WeakSet<Transaction>();

  constructor(verifier: Verifier) {
    this.#verifier = verifier;
  }

  /**
   * Checks every signature of each transaction; those of a `join` and of evidence need the state, which knows invite and vote keys.
   * `agreement` for transactions in blocks, where all nodes must judge alike.
   */
  async transactions(
    transactions: readonly Transaction[],
    state: StateReader,
    mode: 'message' | 'agreement',
  ): Promise<readonly Result<Verified<Transaction>>[]> {
    const inviteKeys = inviteKeysOf(transactions);
    const plans = transactions.map((transaction) => this.#plan(transaction, state, inviteKeys));
    const verdicts = await this.#verifier.verify(
      plans.flatMap(({ checks }) => checks),
      mode,
    );
    let next = 0;
    return plans.map(({ transaction, key, known, checks, problem }) => {
      const mine = verdicts.slice(next, next + checks.length);
      next += checks.length;
      if (problem !== undefined) return refuse('bad-signature', problem);
      if (!known && !mine.every(Boolean)) return refuse('bad-signature', 'a signature under the transaction is wrong');
      if (key !== undefined) this.#remember(key);
      this.#known.add(transaction);
      return ok(asVerified(transaction));
    });
  }

  #plan(transaction: Transaction, state: StateReader, inviteKeys: ReadonlyMap<string, PublicKey>): Plan {
    if (this.#known.has(transaction)) return { transaction, key: undefined, known: true, checks: [], problem: undefined };
    const key = toHex(plainSha256(transaction.bytes));
    if (this.#good.has(key)) return { transaction, key, known: true, checks: [], problem: undefined };
    const checks = requiredSignatures(transaction, state, inviteKeys);
    return typeof checks === 'string'
      ? { transaction, key, known: false, checks: [], problem: checks }
      : { transaction, key, known: false, checks, problem: undefined };
  }

  #remember(key: string): void {
    this.#good.delete(key);
    this.#good.add(key);
    for (const oldest of this.#good) {
      if (this.#good.size <= VERDICTS_MAX) return;
      this.#good.delete(oldest);
    }
  }

  /** Throws a typed refusal unless the certificate makes the header final under this trust set. */
  async finality(header: Header, certificate: Certificate, trust: TrustSet): Promise<void> {
    const checks = finalitySignatures(header, certificate, trust);
    if (!checks.ok) throw new RefusalError(checks.refusal);
    const verdicts = await this.#verifier.verify(checks.value, 'agreement');
    if (!verdicts.every(Boolean)) throw new RefusalError({ code: 'bad-signature', detail: 'a signature of the certificate is wrong' });
  }
}

interface Plan {
  readonly transaction: Transaction;
  readonly key: string | undefined;
  readonly known: boolean;
  readonly checks: readonly SignatureCheck[];
  readonly problem: string | undefined;
}
