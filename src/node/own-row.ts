/** This device's own part in a chain, as it is kept beside the ledger. */
import { RefusalError } from '../core/base/result.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { type OwnRow, ownRow } from '../core/codec/stored.ts';
import type { Space } from './ports.ts';

/** Values of `OwnRow.standing`. */
export const STANDING = { joining: 0, member: 1 } as const;
const OWN_ROW_BYTES_MAX = 256 * 1024;

export async function readOwn(space: Space): Promise<OwnRow | undefined> {
  const bytes = await space.get('meta', 'own');
  if (bytes === undefined) return undefined;
  const row = decode(ownRow, bytes, OWN_ROW_BYTES_MAX);
  if (!row.ok) throw new RefusalError({ code: 'storage-corrupt', detail: 'what this device is on the chain cannot be read' });
  return row.value;
}

export async function writeOwn(space: Space, row: OwnRow): Promise<void> {
  await space.write([{ type: 'put', table: 'meta', key: 'own', value: encode(ownRow, row) }], 'strict');
}
