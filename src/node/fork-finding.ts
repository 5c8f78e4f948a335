/**
 * Putting a fork proof together: what this node holds as final beside what a peer does, at the lowest height at which the two
 * differ. There both have one parent, and so one trust set.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { FORK_HEADERS_MAX } from '../core/base/limits.ts';
import { unwrap } from '../core/base/result.ts';
import { blockIdOf, type Header } from '../core/codec/block.ts';
import { decode } from '../core/codec/codec.ts';
import type { FinalBlock, ForkProof } from '../core/codec/fork-proof.ts';
import type { Lineage } from '../core/codec/lineage.ts';
import { TAIL_ROW_BYTES_MAX, tailRow } from '../core/codec/stored.ts';
import type { EpochFragment } from '../core/codec/sync-message.ts';
import type { Certificate } from '../core/codec/vote.ts';
import { certifies } from '../core/consensus/certificate.ts';
import { validatorKeys } from '../core/light/checkpoint-fork.ts';
import { type Fork, openForkProof, twoFinalBlocks } from '../core/light/fork-proof.ts';
import { trustPasses } from '../core/light/lineage.ts';
import { encodeNote, type Note } from '../core/log/note.ts';
import { isSameKey } from '../core/log/verifier-key.ts';
import { settleForkProof } from './fork-check.ts';
import type { Ledger } from './ledger.ts';
import { orCorrupt } from './ledger-rows.ts';
import type { Session, Verifier } from './ports.ts';
import { fetchHeaders } from './sync-blocks.ts';
import { askFinality } from './sync-client.ts';
import { askEpochs } from './sync-epochs.ts';
import { refused } from './sync-frames.ts';

/** A certified header, above the block in question or it. */
interface Certified {
  readonly header: Header;
  readonly certificate: Certificate;
}

/** Checks all signatures of a proof about this chain; throws what is wrong with it. Of one about another chain it checks none. */
export async function verifyForkProof(proof: ForkProof, chain: Hash, verifier: Verifier): Promise<Fork> {
  const opened = unwrap(openForkProof(proof));
  if (!equal(opened.fork.chain, chain)) throw refused('wrong-chain', 'a fork proof of another chain');
  return unwrap(await settleForkProof(opened, verifier));
}

/** A block that a peer shows with a certificate over it, beside this node's own of its height; `undefined` if they are no proof. */
export async function proofAgainst(ledger: Ledger, shown: Certified): Promise<ForkProof | undefined> {
  const { header, certificate } = shown;
  const own = await ownFinalBlock(ledger, header.height);
  const epochs = await ledger.epochs.from(0, header.epoch);
  if (own === undefined || own.header.epoch !== header.epoch || epochs.length < header.epoch) return undefined;
  return twoFinalBlocks({ genesis: ledger.genesisLeaf, epochs }, own, { header, headers: [], certificate });
}

/**
 * A checkpoint that validators have signed, beside the lowest of this node's blocks whose log is as large; `undefined` if
 * they are no proof. Only who decided then counts.
 */
export async function checkpointAgainst(ledger: Ledger, size: number, { text, signatures }: Note): Promise<ForkProof | undefined> {
  const header = await ledger.headerOfLeaf(size - 1);
  const block = header && (await ownFinalBlock(ledger, header.height));
  if (header === undefined || block === undefined) return undefined;
  const lineage = { genesis: ledger.genesisLeaf, epochs: await ledger.epochs.from(0, header.epoch) };
  const passed = lineage.epochs.length < header.epoch ? undefined : trustPasses(lineage);
  const [root, consistency] = [await ledger.history.rootAt(size), await ledger.history.consistency(size, header.logSize)];
  if (passed?.ok !== true || root === undefined || !consistency.ok) return undefined;
  const keys = validatorKeys(ledger.chain, passed.value.trust).flat();
  const lines = signatures.filter((line) => keys.some((key) => isSameKey(key, line)));
  if (lines.length === 0) return undefined;
  const checkpoint = encodeNote({ text, signatures: lines });
  return { type: 'checkpoint-and-block', lineage, checkpoint, root, consistency: consistency.value, block };
}

/**
 * What proves that a peer's chain is not this one; `undefined` if it is. Not checked: whatever the peer says, `verifyForkProof`
 * has the last word. Throws what is wrong with its answers, and `not-available` while one of the two is not held as far as that takes.
 */
