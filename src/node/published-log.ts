/**
 * The log of a chain as files (C2SP tlog-tiles), for whoever publishes it: a web server, or a folder that any other serves.
 * Bodies are never in it. All but three files never change.
 *
 * ```
 * checkpoint                        the newest that enough have signed
 * tile/<level>/…, tile/entries/…    hashes, and the transactions themselves
 * policy                            whose signatures make a checkpoint count in this epoch (C2SP tlog-policy)
 * keys                              the same keys, one a line, with whose they are
 * headers/…, epochs/…, finality     what a replay needs besides: see `published-blocks.ts`
 * ```
 */
import { toHex, utf8 } from '../core/base/bytes.ts';
import { BUNDLE_LEAVES } from '../core/base/limits.ts';
import { RefusalError } from '../core/base/result.ts';
import { logSigners, policyOf } from '../core/light/log-signers.ts';
import { originOf } from '../core/log/checkpoint.ts';
import { encodeNote } from '../core/log/note.ts';
import { encodePolicy } from '../core/log/policy-text.ts';
import { encodeTile, readTilePath, type TileId, tileAt, tilePath } from '../core/log/tile.ts';
import { encodeVerifierKey } from '../core/log/verifier-key.ts';
import type { SignedLog } from './checkpoint-gathering.ts';
import type { Ledger } from './ledger.ts';
import { blockPaths, blocksFile, FINALITY_FILE } from './published-blocks.ts';

export interface PublishedFile {
  readonly bytes: Uint8Array;
  /** Text, or bytes: which of it may be kept for good follows from the path. */
  readonly type: 'text' | 'hashes' | 'entries';
  readonly immutable: boolean;
}

/** They change with the checkpoint, which comes last: whoever has it finds all that it speaks of. */
const CHANGING_FILES = [FINALITY_FILE, 'policy', 'keys', 'checkpoint'] as const;

/** Whether a file changes with the checkpoint; all others are for good. */
export function isChanging(path: string): boolean {
  return CHANGING_FILES.some((one) => one === path);
}

/**
 * Paths of all files of the log up to a signed checkpoint that a copy up to `before` leaves lacks, in an order in which each
 * rests on those before. Throws `not-available` where history that it takes is not here.
 */
export async function publishedPaths(ledger: Ledger, { checkpoint: { size } }: SignedLog, before: number): Promise<readonly string[]> {
  const blocks = await blockPaths(ledger, size);
  if (blocks.length === 0)
    throw new RefusalError({ code: 'not-available', detail: `the block that ends with leaf ${size - 1} is not here` });
  return [...newTiles(before, size).map(tilePath), ...blocks.filter((path) => !isChanging(path)), ...CHANGING_FILES];
}

/** A file of the log up to a signed checkpoint, by its path below the log's prefix; `undefined` if there is none. */
export async function publishedFile(ledger: Ledger, { checkpoint, note }: SignedLog, path: string): Promise<PublishedFile | undefined> {
  switch (path) {
    case 'checkpoint':
      return text(encodeNote(note));
    case 'policy':
      return text(encodePolicy(policyOf(ledger.chain, ledger.trust)));
    case 'keys':
      return text(utf8(keysText(ledger)));
    default: {
      const tile = readTilePath(path);
      return tile.ok ? tileFile(ledger, checkpoint.size, tile.value) : blocks(ledger, checkpoint.size, path);
    }
  }
}

function text(bytes: Uint8Array): PublishedFile {
  return { bytes, type: 'text', immutable: false };
}

async function blocks(ledger: Ledger, size: number, path: string): Promise<PublishedFile | undefined> {
  const bytes = await blocksFile(ledger, size, path);
  return bytes && { bytes, type: 'entries', immutable: path !== FINALITY_FILE };
}

/** Any part of a tile that the log at `size` has is served: each was at its edge once. */
async function tileFile({ history }: Ledger, size: number, tile: TileId): Promise<PublishedFile | undefined> {
  const { level, index, width } = tile;
  const whole = tileAt(level, index, size);
  if (whole === undefined || whole.width < width) return undefined;
  if (level === 'entries') {
    const entries = await history.bundle(index, index * BUNDLE_LEAVES + width);
    return entries && { bytes: entries.bundle, type: 'entries', immutable: true };
  }
  const hashes = await history.tileHashes(level, index, width);
  return hashes && { bytes: encodeTile(hashes), type: 'hashes', immutable: true };
}

function keysText({ chain, trust }: Ledger): string {
  const lines = logSigners(chain, trust).flatMap(({ office, member, log, cosigner }) => [
    `# ${office} ${toHex(member)}`,
    ...(log === undefined ? [] : [encodeVerifierKey(log)]),
    encodeVerifierKey(cosigner),
  ]);
  return [`# Keys that sign checkpoints of ${originOf(chain)} in epoch ${trust.epoch}`, ...lines, ''].join('\n');
}

/** Every tile that a log has at `size` and had not at `before`, those of entries first: in this order each rests on what was written. */
export function newTiles(before: number, size: number): readonly TileId[] {
  const tiles: TileId[] = [];
  for (const level of tileLevels(size)) {
    const height = level === 'entries' ? 0 : level;
    const firstNew = Math.floor(before / BUNDLE_LEAVES ** height / BUNDLE_LEAVES);
    for (let index = firstNew; ; index++) {
      const tile = tileAt(level, index, size);
      if (tile === undefined) break;
      const old = tileAt(level, index, before);
      if (old?.width !== tile.width) tiles.push(tile);
    }
  }
  return tiles;
}

function tileLevels(size: number): readonly TileId['level'][] {
  const levels: TileId['level'][] = ['entries'];
  for (let level = 0; tileAt(level, 0, size) !== undefined; level++) levels.push(level);
  return levels;
}
