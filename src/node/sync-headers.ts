/**
 * Headers below the base, from the newest down: each row is held against the parent that the row above it names, so that
 * every row written is final whatever comes after. They are small beside the bundles and come while those do.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { HEADER_BUNDLE_HEADERS } from '../core/base/limits.ts';
import { type Result, unwrap } from '../core/base/result.ts';
import { blockIdOf } from '../core/codec/block.ts';
import { checkHeaderRow, HEADER_ROW_BYTES_MAX, type HeaderRowEnds } from '../core/codec/header-row.ts';
import { SYNC_HEADERS_MAX } from '../core/codec/sync-message.ts';
import type { ChainPoint } from '../core/consensus/execute.ts';
import type { Ledger } from './ledger.ts';
import type { Session } from './ports.ts';
import type { Crew } from './sync-crew.ts';
import { ask, refused } from './sync-frames.ts';

const ROWS_AT_ONCE = SYNC_HEADERS_MAX / HEADER_BUNDLE_HEADERS;

/** A row of headers as it is stored. */
interface HeaderRow {
  readonly row: number;
  readonly bytes: Uint8Array;
}

/** Rows that are still to come: all up to `row`, whose last header has the id `end`. */
interface Missing {
  readonly row: number;
  readonly end: Hash;
}

/** Brings the rows of headers that are not here yet. */
export async function fillHeaders(ledger: Ledger, base: ChainPoint, crew: Crew): Promise<void> {
  const genesis = blockIdOf(ledger.genesisHeader);
  let missing = await findMissing(ledger, base);
  while (missing.row >= 0) {
    const wanted = missing;
    const fetched = await crew.one((session) => fetchRows(session, wanted, base.header.height, genesis, crew.signal));
    await ledger.fillHeaders(base, fetched.rows);
    missing = fetched.missing;
  }
}

/** What an earlier run left is held against the base like anybody's word. */
async function findMissing(ledger: Ledger, base: ChainPoint): Promise<Missing> {
  let row = Math.floor(base.header.height / HEADER_BUNDLE_HEADERS);
  let end = base.id;
  for (; row >= 0; row--) {
    const bytes = await ledger.space.get('headers', row);
    const ends = bytes === undefined ? undefined : checkRow(bytes, row, base.header.height, end);
    if (ends?.ok !== true) break;
    end = ends.value.parent;
  }
  return { row, end };
}

async function fetchRows(
  session: Session,
  { row: last, end }: Missing,
  height: number,
  genesis: Hash,
  signal: AbortSignal,
): Promise<{ readonly rows: readonly HeaderRow[]; readonly missing: Missing }> {
  const first = Math.max(0, last + 1 - ROWS_AT_ONCE);
  const from = first * HEADER_BUNDLE_HEADERS;
  const to = Math.min((last + 1) * HEADER_BUNDLE_HEADERS, height + 1);
  const rows = await ask(session, { type: 'headers', from, to }, signal, async (answer) => {
    const read: HeaderRow[] = [];
    for (let row = first; row <= last; row++) read.push({ row, bytes: await answer.item(HEADER_ROW_BYTES_MAX) });
    return read;
  });
  let next = end;
  for (const { row, bytes } of [...rows].reverse()) {
    const ends = unwrap(checkRow(bytes, row, height, next));
    if (row === 0 && !equal(ends.first, genesis)) throw refused('wrong-genesis', 'the headers lead to another genesis');
    next = ends.parent;
  }
  return { rows, missing: { row: first - 1, end: next } };
}

function checkRow(bytes: Uint8Array, row: number, baseHeight: number, end: Hash): Result<HeaderRowEnds> {
  return checkHeaderRow(bytes, Math.min(HEADER_BUNDLE_HEADERS, baseHeight + 1 - row * HEADER_BUNDLE_HEADERS), end);
}
