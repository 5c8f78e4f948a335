/** The reason that a decision on the log gives: a body beside its leaf. */
import { fromUtf8 } from '../core/base/bytes.ts';
import { decodeBody } from '../core/codec/body.ts';
import { decodeTransaction } from '../core/codec/transaction.ts';
import type { LedgerLeaf } from './ledger-bundles.ts';

/** The reason in a decision: its last body, after the name in a knock that it carries. */
export function reasonIn({ bytes, bodies }: LedgerLeaf): string | undefined {
  const transaction = decodeTransaction(bytes);
  if (!transaction.ok) return undefined;
  const { action } = transaction.value.unsigned;
  const body = (action.type === 'approve' || action.type === 'reject') && action.reason !== undefined ? bodies.at(-1) : undefined;
  const read = body === undefined ? undefined : decodeBody(body);
  return read?.ok === true ? fromUtf8(read.value.content) : undefined;
}
