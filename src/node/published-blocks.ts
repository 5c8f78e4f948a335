/**
 * What a replay needs besides the log (DESIGN §7), as files beside it: without headers, certificates and how epochs ended, the
 * transactions alone say neither when they were made final nor by whom. None of it is secret where the log is public.
 *
 * ```
 * headers/<row>[.p/<width>]   256 headers a row, spelled as tiles are; the last row in part
 * epochs/<number>             how an epoch ended, and who followed
 * finality                    from the block whose log the checkpoint covers up to one that is certified, and its certificate
 * ```
 */

import { HEADER_BUNDLE_HEADERS } from '../core/base/limits.ts';
import { FINALITY_HEADERS_MAX, finality, type Header } from '../core/codec/block.ts';
import { encode } from '../core/codec/codec.ts';
import { epochFragment, headerList } from '../core/codec/sync-message.ts';
import { readTilePath, type TileId, tileAt, tilePath } from '../core/log/tile.ts';
import type { Ledger } from './ledger.ts';

export const FINALITY_FILE = 'finality';
const ENTRIES = 'tile/entries/';

/** Row `row` of the headers of a chain of so many blocks, the genesis' among them; `undefined` if it has none there. */
export function headersPath(row: number, blocks: number): string | undefined {
  const tile = tileAt('entries', row, blocks);
  return tile && tilePath(tile).replace(ENTRIES, 'headers/');
}

export function epochPath(epoch: number): string {
  return tilePath({ level: 'entries', index: epoch, width: HEADER_BUNDLE_HEADERS }).replace(ENTRIES, 'epochs/');
}

/** The last block whose log has this size, of those that are here: after it comes the block with the next leaf. */
async function blockOfSize({ history, tip }: Ledger, size: number): Promise<Header | undefined> {
  if (size === tip.header.logSize) return tip.header;
  const next = size === 0 ? undefined : await history.headerOfLeaf(size);
  const header = next && (await history.header(next.height - 1));
  return header?.logSize === size ? header : undefined;
}

/** A file by its path, for a log up to a signed checkpoint; `undefined` if there is none. */
export async function blocksFile(ledger: Ledger, size: number, path: string): Promise<Uint8Array | undefined> {
  if (path === FINALITY_FILE) return finalityFile(ledger, size);
  const [, folder, rest] = /^(headers|epochs)\/(.*)$/.exec(path) ?? [];
  const place = rest === undefined ? undefined : readTilePath(`${ENTRIES}${rest}`);
  if (folder === undefined || place?.ok !== true) return undefined;
  return folder === 'headers' ? headersFile(ledger, place.value) : epochFile(ledger, place.value);
}

async function finalityFile(ledger: Ledger, size: number): Promise<Uint8Array | undefined> {
  const { certificate, certified, tip } = ledger;
  const first = await blockOfSize(ledger, size);
  if (first === undefined || !certified || tip.header.height - first.height >= FINALITY_HEADERS_MAX) return undefined;
  const after = await ledger.headers(first.height + 1, tip.header.height + 1);
  return encode(finality, { certificate, headers: [first, ...after] });
}

async function headersFile(ledger: Ledger, { index, width }: TileId): Promise<Uint8Array | undefined> {
  const from = index * HEADER_BUNDLE_HEADERS;
  if (from + width > ledger.tip.header.height + 1) return undefined;
  const headers = await ledger.headers(from, from + width);
  return headers.length === width ? encode(headerList, headers) : undefined;
}

async function epochFile(ledger: Ledger, { index, width }: TileId): Promise<Uint8Array | undefined> {
  const [fragment] = width === HEADER_BUNDLE_HEADERS ? await ledger.epochs.from(index, 1) : [];
  return fragment?.header.epoch === index ? encode(epochFragment, fragment) : undefined;
}

/** Paths of all of these files for a log of this size, those that change last; none while the size is no block's. */
export async function blockPaths(ledger: Ledger, size: number): Promise<readonly string[]> {
  const header = await blockOfSize(ledger, size);
  if (header === undefined) return [];
  const rows = Math.ceil((header.height + 1) / HEADER_BUNDLE_HEADERS);
  const headers = Array.from({ length: rows }, (_, row) => headersPath(row, header.height + 1) ?? []);
  const epochs = Array.from({ length: header.epoch }, (_, epoch) => epochPath(epoch));
  return [...headers.flat(), ...epochs, FINALITY_FILE];
}
