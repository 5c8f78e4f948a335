/** What we make of a folder that somebody else wrote: every file as its format and the signatures have it, and no changed one. */
import { equal, fromUtf8, utf8 } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { type Result, refuse, unwrap } from '../../src/core/base/result.ts';
import { openPartialBundle } from '../../src/core/log/bundle.ts';
import { checkedTiles } from '../../src/core/log/checked-tiles.ts';
import { type Checkpoint, decodeCheckpoint, type SignedCheckpoint } from '../../src/core/log/checkpoint.ts';
import { type AcceptedCheckpoint, acceptCheckpoint, type Policy, policyKeys } from '../../src/core/log/policy.ts';
import { decodePolicy } from '../../src/core/log/policy-text.ts';
import { verifyConsistency } from '../../src/core/log/proof.ts';
import { decodeTile, readTilePath, type TileId, tileAt, tilePath } from '../../src/core/log/tile.ts';
import type { TileReader } from '../../src/core/log/tile-proof.ts';
import { acceptTlogProof, decodeTlogProof } from '../../src/core/log/tlog-proof.ts';
import { decodeVerifierKey } from '../../src/core/log/verifier-key.ts';
import { decodeAddCheckpoint } from '../../src/core/log/witness.ts';
import { openSigned } from '../support/log-signing.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { type Folder, filesIn } from './folder.ts';

/** As Go's side reports. */
export interface Row {
  readonly what: string;
  readonly files: number;
  readonly refused: number;
  readonly problem?: string;
}

/** Bits turned in each text, and in each file of hashes or leaves. */
const TEXT_BITS = 40;
const DATA_BITS = 3;

/** Judges one file's bytes. */
type Judge = (bytes: Uint8Array) => Result<unknown>;

export function checkFolder(folder: Folder): readonly Row[] {
  const policy = unwrap(decodePolicy(file(folder, 'policy')));
  const checkpoints = checkpointsOf(folder, policy);
  const tiles = filesIn(folder, 'tile').map((path) => unwrap(readTilePath(path)));
  const hashTiles = tiles.filter(({ level }) => level !== 'entries');
  const bundles = tiles.filter(({ level }) => level === 'entries');
  return [
    row('verifier keys', keyLines(folder), TEXT_BITS, () => (bytes) => decodeVerifierKey(fromUtf8(bytes) ?? '')),
    row('checkpoints: signature and cosignatures', files(folder, ['checkpoint', ...filesIn(folder, 'checkpoints')]), TEXT_BITS, () => {
      return (bytes) => acceptedNote(bytes, policy);
    }),
    row('hash tiles, under their checkpoint', files(folder, hashTiles.map(tilePath)), DATA_BITS, (path) =>
      tileJudge(folder, checkpoints, path),
    ),
    row('entry bundles, under their tiles', files(folder, bundles.map(tilePath)), DATA_BITS, (path) =>
      bundleJudge(folder, checkpoints, path),
    ),
    row('inclusion proofs (tlog-proof)', files(folder, filesIn(folder, 'proofs')), TEXT_BITS, (path) => proofJudge(folder, policy, path)),
    row('consistency proofs (add-checkpoint)', files(folder, filesIn(folder, 'extensions')), TEXT_BITS, (path) => {
      return extensionJudge(policy, checkpoints, path);
    }),
  ];
}

function row(what: string, all: ReadonlyMap<string, Uint8Array>, bits: number, judgeOf: (path: string) => Judge): Row {
  const random = seededRandom(all.size);
  let refused = 0;
  for (const [path, bytes] of all) {
    const judge = judgeOf(path);
    const asIs = judge(bytes);
    if (!asIs.ok) return { what, files: all.size, refused, problem: `${path}: ${asIs.refusal.code}: ${asIs.refusal.detail}` };
    for (let i = 0; i < bits; i++) {
      const bit = Math.floor(random() * bytes.length * 8);
      const changed = bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
      if (judge(changed).ok) return { what, files: all.size, refused, problem: `${path}: taken with bit ${bit} turned` };
      refused += 1;
    }
  }
  return { what, files: all.size, refused };
}

function file(folder: Folder, path: string): Uint8Array {
  const bytes = folder.get(path);
  if (bytes === undefined) throw new Error(`no ${path}`);
  return bytes;
}

function files(folder: Folder, paths: readonly string[]): ReadonlyMap<string, Uint8Array> {
  return new Map(paths.map((path) => [path, file(folder, path)]));
}

function keyLines(folder: Folder): ReadonlyMap<string, Uint8Array> {
  const lines = (fromUtf8(file(folder, 'keys')) ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line, utf8(line)]));
}

