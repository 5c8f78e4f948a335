/**
 * What somebody who is not inside yet can learn for certain: records of the chain, the members who decided about its
 * request with their names, and which member a next key or a device link stands for. All of it is proved by a certificate.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { nextKeyDigest, type PublicKey } from '../core/base/key.ts';
import { BODY_BYTES_MAX, DECISIONS_MAX, SECOND_MS, TRANSACTION_BYTES_MAX } from '../core/base/limits.ts';
import { ok, type RefusalCode, RefusalError, type Result, refuse, unwrap } from '../core/base/result.ts';
import type { Header } from '../core/codec/block.ts';
import { bodyHash } from '../core/codec/body.ts';
import { type Codec, decode } from '../core/codec/codec.ts';
import { PROTOCOL_VERSIONS } from '../core/codec/genesis.ts';
import type { Decision, Member, RecordKind, RecordOf } from '../core/codec/records.ts';
import { type Decider, decider, OWN_MEMBERS_MAX, ownMember, type StateProof, type SyncRequest } from '../core/codec/sync-message.ts';
import { decodeTransaction } from '../core/codec/transaction.ts';
import { leafHash } from '../core/log/merkle-hash.ts';
import { verifyInclusion } from '../core/log/proof.ts';
import { verifyRecord } from '../core/membership/proof.ts';
import { withTimeout } from './abort.ts';
import { nameIn } from './ledger-rows.ts';
import type { Clock, Session, Verifier } from './ports.ts';
import {
  fetchFinality,
  fetchStateProof,
  STATE_PROOF_BYTES_MAX,
  type Trusted,
  type VerifiedFinality,
  verifyFinality,
} from './sync-client.ts';
import { type Answer, ask, refused } from './sync-frames.ts';

const PROOF_LIMIT_MS = 30 * SECOND_MS;

/** Refusals of a proof by which the validators have changed since the last look: finality is asked for anew. */
const OUTGROWN: ReadonlySet<RefusalCode> = new Set(['unsupported-version', 'wrong-trust-set', 'no-quorum', 'bad-signature']);

export interface ProofPorts {
  readonly chain: Hash;
  readonly anchor: { readonly block: Hash; readonly height: number; readonly issued: number };
  readonly clock: Clock;
  readonly verifier: Verifier;
  readonly signal: AbortSignal;
}

/** A member, as the chain has it. */
export interface ProvedMember {
  readonly id: Hash;
  readonly member: Member;
}

/** Who decided about one's request: `undefined` where the peer that was asked does not hold the name, or no reason was given. */
export interface KnownDecider {
  readonly name: string | undefined;
  readonly reason: string | undefined;
}

/** What every proof rests on: the genesis, the trust set in force, and the one of the link's anchor. */
export type VerifiedChain = Pick<VerifiedFinality, 'genesisLeaf' | 'trust' | 'anchored'>;

export class GuestProofs {
  readonly #ports: ProofPorts;
  #verified: VerifiedChain | undefined;

  constructor(ports: ProofPorts) {
    this.#ports = ports;
  }

  /** Verifies from the anchor to the tip, once. Throws what is wrong with what the peer says. */
  async verify(session: Session): Promise<VerifiedChain> {
    if (this.#verified !== undefined) return this.#verified;
    const { chain, anchor, clock, verifier } = this.#ports;
    const { genesisLeaf, trust, anchored, header } = await this.#within((signal) =>
      fetchFinality(session, { chain, anchor, verifier, now: clock.now() }, signal).catch(otherHistory),
    );
    // Members stop at their own last block; a newcomer has none to stop at, and takes up nothing that it cannot check.
    if (!PROTOCOL_VERSIONS.includes(header.version))
      throw new RefusalError({ code: 'unsupported-version', detail: `the chain is of protocol version ${header.version}` });
    this.#verified = { genesisLeaf, trust, anchored };
    return this.#verified;
  }

  /** Whether this is the node of a validator, as far as we know them. */
  isValidator({ nodeKey }: Session): boolean {
    return this.#verified?.trust.seats.some(({ node }) => equal(node, nodeKey)) ?? false;
  }

  /** A record of the chain; `undefined` if it is proved absent. */
  record<K extends RecordKind>(
    session: Session,
    kind: K,
    id: Uint8Array,
  ): Promise<{ readonly header: Header; readonly record: RecordOf<K> | undefined }> {
    return this.proved(session, (trusted, signal) => fetchStateProof(session, { ...trusted, kind, id }, signal));
  }

