/** The log, read a page at a time from this device's copy: all of it, or what is looked for, without holding the rest. */
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { BUNDLE_LEAVES } from '../../src/core/base/limits.ts';
import { blockIdOf } from '../../src/core/codec/block.ts';
import { bodiesOf } from '../../src/core/codec/transaction.ts';
import type { Ledger } from '../../src/node/ledger.ts';
import { type LogItem, type LogQuery, readLog } from '../../src/node/log-reading.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { LongChain } from '../support/long-chain.ts';

const HEIGHT = 400;
const long = await LongChain.create(HEIGHT, (block) => (block % 50 === 0 ? 0 : 1 + (block % 30)));
const grown = async () => long.grown(await memoryStore().space('chain'), HEIGHT);

/** Page after page to the beginning. */
async function all(ledger: Ledger, query: LogQuery): Promise<readonly LogItem[]> {
  const items: LogItem[] = [];
  for (let before: number | undefined; ; ) {
    const page = await readLog(ledger, { ...query, ...(before === undefined ? {} : { before }) });
    expect(page.items.length).toBeLessThanOrEqual(query.limit);
    items.push(...page.items);
    if (page.next === 0) return items;
    expect(page.next).toBeLessThan(before ?? Number.POSITIVE_INFINITY);
    before = page.next;
  }
}

describe('the log', () => {
  test('comes newest first, each transaction with its block, down to the genesis', async () => {
    const ledger = await grown();
    const { logSize } = ledger.tip.header;
    expect(logSize).toBeGreaterThan(20 * BUNDLE_LEAVES);
    const items = await all(ledger, { limit: 100 });
    expect(items.map(({ index }) => index)).toEqual(Array.from({ length: logSize }, (_, i) => logSize - 1 - i));
    expect(items.at(-1)).toMatchObject({ transaction: undefined, block: { height: 0, count: 1 } });
    for (const { index, block } of items.filter((_, i) => i % 97 === 0)) {
      const header = await ledger.headerOfLeaf(index);
      expect(header).toMatchObject({ height: block.height, time: block.time });
      expect(header && toHex(blockIdOf(header))).toBe(toHex(block.id));
    }
    const last = long.at(HEIGHT - 1);
    const shown = items.filter(({ block }) => block.height === HEIGHT - 1);
    expect(shown.map(({ transaction }) => transaction && toHex(transaction.id))).toEqual(
      last.transactions.map(({ id }) => toHex(id)).reverse(),
    );
    expect(shown.every(({ block }) => block.count === last.transactions.length)).toBe(true);
  });

  test('is filtered by kind and by whose key signed', async () => {
    const ledger = await grown();
    const kinds = await all(ledger, { limit: 10, kinds: ['join', 'invite'] });
    expect(kinds.map(({ transaction }) => transaction?.unsigned.action.type)).toEqual(['join', 'invite']);
    const [joined] = kinds;
    const bens = await all(ledger, { limit: 10, ...(joined?.member === undefined ? {} : { member: joined.member }) });
    expect(bens.map(({ index }) => index)).toEqual([joined?.index]);
    const [founder] = (await all(ledger, { limit: 1, kinds: ['invite'] })).flatMap(({ member }) => member ?? []);
    const begun = await all(ledger, { limit: 50, kinds: ['genesis'], ...(founder === undefined ? {} : { member: founder }) });
    expect(begun.map(({ index }) => index)).toEqual([0]);
  });

  test('is searched by the beginning of an id: of a transaction, a block, a body or the chain', async () => {
    const ledger = await grown();
    const { transactions, point } = long.at(7);
    const [wanted] = transactions;
    if (wanted === undefined) throw new Error('the block has transactions');
    const transactionsEnd = long.at(9).point.header.logSize;
    const [body] = bodiesOf(wanted.unsigned.action);
    for (const id of [toHex(wanted.id), toHex(wanted.id).slice(0, 8), toHex(body?.hash ?? new Uint8Array(0)).slice(0, 12)]) {
      const found = await all(ledger, { limit: 5, id });
      expect(found.map(({ transaction }) => transaction && toHex(transaction.id))).toEqual([toHex(wanted.id)]);
    }
    const ofBlock = await all(ledger, { limit: 5, id: toHex(point.id).slice(0, 10) });
    expect(ofBlock.map(({ block }) => block.height)).toEqual(transactions.map(() => 7));
    // Of a whole id there is no second one to look for.
    expect(await readLog(ledger, { limit: 50, id: toHex(wanted.id), before: transactionsEnd })).toMatchObject({ next: 0, items: [{}] });
    const whole = await readLog(ledger, { limit: 50, id: toHex(point.id), before: transactionsEnd });
    expect([whole.items.length, whole.next]).toEqual([transactions.length, 0]);
    expect((await all(ledger, { limit: 5, id: toHex(ledger.chain) })).map(({ index }) => index)).toEqual([0]);
    expect(await all(ledger, { limit: 5, id: 'ab'.repeat(32) })).toEqual([]);
    for (const id of ['abcdef1', 'ABCDEF12', 'not an id', 'ab'.repeat(33)])
      await expect(readLog(ledger, { limit: 5, id })).rejects.toMatchObject({ code: 'malformed' });
  });

  test('a search goes so far at a time, and what is not here yet is said to be so', async () => {
    const ledger = await grown();
    const page = await readLog(ledger, { limit: 5, id: 'ab'.repeat(4) });
    expect(page.items).toEqual([]);
    expect(page.next).toBeGreaterThan(0);
    expect(ledger.tip.header.logSize - page.next).toBeLessThanOrEqual(17 * BUNDLE_LEAVES);
    const newcomer = await long.adopted(await memoryStore().space('chain'), 300);
    await expect(readLog(newcomer, { limit: 5 })).rejects.toMatchObject({ code: 'not-available' });
    for (const height of [301, 302]) await newcomer.commit(long.at(height));
    const here = await readLog(newcomer, { limit: 50 });
    expect(here.items).toHaveLength(long.at(302).transactions.length);
    await expect(readLog(newcomer, { limit: 5, before: here.next })).rejects.toMatchObject({ code: 'not-available' });
  });
});
