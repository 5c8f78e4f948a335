/** What validators can do who work together against everybody else: a second history of a chain, certified by the same keys. */
import { equal, toHex } from '../../src/core/base/bytes.ts';
import type { LeafBodies } from '../../src/core/codec/sync-message.ts';
import type { Transaction } from '../../src/core/codec/transaction.ts';
import { bitmapOf, type Vote, type VoteSubject, voteSignedText } from '../../src/core/codec/vote.ts';
import { assembleCertificate } from '../../src/core/consensus/certificate.ts';
import { buildBlock, type ChainPoint } from '../../src/core/consensus/execute.ts';
import { leaderSeat } from '../../src/core/consensus/leader.ts';
import { trustSetOf } from '../../src/core/membership/facts.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import type { CommittedBlock } from '../../src/node/committed-block.ts';
import { Ledger } from '../../src/node/ledger.ts';
import type { KeyStore, Signer, Space } from '../../src/node/ports.ts';
import type { Device } from './device.ts';

/** Whoever has the keys of a validator. */
interface Keys {
  readonly keys: Pick<KeyStore, 'get'>;
}

/** A leaf as it is put into a forged block: whoever forges need not have checked its signatures. */
export interface ForgedLeaf {
  readonly transaction: Transaction;
  readonly bodies: LeafBodies;
}

/** A block on a parent, later than any that the shipped code makes there, finalised by all these validators; empty unless `leaves` are given. */
export async function forgedBlock(
  parent: ChainPoint,
  validators: readonly Keys[],
  late = 1,
  leaves: readonly ForgedLeaf[] = [],
): Promise<CommittedBlock> {
  const { seats, epoch: inForce } = trustSetOf(parent.state);
  const parentSigners = bitmapOf(parent.header.epoch === inForce ? seats.map((_, i) => i) : []);
  const view = parent.header.view + late;
  const proposal = { view, time: parent.header.time + 1, proposerSeat: leaderSeat(view, seats.length), parentSigners };
  const transactions = leaves.map(({ transaction }) => asVerified(transaction));
  const { point, refused } = buildBlock(parent, proposal, transactions);
  if (refused[0] !== undefined) throw new Error(`not even a forger gets this in: ${refused[0].refusal.detail}`);
  const { chain, epoch } = point.header;
  const subject: VoteSubject = { kind: 'finalize', chain, epoch, view, block: point.id };
  const signers = await Promise.all(validators.map(({ keys }) => keys.get(`${toHex(chain)}/vote`)));
  const votes = await Promise.all(signers.flatMap((signer) => (signer === undefined ? [] : [voteBy(signer, subject, parent)])));
  return { point, transactions, bodies: leaves.map(({ bodies }) => bodies), certificate: assembleCertificate(subject, votes) };
}

async function voteBy(signer: Signer, subject: VoteSubject, parent: ChainPoint): Promise<Vote> {
  const seat = trustSetOf(parent.state).seats.findIndex(({ vote }) => equal(vote, signer.publicKey));
  return { subject, seat, signature: await signer.sign(voteSignedText(subject)) };
}

/** Writes so many forged blocks onto the disk of a device that is off, above what it holds. */
export async function growForged(device: Device, validators: readonly Device[], count: number): Promise<void> {
  const ledger = await Ledger.open(await spaceOf(device));
  if (ledger === undefined) throw new Error(`${device.name} is on no chain`);
  for (let i = 0; i < count; i++) await ledger.commit(await forgedBlock(ledger.tip, validators));
}

/** Where a device keeps its one chain. */
export async function spaceOf(device: Device): Promise<Space> {
  const [name = ''] = (await device.store.spaces()).filter((one) => one.startsWith('chain-'));
  return device.store.space(name);
}