  /** The members who decided about a request, by the hexadecimal of their id: their names and what they said of it. */
  async deciders(session: Session, request: Hash, decisions: readonly Decision[]): Promise<ReadonlyMap<string, KnownDecider>> {
    const known = await this.proved(session, (trusted, signal) =>
      this.#each(session, { type: 'deciders', request }, decider, DECISIONS_MAX * 2, signal, async (item) => {
        const { member, proof, name, said } = item;
        const record = await this.#member(trusted, member, proof);
        const isItsName = name !== undefined && equal(bodyHash(name), record.name.hash);
        const leaf = decisions.find((decision) => equal(decision.member, member))?.leaf;
        const reason = said === undefined || leaf === undefined ? undefined : unwrap(reasonProved(said, leaf, proof.header));
        return [toHex(member), { name: isItsName ? nameIn(name)?.text : undefined, reason }] as const;
      }),
    );
    return new Map(known);
  }

  /** Members whose next key this is, who registered it first before the others. */
  membersRecoveredBy(session: Session, nextKey: PublicKey): Promise<readonly ProvedMember[]> {
    const digest = nextKeyDigest(nextKey);
    return this.#ownMembers(session, undefined, ({ nextKey: registered }) => equal(registered, digest));
  }

  /** The member one of whose devices opened the link with this key, while it is open. */
  async memberOfDeviceLink(session: Session, link: PublicKey): Promise<ProvedMember | undefined> {
    const [found] = await this.#ownMembers(session, link, ({ left }) => !left);
    const { record } = found === undefined ? { record: undefined } : await this.record(session, 'device-link', found.id);
    return record !== undefined && equal(record.key, link) ? found : undefined;
  }

  #ownMembers(session: Session, link: PublicKey | undefined, fits: (member: Member) => boolean): Promise<readonly ProvedMember[]> {
    return this.proved(session, (trusted, signal) =>
      this.#each(session, { type: 'own-member', link }, ownMember, OWN_MEMBERS_MAX, signal, async ({ member: id, proof }) => {
        const member = await this.#member(trusted, id, proof);
        if (!fits(member)) throw refused('wrong-answer', 'a member that was not asked for');
        return { id, member };
      }),
    );
  }

  async #member(trusted: Trusted, id: Hash, { header, certificate, ...proof }: StateProof): Promise<Member> {
    await verifyFinality(trusted, header, certificate);
    const record = unwrap(verifyRecord(header.stateRoot, 'member', id, proof));
    if (record === undefined) throw refused('bad-proof', 'the member is proved absent');
    return record;
  }

  /** All items of an answer, each read and judged. */
  #each<T, R>(
    session: Session,
    asked: SyncRequest,
    codec: Codec<T>,
    max: number,
    signal: AbortSignal,
    read: (item: T) => Promise<R>,
  ): Promise<readonly R[]> {
    return ask(session, asked, signal, async (answer: Answer) => {
      const out: R[] = [];
      for (;;) {
        const item = await answer.next(ITEM_BYTES_MAX);
        if (item === undefined) return out;
        if (out.length === max) throw refused('too-large', `more than ${max} items`);
        out.push(await read(unwrap(decode(codec, item, ITEM_BYTES_MAX))));
      }
    });
  }

  /** Asks for something proved; once more under the validators of today if those that we know do not vouch for it. */
  async proved<T>(
    session: Session,
    work: (trusted: Trusted, signal: AbortSignal) => Promise<T>,
    limitMs: number = PROOF_LIMIT_MS,
  ): Promise<T> {
    const { chain, verifier } = this.#ports;
    const { trust } = await this.verify(session);
    try {
      return await this.#within((signal) => work({ chain, trust, verifier }, signal), limitMs);
    } catch (error) {
      if (!(error instanceof RefusalError) || !OUTGROWN.has(error.code)) throw error;
      this.#verified = undefined;
      const { trust: today } = await this.verify(session);
      return this.#within((signal) => work({ chain, trust: today, verifier }, signal), limitMs);
    }
  }

  #within<T>(work: (signal: AbortSignal) => Promise<T>, limitMs = PROOF_LIMIT_MS): Promise<T> {
    return withTimeout(this.#ports.clock, limitMs, this.#ports.signal, work);
  }
}

/** The reason in a decision's leaf, once the leaf is shown to be where the request's record says that the decision is. */
function reasonProved(
  { leaf, inclusion, reason }: NonNullable<Decider['said']>,
  index: number,
  header: Header,
): Result<string | undefined> {
  const included = verifyInclusion(leafHash(leaf), index, header.logSize, inclusion, header.logRoot);
  if (!included.ok) return included;
  const transaction = decodeTransaction(leaf);
  const action = transaction.ok ? transaction.value.unsigned.action : undefined;
  const isIts = (action?.type === 'approve' || action?.type === 'reject') && action.reason !== undefined;
  if (!isIts || !equal(bodyHash(reason), action.reason.hash)) return refuse('bad-proof', 'the reason is not the decision’s');
  return ok(nameIn(reason)?.text);
}

const ITEM_BYTES_MAX = STATE_PROOF_BYTES_MAX + BODY_BYTES_MAX + TRANSACTION_BYTES_MAX + 4096;

/** Whoever made the link vouches for a block, and the peer for another record: which of the two is right, a newcomer cannot tell. */
function otherHistory(error: unknown): never {
  if (!(error instanceof RefusalError) || error.code !== 'bad-proof') throw error;
  throw new RefusalError({ code: 'other-history', detail: error.message });
}
