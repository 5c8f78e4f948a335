/**
 * What a join receipt proves, for whoever knows nothing of a chain but its id: each function says what must hold and gives
 * back the signatures still to be checked. Nothing is believed before those are.
 *
 * The chain's validators have certified a header; under its state root lie the member and the request that admitted it, and
 * under its log root what was signed for that. Nothing in a receipt is left unread: what proves nothing is refused.
 */
import { equal, toHex } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { asPublicKey, type PublicKey, type SignatureCheck } from '../base/key.ts';
import { ok, type Refusal, type Result, refuse } from '../base/result.ts';
import type { Header } from '../codec/block.ts';
import { knockIdOf } from '../codec/knock.ts';
import type { Role } from '../codec/primitives.ts';
import { decodeReceipt, type Receipt } from '../codec/receipt.ts';
import { type Decision, type Member, memberIdOf, type RequestRecord } from '../codec/records.ts';
import { seatsOf } from '../codec/vote.ts';
import { finalitySignatures } from './finality.ts';
import { type Passed, trustPasses } from './lineage.ts';
import { Evidence } from './receipt-evidence.ts';

/** How somebody became a member. `recovery`: a recovery certificate brought it in. */
export type Admission = 'founder' | 'invitation' | 'request' | 'knock' | 'recovery';

/** A member as a receipt shows it; without a name where its body is not in the receipt. */
export interface ReceiptPerson {
  readonly id: Hash;
  readonly name: string | undefined;
}

/** An approval that stands in the log, signed. */
export interface ReceiptApproval extends ReceiptPerson {
  readonly time: number;
  readonly leaf: number;
}

/** What is proved once the signatures hold. */
export interface ReceiptStory {
  readonly chain: Hash;
  readonly chainName: string;
  readonly member: ReceiptPerson;
  readonly how: Admission;
  /** When it came, and its roles as of the header. */
  readonly since: number;
  readonly roles: readonly Role[];
  readonly left: boolean;
  readonly suspendedUntil: number | undefined;
  /** To which role it was invited or asked to be admitted; `undefined` for founders and whoever a recovery brought in. */
  readonly admittedAs: Role | undefined;
  readonly invitedBy: ReceiptPerson | undefined;
  readonly approvals: readonly ReceiptApproval[];
  /** The leaf that asked or, where nothing was asked of others, admitted. */
  readonly leaf: number;
  /** As of which block all this holds. */
  readonly header: Header;
  readonly validators: number;
  readonly signers: number;
  /** Whether a recovery began an epoch on the way: whoever did not agree to it believes nothing that rests on it. */
  readonly restsOnRecovery: boolean;
}

export interface OpenedReceipt {
  readonly story: ReceiptStory;
  /** All must hold. */
  readonly signatures: readonly SignatureCheck[];
}

/** Reads a receipt: what it proves, under which signatures; or why it proves nothing. */
export function openReceipt(bytes: Uint8Array): Result<OpenedReceipt> {
  const read = decodeReceipt(bytes);
  if (!read.ok) return read;
  const receipt = read.value;
  const passed = trustPasses(receipt.lineage);
  if (!passed.ok) return passed;
  const { header, certificate } = receipt;
  if (!equal(header.chain, passed.value.chain)) return refuse('wrong-chain', 'a header of another chain');
  const final = finalitySignatures(header, certificate, passed.value.trust);
  if (!final.ok) return final;
  const evidence = Evidence.of(receipt);
  if (!evidence.ok) return evidence;
  const told = new Telling(receipt, passed.value, evidence.value).tell();
  if (!told.ok) return told;
  return ok({ story: told.value, signatures: [...passed.value.signatures, ...final.value, ...evidence.value.signatures] });
}

/** What admitted the member, put together from the evidence; each piece is asked for once, and none may be left. */
class Telling {
  readonly #receipt: Receipt;
  readonly #passed: Passed;
  readonly #evidence: Evidence;

  constructor(receipt: Receipt, passed: Passed, evidence: Evidence) {
    this.#receipt = receipt;
    this.#passed = passed;
    this.#evidence = evidence;
  }

  tell(): Result<ReceiptStory> {
    const { member: id } = this.#receipt;
    const member = this.#evidence.record('member', id);
    if (member === undefined) return refuse('member-unknown', 'the chain has no such member');
    const admitted = this.#admission(id, member);
    if (!admitted.ok) return admitted;
    const story = this.#story(id, member, admitted.value);
    const left = this.#evidence.unused();
    return left === undefined ? ok(story) : { ok: false, refusal: left };
  }

