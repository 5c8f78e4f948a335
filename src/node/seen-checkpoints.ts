/** The checkpoints that this node has seen, and who has signed each, by name and office. */
import { fromHex } from '../core/base/bytes.ts';
import { asHash, type Hash } from '../core/base/hash.ts';
import { SECOND_MS } from '../core/base/limits.ts';
import { logSigners } from '../core/light/log-signers.ts';
import { originOf } from '../core/log/checkpoint.ts';
import type { NoteSigner } from '../core/log/open-note.ts';
import { isSameKey, type VerifierKey } from '../core/log/verifier-key.ts';
import type { ChainNode } from './chain-node.ts';
import { type Person, personOf } from './persons.ts';

export interface SeenSigner {
  /** `undefined` for a public witness, and for a publisher who has no seat any more. */
  readonly person: Person | undefined;
  /** Of the key. */
  readonly name: string;
  /** `publisher`: as the log. `former`: who has no office any more. */
  readonly as: 'publisher' | 'validator' | 'auditor' | 'witness' | 'former';
  /** In ms; publishers say no time. */
  readonly signedAt: number | undefined;
}

export interface SeenLog {
  readonly size: number;
  readonly root: Hash;
  /** Whether it is known to be of this node's log, which may not reach so far yet. */
  readonly agrees: boolean;
  readonly signers: readonly SeenSigner[];
}

export function seenCheckpoints(node: ChainNode): readonly SeenLog[] {
  const byText = Map.groupBy(node.duties.checkpoints.seen(), ({ text }) => text);
  const logs = [...byText.values()].flatMap((all) => {
    const [first] = all;
    if (first === undefined) return [];
    const { size, root } = first.checkpoint;
    return [{ size, root, agrees: first.agrees, signers: all.map(({ signer }) => seenSigner(node, signer)) }];
  });
  return logs.sort((a, b) => b.size - a.size);
}

function seenSigner(node: ChainNode, { key, time }: NoteSigner): SeenSigner {
  const { chain, trust } = node.ledger;
  const rest = { name: key.name, signedAt: time === undefined ? undefined : time * SECOND_MS };
  const known = logSigners(chain, trust).find(
    ({ cosigner, log }) => isSameKey(cosigner, key) || (log !== undefined && isSameKey(log, key)),
  );
  if (known !== undefined) return { ...rest, person: personOf(node, known.member), as: key.type === 'note' ? 'publisher' : known.office };
  if (node.duties.checkpoints.witnesses.some((one) => isSameKey(one, key))) return { ...rest, person: undefined, as: 'witness' };
  const member = formerMember(chain, key);
  return { ...rest, person: member && personOf(node, member), as: 'former' };
}

/** Cosigners' names end with the member's id. */
function formerMember(chain: Hash, { name }: VerifierKey): Hash | undefined {
  const origin = `${originOf(chain)}/`;
  return name.startsWith(origin) ? asHash(fromHex(name.slice(origin.length)) ?? new Uint8Array(0)) : undefined;
}
