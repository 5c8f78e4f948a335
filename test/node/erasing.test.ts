/** Erasure on shipped nodes over an in-memory network: a text goes wherever it was, and everything proved of it stays. */
import { afterEach, describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import { Audit } from '../../src/node/auditing.ts';
import { type Entry, textOf } from '../../src/node/chain.ts';
import { entryAt } from '../../src/node/erasing.ts';
import { replaySource } from '../../src/node/ledger-replay.ts';
import { TABLES } from '../../src/node/ports.ts';
import { checkReceipt } from '../../src/node/receipt-check.ts';
import { makeReceipt } from '../../src/node/receipts.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { Device, until } from '../support/device.ts';
import { refusalOf } from '../support/newcomer.ts';

const verifier = webCryptoVerifier();
const options = { verifier, signal: new AbortController().signal };
let hub = memoryHub();
const everybody: Device[] = [];
afterEach(async () => {
  await Promise.all(everybody.splice(0).map((device) => device.off()));
  hub = memoryHub();
});

const SECRET = 'the key is under the mat';

async function someone(name: string): Promise<Device> {
  const device = await new Device(hub, name).on();
  everybody.push(device);
  return device;
}

async function club(...names: readonly string[]): Promise<readonly [Device, ...Device[]]> {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  const others: Device[] = [];
  for (const name of names) {
    const device = await someone(name);
    await device.joins(await ada.invites());
    others.push(device);
  }
  return [ada, ...others];
}

const ledger = (device: Device) => device.chain.node.ledger;
const isWhole = (device: Device) => until(device.chain, () => ledger(device).complete && ledger(device).certified);

async function writes(author: Device, ...readers: readonly Device[]): Promise<Entry> {
  const id = await author.chain.append(SECRET);
  await until(author.chain, () => author.chain.pending().length === 0);
  const entry = (await author.chain.entries()).find((one) => toHex(one.id) === toHex(id));
  if (entry === undefined) throw new Error('it is final');
  for (const reader of readers) await until(reader.chain, () => reader.chain.height >= author.chain.height);
  return entry;
}

const erasedAt = (device: Device, { id }: Entry) => until(device.chain, () => ledger(device).state.get('erasure', id) !== undefined);
const read = async (device: Device, { id }: Entry) => (await device.chain.entries()).find((one) => toHex(one.id) === toHex(id));

/** Whether the text is anywhere on a device’s disk. */
async function holds(device: Device): Promise<boolean> {
  const needle = toHex(new TextEncoder().encode(SECRET));
  for (const name of await device.store.spaces()) {
    const space = await device.store.space(name);
    for (const table of Object.keys(TABLES) as (keyof typeof TABLES)[]) {
      const [from, to] = TABLES[table] === 'text' ? ['', '~'] : [0, Number.MAX_SAFE_INTEGER];
      const rows = await space.range(table, from, to, 10_000);
      if (rows.some(({ value }) => toHex(value).includes(needle))) return true;
    }
  }
  return false;
}

/** Everything that is proved of the chain still is. */
async function holdsUp(device: Device): Promise<void> {
  await isWhole(device);
  const report = await new Audit(verifier, []).look(replaySource(ledger(device)), options);
  expect(report.fault).toBeUndefined();
  const you = device.chain.you();
  if (you === undefined) throw new Error('a member');
  expect((await checkReceipt(await makeReceipt(ledger(device), you.id), verifier)).ok).toBe(true);
}

describe('a text that its author erases', { timeout: 60_000 }, () => {
  test('goes from every device, and the page’s words are who and when; log, replay, audit and receipts stay', async () => {
    const [ada, ben, cem] = await club('Ben', 'Cem');
    if (ben === undefined || cem === undefined) throw new Error('three');
    const entry = await writes(ben, ada, cem);
    for (const device of [ada, ben, cem]) expect(await holds(device)).toBe(true);
    const leaf = ledger(ada).tip.header.logSize;
    const root = await ledger(ada).history.rootAt(leaf);
    await ben.chain.erase(entry);
    for (const device of [ada, ben, cem]) {
      await erasedAt(device, entry);
      const shown = await read(device, entry);
      expect(shown).toMatchObject({ content: undefined, erased: { by: 'author', reason: undefined } });
      expect(toHex(shown?.erased?.member ?? entry.id)).toBe(toHex(entry.author));
      expect(shown?.erased?.time).toBe(ledger(ada).tip.header.time);
      expect(await ledger(device).history.rootAt(leaf)).toEqual(root);
      await ledger(device).fold();
      await holdsUp(device);
    }
    // What was voted on is cleared with the next block.
    await ada.chain.append('Next week at nine');
    for (const device of [ada, ben, cem]) {
      await until(device.chain, () => device.chain.height > ledger(ben).tip.header.height - 1 && device.chain.pending().length === 0);
      expect(await holds(device)).toBe(false);
    }
  });

  test('goes from the bundles of long ago, and is not there after a restart', async () => {
    const [ada, ben] = await club('Ben');
    if (ben === undefined) throw new Error('two');
    const entry = await writes(ada, ben);
    for (const device of [ada, ben]) {
      await isWhole(device);
      await ledger(device).fold();
      expect(textOf((await read(device, entry)) ?? entry)).toBe(SECRET);
    }
    await ada.chain.erase(entry);
    for (const device of [ada, ben]) {
      await erasedAt(device, entry);
      expect((await read(device, entry))?.content).toBeUndefined();
      expect(await holds(device)).toBe(false);
      await device.off();
      await device.on();
      expect(await read(device, entry)).toMatchObject({ content: undefined, erased: { by: 'author' } });
      await holdsUp(device);
    }
  });

  test('goes from a device that was away, and does not come to a newcomer', async () => {
    const [ada, ben] = await club('Ben');
    if (ben === undefined) throw new Error('two');
    const entry = await writes(ada, ben);
    await ben.off();
    await ada.chain.erase(entry);
    await erasedAt(ada, entry);
    await ben.on();
    await erasedAt(ben, entry);
    const cem = await someone('Cem');
    await cem.joins(await ada.invites());
    for (const device of [ben, cem]) {
      await holdsUp(device);
      expect(await read(device, entry)).toMatchObject({ content: undefined, erased: { by: 'author' } });
      expect(await holds(device)).toBe(false);
    }
  });
});

describe('a text that the federation erases', { timeout: 60_000 }, () => {
  test('goes once it is decided, for a reason that everybody reads', async () => {
    const [ada, ben] = await club('Ben');
    if (ben === undefined) throw new Error('two');
    const entry = await writes(ben, ada);
    await ada.chain.erase(entry, 'It names a child');
    for (const device of [ada, ben]) {
      await erasedAt(device, entry);
      expect(await read(device, entry)).toMatchObject({ content: undefined, erased: { by: 'federation', reason: 'It names a child' } });
      await holdsUp(device);
    }
    expect(toHex((await read(ben, entry))?.erased?.member ?? entry.id)).toBe(toHex(ada.chain.you()?.id ?? entry.id));
  });
});

describe('refused', { timeout: 60_000 }, () => {
  test('another’s text, one that is erased, and a place where there is none', async () => {
    const [ada, ben] = await club('Ben');
    if (ben === undefined) throw new Error('two');
    const entry = await writes(ada, ben);
    await isWhole(ben);
    expect(await refusalOf(ben.chain.erase(entry))).toBe('not-allowed');
    expect(await refusalOf(ada.chain.erase({ id: entry.id, index: 0 }))).toBe('entry-unknown');
    await ada.chain.erase(entry);
    await erasedAt(ada, entry);
    expect(await refusalOf(ada.chain.erase(entry))).toBe('already-erased');
  });

  test('by the validators: a changed node that names another’s leaf, since the state alone cannot know', async () => {
    const [ada, ben] = await club('Ben');
    if (ben === undefined) throw new Error('two');
    const mine = await writes(ben, ada);
    const hers = await writes(ada, ben);
    const found = await entryAt(ledger(ben), mine.index ?? 0);
    if (found === undefined || found === 'none' || hers.index === undefined) throw new Error('it is there');
    const action = { type: 'erase-body', leaf: hers.index, entry: found.signed } as const;
    const [item] = await ben.chain.node.submit([{ action, bodies: [] }]);
    await until(ben.chain, () => ben.chain.pendingActions().some(({ refused }) => refused === 'entry-unknown'));
    expect(item).toBeDefined();
    expect(textOf((await read(ada, hers)) ?? hers)).toBe(SECRET);
    expect(ledger(ada).state.get('erasure', mine.id)).toBeUndefined();
  });
});
