/** Looking out for a second history goes on where it broke off. */
import { expect, test } from 'vitest';
import { RefusalError } from '../../src/core/base/result.ts';
import { ForkWatch } from '../../src/node/fork-watch.ts';
import type { Ledger } from '../../src/node/ledger.ts';
import type { Session } from '../../src/node/ports.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { ManualClock } from '../net/manual-clock.ts';
import { TestChain } from '../support/chain.ts';
import { sessionWith } from '../support/fake-session.ts';

/** A ledger with entries of these texts in it. Two of them are two histories of one chain. */
async function history(...texts: readonly string[]): Promise<{ readonly chain: TestChain; readonly ledger: Ledger }> {
  const chain = await TestChain.create();
  const ledger = await chain.createLedger(await memoryStore().space('chain'));
  for (const text of texts) await ledger.commit(await chain.entries(text));
  return { chain, ledger };
}

/** A session that breaks off the first time that it is asked something. */
function breakingOff(ledger: Ledger): Session & { asked: number } {
  let isFirst = true;
  return sessionWith(ledger, {
    async *tamper(frames) {
      const breaks = isFirst;
      isFirst = false;
      if (breaks) throw new RefusalError({ code: 'timed-out', detail: 'the line was cut' });
      yield* frames;
    },
  });
}

function watchOver(ledger: Ledger, verifier: TestChain['verifier'], sessions: readonly Session[]) {
  const work: Promise<void>[] = [];
  const start = (one: () => Promise<void>) => void work.push(one().catch(() => undefined));
  const ports = { clock: new ManualClock(), verifier };
  const node = { ledger, ports, sessions: () => sessions, run: async <T>(task: () => Promise<T> | T) => task(), forked: () => undefined };
  return { watch: new ForkWatch(node, start, new AbortController().signal), done: () => Promise.all(work.splice(0)) };
}

test('a look that was cut off is taken up again, and finds the fork', async () => {
  const [ours, theirs] = [await history('as it was'), await history('as it was not')];
  const session = breakingOff(theirs.ledger);
  const { watch, done } = watchOver(ours.ledger, ours.chain.verifier, [session]);
  await expect(watch.lookInto(session)).rejects.toMatchObject({ code: 'timed-out' });
  expect(watch.isStopped).toBe(false);
  watch.swept();
  await done();
  expect(watch.isStopped).toBe(true);
});

test('a look that came to its end is not taken up again', async () => {
  const ours = await history('as it was');
  const session = sessionWith((await history('as it was')).ledger);
  const { watch, done } = watchOver(ours.ledger, ours.chain.verifier, [session]);
  await watch.lookInto(session);
  const { asked } = session;
  watch.swept();
  await watch.lookInto(session);
  await done();
  expect(session.asked).toBe(asked);
});

test('a proof that did not come whole is asked for again; who has none is not', async () => {
  const ours = await history('as it was');
  const [cut, without] = [breakingOff(ours.ledger), sessionWith(ours.ledger)];
  const { watch, done } = watchOver(ours.ledger, ours.chain.verifier, [cut, without]);
  for (const session of [cut, without]) watch.heardOf(session);
  await done();
  watch.swept();
  await done();
  expect([cut.asked, without.asked]).toEqual([2, 1]);
});
