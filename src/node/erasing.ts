/**
 * Whether what an erasure names is there. The state knows no entries, and who follows the chain from a snapshot has no
 * history yet, so a block's execution cannot ask; it is seen where signatures are checked, by those who have the leaf.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import type { RefusalCode } from '../core/base/result.ts';
import { decodeTransaction, entryIdOf, type SignedEntry, type Transaction } from '../core/codec/transaction.ts';
import type { Ledger } from './ledger.ts';

/** An entry and its place in the log. */
interface Named {
  readonly leaf: number;
  readonly entry: Hash;
}

function namedIn({ unsigned: { chain, action } }: Transaction): Named | undefined {
  if (action.type === 'erase-body') return { leaf: action.leaf, entry: entryIdOf(chain, action.entry) };
  return action.type === 'propose' && action.change.type === 'erase' ? action.change : undefined;
}

/** Why the transaction is not taken into the pool: who has no history yet leaves it to those who have, and is asked again. */
export async function erasureRefusal(ledger: Ledger, transaction: Transaction): Promise<RefusalCode | undefined> {
  const named = namedIn(transaction);
  const found = named === undefined ? undefined : await entryAt(ledger, named.leaf);
  if (named === undefined) return undefined;
  if (found === undefined) return 'slow-down';
  return found !== 'none' && equal(found.id, named.entry) ? undefined : 'entry-unknown';
}

/** Whether a block may hold the transaction, as far as can be seen from here: what its leaf is, if that is here. */
export async function mayErase(ledger: Ledger, transaction: Transaction): Promise<boolean> {
  return (await erasureRefusal(ledger, transaction)) !== 'entry-unknown';
}

/** The entry at a leaf; `none` if something else is there, `undefined` while the leaf is not here. */
export async function entryAt(
  ledger: Ledger,
  index: number,
): Promise<{ readonly id: Hash; readonly signed: SignedEntry } | 'none' | undefined> {
  const [leaf] = await ledger.leaves(index, index + 1);
  if (leaf === undefined) return undefined;
  const read = decodeTransaction(leaf.bytes);
  if (!read.ok || read.value.unsigned.action.type !== 'entry') return 'none';
  const { sender, sequence, expiry, action } = read.value.unsigned;
  return { id: read.value.id, signed: { sender, sequence, expiry, body: action.body } };
}
