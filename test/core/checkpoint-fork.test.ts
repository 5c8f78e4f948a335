/** A checkpoint that is not of a final block's log: when it proves a fork, whom it names, and what proves nothing. */
import { beforeAll, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import type { RefusalCode } from '../../src/core/base/result.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { decodeForkProof, encodeForkProof, type ForkProof } from '../../src/core/codec/fork-proof.ts';
import { seatsOf } from '../../src/core/codec/vote.ts';
import { type Fork, openForkProof } from '../../src/core/light/fork-proof.ts';
import { logSigners } from '../../src/core/light/log-signers.ts';
import { checkpointText, originOf } from '../../src/core/log/checkpoint.ts';
import { encodeNote, type NoteSignature } from '../../src/core/log/note.ts';
import { noteSignature } from '../../src/core/log/open-note.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import { checkForkProof } from '../../src/node/fork-check.ts';
import { checkpointAgainst, verifyForkProof } from '../../src/node/fork-finding.ts';
import type { Ledger } from '../../src/node/ledger.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { Device, until } from '../support/device.ts';
import { expectEachFlipRefused } from '../support/flips.ts';
import { withFlippedBit } from '../support/liars.ts';
import { hashOf } from '../support/world.ts';

const verifier = webCryptoVerifier();

let ada: Device;
let ledger: Ledger;

beforeAll(async () => {
  ada = await new Device(memoryHub(), 'Ada').on();
  const chain = await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  for (const text of ['one', 'two', 'three']) {
    await chain.append(text);
    await until(chain, () => chain.pending().length === 0);
  }
  ledger = chain.node.ledger;
  return () => ada.off();
});

/** By Ada's own key, which signs whatever it is asked to here. */
async function signed(size: number, root: Hash, chain = ledger.chain) {
  const key = await ada.keys.get(`${Buffer.from(ledger.chain).toString('hex')}/note`);
  const log = logSigners(ledger.chain, ledger.trust)[0]?.log;
  if (key === undefined || log === undefined) throw new Error('Ada is the validator');
  const text = checkpointText({ origin: originOf(chain), size, root });
  return { text, signatures: [noteSignature(log, await key.sign(utf8(text)))] };
}

async function proofOf(size: number, root: Hash = hashOf('another history')): Promise<ForkProof> {
  return (await checkpointAgainst(ledger, size, await signed(size, root))) ?? expect.fail('no proof');
}

async function judged(proof: ForkProof): Promise<Fork | RefusalCode> {
  const checked = await checkForkProof(encodeForkProof(proof), verifier);
  return checked.ok ? checked.value : checked.refusal.code;
}

describe('a checkpoint beside a final block', () => {
  test.each([1, 2, 3, 4])('of the first %i transactions proves a fork, and names who signed both', async (size) => {
    const fork = await judged(await proofOf(size));
    if (typeof fork === 'string') return expect.fail(fork);
    expect(fork).toMatchObject({ kind: 'checkpoint-and-block', checkpoint: { size }, height: size - 1, convicts: false });
    expect(fork.signers.map(({ seat }) => seat.member)).toEqual([ada.chain.you()?.id]);
  });

  test('proves nothing where it is of the same log, or of another', async () => {
    const root = (await ledger.history.rootAt(2)) ?? expect.fail('history is here');
    expect(await judged(await proofOf(2, root))).toBe('fork-refuted');
    const elsewhere = await signed(2, hashOf('another history'), hashOf('another chain'));
    expect(await judged((await checkpointAgainst(ledger, 2, elsewhere)) ?? expect.fail('made'))).toBe('wrong-origin');
  });

  test('of another chain costs no check of a signature', async () => {
    const never = { verify: () => expect.fail('a signature was checked') };
    const refusal = { code: 'wrong-chain' };
    await expect(verifyForkProof(await proofOf(2), hashOf('another chain'), never)).rejects.toMatchObject(refusal);
  });

  test('proves nothing where nobody who decides has signed it', async () => {
    const { text } = await signed(2, hashOf('another history'));
    const stranger: NoteSignature = { name: 'stranger', id: Uint8Array.of(1, 2, 3, 4), signature: new Uint8Array(64) };
    expect(await checkpointAgainst(ledger, 2, { text, signatures: [stranger] })).toBeUndefined();
    const proof = await proofOf(2);
    if (proof.type !== 'checkpoint-and-block') return expect.fail();
    expect(await judged({ ...proof, checkpoint: encodeNote({ text, signatures: [stranger] }) })).toBe('unknown-signer');
    const { signatures } = await signed(2, hashOf('another history'));
    expect(await judged({ ...proof, checkpoint: encodeNote({ text, signatures: [...signatures, stranger] }) })).toBe('not-canonical');
  });

  test('proves nothing with a second line by a key that signed, whatever that line says', async () => {
    const { text, signatures } = await signed(2, hashOf('another history'));
    const proof = await proofOf(2);
    if (proof.type !== 'checkpoint-and-block') return expect.fail();
    const wrong = signatures.map((line) => ({ ...line, signature: withFlippedBit(line.signature, 7) }));
    for (const more of [signatures, wrong])
      expect(await judged({ ...proof, checkpoint: encodeNote({ text, signatures: [...signatures, ...more] }) })).toBe('not-canonical');
  });

  test('whichever bit is flipped, it proves nothing', { timeout: 240_000 }, async () => {
    await expectEachFlipRefused(encodeForkProof(await proofOf(2)), (flipped) => checkForkProof(flipped, verifier));
  });

  test('says who has certified the block', async () => {
    const proof = await proofOf(3);
    const opened = unwrap(openForkProof(unwrap(decodeForkProof(encodeForkProof(proof)))));
    expect(proof.type === 'checkpoint-and-block' && seatsOf(proof.block.certificate.signers)).toEqual([0]);
    expect(opened.fork.trust).toEqual(ledger.trust);
  });
});
