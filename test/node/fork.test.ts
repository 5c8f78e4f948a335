/** Stories of a chain whose validators finalise two histories: whoever sees both stops, keeps the proof, and tells everybody. */
import { beforeEach, describe, expect, test } from 'vitest';
import { unwrap } from '../../src/core/base/result.ts';
import { decodeForkProof, encodeForkProof } from '../../src/core/codec/fork-proof.ts';
import { encodeSessionMessage } from '../../src/core/codec/session-message.ts';
import type { ChainPoint } from '../../src/core/consensus/execute.ts';
import { type Fork, twoFinalBlocks } from '../../src/core/light/fork-proof.ts';
import type { CommittedBlock } from '../../src/node/committed-block.ts';
import { checkForkProof } from '../../src/node/fork-check.ts';
import { verifyForkProof } from '../../src/node/fork-finding.ts';
import { writeForkProof } from '../../src/node/fork-row.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { type Device, until } from '../support/device.ts';
import { forgedBlock, growForged, spaceOf } from '../support/forger.ts';
import { gathering } from '../support/gathering.ts';
import { withFlippedBit } from '../support/liars.ts';
import { seededRandom } from '../support/seeded-random.ts';

const { everybody, someone } = gathering();
let ada: Device;
let ben: Device;
let cem: Device;
let dee: Device;

/** Ada and Ben validate, Cem and Dee write. */
beforeEach(async () => {
  ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  for (const name of ['Ben', 'Cem', 'Dee']) await (await someone(name)).joins(await ada.invites());
  [ada, ben, cem, dee] = everybody as [Device, Device, Device, Device];
  const own = ben.chain.members().find(({ you }) => you);
  if (own === undefined) throw new Error('Ben is a member');
  await ada.chain.governance.propose({ type: 'grant', member: own.id, role: 'validator' });
  await until(ada.chain, () => ada.chain.node.ledger.trust.seats.length === 2 && ada.chain.node.isMember);
  await level();
});

/** Everybody who is there has what Ada has. */
async function level(...devices: readonly Device[]): Promise<void> {
  for (const { chain } of devices.length > 0 ? devices : everybody) await until(chain, () => chain.height >= ada.chain.height);
}

async function writes(device: Device, text: string): Promise<void> {
  await device.chain.append(text);
  await until(device.chain, () => device.chain.pending().length === 0);
}

function sends(from: Device, to: Device, { point, certificate }: Pick<CommittedBlock, 'point' | 'certificate'>): void {
  const session = from.chain.node.sessions().find(({ peer }) => peer === to.peer);
  if (session === undefined) throw new Error(`${from.name} does not see ${to.name}`);
  session.send(encodeSessionMessage({ type: 'tip', header: point.header, certificate, ids: [] }));
}

const isForked = ({ chain }: Device) => chain.node.isForked;
const stops = (device: Device) => until(device.chain, () => isForked(device));
const proofOf = (device: Device) => device.chain.node.follower.forks.caught?.proof ?? expect.fail('no proof');

/** What a device's proof proves to a stranger. */
function proven(device: Device): Promise<Fork> {
  return verifyForkProof(unwrap(decodeForkProof(proofOf(device))), device.chain.id, webCryptoVerifier());
}

/** A block that is final, and the point below it. */
async function writtenBlock(): Promise<{ readonly parent: ChainPoint; readonly height: number }> {
  const parent = ada.chain.node.ledger.tip;
  await writes(ada, 'as it was');
  await level();
  return { parent, height: parent.header.height + 1 };
}

