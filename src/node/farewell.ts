/**
 * Farewells: what a node that shuts somebody out gives along, and what whoever was shut out makes of it. It is proved
 * against a header that the validators certified, so that a person who was away learns who decided, when and why, and
 * takes no peer's word for it.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import type { PublicKey } from '../core/base/key.ts';
import { RefusalError, unwrap } from '../core/base/result.ts';
import { bodyHash } from '../core/codec/body.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { FAREWELL_BYTES_MAX, FAREWELL_PAIRS_MAX, type FarewellForm, farewell } from '../core/codec/farewell.ts';
import type { Change } from '../core/codec/governance.ts';
import type { Member, ProposalRecord } from '../core/codec/records.ts';
import { memberOfKey, rolesWithin } from '../core/membership/facts.ts';
import { proveRecord, verifyRecord } from '../core/membership/proof.ts';
import type { State } from '../core/membership/state.ts';
import type { Ledger } from './ledger.ts';
import { nameIn, readNameBody } from './ledger-rows.ts';
import type { Verifier } from './ports.ts';
import { verifyFinality } from './sync-client.ts';

/** What shut a member out, and who decided it, where a proposal did. */
export interface ShutOut {
  readonly type: 'removed' | 'suspended' | 'roleless';
  /** Until when a suspension lasts. */
  readonly until?: number;
  readonly decision: ShuttingOut | undefined;
}

export interface ShuttingOut {
  /** Members who approved it, the proposer first. */
  readonly by: readonly Hash[];
  readonly at: number;
  readonly reason: string | undefined;
}

/** What is given to whom holds this key, if it is or was of the chain, and small enough to be sent with a refusal. */
export async function farewellTo(ledger: Ledger, nodeKey: PublicKey): Promise<Uint8Array | undefined> {
  const { tip, certificate, certified } = ledger;
  const id = memberOfKey(tip.state, nodeKey);
  const member = id === undefined ? undefined : tip.state.get('member', id);
  if (id === undefined || member === undefined || !certified) return undefined;
  const found = proposalAgainst(tip.state, id, member);
  const reason = found?.record.reason === undefined ? undefined : await readNameBody(ledger.space, found.record.reason.hash);
  const proposal = found && { id: found.id, proof: proveRecord(tip.state, 'proposal', found.id), reason };
  const form: FarewellForm = { header: tip.header, certificate, member: proveRecord(tip.state, 'member', id), proposal };
  if ([form.member, proposal?.proof].some((proof) => (proof?.bucket.length ?? 0) > FAREWELL_PAIRS_MAX)) return undefined;
  const bytes = encode(farewell, form);
  return bytes.length <= FAREWELL_BYTES_MAX ? bytes : undefined;
}

/** The latest proposal that made a member what it is; none where it left by its own wish, or the record has forgotten it. */
export function proposalAgainst(
  state: State,
  id: Hash,
  member: Member,
): { readonly id: Hash; readonly record: ProposalRecord } | undefined {
  return [...state.all('proposal')]
    .map(({ id: proposal, value }) => ({ id: proposal as Hash, record: value }))
    .filter(({ record }) => record.status === 'approved' && isAgainst(record.change, id, member))
    .reduce<{ readonly id: Hash; readonly record: ProposalRecord } | undefined>(
      (latest, one) => (latest === undefined || one.record.ended > latest.record.ended ? one : latest),
      undefined,
    );
}

function isAgainst(change: Change, id: Hash, member: Member): boolean {
  if (change.type === 'remove') return member.left && change.members.some((one) => equal(one, id));
  if (member.left) return false;
  if (change.type === 'suspend') return member.suspendedUntil !== undefined && change.members.some((one) => equal(one, id));
  return change.type === 'withdraw' && member.suspendedUntil === undefined && equal(change.member, id);
}

/** Who decided it, when and why: from the proposal, with the reason in words. */
export function shuttingOut({ proposer, yes, ended }: ProposalRecord, reason: string | undefined): ShuttingOut {
  const others = yes.map(({ member }) => member).filter((member) => !equal(member, proposer));
  return { by: [proposer, ...others], at: ended, reason };
}

/**
 * What a farewell proves of the member for whom this device acts; `undefined` if nothing that would shut it out. Throws
 * `RefusalError` for what is not proved, or is older than what this device knows.
 */
export async function readFarewell(
  ledger: Ledger,
  verifier: Verifier,
  nodeKey: PublicKey,
  bytes: Uint8Array,
): Promise<ShutOut | undefined> {
  const { header, certificate, member: proof, proposal } = unwrap(decode(farewell, bytes, FAREWELL_BYTES_MAX));
  const id = ledger.state.get('device', nodeKey)?.member;
  if (id === undefined) return undefined;
  await verifyFinality({ chain: ledger.chain, trust: ledger.trust, verifier }, header, certificate);
  if (header.height < ledger.tip.header.height) throw new RefusalError({ code: 'not-available', detail: 'older than our own record' });
  const member = unwrap(verifyRecord(header.stateRoot, 'member', id, proof));
  if (member === undefined) throw new RefusalError({ code: 'bad-proof', detail: 'a member never goes off the record' });
  const record = proposal && unwrap(verifyRecord(header.stateRoot, 'proposal', proposal.id, proposal.proof));
  const fits = record !== undefined && record.status === 'approved' && isAgainst(record.change, id, member);
  const decision = fits ? shuttingOut(record, reasonOf(record, proposal?.reason)) : undefined;
  return shutOutOf(member, ledger.state.get('device', nodeKey)?.roleMask ?? 0, decision);
}

function reasonOf({ reason }: ProposalRecord, body: Uint8Array | undefined): string | undefined {
  if (reason === undefined || body === undefined || !equal(bodyHash(body), reason.hash)) return undefined;
  return nameIn(body)?.text;
}

function shutOutOf(member: Member, mask: number, decision: ShuttingOut | undefined): ShutOut | undefined {
  const { left, suspendedUntil } = member;
  if (left) return { type: 'removed', decision };
  if (suspendedUntil !== undefined) return { type: 'suspended', until: suspendedUntil, decision };
  return rolesWithin(member.roles, mask).length === 0 ? { type: 'roleless', decision } : undefined;
}
