/** All that a ledger holds, as plain values that two ledgers can be compared by; leaves and bodies by their hashes. */

import { toHex } from '../../src/core/base/bytes.ts';
import { plainSha256 } from '../../src/core/base/hash.ts';
import { blockIdOf } from '../../src/core/codec/block.ts';
import type { Ledger } from '../../src/node/ledger.ts';

export interface LedgerContents {
  readonly tip: string;
  readonly stateRoot: string;
  readonly headers: readonly string[];
  readonly leaves: readonly string[];
  readonly bodies: readonly (readonly (string | undefined)[])[];
  readonly names: readonly (string | undefined)[];
}

/** Short enough for a failure that can be read. */
export function shortHash(bytes: Uint8Array): string {
  return toHex(plainSha256(bytes)).slice(0, 12);
}

export async function contentsOf(ledger: Ledger): Promise<LedgerContents> {
  const { header, id } = ledger.tip;
  const leaves = await ledger.leaves(0, header.logSize);
  const headers = await ledger.headers(0, header.height + 1);
  return {
    tip: toHex(id),
    stateRoot: toHex(ledger.state.root),
    headers: headers.map((one) => toHex(blockIdOf(one))),
    leaves: leaves.map(({ bytes }) => shortHash(bytes)),
    bodies: leaves.map(({ bodies }) => bodies.map((body) => (body === undefined ? undefined : shortHash(body)))),
    names: [...ledger.state.all('member')].map(({ value }) => ledger.name(value.name)).sort(),
  };
}
