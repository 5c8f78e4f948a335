/** Fork proofs: two final blocks of one height convince whoever knows the chain's id alone, and nothing less does. */
import { beforeAll, describe, expect, test } from 'vitest';
import { concat, equal } from '../../src/core/base/bytes.ts';
import { FORK_PROOF_BYTES_MAX } from '../../src/core/base/limits.ts';
import { type RefusalCode, unwrap } from '../../src/core/base/result.ts';
import { encodeForkProof, type FinalBlock, type TwoFinalBlocks } from '../../src/core/codec/fork-proof.ts';
import { type Fork, openForkProof, twoFinalBlocks } from '../../src/core/light/fork-proof.ts';
import type { CommittedBlock } from '../../src/node/committed-block.ts';
import { checkForkProof } from '../../src/node/fork-check.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { TestChain } from '../support/chain.ts';
import { expectEachFlipRefused } from '../support/flips.ts';
import { certificateOf, firstPoint, nextPoint, Writer } from '../support/points.ts';
import { found, founderOf, genesisOf } from '../support/world.ts';

const verifier = webCryptoVerifier();

/** What the bytes prove, or why they prove nothing. */
async function judged(bytes: Uint8Array): Promise<Fork | RefusalCode> {
  const checked = await checkForkProof(bytes, verifier);
  return checked.ok ? checked.value : checked.refusal.code;
}

const finalBlock = ({ point, certificate }: CommittedBlock): FinalBlock => ({ header: point.header, headers: [], certificate });

/** Alice's chain in two versions, which differ from the second block on; she is its only validator. */
async function twoVersions(): Promise<readonly [TestChain, readonly CommittedBlock[], readonly CommittedBlock[]]> {
  const [one, other] = [await TestChain.create(), await TestChain.create()];
  const first = [await one.entries('common'), await one.entries('one thing'), await one.entries('and so on')];
  const second = [await other.entries('common'), await other.entries('another thing'), await other.entries('and so forth')];
  return [one, first, second];
}

