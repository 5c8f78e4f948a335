/** What is published as an audit reads it: a checkpoint counts only with the signatures that its epoch asks for. */
import { afterEach, expect, test } from 'vitest';
import { unwrap } from '../../src/core/base/result.ts';
import { decodeCheckpoint } from '../../src/core/log/checkpoint.ts';
import { encodeNote, type Note } from '../../src/core/log/note.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import { openPublished } from '../../src/node/published-source.ts';
import { replayChain } from '../../src/node/replaying.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { Device, until } from '../support/device.ts';

const options = { verifier: webCryptoVerifier(), signal: new AbortController().signal };
const ada = new Device(memoryHub(), 'Ada');
afterEach(() => ada.off());

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
  await ada.on();
  await ada.latchkey.createChain({ name: 'Harbour', yourName: 'Ada', publicRead: true });
  await ada.chain.append('for everybody to count');
  await until(ada.chain, () => ada.chain.log.checkpoint()?.vouched === true && ada.chain.log.checkpoint()?.size === ada.chain.log.size);
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
