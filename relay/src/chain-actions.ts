/** Waiting for what this device asked of a chain: commands answer once it is final, or say that it is not yet. */
import { RefusalError } from '../../src/core/base/result.ts';
import type { Chain } from '../../src/node/chain.ts';

/** Where this device validates alone it is a matter of milliseconds; elsewhere the others may be away. */
const FINAL_WITHIN_MS = 10_000;

/** True once something holds of the chain, which is looked at after each change; false if it does not within the limit. */
export async function holdsInTime(chain: Chain, holds: () => boolean, limitMs = FINAL_WITHIN_MS): Promise<boolean> {
  if (holds()) return true;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const stop = chain.subscribe(() => {
    if (holds()) resolve(true);
  });
  const limit = setTimeout(() => resolve(false), limitMs);
  try {
    return await promise;
  } finally {
    clearTimeout(limit);
    stop();
  }
}

/** Does something on the chain; false if it waits still, for want of validators. Throws the chain's refusal. */
export async function untilFinal(chain: Chain, act: () => Promise<unknown>): Promise<boolean> {
  const before = new Set(chain.pendingActions().map(({ id }) => String(id)));
  await act();
  const fresh = () => chain.pendingActions().filter(({ id }) => !before.has(String(id)));
  const decided = await holdsInTime(chain, () => fresh().every(({ refused }) => refused !== undefined));
  for (const { id, refused } of fresh()) {
    if (refused === undefined) continue;
    await chain.dismiss(id);
    throw new RefusalError({ code: refused, detail: 'the chain refused it' });
  }
  return decided;
}