describe('two final blocks of one height', () => {
  let chain: TestChain;
  let blocks: readonly [CommittedBlock, CommittedBlock, CommittedBlock];
  let others: readonly [CommittedBlock, CommittedBlock, CommittedBlock];
  let proof: TwoFinalBlocks;

  beforeAll(async () => {
    const [made, first, second] = await twoVersions();
    chain = made;
    blocks = three(first);
    others = three(second);
    proof = twoFinalBlocks({ genesis: chain.genesisLeaf, epochs: [] }, finalBlock(blocks[1]), finalBlock(others[1]));
  });

  const three = (some: readonly CommittedBlock[]) => some as unknown as readonly [CommittedBlock, CommittedBlock, CommittedBlock];
  const lineage = () => ({ genesis: chain.genesisLeaf, epochs: [] });
  const refused = async (one: FinalBlock, other: FinalBlock) => judged(encodeForkProof(twoFinalBlocks(lineage(), one, other)));

  test('prove a fork, and name the height, the blocks and who signed both', async () => {
    const fork = await judged(encodeForkProof(proof));
    if (typeof fork === 'string') return expect.fail(fork);
    expect(fork).toMatchObject({ kind: 'two-final-blocks', epoch: 0, height: 2, convicts: true, restsOnRecovery: false });
    expect(fork.chain).toEqual(chain.id);
    expect(fork.blocks.some((id) => equal(id, blocks[1].point.id)) && fork.blocks.some((id) => equal(id, others[1].point.id))).toBe(true);
    expect(fork.signers.map(({ seat }) => seat.node)).toEqual([chain.founder.signer.publicKey]);
    expect(encodeForkProof(proof).length).toBeLessThan(4_000);
  });

  test('each by itself or by a descendant', async () => {
    const byDescendant = { header: others[1].point.header, headers: [others[2].point.header], certificate: others[2].certificate };
    expect(await refused(finalBlock(blocks[1]), byDescendant)).toMatchObject({ height: 2, convicts: false });
    const skipping = { header: others[0].point.header, headers: [others[2].point.header], certificate: others[2].certificate };
    expect(await refused(finalBlock(blocks[0]), skipping)).toBe('fork-refuted'); // The first block is common to both.
    const elsewhere = { header: blocks[1].point.header, headers: [others[2].point.header], certificate: others[2].certificate };
    expect(await refused(finalBlock(others[1]), elsewhere)).toBe('bad-proof');
  });

  test('no matter who puts it together, there is one proof', async () => {
    const other = twoFinalBlocks(lineage(), finalBlock(others[1]), finalBlock(blocks[1]));
    expect(encodeForkProof(other)).toEqual(encodeForkProof(proof));
    const turned = { ...proof, first: proof.second, second: proof.first };
    expect(await judged(encodeForkProof(turned))).toBe('not-canonical');
  });

  test('are refused where they do not contradict each other', async () => {
    expect(await refused(finalBlock(blocks[1]), finalBlock(blocks[1]))).toBe('fork-refuted');
    expect(await refused(finalBlock(blocks[1]), finalBlock(others[2]))).toBe('fork-refuted');
  });

  test('are refused without a certificate over each', async () => {
    const { header } = others[1].point;
    expect(await refused(finalBlock(blocks[1]), { header, headers: [], certificate: blocks[1].certificate })).toBe('no-quorum');
    const forged = { ...others[1].certificate, signatures: blocks[1].certificate.signatures };
    expect(await refused(finalBlock(blocks[1]), { header, headers: [], certificate: forged })).toBe('bad-signature');
    const notarized = { ...others[1].certificate, subject: { ...others[1].certificate.subject, kind: 'notarize' as const } };
    expect(await refused(finalBlock(blocks[1]), { header, headers: [], certificate: notarized })).toBe('no-quorum');
  });

  test('are refused where they are of another chain than the genesis, or of an epoch that it does not lead to', async () => {
    const stranger = await TestChain.create({ seed: 9 });
    const foreign = { ...proof, lineage: { genesis: stranger.genesisLeaf, epochs: [] } };
    expect(await judged(encodeForkProof(foreign))).toBe('wrong-chain');
    const early = { header: { ...others[1].point.header, epoch: 1 }, headers: [], certificate: others[1].certificate };
    expect(await refused(finalBlock(blocks[1]), early)).toBe('wrong-trust-set');
  });

  test('whichever bit of a proof is flipped, it proves nothing', { timeout: 240_000 }, async () => {
    await expectEachFlipRefused(encodeForkProof(proof), (flipped) => checkForkProof(flipped, verifier));
  });

  test('nor does one that is cut off, goes on, or is too long', async () => {
    const bytes = encodeForkProof(proof);
    expect(await judged(bytes.slice(0, -1))).toBeTypeOf('string');
    expect(await judged(concat(bytes, new Uint8Array(1)))).toBeTypeOf('string');
    expect(await judged(new Uint8Array(FORK_PROOF_BYTES_MAX + 1))).toBe('too-large');
  });
});

describe('with several validators', () => {
  const genesis = genesisOf([
    founderOf('alice', ['federation', 'validator']),
    ...['b', 'c', 'd'].map((name) => founderOf(name, ['validator', 'writer'])),
  ]);
  const writer = new Writer(genesis);
  const base = firstPoint(genesis);
  const [one, other] = [nextPoint(base, [writer.entry('b', 'one')]), nextPoint(base, [writer.entry('c', 'other')])];

  test('those are named who signed both, and convicted if it was in one view', () => {
    expect(unwrap(fourValidators([0, 1, 2], [1, 2, 3])).fork).toMatchObject({ convicts: true });
    expect(unwrap(fourValidators([0, 1, 2], [1, 2, 3])).fork.signers.map(({ index }) => index)).toEqual([1, 2]);
    expect(unwrap(fourValidators([0, 1, 3], [0, 1, 2, 3], 7)).fork).toMatchObject({ convicts: false, signers: [{}, {}, {}] });
    expect(fourValidators([0, 1], [0, 1, 2, 3])).toMatchObject({ ok: false, refusal: { code: 'no-quorum' } });
  });

  function fourValidators(seats: readonly number[], otherSeats: readonly number[], view = other.header.view) {
    return openForkProof(
      twoFinalBlocks(
        { genesis: unwrap(found(genesis)).leaf, epochs: [] },
        { header: one.header, headers: [], certificate: certificateOf(one, { seats }) },
        { header: other.header, headers: [], certificate: certificateOf(other, { seats: otherSeats, view }) },
      ),
    );
  }
});