export async function findFork(ledger: Ledger, session: Session, signal: AbortSignal): Promise<ForkProof | undefined> {
  const { tip, certificate } = await askFinality(session, 0, signal);
  const theirs = { header: tip, certificate };
  const height = await lowestDifference(ledger, session, tip.height, signal);
  if (height === undefined) return undefined;
  const own = await ownFinalBlock(ledger, height);
  if (own === undefined) throw refused('not-available', `what makes height ${height} final is not here`);
  const { epoch } = own.header;
  const certified = tip.epoch === epoch ? theirs : await askEnd(session, epoch, signal);
  const headers = certified && (await headersUpTo(session, height, certified, signal));
  const [first, ...rest] = headers ?? [];
  if (certified === undefined || first === undefined || first.epoch !== epoch)
    throw refused('not-available', `the peer does not show what makes its height ${height} final`);
  const lineage = await lineageTo(ledger, session, epoch, signal);
  return twoFinalBlocks(lineage, own, { header: first, headers: rest, certificate: certified.certificate });
}

/** The lowest height at which the peer has another header than we; found by halving, since above it no two are alike. */
async function lowestDifference(ledger: Ledger, session: Session, peerHeight: number, signal: AbortSignal): Promise<number | undefined> {
  const differs = async (height: number): Promise<boolean> => {
    const [own, [other]] = await Promise.all([ledger.history.header(height), fetchHeaders(session, height, height + 1, signal)]);
    if (own === undefined || other === undefined) throw refused('not-available', `height ${height} is not here`);
    return !equal(blockIdOf(own), blockIdOf(other));
  };
  let alike = 0;
  let unlike = Math.min(ledger.tip.header.height, peerHeight);
  if (unlike === 0 || !(await differs(unlike))) return undefined;
  while (unlike - alike > 1) {
    const middle = Math.floor((alike + unlike) / 2);
    if (await differs(middle)) unlike = middle;
    else alike = middle;
  }
  return unlike;
}

/** A block of ours with what makes it final here; `undefined` while that is not at hand. */
async function ownFinalBlock(ledger: Ledger, height: number): Promise<FinalBlock | undefined> {
  const header = await ledger.history.header(height);
  if (header === undefined) return undefined;
  const certified = (await ownCertificate(ledger, header)) ?? (await ownEnd(ledger, header.epoch));
  if (certified === undefined || certified.header.height - height > FORK_HEADERS_MAX) return undefined;
  const headers = await ledger.headers(height + 1, certified.header.height + 1);
  return headers.length === certified.header.height - height ? { header, headers, certificate: certified.certificate } : undefined;
}

/** Blocks of the tail are kept with the certificate that they came with. */
async function ownCertificate(ledger: Ledger, header: Header): Promise<Certified | undefined> {
  const row = await ledger.space.get('tail', header.height);
  const certificate = row && orCorrupt(decode(tailRow, row, TAIL_ROW_BYTES_MAX)).certificate;
  const isOwn = certificate !== undefined && certifies(certificate, 'finalize', header.chain, blockIdOf(header));
  return isOwn ? { header, certificate } : undefined;
}

/** The last certified header of an epoch: the tip, or what closed it. */
async function ownEnd(ledger: Ledger, epoch: number): Promise<Certified | undefined> {
  const { tip, certificate, certified } = ledger;
  if (tip.header.epoch === epoch) return certified ? { header: tip.header, certificate } : undefined;
  const [fragment] = await ledger.epochs.from(epoch, 1);
  return fragment;
}

async function askEnd(session: Session, epoch: number, signal: AbortSignal): Promise<Certified | undefined> {
  const [fragment] = await askEpochs(session, epoch, signal);
  return fragment?.header.epoch === epoch ? fragment : undefined;
}

async function headersUpTo(session: Session, height: number, { header }: Certified, signal: AbortSignal): Promise<readonly Header[]> {
  if (header.height < height || header.height - height > FORK_HEADERS_MAX) return [];
  return fetchHeaders(session, height, header.height + 1, signal);
}

/** How trust came to an epoch: as it is kept here or, where a newcomer has not copied that yet, as the peer tells it. */
async function lineageTo(ledger: Ledger, session: Session, epoch: number, signal: AbortSignal): Promise<Lineage> {
  const kept = await ledger.epochs.from(0, epoch);
  const epochs: EpochFragment[] = [...kept];
  while (epochs.length < epoch) {
    const some = await askEpochs(session, epochs.length, signal);
    if (some.length === 0) throw refused('not-available', `nobody shows how epoch ${epochs.length} ended`);
    epochs.push(...some.slice(0, epoch - epochs.length));
  }
  return { genesis: ledger.genesisLeaf, epochs };
}