  #story(id: Hash, member: Member, admitted: Admitted): ReceiptStory {
    const { header, certificate, lineage } = this.#receipt;
    const { chain, genesis, trust } = this.#passed;
    const { roles, since, left, suspendedUntil } = member;
    return {
      chain,
      chainName: genesis.name,
      member: this.#person(id),
      since,
      roles,
      left,
      suspendedUntil,
      ...admitted,
      header,
      validators: trust.seats.length,
      signers: seatsOf(certificate.signers).length,
      restsOnRecovery: lineage.epochs.some(({ recovery }) => recovery !== undefined),
    };
  }

  #person(id: Hash): ReceiptPerson {
    return { id, name: this.#evidence.nameOf(id) };
  }

  #isFirstKeyOf(id: Hash, key: PublicKey): boolean {
    return equal(memberIdOf(this.#passed.chain, key), id);
  }

  #admission(id: Hash, member: Member): Result<Admitted> {
    if (this.#passed.genesis.founders.some(({ node }) => this.#isFirstKeyOf(id, node))) return this.#founded();
    if (member.request !== undefined) return this.#asked(id, member, member.request);
    if (member.invitation !== undefined) return this.#invited(id, member, member.invitation);
    return this.#recovered(id);
  }

  #founded(): Result<Admitted> {
    return this.#evidence.leafZero(this.#receipt.lineage.genesis)
      ? ok({ how: 'founder', admittedAs: undefined, invitedBy: undefined, approvals: [], leaf: 0 })
      : refuse('bad-proof', 'the genesis is not shown to be leaf 0');
  }

  #invited(id: Hash, member: Member, invitation: Hash): Result<Admitted> {
    const record = this.#evidence.record('invitation', invitation);
    const found = this.#evidence.takeLeaf(
      ({ unsigned: { action, sender } }) =>
        action.type === 'join' &&
        equal(action.invitation, invitation) &&
        this.#isFirstKeyOf(id, sender) &&
        equal(action.name.hash, member.name.hash),
    );
    if (record === undefined || found === undefined)
      return refuse('bad-proof', 'the join, or the invitation by which it came, is not shown');
    const { role: admittedAs, issuer } = record;
    return ok({ how: 'invitation', admittedAs, invitedBy: this.#person(issuer), approvals: [], leaf: found.index });
  }

  #asked(id: Hash, member: Member, request: Hash): Result<Admitted> {
    const record = this.#evidence.record('request', request);
    if (record === undefined || record.status !== 'approved') return refuse('bad-proof', 'the request is not shown, or was not approved');
    const key = asPublicKey(record.subject);
    if (key === undefined || !this.#isFirstKeyOf(id, key)) return refuse('bad-proof', 'the request is somebody else’s');
    const approvals = this.#approvals(request, record);
    if (!approvals.ok) return approvals;
    const rest = { admittedAs: record.role, approvals: approvals.value };
    if (record.kind === 'knock') return this.#knocked(request, rest);
    const invited = this.#invited(id, member, member.invitation ?? request);
    return invited.ok ? ok({ ...invited.value, ...rest, how: 'request' }) : invited;
  }

  #knocked(request: Hash, rest: Pick<Admitted, 'admittedAs' | 'approvals'>): Result<Admitted> {
    const carrier = this.#evidence.leafThatCarries((knock) => equal(knockIdOf(knock), request));
    return carrier === undefined
      ? refuse('bad-proof', 'no approval carries the knock')
      : ok({ ...rest, how: 'knock', invitedBy: undefined, leaf: carrier });
  }

  #approvals(request: Hash, { yes, ruleHash }: RequestRecord): Result<readonly ReceiptApproval[]> {
    const approvals: ReceiptApproval[] = [];
    for (const decision of yes) {
      const problem = this.#approvalProblem(request, ruleHash, decision);
      if (problem !== undefined) return { ok: false, refusal: problem };
      approvals.push({ ...this.#person(decision.member), time: decision.time, leaf: decision.leaf });
    }
    return ok(approvals);
  }

  /** What keeps a decision of the record from being one that its member signed, under the rule of the time. */
  #approvalProblem(request: Hash, ruleHash: Hash, { member, leaf }: Decision): Refusal | undefined {
    const found = this.#evidence.takeLeaf(
      ({ unsigned: { action } }, index) =>
        index === leaf && action.type === 'approve' && equal(action.subject, request) && equal(action.basis, ruleHash),
    );
    const holder = found === undefined ? undefined : this.#evidence.holderOf(found.transaction.unsigned.sender);
    return holder !== undefined && equal(holder, member)
      ? undefined
      : { code: 'bad-proof', detail: `leaf ${leaf} is not shown to be the approval of ${toHex(member).slice(0, 8)}` };
  }

  #recovered(id: Hash): Result<Admitted> {
    const found = this.#evidence.takeLeaf(
      ({ unsigned: { action } }) =>
        action.type === 'recover' && action.certificate.plan.newcomers.some(({ node }) => this.#isFirstKeyOf(id, node)),
    );
    return found === undefined
      ? refuse('bad-proof', 'the recovery that brought the member in is not shown')
      : ok({ how: 'recovery', admittedAs: undefined, invitedBy: undefined, approvals: [], leaf: found.index });
  }
}

type Admitted = Pick<ReceiptStory, 'how' | 'admittedAs' | 'invitedBy' | 'approvals' | 'leaf'>;
