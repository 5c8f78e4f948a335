/** A member of the federation who gives its approval of a newcomer several times over, each under a number of its own. */
import type { Action } from '../../../src/core/codec/transaction.ts';
import type { Chain } from '../../../src/node/chain.ts';

const TIMES = 3;

/** True if something waited for approval. */
export async function approveOverAndOver(chain: Chain): Promise<boolean> {
  const waiting = chain.governance.requests().filter(({ status }) => status === 'pending');
  for (const { id } of waiting) {
    const basis = chain.node.ledger.state.get('request', id)?.ruleHash;
    if (basis === undefined) continue;
    const action: Action = { type: 'approve', subject: id, basis, knock: undefined, reason: undefined };
    await chain.node.submit(Array.from({ length: TIMES }, () => ({ action, bodies: [] })));
  }
  return waiting.length > 0;
}
