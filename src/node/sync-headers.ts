/**
 * Headers below the base, from the newest down: each row is held against the parent that the row above it names, so that
 * every row written is final whatever comes after. They are small beside the bundles and come while those do.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { HEADER_BUNDLE_HEADERS } from '../core/base/limits.ts';
import { type Result, refuse, unwrap } from '../core/base/result.ts';
import { blockIdOf, HEADER_BYTES_MAX, type Header } from '../core/codec/block.ts';
import { decode } from '../core/codec/codec.ts';
import { headerList, SYNC_HEADERS_MAX } from '../core/codec/sync-message.ts';
import type { ChainPoint } from '../core/consensus/execute.ts';
import type { Ledger } from './ledger.ts';
import type { Session } from './ports.ts';
import type { Crew } from './sync-crew.ts';
import { ask, refused } from './sync-frames.ts';

const ROW_BYTES_MAX = HEADER_BUNDLE_HEADERS * HEADER_BYTES_MAX;
const ROWS_AT_ONCE = SYNC_HEADERS_MAX / HEADER_BUNDLE_HEADERS;

/** A row of headers as it is stored. */
interface HeaderRow {
  readonly row: number;
  readonly bytes: Uint8Array;
}

/** Brings the rows of headers that are not here yet. */
export async function fillHeaders(ledger: Ledger, base: ChainPoint, crew: Crew): Promise<void> {
  let { row, end } = await heldFrom(ledger, base);
  const genesis = blockIdOf(ledger.genesisHeader);
  while (row >= 0) {
    const first = Math.max(0, row + 1 - ROWS_AT_ONCE);
    const rows = await crew.one((session) => fetchRows(session, first, row, base.header.height, end, genesis, crew.signal));
    await ledger.fillHeaders(base, rows.rows);
    row = first - 1;
    end = rows.parent;
  }
}

/** The highest row that is missing, and the id of the header at its end; row −1 if none is. */
async function heldFrom(ledger: Ledger, base: ChainPoint): Promise<{ readonly row: number; readonly end: Hash }> {
  let row = Math.floor(base.header.height / HEADER_BUNDLE_HEADERS);
  let end = base.id;
  for (; row >= 0; row--) {
    const bytes = await ledger.space.get('headers', row);
    const parent = bytes === undefined ? undefined : checkRow(bytes, row, base.header.height, end);
    if (parent === undefined || !parent.ok) break;
    end = parent.value;
  }
  return { row, end };
}

async function fetchRows(
  session: Session,
  first: number,
  last: number,
  height: number,
  end: Hash,
  genesis: Hash,
  signal: AbortSignal,
): Promise<{ readonly rows: readonly HeaderRow[]; readonly parent: Hash }> {
  const from = first * HEADER_BUNDLE_HEADERS;
  const to = Math.min((last + 1) * HEADER_BUNDLE_HEADERS, height + 1);
  const rows = await ask(session, { type: 'headers', from, to }, signal, async (answer) => {
    const read: HeaderRow[] = [];
    for (let row = first; row <= last; row++) read.push({ row, bytes: await answer.item(ROW_BYTES_MAX) });
    return read;
  });
  const parent = rows.reduceRight((below, { row, bytes }) => unwrap(checkRow(bytes, row, height, below)), end);
  if (first === 0 && !equal(firstId(rows), genesis)) throw refused('wrong-genesis', 'the headers lead to another genesis');
  return { rows, parent };
}

function firstId(rows: readonly HeaderRow[]): Hash {
  const headers = unwrap(decode(headerList, rows[0]?.bytes ?? new Uint8Array(0), ROW_BYTES_MAX));
  const [first] = headers;
  if (first === undefined) throw refused('malformed', 'an empty row of headers');
  return blockIdOf(first);
}

/** Accepts a row whose last header has the id `end`; gives the parent that its first header names. */
function checkRow(bytes: Uint8Array, row: number, baseHeight: number, end: Hash): Result<Hash> {
  const headers = decode(headerList, bytes, ROW_BYTES_MAX);
  if (!headers.ok) return headers;
  const count = Math.min(HEADER_BUNDLE_HEADERS, baseHeight + 1 - row * HEADER_BUNDLE_HEADERS);
  if (headers.value.length !== count) return refuse('malformed', `row ${row} has ${headers.value.length} headers, not ${count}`);
  let expected = end;
  for (let i = count - 1; i >= 0; i--) {
    const header: Header | undefined = headers.value[i];
    if (header === undefined || header.height !== row * HEADER_BUNDLE_HEADERS + i || !equal(blockIdOf(header), expected)) {
      return refuse('bad-proof', `header ${row * HEADER_BUNDLE_HEADERS + i} is not the one that follows from the base`);
    }
    expected = header.parent;
  }
  return { ok: true, value: expected };
}
