/**
 * Joining a chain by a link (DESIGN §9): reach somebody, verify from the anchor to the tip, ask, be admitted, take the
 * snapshot. What is asked is kept before it is sent, so that a reload, a lost connection or a relay's crash asks the very
 * same thing again, and nobody joins twice.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { SECOND_MS } from '../core/base/limits.ts';
import { type RefusalCode, RefusalError, unwrap } from '../core/base/result.ts';
import { bodyRefOf } from '../core/codec/body.ts';
import type { InvitationLink } from '../core/codec/link.ts';
import { memberIdOf, type TrustSet } from '../core/codec/records.ts';
import { type Carried, decodeSessionMessage, encodeSessionMessage } from '../core/codec/session-message.ts';
import type { OwnRow } from '../core/codec/stored.ts';
import { decodeTransaction, type Transaction } from '../core/codec/transaction.ts';
import { endOf } from '../core/membership/checks/invitations.ts';
import { abortError, sleep, withTimeout } from './abort.ts';
import type { Gate } from './gate.ts';
import { Ledger } from './ledger.ts';
import { writeOwn } from './own-row.ts';
import type { ChainNetwork, Clock, HeldInvite, PeerAddress, Random, Session, Space, Verifier } from './ports.ts';
import { fetchFinality, fetchSnapshot, fetchStateProof } from './sync-client.ts';
import { makeTransaction, textBody } from './writing.ts';

export const JOIN_STAGES = ['reaching-relay', 'verifying', 'asking', 'admitted', 'copying'] as const;
export type JoinStageName = (typeof JOIN_STAGES)[number];

/** Nothing came of a question for so long: ask the same again, of whoever is there. */
const ASK_AGAIN_AFTER_MS = 5 * SECOND_MS;
/** A good dial takes 0.2 s here and under 3 s on a bad mobile network; a person who waits longer wants to be told. */
const REACH_LIMIT_MS = 20 * SECOND_MS;
const VERIFY_LIMIT_MS = 30 * SECOND_MS;
const SNAPSHOT_LIMIT_MS = 120 * SECOND_MS;
const RECONNECT_PAUSE_MS = 1 * SECOND_MS;

export interface JoinPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly verifier: Verifier;
  readonly space: Space;
  readonly gate: Gate;
  readonly invite: HeldInvite;
  readonly network: ChainNetwork;
}

/** Refusals that end a join for good: trying again cannot help. */
const FINAL: ReadonlySet<RefusalCode> = new Set([
  'invitation-unknown',
  'invitation-used',
  'invitation-expired',
  'invitation-revoked',
  'invitation-closed',
  'invitation-role',
  'needs-approval',
  'role-full',
  'key-retired',
  'stale-anchor',
  'wrong-genesis',
  'wrong-chain',
  'unsupported-version',
  'bad-proof',
  'bad-signature',
  'no-quorum',
]);

export function isFinalRefusal(code: RefusalCode): boolean {
  return FINAL.has(code);
}

/** What is known once the tip is verified. */
interface Verified {
  readonly genesisLeaf: Uint8Array;
  readonly trust: TrustSet;
  readonly height: number;
}

export class Joining {
  readonly #ports: JoinPorts;
  readonly #link: InvitationLink;
  readonly #signal: AbortSignal;
  readonly #stage: (stage: JoinStageName) => void;
  #own: OwnRow;
  /** Wakes whoever waits for the answer to our question. */
  #woken: () => void = () => undefined;
  #outcome: { readonly admittedAt: number } | { readonly refused: RefusalCode } | undefined;
  #asked: Transaction | undefined;

  constructor(ports: JoinPorts, link: InvitationLink, own: OwnRow, signal: AbortSignal, stage: (stage: JoinStageName) => void) {
    this.#ports = ports;
    this.#link = link;
    this.#own = own;
    this.#signal = signal;
    this.#stage = stage;
    ports.gate.listen({
      opened: () => this.#woken(),
      closed: () => this.#woken(),
      message: (session, bytes) => this.#heard(session, bytes),
    });
  }

  /** True once the question may have reached somebody: from then on the answer is the chain's. */
  get hasAsked(): boolean {
    return this.#own.join !== undefined;
  }

  /** Joins; gives the ledger of the admitted member. Throws `RefusalError`. */
  async run(nextKeyDigest: Hash): Promise<Ledger> {
    this.#stage('reaching-relay');
    let session = await this.#reach();
    this.#stage('verifying');
    const verified = await this.#verify(session);
    this.#ports.network.keep(this.#relays());
    if (!isInside(session)) {
      await this.#checkInvitation(session, verified.trust);
      this.#stage('asking');
      session = await this.#ask(nextKeyDigest, verified.trust);
    }
    this.#stage('admitted');
    this.#stage('copying');
    return this.#takeSnapshot(session, verified);
  }

