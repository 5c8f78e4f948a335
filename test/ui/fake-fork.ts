/** A chain that two of its four validators made two of, as the page is told of it. */
import { toHex } from '../../src/core/base/bytes.ts';
import { type Hash, plainSha256 } from '../../src/core/base/hash.ts';
import type { PublicKey } from '../../src/core/base/key.ts';
import type { Seat } from '../../src/core/codec/records.ts';
import { type ForkWords, forkWords } from '../../src/core/light/fork-words.ts';

const hashOf = (text: string): Hash => plainSha256(new TextEncoder().encode(text));
const key = new Uint8Array(32) as PublicKey;

/** In the words that the page and the command line share; each of these members signed both blocks. */
export function fakeFork(...names: readonly string[]): ForkWords {
  const seats = [...names, 'Dee', 'Eva'].map(
    (name): Seat => ({ member: hashOf(name), node: key, vote: key, note: key, software: [1], ready: 0 }),
  );
  const known = new Map(names.map((name) => [toHex(hashOf(name)), name]));
  return forkWords(
    {
      kind: 'two-final-blocks',
      chain: hashOf('chain'),
      epoch: 3,
      height: 4_213,
      blocks: [hashOf('one'), hashOf('other')],
      checkpoint: undefined,
      trust: { epoch: 3, base: hashOf('base'), seats, auditors: [], auditorsQuorum: 0 },
      signers: seats.slice(0, names.length).map((seat, index) => ({ index, seat })),
      convicts: true,
      restsOnRecovery: false,
    },
    (member) => known.get(toHex(member)),
  );
}
