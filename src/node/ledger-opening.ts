/** The tail of a ledger as it is opened: its rows, executed again on the base. What does not follow is `storage-corrupt`. */
import type { Result } from '../core/base/result.ts';
import { checkBodies } from '../core/codec/bundle-bodies.ts';
import { decode } from '../core/codec/codec.ts';
import { TAIL_ROW_BYTES_MAX, type TailRow, tailRow } from '../core/codec/stored.ts';
import { bodiesOf, decodeTransaction } from '../core/codec/transaction.ts';
import type { Certificate } from '../core/codec/vote.ts';
import { type ChainPoint, executeBlock, repeatBlock } from '../core/consensus/execute.ts';
import { asVerified } from '../core/membership/verified.ts';
import type { CommittedBlock } from './committed-block.ts';
import { EVERYTHING } from './ledger-base.ts';
import { orCorrupt } from './ledger-rows.ts';
import type { Space } from './ports.ts';

/** Rows of the tail read at a time. */
const TAIL_ROWS_AT_ONCE = 32;

/** The blocks after `base`, in order. Roots are worked out and compared once, after the last of them, which vouches for all. */
export async function* replayTail(space: Space, base: ChainPoint): AsyncGenerator<CommittedBlock> {
  let tip = base;
  let executeLast = (): Result<unknown> => ({ ok: true, value: undefined });
  for await (const { block, bodies, certificate } of finalRows(space, base.header.height + 1)) {
    const parent = tip;
    const transactions = block.leaves.map((leaf) => asVerified(orCorrupt(decodeTransaction(leaf))));
    const point = orCorrupt(repeatBlock(parent, block.header, transactions));
    transactions.forEach(({ unsigned }, i) => orCorrupt(checkBodies(bodiesOf(unsigned.action), bodies[i] ?? [])));
    yield { point, transactions, bodies, certificate };
    tip = point;
    executeLast = () => executeBlock(parent, block.header, transactions);
  }
  orCorrupt(executeLast());
}

/** Up to the first that is not final: a proposal of ours, which the validator takes up. */
async function* finalRows(space: Space, first: number): AsyncGenerator<TailRow & { readonly certificate: Certificate }> {
  for (let from = first; ; from += TAIL_ROWS_AT_ONCE) {
    const rows = await space.range('tail', from, EVERYTHING.to, TAIL_ROWS_AT_ONCE);
    for (const { value } of rows) {
      const { certificate, ...row } = orCorrupt(decode(tailRow, value, TAIL_ROW_BYTES_MAX));
      if (certificate === undefined) return;
      yield { ...row, certificate };
    }
    if (rows.length < TAIL_ROWS_AT_ONCE) return;
  }
}
