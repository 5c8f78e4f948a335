/** Proofs that a transaction was logged: made by any whole copy, checked with nothing but the file, or by a policy that one brings. */
import { describe, expect, test } from 'vitest';
import { toHex, utf8 } from '../../src/core/base/bytes.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { logProofWords } from '../../src/core/light/log-proof-words.ts';
import { decodeTlogProof, encodeTlogProof, isTlogProof } from '../../src/core/log/tlog-proof.ts';
import { checkLogProof } from '../../src/node/log-proof-check.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { type Device, until } from '../support/device.ts';
import { expectRefused } from '../support/flips.ts';
import { gathering } from '../support/gathering.ts';
import { withBit } from '../support/log-tiles.ts';

const verifier = webCryptoVerifier();
const { someone } = gathering();

/** Ada's chain with entries, once a checkpoint that enough have signed covers them. */
async function club(texts: readonly string[]): Promise<Device> {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  for (const text of texts) await ada.chain.append(text);
  const size = 1 + texts.length;
  await until(ada.chain, () => {
    const signed = ada.chain.log.signed();
    return signed?.vouched === true && signed.checkpoint.size >= size;
  });
  return ada;
}

describe('a proof that a transaction was logged', () => {
  test('holds by itself for every leaf, the genesis among them, and says in words what it proves', async () => {
    const ada = await club(['one', 'two', 'three', 'four']);
    const { items } = await ada.chain.log.read({ limit: 50 });
    for (const { index, transaction } of items) {
      const file = await ada.chain.log.proof(index);
      expect(isTlogProof(file)).toBe(true);
      const story = unwrap(await checkLogProof(file, verifier));
      expect(story).toMatchObject({ index, size: ada.chain.log.signed()?.checkpoint.size, chain: { name: 'Garden club', validators: 1 } });
      expect(story.transaction && toHex(story.transaction.id)).toBe(transaction && toHex(transaction.id));
      expect(story.signers).toMatchObject([{ office: 'validator', name: 'validator-1' }]);
    }
    const story = unwrap(await checkLogProof(await ada.chain.log.proof(1), verifier));
    const { proves, provesNot } = logProofWords(
      story,
      (time) => new Date(time).toISOString(),
      (id) => ada.chain.member(id)?.name,
    );
    expect(proves[0]).toContain('stands at place 1 of the log of Garden club');
    expect(proves.join(' ')).toContain('Ada signed a checkpoint of 5 transactions');
    expect(provesNot.join(' ')).toContain(toHex(ada.chain.id));
  });

  test('every bit of it changed: refused, with the reason', { timeout: 120_000 }, async () => {
    const ada = await club(['one']);
    const file = await ada.chain.log.proof(1);
    unwrap(await checkLogProof(file, verifier));
    for (let bit = 0; bit < 8 * file.length; bit++) {
      const changed = withBit(file, bit);
      const checked = isTlogProof(changed) ? await checkLogProof(changed, verifier) : undefined;
      if (checked?.ok === true || checked?.refusal.detail === '') expect.fail(`bit ${bit} of ${file.length} bytes is taken`);
    }
  });

  test('with a second line by a key that signed: refused, also by a policy, whatever that line says', async () => {
    const ada = await club(['one']);
    const { extra, index, path, signed } = unwrap(decodeTlogProof(await ada.chain.log.proof(1)));
    const { text, signatures } = signed.note;
    const wrong = signatures.map((line) => ({ ...line, signature: withBit(line.signature, 100) }));
    for (const more of [signatures, wrong]) {
      const file = encodeTlogProof({ extra, index, path, note: { text, signatures: [...signatures, ...more] } });
      expect(await checkLogProof(file, verifier)).toMatchObject({ ok: false, refusal: { code: 'not-canonical' } });
      expect(await checkLogProof(file, verifier, ada.chain.log.policy)).toMatchObject({ ok: false, refusal: { code: 'not-canonical' } });
    }
  });

  test('by a policy that one brings: what the file tells of the chain still has to be right, every bit of it', {
    timeout: 120_000,
  }, async () => {
    const ada = await club(['one']);
    const file = await ada.chain.log.proof(1);
    const { extra, index, path, signed } = unwrap(decodeTlogProof(file));
    if (extra === undefined) return expect.fail('it shows whose signatures count');
    unwrap(await checkLogProof(file, verifier, ada.chain.log.policy));
    for (let bit = 0; bit < 8 * extra.length; bit++) {
      const changed = encodeTlogProof({ extra: withBit(extra, bit), index, path, note: signed.note });
      expectRefused(`bit ${bit}`, await checkLogProof(changed, verifier, ada.chain.log.policy));
    }
    const other = unwrap(decodeTlogProof(await (await club(['elsewhere'])).chain.log.proof(1)));
    const mixed = encodeTlogProof({ extra: other.extra, index, path, note: signed.note });
    expect(await checkLogProof(mixed, verifier, ada.chain.log.policy)).toMatchObject({ ok: false, refusal: { code: 'wrong-chain' } });
  });

  test('of another’s making: with a bare leaf it takes a policy, and with neither it says so', async () => {
    const ada = await club(['one']);
    const made = unwrap(decodeTlogProof(await ada.chain.log.proof(1)));
    const leaf = (await ada.chain.node.ledger.leaves(1, 2))[0]?.bytes;
    const { index, path, signed } = made;
    const bare = encodeTlogProof({ extra: leaf, index, path, note: signed.note });
    expect(await checkLogProof(bare, verifier)).toMatchObject({ ok: false, refusal: { code: 'not-available' } });
    expect(unwrap(await checkLogProof(bare, verifier, ada.chain.log.policy))).toMatchObject({ index: 1, chain: undefined });
    expect(unwrap(await checkLogProof(await ada.chain.log.proof(1), verifier, ada.chain.log.policy))).toMatchObject({ index: 1 });
    const alone = encodeTlogProof({ extra: undefined, index, path, note: signed.note });
    expect(await checkLogProof(alone, verifier, ada.chain.log.policy)).toMatchObject({ ok: false, refusal: { code: 'not-available' } });
    const other = await club(['elsewhere']);
    expect(await checkLogProof(bare, verifier, other.chain.log.policy)).toMatchObject({ ok: false });
    expect(isTlogProof(utf8('c2sp.org/tlog-proof@v10\n'))).toBe(false);
  });

  test('is refused while no checkpoint covers it', async () => {
    const ada = await club(['one']);
    await expect(ada.chain.log.proof(99)).rejects.toMatchObject({ code: 'not-available' });
  });
});
