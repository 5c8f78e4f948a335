/** Replay from genesis: a whole copy passes, every way of having touched it is told with the block, and it can be paused and stopped. */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import type { Header } from '../../src/core/codec/block.ts';
import { assembleTransaction, decodeTransaction } from '../../src/core/codec/transaction.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import type { Ledger } from '../../src/node/ledger.ts';
import { replaySource } from '../../src/node/ledger-replay.ts';
import { type ReplayOptions, type ReplayProgress, type ReplaySource, replayChain } from '../../src/node/replaying.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { grownChain, type TestChain, testSigner } from '../support/chain.ts';
import { Device, until } from '../support/device.ts';
import { hashOf } from '../support/world.ts';

const verifier = webCryptoVerifier();
const whole = { verifier, signal: new AbortController().signal };
let chain: TestChain;
let ledger: Ledger;
let source: ReplaySource;
let certificate: ReplaySource['certificate'];

beforeAll(async () => {
  ({ chain, ledger } = await grownChain(await memoryStore().space('replay'), {
    blocks: 150,
    entriesPerBlock: 4,
    members: ['Ben', 'Cem'],
  }));
  source = replaySource(ledger);
  ({ certificate } = source);
});

const run = (changes: Partial<ReplaySource> = {}, options: Partial<ReplayOptions> = {}) =>
  replayChain({ ...source, ...changes }, { ...whole, ...options });

const withHeader = (height: number, change: (header: Header) => Header): Partial<ReplaySource> => ({
  headers: async (from, to) => (await source.headers(from, to)).map((one) => (one.height === height ? change(one) : one)),
});
const withLeaf = (index: number, change: (leaf: Uint8Array) => Uint8Array): Partial<ReplaySource> => ({
  leaves: async (from, to) => (await source.leaves(from, to)).map((leaf, i) => (from + i === index ? change(leaf) : leaf)),
});
const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

describe('a replay', () => {
  test('reaches the tip, telling how far it is', async () => {
    const told: ReplayProgress[] = [];
    const seen: number[] = [];
    const done = await run({}, { onProgress: (one) => told.push(one), onBlock: (_, { header }) => seen.push(header.height) });
    expect(done.ok && toHex(done.value.point.id)).toBe(toHex(chain.tip.id));
    expect(done.ok && toHex(done.value.point.state.root)).toBe(toHex(chain.tip.state.root));
    expect(told.at(-1)).toEqual({ height: 154, heights: 154, leaves: 605, leavesInAll: 605 });
    expect(told.map(({ height }) => height)).toEqual([...told].sort((a, b) => a.height - b.height).map(({ height }) => height));
    expect(seen).toEqual(Array.from({ length: 154 }, (_, i) => i + 1));
  });

  test('goes on where an earlier one ended', async () => {
    const first = await run();
    if (!first.ok) throw new Error('it holds');
    await ledger.commit(await chain.entries('later'));
    const heights: number[] = [];
    const again = await replayChain(replaySource(ledger), {
      ...whole,
      from: first.value,
      onBlock: (_, { header }) => heights.push(header.height),
    });
    expect(again.ok && again.value.point.header.height).toBe(155);
    expect(heights).toEqual([155]);
  });

  test('waits while it is paused, and stops with the reason when it is told to', async () => {
    const stop = new AbortController();
    const gate = Promise.withResolvers<void>();
    let asked = 0;
    const running = run({}, { signal: stop.signal, mayGoOn: () => (++asked < 2 ? Promise.resolve() : gate.promise) });
    await expect.poll(() => asked).toBe(2);
    stop.abort();
    gate.resolve();
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
  });

  test('says what is missing from the copy', async () => {
    await expect(run({ leaves: async () => [] })).rejects.toMatchObject({ code: 'not-available' });
    await expect(run({ headers: async () => [] })).rejects.toMatchObject({ code: 'not-available' });
  });
});

