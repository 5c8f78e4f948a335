/** What is answered to those who are not inside: which member a next key stands for, and who decided about a request. */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { nextKeyDigest, type PublicKey } from '../core/base/key.ts';
import { encode } from '../core/codec/codec.ts';
import type { Member } from '../core/codec/records.ts';
import { decider, OWN_MEMBERS_MAX, ownMember, type StateProof } from '../core/codec/sync-message.ts';
import { proveRecord } from '../core/membership/proof.ts';
import type { Ledger } from './ledger.ts';
import { readNameBody } from './ledger-rows.ts';
import { refused } from './sync-frames.ts';

/** Finds members by their next key; linear where the caller has no index. */
export type MembersRecoveredBy = (key: PublicKey) => readonly { readonly id: Hash; readonly value: Member }[];

/** Certified proofs of the members whose next key this is. */
export async function* ownMembers(
  ledger: Ledger,
  key: PublicKey | undefined,
  recoveredBy: MembersRecoveredBy | undefined,
): AsyncGenerator<Uint8Array> {
  if (key === undefined) throw refused('not-available', 'whose next key is asked for is not known');
  const found = (recoveredBy ?? ((asked) => searched(ledger, asked)))(key).slice(0, OWN_MEMBERS_MAX);
  for (const item of found.map(({ id }) => encode(ownMember, { member: id, proof: proofOf(ledger, id) }))) yield item;
}

function searched({ state }: Ledger, key: PublicKey): ReturnType<MembersRecoveredBy> {
  const digest = nextKeyDigest(key);
  return [...state.all('member')].flatMap(({ id, value }) =>
    !value.left && equal(value.nextKey, digest) ? [{ id: id as Hash, value }] : [],
  );
}

/** Certified proofs of the members who decided about a request, with their names. */
export async function* deciders(ledger: Ledger, request: Hash): AsyncGenerator<Uint8Array> {
  const record = ledger.state.get('request', request);
  const decisions = [...(record?.yes ?? []), ...(record?.no ?? [])].toSorted((a, b) => a.leaf - b.leaf);
  const members = [...new Map(decisions.map(({ member }) => [toHex(member), member])).values()];
  // All proofs of one state, before anything is waited for.
  const proofs = members.map((member) => ({ member, name: ledger.state.get('member', member)?.name, proof: proofOf(ledger, member) }));
  for (const { member, name, proof } of proofs) {
    const body = name === undefined ? undefined : await readNameBody(ledger.space, name.hash);
    yield encode(decider, { member, proof, name: body });
  }
}

function proofOf({ tip, certificate, certified }: Ledger, member: Hash): StateProof {
  if (!certified) throw refused('not-available', 'this node is catching up');
  return { header: tip.header, certificate, ...proveRecord(tip.state, 'member', member) };
}
