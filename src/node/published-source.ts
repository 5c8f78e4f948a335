/**
 * A published log as the source of a replay: whatever a web server or a folder gives, checked by the replay itself. Nothing is
 * believed but the chain's id, which the checkpoint's origin names.
 */
import { equal, fromHex } from '../core/base/bytes.ts';
import { asHash } from '../core/base/hash.ts';
import { BUNDLE_LEAVES, HEADER_BUNDLE_HEADERS, NOTE_BYTES_MAX } from '../core/base/limits.ts';
import { ok, RefusalError, type Result, refuse, unwrap } from '../core/base/result.ts';
import { blockIdOf, FINALITY_HEADERS_MAX, finality, HEADER_BYTES_MAX, type Header } from '../core/codec/block.ts';
import { decode } from '../core/codec/codec.ts';
import { HEADER_ROW_BYTES_MAX } from '../core/codec/header-row.ts';
import type { TrustSet } from '../core/codec/records.ts';
import { EPOCH_FRAGMENT_BYTES_MAX, type EpochFragment, epochFragment, headerList } from '../core/codec/sync-message.ts';
import type { Certificate } from '../core/codec/vote.ts';
import type { ChainPoint } from '../core/consensus/execute.ts';
import { finalitySignatures, headersConnect } from '../core/light/finality.ts';
import { openGenesis } from '../core/light/genesis.ts';
import { auditorsInPolicy, isVouchedFor, type LogSigner, logSigners } from '../core/light/log-signers.ts';
import { faultAt, type ReplayFault } from '../core/light/replay.ts';
import { BUNDLE_BYTES_MAX, decodeLeaves } from '../core/log/bundle.ts';
import { type Checkpoint, decodeCheckpoint, type SignedCheckpoint } from '../core/log/checkpoint.ts';
import type { Note } from '../core/log/note.ts';
import { openNote, settleNote } from '../core/log/open-note.ts';
import { tileAt, tilePath } from '../core/log/tile.ts';
import { isSameKey } from '../core/log/verifier-key.ts';
import { trustSetOf } from '../core/membership/facts.ts';
import { quorumOf } from '../core/policy/quorum.ts';
import type { Verifier } from './ports.ts';
import { epochPath, FINALITY_FILE, headersPath } from './published-blocks.ts';
import type { ReplaySource } from './replaying.ts';

/** Gives a file of the log by its path; `undefined` if there is none. None of its kind has more than `bytesMax` bytes. */
export type ReadPublished = (path: string, bytesMax: number) => Promise<Uint8Array | undefined>;

const ORIGIN = /^latchkey\/([0-9a-f]{64})$/;
const FINALITY_BYTES_MAX = FINALITY_HEADERS_MAX * HEADER_BYTES_MAX + 8192;

export interface PublishedSource {
  readonly source: ReplaySource;
  readonly checkpoint: Checkpoint;
  /** What is wrong with the checkpoint or with what makes it final, once all before was replayed to this point. */
  judge(point: ChainPoint, verifier: Verifier): Promise<ReplayFault | undefined>;
}

/** Opens what is published. Throws `not-available` where a file is missing, `malformed` where one is none of its kind. */
export async function openPublished(read: ReadPublished): Promise<PublishedSource> {
  const file: ReadFile = async (path, bytesMax) => {
    const bytes = await read(path, bytesMax);
    if (bytes === undefined) throw new RefusalError({ code: 'not-available', detail: `${path} is not there` });
    return bytes;
  };
  const signed = unwrap(decodeCheckpoint(await file('checkpoint', NOTE_BYTES_MAX)));
  const { checkpoint } = signed;
  const chain = asHash(fromHex(ORIGIN.exec(checkpoint.origin)?.[1] ?? '') ?? new Uint8Array(0));
  if (chain === undefined) throw new RefusalError({ code: 'malformed', detail: 'the checkpoint is of no chain' });
  const { certificate, headers: last } = unwrap(decode(finality, await file(FINALITY_FILE, FINALITY_BYTES_MAX), FINALITY_BYTES_MAX));
  const [tip] = last;
  if (tip?.logSize !== checkpoint.size)
    throw new RefusalError({ code: 'not-available', detail: 'what makes the checkpoint final is not published yet' });
  const leaves = leavesBy(file, checkpoint.size);
  const [genesisLeaf] = await leaves(0, 1);
  if (genesisLeaf === undefined) throw new RefusalError({ code: 'malformed', detail: 'a log without a genesis' });
  const source = {
    chain,
    genesisLeaf,
    tip,
    certificate: last.length === 1 ? certificate : undefined,
    leaves,
    headers: headersBy(file, tip.height + 1, genesisLeaf),
    epochs: epochsBy(read),
  };
  return { source, checkpoint, judge: (point, verifier) => judge(point, signed, { certificate, last }, verifier) };
}

