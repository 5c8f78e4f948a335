/** What a newcomer took over and waits with until auditors have signed it: a row of the chain's space, gone once they have. */
import { decode, encode } from '../core/codec/codec.ts';
import type { TrustSet } from '../core/codec/records.ts';
import { AWAITED_ROW_BYTES_MAX, type AwaitedRow, awaitedRow } from '../core/codec/stored.ts';
import type { ChainPoint } from '../core/consensus/execute.ts';
import { trustSetOf } from '../core/membership/facts.ts';
import { orCorrupt, put } from './ledger-rows.ts';
import type { Space } from './ports.ts';

const AWAITED_ROW = 'awaited';

/** Says that a tip waits, where the chain asks for auditors or did so at the link's anchor. Before anything is kept of the tip. */
export function awaitAuditors(space: Space, { header, state }: Pick<ChainPoint, 'header' | 'state'>, anchored: TrustSet): Promise<void> {
  const isAsked = anchored.auditorsQuorum > 0 || trustSetOf(state).auditorsQuorum > 0;
  if (!isAsked) return forgetAwaited(space);
  const row: AwaitedRow = { version: 1, size: header.logSize, anchored };
  return space.write([put('meta', AWAITED_ROW, encode(awaitedRow, row))], 'relaxed');
}

export async function readAwaited(space: Space): Promise<AwaitedRow | undefined> {
  const bytes = await space.get('meta', AWAITED_ROW);
  return bytes === undefined ? undefined : orCorrupt(decode(awaitedRow, bytes, AWAITED_ROW_BYTES_MAX));
}

export function forgetAwaited(space: Space): Promise<void> {
  return space.write([{ type: 'delete', table: 'meta', key: AWAITED_ROW }], 'relaxed');
}
