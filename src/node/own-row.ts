/** This device's own part in a chain, as it is kept beside the ledger. */

import { equal } from '../core/base/bytes.ts';
import { RefusalError } from '../core/base/result.ts';
import { decode, encode, type Infer } from '../core/codec/codec.ts';
import { NETWORK_KEYS_KEPT_MAX, type OwnRow, ownRow, ownRowOne } from '../core/codec/stored.ts';
import type { PeerAddress, Space } from './ports.ts';

/** Values of `OwnRow.standing`. */
export const STANDING = { joining: 0, member: 1, left: 2, removed: 3 } as const;
const OWN_ROW_BYTES_MAX = 256 * 1024;

export async function readOwn(space: Space): Promise<OwnRow | undefined> {
  const bytes = await space.get('meta', 'own');
  if (bytes === undefined) return undefined;
  const row = decode(ownRow, bytes, OWN_ROW_BYTES_MAX);
  if (row.ok) return row.value;
  const earlier = decode(ownRowOne, bytes, OWN_ROW_BYTES_MAX);
  if (earlier.ok) return ofEarlier(earlier.value);
  throw new RefusalError({ code: 'storage-corrupt', detail: 'what this device is on the chain cannot be read' });
}

export async function writeOwn(space: Space, row: OwnRow): Promise<void> {
  await space.write([{ type: 'put', table: 'meta', key: 'own', value: encode(ownRow, row) }], 'strict');
}

function ofEarlier({ networkKey, ...row }: Infer<typeof ownRowOne>): OwnRow {
  return { ...row, version: 2, networkKeys: networkKey === undefined ? [] : [networkKey], knock: undefined };
}

/** Keeps one more network key, the newest first; the oldest give way. */
export function withNetworkKey(row: OwnRow, key: Uint8Array): OwnRow {
  const others = row.networkKeys.filter((one) => !equal(one, key));
  return { ...row, networkKeys: [key, ...others].slice(0, NETWORK_KEYS_KEPT_MAX) };
}

/** The row of a member; whoever joins has more to add. */
export function newOwnRow(options: {
  readonly name: string;
  readonly yourName: string;
  readonly nextKeyIndex: number;
  readonly relays: readonly PeerAddress[];
}): OwnRow {
  const { name, yourName, nextKeyIndex, relays } = options;
  return {
    version: 2,
    standing: STANDING.member,
    yourName,
    link: undefined,
    join: undefined,
    nextKeyIndex,
    relays,
    chainName: name,
    networkKeys: [],
    knock: undefined,
  };
}
