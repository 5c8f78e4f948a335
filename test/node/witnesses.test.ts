/** Signatures of public witnesses go from node to node as others do, where their keys are known by configuration. */
import { expect, test } from 'vitest';
import { fromUtf8 } from '../../src/core/base/bytes.ts';
import { publicKeyOf, signWithSeed } from '../../src/core/base/key.ts';
import { encodeSessionMessage } from '../../src/core/codec/session-message.ts';
import { cosignedText } from '../../src/core/log/cosignature.ts';
import { encodeNote, type Note } from '../../src/core/log/note.ts';
import { cosignatureLine } from '../../src/core/log/open-note.ts';
import { verifierKey } from '../../src/core/log/verifier-key.ts';
import { type Device, until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';
import { hashOf } from '../support/world.ts';

const { someone, informed } = gathering();
const SEED = hashOf('a witness');
const WITNESS = verifierKey('witness.example/w1', 'cosignature', publicKeyOf(SEED));
const TIME = 1_790_000_000;

/** What the witness, or somebody who would pass for it, answers when it is asked about a checkpoint. */
function cosigned({ text }: Note, seed: Uint8Array = SEED): Uint8Array {
  return encodeNote({ text, signatures: [cosignatureLine(WITNESS, TIME, signWithSeed(seed, cosignedText(TIME, text)))] });
}

/** Ada asks the witness; Ben knows its key, and Cem does not. */
async function three() {
  const ada = await informed('Ada', [WITNESS]);
  await ada.latchkey.createChain({ name: 'Harbour', yourName: 'Ada' });
  const [ben, cem] = [await informed('Ben', [WITNESS]), await someone('Cem')];
  for (const device of [ben, cem]) await device.joins(await ada.invites());
  await until(ada.chain, () => ada.chain.log.checkpoint()?.size === ada.chain.log.size);
  for (const { chain } of [ben, cem]) await until(chain, () => chain.log.checkpoint()?.size === ada.chain.log.size);
  return { ada, ben, cem, newest: ada.chain.log.signed()?.note ?? expect.fail('a checkpoint') };
}

const witnessesOf = ({ chain }: Device) => chain.log.checkpoint()?.witnesses ?? [];

test('a witness that one node asks is shown by every node that knows its key', { timeout: 30_000 }, async () => {
  const { ada, ben, cem, newest } = await three();
  await ada.chain.node.run(() => ada.chain.node.duties.checkpoints.take(cosigned(newest), undefined));
  await until(ben.chain, () => witnessesOf(ben).length > 0);
  for (const device of [ada, ben]) expect(witnessesOf(device)).toEqual([{ name: 'witness.example/w1', signedAt: TIME * 1000 }]);
  expect(witnessesOf(cem)).toEqual([]);
  // It is on Ben's disk soon after, and shown to whoever meets him.
  const kept = () => ben.chain.node.ledger.space.range('checkpoints', 0, Number.MAX_SAFE_INTEGER, 100);
  await expect.poll(async () => (await kept()).some(({ value }) => fromUtf8(value)?.includes(WITNESS.name))).toBe(true);
  await ben.off();
  await ben.on();
  expect(witnessesOf(ben)).toHaveLength(1);
});

test('a signature in its name that is none ends the session with whoever shows it', { timeout: 30_000 }, async () => {
  const { ada, ben, newest } = await three();
  const session = ada.chain.node.sessions().find(({ peer }) => peer === ben.peer) ?? expect.fail('no session');
  session.send(encodeSessionMessage({ type: 'checkpoints', notes: [cosigned(newest, hashOf('somebody else'))] }));
  await until(ben.chain, () => !ben.chain.node.sessions().some(({ peer }) => peer === ada.peer));
  expect(witnessesOf(ben)).toEqual([]);
});