function acceptedNote(bytes: Uint8Array, policy: Policy): Result<AcceptedCheckpoint> {
  const signed = decodeCheckpoint(bytes);
  return signed.ok ? accepted(signed.value, policy) : signed;
}

function accepted({ note }: SignedCheckpoint, policy: Policy): Result<AcceptedCheckpoint> {
  const opened = openSigned(note, policyKeys(policy));
  return opened.ok ? acceptCheckpoint(policy, opened.value) : opened;
}

type Checkpoints = readonly Checkpoint[];

function checkpointsOf(folder: Folder, policy: Policy): Checkpoints {
  const paths = [...filesIn(folder, 'checkpoints'), 'checkpoint'];
  const all = paths.map((path) => unwrap(acceptedNote(file(folder, path), policy)).checkpoint);
  return all.sort((a, b) => a.size - b.size);
}

/** The first checkpoint whose log has this very tile. */
function under(checkpoints: Checkpoints, { level, index, width }: TileId): Checkpoint {
  const found = checkpoints.find(({ size }) => tileAt(level, index, size)?.width === width);
  if (found === undefined) throw new Error(`no checkpoint has ${level} ${index} ${width}`);
  return found;
}

function reading(folder: Folder, changedPath: string, changed: Uint8Array): TileReader {
  return (tile) => {
    const path = tilePath(tile);
    const bytes = path === changedPath ? changed : folder.get(path);
    return bytes === undefined ? refuse('not-available', path) : decodeTile(bytes, tile.width);
  };
}

function tileJudge(folder: Folder, checkpoints: Checkpoints, path: string): Judge {
  const tile = unwrap(readTilePath(path));
  const { size, root } = under(checkpoints, tile);
  return (bytes) => {
    const tiles = checkedTiles(size, root, reading(folder, path, bytes));
    return tiles.ok ? tiles.value(tile) : tiles;
  };
}

function bundleJudge(folder: Folder, checkpoints: Checkpoints, path: string): Judge {
  const bundle = unwrap(readTilePath(path));
  const { size, root } = under(checkpoints, bundle);
  const tiles = unwrap(checkedTiles(size, root, reading(folder, '', new Uint8Array(0))));
  const hashes = unwrap(tiles({ ...bundle, level: 0 }));
  return (bytes) => openPartialBundle(bytes, hashes);
}

function proofJudge(folder: Folder, policy: Policy, path: string): Judge {
  const [size, index] = numbersIn(path);
  return (bytes) => {
    const proof = decodeTlogProof(bytes);
    if (!proof.ok) return proof;
    const opened = openSigned(proof.value.signed.note, policyKeys(policy));
    if (!opened.ok) return opened;
    const accept = acceptTlogProof(proof.value, leafAt(folder, index, size), policy, opened.value);
    if (!accept.ok) return accept;
    return accept.value.checkpoint.size === size ? accept : refuse('bad-proof', 'of another size');
  };
}

/** From the tile of a log of this size; Go or the bundles' own row says whether it is the right one. */
function leafAt(folder: Folder, index: number, size: number): Hash {
  const tile = tileAt(0, Math.floor(index / 256), size);
  if (tile === undefined) throw new Error(`no leaf ${index}`);
  const hash = unwrap(decodeTile(file(folder, tilePath(tile)), tile.width))[index % 256];
  if (hash === undefined) throw new Error(`no leaf ${index}`);
  return hash;
}

function extensionJudge(policy: Policy, checkpoints: Checkpoints, path: string): Judge {
  const [oldSize] = numbersIn(path);
  const old = checkpoints.find(({ size }) => size === oldSize);
  if (old === undefined) throw new Error(`no checkpoint of ${oldSize}`);
  return (bytes) => {
    const request = decodeAddCheckpoint(bytes);
    if (!request.ok) return request;
    const next = accepted(request.value.signed, policy);
    if (!next.ok) return next;
    if (request.value.oldSize !== old.size) return refuse('bad-proof', 'from another size');
    const { size, root } = next.value.checkpoint;
    return verifyConsistency(old.size, old.root, size, root, request.value.proof);
  };
}

function numbersIn(path: string): [number, number] {
  const [first = Number.NaN, second = Number.NaN] = (path.match(/\d+/g) ?? []).map(Number);
  return [first, second];
}

/** The files of two folders, which must be the same to the byte. */
export function compareFolders(ours: Folder, theirs: Folder): Row {
  const what = 'every file, byte for byte';
  const paths = [...new Set([...ours.keys(), ...theirs.keys()])];
  const other = paths.find((path) => {
    const [mine, its] = [ours.get(path), theirs.get(path)];
    return mine === undefined || its === undefined || !equal(mine, its);
  });
  return { what, files: paths.length, refused: 0, ...(other === undefined ? {} : { problem: `${other} differs` }) };
}