function leavesBy(file: ReadFile, size: number): ReplaySource['leaves'] {
  return async (from, to) => {
    const out: Uint8Array[] = [];
    for (let index = Math.floor(from / BUNDLE_LEAVES); index * BUNDLE_LEAVES < Math.min(to, size); index++) {
      const tile = tileAt('entries', index, size);
      if (tile === undefined) return out;
      const first = index * BUNDLE_LEAVES;
      const some = unwrap(decodeLeaves(await file(tilePath(tile), BUNDLE_BYTES_MAX)));
      out.push(...some.slice(Math.max(0, from - first), Math.max(0, to - first)));
    }
    return out;
  };
}

type ReadFile = (path: string, bytesMax: number) => Promise<Uint8Array>;

/** A replay never asks for the genesis' header, which it has from leaf 0: so that is held against the file here. */
function headersBy(file: ReadFile, blocks: number, genesisLeaf: Uint8Array): ReplaySource['headers'] {
  const genesis = openGenesis(genesisLeaf);
  return async (from, to) => {
    const row = Math.floor(from / HEADER_BUNDLE_HEADERS);
    const path = headersPath(row, blocks);
    if (path === undefined) return [];
    const headers = unwrap(decode(headerList, await file(path, HEADER_ROW_BYTES_MAX), HEADER_ROW_BYTES_MAX));
    const first = row * HEADER_BUNDLE_HEADERS;
    const [begins] = headers;
    if (row === 0 && genesis.ok && begins !== undefined && !equal(blockIdOf(begins), genesis.value.point.id))
      throw new RefusalError({ code: 'wrong-genesis', detail: `${path} begins with another header than the log` });
    return headers.slice(from - first, to - first);
  };
}

/** One at a time: most chains have few. */
function epochsBy(read: ReadPublished): ReplaySource['epochs'] {
  return async (from): Promise<readonly EpochFragment[]> => {
    const bytes = await read(epochPath(from), EPOCH_FRAGMENT_BYTES_MAX);
    return bytes === undefined ? [] : [unwrap(decode(epochFragment, bytes, EPOCH_FRAGMENT_BYTES_MAX))];
  };
}

/**
 * The checkpoint is of what was replayed, a certificate over its block, or over one that follows it, makes that final, and as
 * many have signed it as its epoch asks for.
 */
async function judge(
  { header, id, state }: ChainPoint,
  { checkpoint: { size, root }, note }: SignedCheckpoint,
  { certificate, last }: { readonly certificate: Certificate; readonly last: readonly Header[] },
  verifier: Verifier,
): Promise<ReplayFault | undefined> {
  const fault = (code: ReplayFault['refusal']['code'], detail: string) => faultAt(header.height, { code, detail }).fault;
  if (header.logSize !== size || !equal(header.logRoot, root)) return fault('wrong-root', 'the checkpoint is of another log');
  const certified = last.at(-1);
  const connected = certified && headersConnect({ id, header }, last.slice(1), certified);
  if (certified === undefined || connected?.ok !== true) return fault('bad-proof', 'what makes it final does not lead on from its block');
  const trust = trustSetOf(state);
  // Over its own block the replay has judged it, by whoever was trusted then.
  const signatures = last.length === 1 && header.height > 0 ? ok([]) : finalitySignatures(certified, certificate, trust);
  if (!signatures.ok) return fault(signatures.refusal.code, signatures.refusal.detail);
  const verdicts = await verifier.verify(signatures.value, 'agreement');
  if (!verdicts.every(Boolean)) return fault('bad-signature', 'a signature of the certificate is wrong');
  const vouched = await judgeSigners(note, header, trust, verifier);
  return vouched.ok ? undefined : fault(vouched.refusal.code, vouched.refusal.detail);
}

/** Whether those who signed the checkpoint are enough by the policy of its epoch. Signatures by others are laid aside. */
async function judgeSigners(note: Note, { chain, epoch }: Header, trust: TrustSet, verifier: Verifier): Promise<Result<void>> {
  const signers = logSigners(chain, trust);
  const opening = openNote(
    note,
    signers.flatMap(({ cosigner, log }) => (log === undefined ? [cosigner] : [log, cosigner])),
  );
  const opened = opening.ok ? settleNote(opening.value, await verifier.verify(opening.value.checks, 'agreement')) : opening;
  if (!opened.ok) return opened;
  const keys = opened.value.signers.map(({ key }) => key);
  if (isVouchedFor(chain, trust, keys)) return ok(undefined);
  const part = (office: LogSigner['office']) => {
    const all = signers.filter((one) => one.office === office);
    return `${all.filter(({ cosigner }) => keys.some((key) => isSameKey(key, cosigner))).length} of ${all.length} ${office}s`;
  };
  const asked = `${quorumOf(trust.seats.length)} and ${auditorsInPolicy(trust)}`;
  const detail = `the checkpoint is cosigned by ${part('validator')} and ${part('auditor')}, where epoch ${epoch} asks for ${asked}`;
  return refuse('no-quorum', detail);
}
