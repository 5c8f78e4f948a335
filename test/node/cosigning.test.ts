/** Who signs checkpoints signs none that is smaller or of another history, and none that is not on its disk before. */
import { beforeEach, describe, expect, test } from 'vitest';
import { RefusalError } from '../../src/core/base/result.ts';
import { decode, encode } from '../../src/core/codec/codec.ts';
import { type CosignedRow, cosignedRow } from '../../src/core/codec/stored.ts';
import { type LogSigner, logSigners } from '../../src/core/light/log-signers.ts';
import { readCheckpoint } from '../../src/core/log/checkpoint.ts';
import { encodeNote, type Note } from '../../src/core/log/note.ts';
import { openNote, settleNote } from '../../src/core/log/open-note.ts';
import { Cosigner } from '../../src/node/cosigning.ts';
import { Ledger } from '../../src/node/ledger.ts';
import type { Signer, Space } from '../../src/node/ports.ts';
import { fakeSigner, fakeVerifier } from '../../src/node/verifier.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { TestChain } from '../support/chain.ts';
import { StoryClock } from '../support/device.ts';
import { hashOf } from '../support/world.ts';

let chain: TestChain;
let space: Space;
let ledger: Ledger;
let signer: LogSigner;
let key: Signer;
const clock = new StoryClock();

beforeEach(async () => {
  chain = await TestChain.create({ signatures: 'fake' });
  space = await memoryStore().space('chain');
  ledger = await chain.createLedger(space);
  await grow('one', 'two');
  const [first] = logSigners(ledger.chain, ledger.trust);
  const [seat] = ledger.trust.seats;
  if (first === undefined || seat === undefined) throw new Error('Alice is the validator');
  signer = first;
  key = fakeSigner(seat.note);
});

async function grow(...texts: readonly string[]): Promise<void> {
  for (const text of texts) await ledger.commit(await chain.entries(text));
}

async function cosigner(of = ledger): Promise<Cosigner> {
  const made = new Cosigner(of, clock);
  await made.takeUp();
  return made;
}

async function signs(who: Cosigner, size = ledger.tip.header.logSize): Promise<Note | undefined> {
  return who.sign(size, (await ledger.history.rootAt(size)) ?? hashOf('beyond'), signer, key);
}

const stored = async (): Promise<CosignedRow | undefined> => {
  const bytes = await space.get('meta', 'cosigned');
  const row = bytes && decode(cosignedRow, bytes, 256);
  return row?.ok === true ? row.value : undefined;
};

describe('a validator', () => {
  test('signs the log, as publisher and as cosigner, in a note that others can open', async () => {
    const note = (await signs(await cosigner())) ?? expect.fail('nothing was signed');
    expect(readCheckpoint(note.text)).toMatchObject({ ok: true, value: { size: 3, root: ledger.tip.header.logRoot } });
    const opening = openNote(note, signer.log === undefined ? [] : [signer.log, signer.cosigner]);
    if (!opening.ok) return expect.fail(opening.refusal.detail);
    const opened = settleNote(opening.value, await fakeVerifier().verify(opening.value.checks, 'message'));
    expect(opened.ok && opened.value.signers.map((one) => one.key.type)).toEqual(['note', 'cosignature']);
    expect(encodeNote(note).length).toBeLessThan(1000);
  });

  test('signs none that is as large or smaller, after a restart neither', async () => {
    const first = await cosigner();
    expect(await signs(first, 2)).toBeDefined();
    expect(await signs(first, 2)).toBeUndefined();
    expect(await signs(first, 1)).toBeUndefined();
    const again = await cosigner();
    expect(again.last).toMatchObject({ size: 2 });
    expect(await signs(again, 2)).toBeUndefined();
    expect(await signs(again, 3)).toBeDefined();
  });

  test('signs nothing more of a log that is not the one it signed', async () => {
    const row: CosignedRow = { version: 1, size: 2, root: hashOf('another history'), seconds: 1 };
    await space.write([{ type: 'put', table: 'meta', key: 'cosigned', value: encode(cosignedRow, row) }], 'strict');
    expect(await signs(await cosigner())).toBeUndefined();
    expect(await stored()).toEqual(row);
  });

  test('has what it signs on its disk before it signs', async () => {
    const before: (CosignedRow | undefined)[] = [];
    const watched: Signer = {
      publicKey: key.publicKey,
      sign: async (message) => {
        before.push(await stored());
        return key.sign(message);
      },
    };
    await (await cosigner()).sign(3, ledger.tip.header.logRoot, signer, watched);
    expect(before.map((row) => row?.size)).toEqual([3, 3]);
  });

  test('signs nothing where the disk is full, and can once it is not', async () => {
    let isFull = true;
    const full: Space = {
      get: (table, at) => space.get(table, at),
      range: (table, from, to, limit) => space.range(table, from, to, limit),
      write: async (operations, durability) => {
        if (isFull) throw new RefusalError({ code: 'storage-full', detail: 'no room' });
        return space.write(operations, durability);
      },
    };
    const who = await cosigner((await Ledger.open(full)) ?? expect.fail('a ledger'));
    await expect(signs(who)).rejects.toMatchObject({ code: 'storage-full' });
    isFull = false;
    expect(await signs(who)).toBeDefined();
  });

  test('begins nothing over a row that cannot be read', async () => {
    await space.write([{ type: 'put', table: 'meta', key: 'cosigned', value: Uint8Array.of(1) }], 'strict');
    await expect(cosigner()).rejects.toMatchObject({ code: 'storage-corrupt' });
  });

  test('gives no time that is before the one it gave last', async () => {
    const first = await cosigner();
    clock.aheadMs = 3_600_000;
    await signs(first, 2);
    const { seconds } = (await stored()) ?? expect.fail('a row');
    clock.aheadMs = 0;
    await signs(first, 3);
    expect(await stored()).toMatchObject({ size: 3, seconds });
  });
});
