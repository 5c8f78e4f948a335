/** What is published as an audit reads it: a checkpoint counts only with the signatures that its epoch asks for. */
import { afterEach, expect, test } from 'vitest';
import { ok, RefusalError, type Result, refuse, unwrap } from '../../src/core/base/result.ts';
import { decodeCheckpoint } from '../../src/core/log/checkpoint.ts';
import { encodeNote, type Note } from '../../src/core/log/note.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import type { SignedLog } from '../../src/node/checkpoint-gathering.ts';
import { openPublished } from '../../src/node/published-source.ts';
import { replayChain } from '../../src/node/replaying.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { Device, until } from '../support/device.ts';
import { expectEachFlipRefused } from '../support/flips.ts';

const options = { verifier: webCryptoVerifier(), signal: new AbortController().signal };
let ada: Device;
afterEach(() => ada.off());

async function publishes(): Promise<void> {
  ada = await new Device(memoryHub(), 'Ada').on();
  await ada.latchkey.createChain({ name: 'Harbour', yourName: 'Ada', publicRead: true });
  await ada.chain.append('for everybody to count');
  await until(ada.chain, () => ada.chain.log.checkpoint()?.vouched === true && ada.chain.log.checkpoint()?.size === ada.chain.log.size);
}

/** What an audit says of Ada's log with another file in place of one. */
async function audited(signed: SignedLog, path: string, instead: Uint8Array): Promise<Result<unknown>> {
  const { log } = ada.chain;
  try {
    const { source, judge } = await openPublished(async (asked) => (asked === path ? instead : (await log.file(signed, asked))?.bytes));
    const replayed = await replayChain(source, options);
    const fault = replayed.ok ? await judge(replayed.value.point, options.verifier) : replayed.fault;
    return fault === undefined ? ok(undefined) : { ok: false, refusal: fault.refusal };
  } catch (error) {
    if (error instanceof RefusalError) return refuse(error.code, error.message);
    throw error;
  }
}

/** What is found wrong with the log of Ada's chain once the signatures under its checkpoint are other ones. */
async function judged(change: (signatures: Note['signatures']) => Note['signatures']) {
  const { log } = ada.chain;
  const { source, judge } = await openPublished(async (path) => {
    const signed = log.signed();
    const file = signed && (await log.file(signed, path));
    if (file === undefined || path !== 'checkpoint') return file?.bytes;
    const { text, signatures } = unwrap(decodeCheckpoint(file.bytes)).note;
    return encodeNote({ text, signatures: change(signatures) });
  });
  const replayed = await replayChain(source, options);
  if (!replayed.ok) throw new Error('what is replayed is right');
  return judge(replayed.value.point, options.verifier);
}

test('is right as it was signed, and not with a signature less, a wrong one, or one by somebody else', async () => {
  await publishes();
  expect(await judged((signatures) => signatures)).toBeUndefined();
  // The log's own signature alone, or the cosignature alone: the policy asks for both.
  for (const only of [0, 1]) {
    const fault = await judged((signatures) => signatures.slice(only, only + 1));
    expect(fault?.refusal.code).toBe('no-quorum');
  }
  const wrong = await judged((all) =>
    all.map((line) => ({ ...line, signature: line.signature.map((byte, i) => (i === 20 ? byte ^ 1 : byte)) })),
  );
  expect(wrong?.refusal.code).toBe('bad-signature');
  const foreign = await judged((all) => all.map((line) => ({ ...line, name: 'somebody.example' })));
  expect(foreign?.refusal.code).toBe('unknown-signer');
});

test('whichever byte of what an audit reads is another, it says what is wrong', { timeout: 120_000 }, async () => {
  await publishes();
  const { log } = ada.chain;
  const signed = log.signed() ?? expect.fail('nothing is signed');
  const read = (await log.paths(signed)).filter((path) => !/^(tile\/\d|policy|keys)/.test(path));
  expect(read).toEqual(expect.arrayContaining(['checkpoint', 'finality']));
  expect(read.map((path) => path.split('/')[0])).toEqual(expect.arrayContaining(['headers', 'tile']));
  for (const path of read) {
    const { bytes } = (await log.file(signed, path)) ?? expect.fail(path);
    await expectEachFlipRefused(bytes, (flipped) => audited(signed, path, flipped));
  }
});
