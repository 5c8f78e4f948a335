/** A final block on its way into the ledger, with the bodies that are held. */
import type { LeafBodies } from '../core/codec/sync-message.ts';
import { bodiesOf, holdsWords, type Transaction } from '../core/codec/transaction.ts';
import type { Certificate } from '../core/codec/vote.ts';
import type { ChainPoint } from '../core/consensus/execute.ts';
import { type KnownName, nameIn } from './ledger-rows.ts';

/** A final block as the ledger takes it. */
export interface CommittedBlock {
  readonly point: ChainPoint;
  readonly transactions: readonly Transaction[];
  /** For each transaction its bodies in the order of `bodiesOf`; `undefined` where a body is not held. */
  readonly bodies: readonly LeafBodies[];
  /** What makes the block final: a finalization of it or, while catching up, of a descendant that follows. */
  readonly certificate: Certificate;
}

/** Names and reasons that the block brings. */
export function newNames({ transactions, bodies }: CommittedBlock): readonly KnownName[] {
  return transactions.flatMap(({ unsigned: { action } }, i) =>
    holdsWords(action) ? (bodies[i] ?? []).flatMap((body) => (body === undefined ? [] : (nameIn(body) ?? []))) : [],
  );
}

/** Whether there is a place for each body that the transactions name. */
export function bodiesFit(transactions: readonly Transaction[], bodies: readonly LeafBodies[]): boolean {
  const counts = transactions.map(({ unsigned }) => bodiesOf(unsigned.action).length);
  return bodies.length === counts.length && counts.every((count, i) => bodies[i]?.length === count);
}
