/** Evidence that did not get through is brought again, and left alone once the chain knows. */
import { expect, test } from 'vitest';
import { MINUTE_MS } from '../../src/core/base/limits.ts';
import type { Action } from '../../src/core/codec/transaction.ts';
import { Accusations } from '../../src/node/accusations.ts';
import type { OutboxItem } from '../../src/node/outbox.ts';
import { grown, idOf, trustOf } from '../support/council.ts';
import { until } from '../support/device.ts';
import { signsVote } from '../support/double-votes.ts';
import { gathering } from '../support/gathering.ts';
import { hashOf } from '../support/world.ts';

const { someone } = gathering();

test('it is brought once at a time, again a minute later, and no more when somebody is convicted', { timeout: 60_000 }, async () => {
  const [ada, ben] = await grown(someone, 1);
  if (ada === undefined || ben === undefined) throw new Error('two');
  const { node } = ada.chain;
  const brought: Action[] = [];
  const outbox: OutboxItem[] = [];
  let now = 0;
  const accusations = new Accusations({
    ledger: node.ledger,
    clock: { now: () => now, schedule: () => () => undefined },
    outbox: () => outbox,
    submit: async (action) => void brought.push(action),
  });
  const [first, second] = [await signsVote(ben, says('one')), await signsVote(ben, says('other'))];
  accusations.add(first, second);
  accusations.add(second, first);
  await accusations.bring();
  await accusations.bring();
  expect(brought).toEqual([{ type: 'evidence', first, second }]);
  now += MINUTE_MS;
  await accusations.bring();
  expect(brought).toHaveLength(2);

  await node.submit([{ action: { type: 'evidence', first, second }, bodies: [] }]);
  outbox.push(...node.outbox.items());
  now += MINUTE_MS;
  await accusations.bring();
  expect(brought).toHaveLength(2);
  outbox.length = 0;
  await until(ada.chain, () => !trustOf(ada.chain).seats.some(({ member }) => member.join() === idOf(ben).join()));
  now += MINUTE_MS;
  await accusations.bring();
  expect(brought).toHaveLength(2);
});

function says(block: string): Parameters<typeof signsVote>[1] {
  return { kind: 'notarize', view: 9, block: hashOf(block) };
}
