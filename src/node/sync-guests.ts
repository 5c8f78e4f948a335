/** What is answered to those who are not inside: which member a next key stands for, and who decided about a request. */
import { toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import type { PublicKey } from '../core/base/key.ts';
import { encode } from '../core/codec/codec.ts';
import { type Decider, decider, OWN_MEMBERS_MAX, ownMember, type StateProof } from '../core/codec/sync-message.ts';
import { proveRecord } from '../core/membership/proof.ts';
import { reasonIn } from './decision-reason.ts';
import type { KeyIndex } from './key-index.ts';
import type { Ledger } from './ledger.ts';
import { readNameBody } from './ledger-rows.ts';
import { refused } from './sync-frames.ts';

/** Certified proofs of the members that a node key, or a device link, stands for. */
export async function* ownMembers(
  ledger: Ledger,
  { nodeKey, link }: { readonly nodeKey: PublicKey | undefined; readonly link: PublicKey | undefined },
  index: KeyIndex,
): AsyncGenerator<Uint8Array> {
  const { state } = ledger;
  const linked = link === undefined ? undefined : index.memberOfDeviceLink(state, link);
  const recovered = link === undefined && nodeKey !== undefined ? index.membersRecoveredBy(state, nodeKey).map(({ id }) => id) : [];
  const members = linked === undefined ? recovered : [linked];
  for (const item of members.slice(0, OWN_MEMBERS_MAX).map((member) => encode(ownMember, { member, proof: proofOf(ledger, member) })))
    yield item;
}

/** Certified proofs of the members who decided about a request, with their names and reasons. */
export async function* deciders(ledger: Ledger, request: Hash): AsyncGenerator<Uint8Array> {
  const record = ledger.state.get('request', request);
  const decisions = [...(record?.yes ?? []), ...(record?.no ?? [])].toSorted((a, b) => a.leaf - b.leaf);
  const distinct = [...new Map(decisions.map((decision) => [toHex(decision.member), decision])).values()];
  // All proofs of one state, before anything is waited for.
  const proofs = distinct.map(({ member, leaf }) => {
    return { member, leaf, name: ledger.state.get('member', member)?.name, proof: proofOf(ledger, member) };
  });
  for (const { member, leaf, name, proof } of proofs) {
    const body = name === undefined ? undefined : await readNameBody(ledger.space, name.hash);
    yield encode(decider, { member, proof, name: body, said: await decisionAt(ledger, leaf, proof.header.logSize) });
  }
}

/** A decision that gives a reason, for who may not read the log: the one leaf that is about it. */
async function decisionAt(ledger: Ledger, index: number, size: number): Promise<Decider['said']> {
  const [leaf] = await ledger.leaves(index, index + 1);
  const reason = leaf === undefined || reasonIn(leaf) === undefined ? undefined : leaf.bodies.at(-1);
  const inclusion = reason === undefined ? undefined : await ledger.history.inclusion(index, size);
  return leaf && reason && inclusion?.ok === true ? { leaf: leaf.bytes, inclusion: inclusion.value, reason } : undefined;
}

function proofOf({ tip, certificate, certified }: Ledger, member: Hash): StateProof {
  if (!certified) throw refused('not-available', 'this node is catching up');
  return { header: tip.header, certificate, ...proveRecord(tip.state, 'member', member) };
}
