/** The outbox over a disk that is an older one, put back: what was signed anew since becomes final once all the same. */
import { beforeEach, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/core/base/bytes.ts';
import { bodyRefOf, encodeBody, TEXT_CONTENT_TYPE } from '../../src/core/codec/body.ts';
import type { Action, Transaction } from '../../src/core/codec/transaction.ts';
import type { Verified } from '../../src/core/membership/verified.ts';
import { Mempool } from '../../src/node/mempool.ts';
import { Outbox } from '../../src/node/outbox.ts';
import { Sender } from '../../src/node/sender.ts';
import { fakeSigner } from '../../src/node/verifier.ts';
import { makeTransaction } from '../../src/node/writing.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { hashOf, keyOf } from '../support/world.ts';

const HOUR_MS = 3_600_000;
const signer = fakeSigner(keyOf('Bob'));
const chain = hashOf('the chain');

let now: number;
let final: number;
let isLevel: boolean;
let outbox: Outbox;
let sender: Sender;
let mempool: Mempool;
let spread: string[];

const clock = { now: () => now, schedule: () => () => undefined };

beforeEach(async () => {
  [now, final, isLevel, spread] = [1_780_000_000_000, 0, true, []];
  outbox = await Outbox.open({ space: await memoryStore().space('outbox'), signer, clock, chain });
  mempool = new Mempool();
  sender = new Sender({
    outbox,
    mempool,
    clock,
    finalSequence: () => final,
    isLevel: () => isLevel,
    spread: ({ transaction }) => spread.push(nameOf(transaction)),
    changed: () => undefined,
  });
});

const bodies = new Map<string, Uint8Array>();

/** The same text is the same entry, as its salt is drawn when it is written. */
function bodyOf(text: string): Uint8Array {
  const body = bodies.get(text) ?? encodeBody({ salt: hashOf(text), contentType: TEXT_CONTENT_TYPE, content: utf8(text) });
  bodies.set(text, body);
  return body;
}

const entry = (text: string): Action => ({ type: 'entry', body: bodyRefOf(bodyOf(text)) });

function nameOf({ unsigned: { sequence, action } }: Transaction): string {
  const [text] = [...bodies.keys()].filter((one) => JSON.stringify(entry(one)) === JSON.stringify(action));
  return `${text ?? action.type}@${sequence}`;
}

const waiting = () => outbox.items().map(({ transaction }) => nameOf(transaction));
const writes = (text: string) => sender.submit([{ action: entry(text), bodies: [bodyOf(text)] }]);
const signed = (action: Action, sequence: number): Promise<Verified<Transaction>> =>
  makeTransaction(signer, { chain, sequence, now, action });

/** A block of this device's own transactions, as a node takes it in. */
async function block(...actions: readonly (readonly [Action, number])[]): Promise<void> {
  const transactions = await Promise.all(actions.map(([action, sequence]) => signed(action, sequence)));
  outbox.forget(outbox.settledBy(transactions));
  final = Math.max(final, ...actions.map(([, sequence]) => sequence));
  await sender.renew();
}

describe('what became final under a sequence that this disk does not know', () => {
  test('is signed anew by nobody while the chain is not all here, and is done when it comes', async () => {
    await writes('one');
    isLevel = false;
    await block([entry('something forgotten'), 1]);
    expect(waiting()).toEqual(['one@1']);
    now += 13 * HOUR_MS; // Not even once it has expired.
    await sender.takeUp();
    expect(spread).toEqual(['one@1']);
    await block([entry('one'), 4]);
    expect(waiting()).toEqual([]);
    isLevel = true;
    await sender.takeUp();
    expect(spread).toEqual(['one@1']);
  });

  test('is done where it was signed anew too soon', async () => {
    await writes('one');
    await block([entry('something forgotten'), 1]);
    expect(waiting()).toEqual(['one@2']);
    await block([entry('one'), 4]);
    expect(waiting()).toEqual([]);
  });

  test('settles one item each, and the one of its sequence before others', async () => {
    const ready: Action = { type: 'ready', versions: [1], height: 7 };
    await sender.submit([{ action: ready, bodies: [] }]);
    await sender.submit([{ action: ready, bodies: [] }]);
    expect(waiting()).toEqual(['ready@1', 'ready@2']);
    await block([ready, 2]);
    expect(waiting()).toEqual(['ready@3']);
  });
});

test('what the chain does not hold is signed anew once it is all here', async () => {
  await writes('one');
  isLevel = false;
  await block([entry('something forgotten'), 1]);
  isLevel = true;
  await sender.takeUp();
  expect(waiting()).toEqual(['one@2']);
  expect(spread).toEqual(['one@1', 'one@2']);
});

test('what expired and was not passed is signed under its own sequence whether the chain is here or not', async () => {
  await writes('one');
  isLevel = false;
  now += 13 * HOUR_MS;
  await sender.takeUp();
  expect(spread).toEqual(['one@1', 'one@1']);
});

describe('what peers hold of it', () => {
  test('is taken back instead of being signed a third time', async () => {
    await writes('one');
    isLevel = false;
    await sender.takeBack([await signed(entry('one'), 4)]);
    expect(mempool.size).toBe(0);
    expect(waiting()).toEqual(['one@4']);
    isLevel = true;
    await block([entry('something forgotten'), 1]);
    expect(waiting()).toEqual(['one@4']);
  });

  test('is left alone where it is another’s, an earlier signature, or one of two that say the same', async () => {
    const ready: Action = { type: 'ready', versions: [1], height: 7 };
    final = 5;
    await sender.submit([{ action: ready, bodies: [] }]);
    await sender.submit([{ action: ready, bodies: [] }]);
    await writes('one');
    const other = await makeTransaction(fakeSigner(keyOf('Eve')), { chain, sequence: 20, now, action: entry('one') });
    now += HOUR_MS;
    await sender.takeBack([other, await signed(entry('one'), 2), await signed(ready, 7)]);
    expect(waiting()).toEqual(['ready@6', 'ready@7', 'one@8']);
  });
});