describe('a second final block at a height', { timeout: 60_000 }, () => {
  test('stops whoever is told of it, and everybody whom that one tells', async () => {
    const { parent, height } = await writtenBlock();
    sends(dee, cem, await forgedBlock(parent, [ada, ben]));
    await Promise.all(everybody.map(stops));
    for (const device of everybody) {
      const { node } = device.chain;
      expect(node.problem).toBe('conflicting-block');
      expect(node.isValidator).toBe(false);
      expect(proofOf(device)).toEqual(proofOf(cem));
      await expect(device.chain.append('and on')).rejects.toMatchObject({ code: 'conflicting-block' });
      expect(device.chain.height).toBe(height);
      expect(await device.texts()).toContain('as it was');
    }
  });

  test('is proved to anybody who has the chain’s id, with the names of those who signed both', async () => {
    const { parent, height } = await writtenBlock();
    sends(dee, cem, await forgedBlock(parent, [ada, ben]));
    await stops(cem);
    const fork = await proven(cem);
    expect(fork).toMatchObject({ height, epoch: 1, restsOnRecovery: false });
    const names = fork.signers.map(({ seat }) => cem.chain.member(seat.member)?.name);
    expect(new Set(names)).toEqual(new Set(['Ada', 'Ben']));
    // It tells of the change of validators too; not one bit of that can be another.
    const [proof, random] = [proofOf(cem), seededRandom(7)];
    for (let i = 0; i < 200; i++) {
      const flipped = withFlippedBit(proof, Math.floor(random() * proof.length * 8));
      expect((await checkForkProof(flipped, webCryptoVerifier())).ok).toBe(false);
    }
  });

  test('stops it for good: after a restart nothing is added, and newcomers to a session are told', async () => {
    const { parent } = await writtenBlock();
    await dee.off();
    sends(ben, cem, await forgedBlock(parent, [ada, ben]));
    await Promise.all([ada, ben, cem].map(stops));
    for (const device of [ada, ben]) await device.off();
    for (const device of [ada, ben]) {
      await device.on();
      expect(isForked(device)).toBe(true);
      expect(device.chain.node.isValidator).toBe(false);
    }
    await dee.on();
    await stops(dee);
  });

  test('is told to whoever wants to come in, instead of no answer', async () => {
    const link = await ada.invites();
    await level();
    const { parent } = await writtenBlock();
    sends(dee, cem, await forgedBlock(parent, [ada, ben]));
    await Promise.all(everybody.map(stops));
    const eve = await someone('Eve');
    await expect(eve.joins(link)).rejects.toMatchObject({ code: 'conflicting-block' });
  });

  test('that was not certified is a lie, and ends the session', async () => {
    const { parent } = await writtenBlock();
    sends(dee, cem, await forgedBlock(parent, [ada]));
    await until(cem.chain, () => !cem.chain.node.sessions().some(({ peer }) => peer === dee.peer));
    expect(isForked(cem)).toBe(false);
    await writes(cem, 'and on');
  });
});

describe('two histories that meet', { timeout: 60_000 }, () => {
  test.each([
    ['of one length', 1, 1],
    ['the other longer', 1, 3],
    ['the other shorter', 3, 1],
  ])('%s: both sides stop', async (_name, honest, forged) => {
    await dee.off();
    await growForged(dee, [ada, ben], forged);
    for (let i = 0; i < honest; i++) await writes(ada, `entry ${i}`);
    await dee.on();
    await Promise.all(everybody.map(stops));
    const forks = await Promise.all(everybody.map(proven));
    for (const { blocks, height } of forks) expect({ blocks, height }).toEqual({ blocks: forks[0]?.blocks, height: forks[0]?.height });
  });
});

describe('a fork proof that proves nothing', { timeout: 60_000 }, () => {
  test('stops nobody, and ends the session with whoever shows it', async () => {
    const { parent } = await writtenBlock();
    await dee.off();
    const own = { header: ada.chain.node.ledger.tip.header, headers: [], certificate: ada.chain.node.ledger.certificate };
    const { point, certificate } = await forgedBlock(parent, [ada, ben]);
    const signatures = [...certificate.signatures].reverse();
    const epochs = await ada.chain.node.ledger.epochs.from(0, 1);
    const lineage = { genesis: ada.chain.node.ledger.genesisLeaf, epochs };
    const proof = twoFinalBlocks(lineage, own, { header: point.header, headers: [], certificate: { ...certificate, signatures } });
    await writeForkProof(await spaceOf(dee), encodeForkProof(proof));
    await dee.on();
    await until(ada.chain, () => ada.chain.node.sessions().some(({ peer }) => peer === dee.peer));
    await until(ada.chain, () => !ada.chain.node.sessions().some(({ peer }) => peer === dee.peer));
    expect([ada, ben, cem].some(isForked)).toBe(false);
    await writes(cem, 'and on');
  });
});