  #relays(): readonly PeerAddress[] {
    return this.#link.relays.map(({ peer, addresses }) => ({ peer, addresses }));
  }

  /** The first of the link's relays and members that answers. */
  async #reach(): Promise<Session> {
    const { network } = this.#ports;
    const over = new AbortController();
    const signal = AbortSignal.any([this.#signal, over.signal]);
    const stopWaiting = this.#ports.clock.schedule(REACH_LIMIT_MS, () =>
      over.abort(new RefusalError({ code: 'no-relay', detail: 'no answer in time' })),
    );
    const attempts = this.#relays().map((relay) => network.connect(relay, signal));
    try {
      return await Promise.any(attempts);
    } catch (error) {
      throw this.#signal.aborted ? abortError(this.#signal) : mostTelling(error);
    } finally {
      stopWaiting();
      over.abort();
      await Promise.allSettled(attempts);
    }
  }

  #verify(session: Session): Promise<Verified> {
    const { clock, verifier } = this.#ports;
    const { chain, anchor } = this.#link;
    return withTimeout(clock, VERIFY_LIMIT_MS, this.#signal, async (signal) => {
      const { genesisLeaf, trust, header } = await fetchFinality(session, { chain, anchor, verifier, now: clock.now() }, signal);
      return { genesisLeaf, trust, height: header.height };
    });
  }

  /** The invitation as the chain has it: live, and to the role that the link says. */
  async #checkInvitation(session: Session, trust: TrustSet): Promise<void> {
    const { clock, verifier } = this.#ports;
    const id = this.#ports.invite.invitation;
    const { record, header } = await withTimeout(clock, VERIFY_LIMIT_MS, this.#signal, (signal) =>
      fetchStateProof(session, { chain: this.#link.chain, trust, verifier, kind: 'invitation', id }, signal),
    );
    if (record === undefined) throw new RefusalError({ code: 'invitation-unknown', detail: 'the chain has no such invitation' });
    if (record.role !== this.#link.role)
      throw new RefusalError({ code: 'invitation-role', detail: `the chain says ${record.role}, the link ${this.#link.role}` });
    const end = endOf(record, Math.max(header.time, clock.now()));
    if (end !== undefined) throw new RefusalError(end);
  }

  // ---------------------------------------------------------------- asking

  /** Asks until the chain has answered; gives a session with somebody who let us in. */
  async #ask(nextKeyDigest: Hash, trust: TrustSet): Promise<Session> {
    for (;;) {
      const carried = await this.#question(nextKeyDigest);
      const session = this.#ports.network.sessions().find(({ grantedAccess }) => grantedAccess !== 'foreign');
      if (session !== undefined && isInside(session)) return session;
      if (session !== undefined) {
        session.send(encodeSessionMessage({ type: 'transactions', items: [carried] }));
        await this.#wait(ASK_AGAIN_AFTER_MS);
        if (this.#outcome === undefined) await this.#lookForMembership(session, trust);
      } else {
        await this.#reconnect();
      }
      if (this.#outcome !== undefined && 'refused' in this.#outcome) {
        throw new RefusalError({ code: this.#outcome.refused, detail: 'the chain refused the request to join' });
      }
      if (this.#outcome !== undefined && session !== undefined) return session;
    }
  }

  /** The join transaction, kept before anybody sees it. */
  async #question(nextKeyDigest: Hash): Promise<Carried> {
    const { clock, random, gate, space, invite } = this.#ports;
    const kept = this.#own.join;
    const transaction = kept === undefined ? undefined : unwrap(decodeTransaction(kept.leaf));
    if (kept !== undefined && transaction !== undefined && transaction.unsigned.expiry > clock.now()) {
      this.#asked = transaction;
      return kept;
    }
    // One that expired cannot enter any more, so asking anew cannot join twice; the key is the same in any case.
    const body = kept?.bodies[0] ?? textBody(random, this.#own.yourName);
    const action = {
      type: 'join',
      invitation: invite.invitation,
      name: bodyRefOf(body),
      nextKey: nextKeyDigest,
      operator: undefined,
    } as const;
    this.#asked = await makeTransaction(gate.signer, {
      chain: this.#link.chain,
      sequence: 1,
      now: clock.now(),
      action,
      cosigner: invite.signer,
    });
    const carried = { leaf: this.#asked.bytes, bodies: [body] };
    this.#own = { ...this.#own, join: carried };
    await writeOwn(space, this.#own);
    return carried;
  }

  #heard(session: Session, bytes: Uint8Array): void {
    const message = decodeSessionMessage(bytes);
    if (!message.ok) return session.close(message.refusal.code);
    const id = this.#asked?.id;
    if (id === undefined) return;
    if (message.value.type === 'refused') {
      const mine = message.value.items.find((item) => equal(item.id, id));
      if (mine !== undefined && FINAL.has(mine.code)) this.#outcome = { refused: mine.code };
      // Nobody else has our key: an earlier question of ours was granted, as the chain's record will show.
      if (mine?.code === 'already-member') this.#woken();
    }
    // A tip is only a hint here: what we copy next is verified against its certificate.
    if (message.value.type === 'tip' && message.value.ids.some((one) => equal(one, id)))
      this.#outcome = { admittedAt: message.value.header.height };
    if (this.#outcome !== undefined) this.#woken();
  }

  /** Waits until something is heard, a session comes or goes, or the time is up. */
  async #wait(limitMs: number): Promise<void> {
    if (this.#outcome !== undefined) return;
    const over = new AbortController();
    const heard = new Promise<void>((resolve) => {
      this.#woken = resolve;
    });
    try {
      await Promise.race([heard, sleep(this.#ports.clock, limitMs, AbortSignal.any([this.#signal, over.signal]))]);
    } finally {
      this.#woken = () => undefined;
      over.abort();
    }
  }

  /** The answer may have been given while we were away: our member's record says so. */
  async #lookForMembership(session: Session, trust: TrustSet): Promise<void> {
    const { clock, verifier, gate } = this.#ports;
    const id = memberIdOf(this.#link.chain, gate.signer.publicKey);
    try {
      const { record, header } = await withTimeout(clock, VERIFY_LIMIT_MS, this.#signal, (signal) =>
        fetchStateProof(session, { chain: this.#link.chain, trust, verifier, kind: 'member', id }, signal),
      );
      if (record !== undefined) this.#outcome = { admittedAt: header.height };
    } catch (error) {
      if (this.#signal.aborted || !(error instanceof RefusalError)) throw error;
      // The session broke in the middle of it: the next round asks whoever is there then.
    }
  }

  async #reconnect(): Promise<void> {
    try {
      await this.#reach();
    } catch (error) {
      if (this.#signal.aborted || !(error instanceof RefusalError) || FINAL.has(error.code)) throw error;
      await sleep(this.#ports.clock, RECONNECT_PAUSE_MS, this.#signal);
    }
  }

  // ---------------------------------------------------------------- taking the state

  async #takeSnapshot(first: Session, { genesisLeaf, trust }: Verified): Promise<Ledger> {
    const { clock, verifier, space, network, gate } = this.#ports;
    const minimumHeight = this.#outcome !== undefined && 'admittedAt' in this.#outcome ? this.#outcome.admittedAt : 0;
    const tried = new Set<number>();
    let session: Session | undefined = first;
    for (;;) {
      try {
        if (session === undefined) await this.#reconnect();
        else {
          const from: Session = session;
          tried.add(from.id);
          const snapshot = await withTimeout(clock, SNAPSHOT_LIMIT_MS, this.#signal, (signal) =>
            fetchSnapshot(from, { chain: this.#link.chain, trust, verifier, minimumHeight }, signal),
          );
          if (snapshot.point.state.get('device', gate.signer.publicKey) === undefined) {
            throw new RefusalError({ code: 'wrong-answer', detail: 'the snapshot does not have us as a member' });
          }
          return await Ledger.adopt(space, genesisLeaf, snapshot);
        }
      } catch (error) {
        if (this.#signal.aborted || !(error instanceof RefusalError) || error.code.startsWith('storage')) throw error;
        await sleep(clock, RECONNECT_PAUSE_MS, this.#signal);
      }
      session = network.sessions().find(({ id }) => !tried.has(id)) ?? network.sessions()[0];
    }
  }
}

function isInside({ grantedAccess }: Session): boolean {
  return grantedAccess === 'member' || grantedAccess === 'validator';
}

/** Refusals that say more than that nobody could be reached, the most telling first. */
const TELLING: readonly RefusalCode[] = ['relays-full', 'slow-down', 'not-available'];

/**
 * Of several refusals the one that says most: a typed answer about the invitation, then a relay that was reached and
 * would not, then one that was reached and kept silent, as it does about chains that it does not have.
 */
function mostTelling(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error;
  const refusals = error.errors.filter((one) => one instanceof RefusalError);
  const final = refusals.find(({ code }) => FINAL.has(code));
  if (final !== undefined) return final;
  const detail = refusals.map(({ message }) => message).join('; ') || 'the link names no relay';
  const telling = TELLING.find((code) => refusals.some((refusal) => refusal.code === code));
  return new RefusalError({ code: telling === 'not-available' ? 'unknown-chain' : (telling ?? 'no-relay'), detail });
}