describe('what was touched is found, with its block', () => {
  const fault = async (changes: Partial<ReplaySource>) => {
    const done = await run(changes);
    if (done.ok) throw new Error('nobody noticed');
    return [done.fault.height, done.fault.refusal.code];
  };

  test('a genesis of another chain, or one that nobody signed', async () => {
    expect(await fault({ chain: hashOf('other') })).toEqual([0, 'wrong-genesis']);
    expect(await fault({ genesisLeaf: flipped(source.genesisLeaf, source.genesisLeaf.length - 1) })).toEqual([0, 'bad-signature']);
  });

  test('each field of a header', async () => {
    const other = hashOf('other');
    const changes: readonly ((header: Header) => Header)[] = [
      (header) => ({ ...header, time: header.time + 1 }),
      (header) => ({ ...header, parent: other }),
      (header) => ({ ...header, logRoot: other }),
      (header) => ({ ...header, stateRoot: other }),
      (header) => ({ ...header, trust: other }),
      (header) => ({ ...header, nextTrust: other }),
      (header) => ({ ...header, view: header.view + 1 }),
      (header) => ({ ...header, parentSigners: new Uint8Array(0) }),
      (header) => ({ ...header, epoch: 1 }),
    ];
    for (const change of changes) {
      const [height] = await fault(withHeader(100, change));
      // A time, a view: nothing else says what they were, so it is the next block that names another parent.
      expect([100, 101]).toContain(height);
    }
  });

  test('and what of it is wrong is said in words', async () => {
    const words = async (change: (header: Header) => Header) => {
      const done = await run(withHeader(100, change));
      return done.ok ? undefined : done.fault.refusal.detail;
    };
    const other = hashOf('other');
    expect(await words((header) => ({ ...header, stateRoot: other }))).toContain('the record of members and decisions');
    expect(await words((header) => ({ ...header, logRoot: other, stateRoot: other }))).toContain('the log is not');
    expect(await words((header) => ({ ...header, nextTrust: other }))).toContain('the header is not');
  });

  test('a leaf: its bytes, its signature, its place', async () => {
    const leaf = ledger.tip.header.logSize - 100;
    const height = (await ledger.headerOfLeaf(leaf))?.height;
    const [where] = await fault(withLeaf(leaf, (bytes) => flipped(bytes, 60)));
    expect(where).toBe(height);
    const signature = (bytes: Uint8Array) => flipped(bytes, bytes.length - 1);
    // The log root is over signatures too.
    expect(await fault(withLeaf(leaf, signature))).toEqual([height, 'wrong-root']);
    const swapped: Partial<ReplaySource> = {
      leaves: async (from, to) => {
        const all = [...(await source.leaves(from, to))];
        const [one, two] = [all[leaf - from], all[leaf - from + 1]];
        if (one !== undefined && two !== undefined) all.splice(leaf - from, 2, two, one);
        return all;
      },
    };
    expect((await fault(swapped))[0]).toBe(height);
  });

  test('a chain that its validator made with a transaction that nobody signed', async () => {
    const forged = await grownChain(await memoryStore().space('forged'), { seed: 1, blocks: 1, entriesPerBlock: 1 });
    const entry = await forged.chain.entry('not mine');
    const stranger = await testSigner(hashOf('mallory'), false).sign(new Uint8Array(1));
    const read = decodeTransaction(entry.transaction.bytes);
    if (!read.ok) throw new Error('just made');
    const transaction = assembleTransaction(read.value.unsigned, [stranger]);
    await forged.ledger.commit(await forged.chain.block([{ ...entry, transaction }]));
    await forged.ledger.commit(await forged.chain.entries('after'));
    const done = await replayChain(replaySource(forged.ledger), whole);
    expect(done).toMatchObject({
      ok: false,
      fault: {
        height: 2,
        refusal: {
          code: 'bad-signature',
          detail: expect.stringMatching(/^a signature under leaf 2 \([a-z-]+ by key [0-9a-f]{8}\) is wrong$/),
        },
      },
    });
  });

  test('a certificate of somebody else over the tip', async () => {
    if (certificate === undefined) throw new Error('a ledger knows what makes its tip final');
    const signature = await testSigner(hashOf('mallory'), false).sign(new Uint8Array(1));
    expect(await fault({ certificate: { ...certificate, signatures: [signature] } })).toEqual([154, 'bad-signature']);
    expect(await fault({ certificate: { ...certificate, subject: { ...certificate.subject, block: hashOf('other') } } })).toEqual([
      154,
      'no-quorum',
    ]);
  });
});

describe('over epochs', () => {
  const hub = memoryHub();
  const everybody: Device[] = [];
  afterEach(() => Promise.all(everybody.splice(0).map((device) => device.off())));

  test('a chain whose validators changed passes, and not without what closed an epoch', { timeout: 60_000 }, async () => {
    const [ada, ben] = await Promise.all(['Ada', 'Ben'].map((name) => new Device(hub, name).on()));
    if (ada === undefined || ben === undefined) throw new Error('two');
    everybody.push(ada, ben);
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    await ben.joins(await ada.invites());
    const member = ben.chain.you()?.id;
    if (member === undefined) throw new Error('Ben is in');
    await ada.chain.governance.propose({ type: 'grant', member, role: 'validator' });
    await until(ada.chain, () => ada.chain.node.ledger.trust.seats.length === 2);
    await ada.chain.append('together');
    await until(ada.chain, () => ada.chain.node.ledger.tip.header.epoch === 1 && ada.chain.node.ledger.certified);
    const own = replaySource(ada.chain.node.ledger);
    const done = await replayChain(own, whole);
    expect(done.ok && toHex(done.value.point.id)).toBe(toHex(ada.chain.node.ledger.tip.id));
    const without = await replayChain({ ...own, epochs: async () => [] }, whole);
    expect(without).toMatchObject({ ok: false, fault: { refusal: { code: 'no-quorum' } } });
  });
});
