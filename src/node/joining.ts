/**
 * Coming into a chain (DESIGN §9): reach somebody, verify from the anchor to the tip, ask, wait where others must approve, be
 * admitted, take the snapshot. What is asked is kept before it is sent, so that a reload, a lost connection or a relay's
 * crash asks the very same thing again, and nobody joins twice.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { SECOND_MS } from '../core/base/limits.ts';
import { type RefusalCode, RefusalError } from '../core/base/result.ts';
import type { RequestRecord } from '../core/codec/records.ts';
import { decodeSessionMessage } from '../core/codec/session-message.ts';
import { abortError, sleep } from './abort.ts';
import { awaitAuditors } from './awaited-row.ts';
import type { Gate } from './gate.ts';
import { GuestProofs } from './guest-proofs.ts';
import { Ledger } from './ledger.ts';
import type { AccessLevel, ChainNetwork, Clock, PeerAddress, Session, Space, Verifier } from './ports.ts';
import { isFinalRefusal, mostTelling } from './refusals.ts';
import { isInside } from './session-access.ts';
import { fetchSnapshot } from './sync-client.ts';
import { endOfRequest, isSameProgress, neededFor, progressOf, type RequestProgress } from './waiting.ts';
import type { Way } from './ways.ts';

export const JOIN_STAGES = ['reaching-relay', 'verifying', 'asking', 'waiting', 'admitted', 'copying'] as const;
export type JoinStageName = (typeof JOIN_STAGES)[number];

/** A stage begins, or somebody decided about what is waited for. */
export type JoinStep =
  | { readonly type: 'stage'; readonly stage: JoinStageName }
  | { readonly type: 'waiting'; readonly request: RequestProgress };

/** Nothing came of a question for so long: ask the same again, or look what became of it, of whoever is there. */
const ASK_AGAIN_AFTER_MS = 5 * SECOND_MS;
/** However much happens on the chain, what became of a request is not looked up more often. */
const LOOK_PAUSE_MS = 1 * SECOND_MS;
/** A good dial takes 0.2 s here and under 3 s on a bad mobile network; a person who waits longer wants to be told. */
const REACH_LIMIT_MS = 20 * SECOND_MS;
const SNAPSHOT_LIMIT_MS = 120 * SECOND_MS;
const RECONNECT_PAUSE_MS = 1 * SECOND_MS;
/** A refusal that nothing proves, and that no validator gave, is believed when it has come so often. */
const TOLD_ENOUGH = 3;

export interface JoinPorts {
  readonly clock: Clock;
  readonly verifier: Verifier;
  readonly space: Space;
  readonly gate: Gate;
  readonly network: ChainNetwork;
}

/** Where the chain is found, and from where it is verified: what any link of it says. */
export interface ChainPlace {
  readonly chain: Hash;
  readonly anchor: { readonly block: Hash; readonly height: number; readonly issued: number };
  readonly relays: readonly PeerAddress[];
}

/** What the chain says of us: in, waiting, or refused for good. */
type Standing = { readonly in: true } | { readonly waits: RequestRecord } | undefined;

export class Joining {
  readonly #ports: JoinPorts;
  readonly #place: ChainPlace;
  readonly #way: Way;
  readonly #signal: AbortSignal;
  readonly #tell: (step: JoinStep) => void;
  readonly #proofs: GuestProofs;
  /** Wakes whoever waits for the answer to our question. */
  #woken: () => void = () => undefined;
  /** Something was heard since we last looked. */
  #stirred = false;
  #refusal: { readonly session: Session; readonly code: RefusalCode } | undefined;
  #refusals = 0;
  #progress: RequestProgress | undefined;

  constructor(ports: JoinPorts, place: ChainPlace, way: Way, signal: AbortSignal, tell: (step: JoinStep) => void) {
    const { chain, anchor } = place;
    this.#ports = ports;
    this.#place = place;
    this.#way = way;
    this.#signal = signal;
    this.#tell = tell;
    this.#proofs = new GuestProofs({ chain, anchor, clock: ports.clock, verifier: ports.verifier, signal });
    const stir = () => this.#stir();
    ports.gate.listen({ opened: stir, closed: stir, changed: stir, message: (session, bytes) => this.#heard(session, bytes) });
  }

  /** True once the question may have reached somebody: from then on the answer is the chain's. */
  get hasAsked(): boolean {
    return this.#way.asked !== undefined;
  }

  /** Joins; gives the ledger of the admitted member. Throws `RefusalError`. */
  async run(nextKey: () => Promise<Hash>): Promise<Ledger> {
    this.#begin('reaching-relay');
    let session = await this.#reach();
    this.#begin('verifying');
    await this.#proofs.verify(session);
    this.#ports.network.keep(this.#place.relays);
    if (!isInside(session.grantedAccess)) session = await this.#comeIn(session, nextKey);
    this.#begin('admitted');
    this.#begin('copying');
    return this.#takeSnapshot(session);
  }

  #begin(stage: JoinStageName): void {
    this.#tell({ type: 'stage', stage });
  }

  /** The first of the chain's relays and members that answers. */
  async #reach(): Promise<Session> {
    const { network } = this.#ports;
    const over = new AbortController();
    const signal = AbortSignal.any([this.#signal, over.signal]);
    const stopWaiting = this.#ports.clock.schedule(REACH_LIMIT_MS, () =>
      over.abort(new RefusalError({ code: 'no-relay', detail: 'no answer in time' })),
    );
    const attempts = this.#place.relays.map((relay) => network.connect(relay, signal));
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

  // ---------------------------------------------------------------- asking

  /** Asks until the chain has answered, and waits where it must; gives a session with somebody who let us in. */
  async #comeIn(first: Session, nextKey: () => Promise<Hash>): Promise<Session> {
    // What was asked before has its answer in the state, however spent the invitation is by now.
    if (this.#way.asked === undefined) await this.#way.check(this.#proofs, first);
    this.#begin('asking');
    let isLooking = this.#way.asked !== undefined;
    for (;;) {
      const session = this.#bestSession();
      if (session === undefined) {
        await this.#reconnect();
        continue;
      }
      if (isInside(session.grantedAccess)) return session;
      const standing = isLooking ? await this.#look(session) : undefined;
      if (standing !== undefined && 'in' in standing) return session;
      if (standing === undefined) await this.#put(session, nextKey);
      await this.#wait(session);
      isLooking = true;
    }
  }

  /** Sends the question, made anew if it cannot enter any more: then it did not, or we would be in or wait. */
  async #put(session: Session, nextKey: () => Promise<Hash>): Promise<void> {
    const refusal = this.#refusal;
    this.#refusal = undefined;
    if (refusal !== undefined) await this.#judge(refusal.session, refusal.code);
    const { asked } = this.#way;
    const isLive = asked !== undefined && asked.expiry > this.#ports.clock.now();
    // Whose question it is may have to be found out again.
    if (!isLive && asked !== undefined) await this.#way.check(this.#proofs, session);
    const { id, message, expiry } = isLive ? asked : await this.#way.ask(nextKey, this.#signal);
    session.send(message);
    if (!this.#ports.network.sessions().some(({ grantedAccess }) => grantedAccess === 'knocker')) return;
    await this.#showKnock(session, id, expiry);
  }

  /** The level at which most can be had. */
  #bestSession(): Session | undefined {
    const able = this.#ports.network.sessions().filter(({ grantedAccess }) => this.#way.mayAskAt(grantedAccess));
    return [...able].sort((a, b) => LEVELS.indexOf(a.grantedAccess) - LEVELS.indexOf(b.grantedAccess))[0];
  }

  #stir(): void {
    this.#stirred = true;
    this.#woken();
  }

  #heard(session: Session, bytes: Uint8Array): void {
    const message = decodeSessionMessage(bytes);
    if (!message.ok) return session.close(message.refusal.code);
    const id = this.#way.asked?.id;
    if (id === undefined) return;
    if (message.value.type === 'refused') {
      const mine = message.value.items.find((item) => equal(item.id, id));
      if (mine === undefined) return;
      this.#refusal = { session, code: mine.code };
      return this.#stir();
    }
    // A tip is only a hint: what it may have changed for us is looked up in the state, and proved.
    if (message.value.type !== 'tip') return;
    if (this.#progress !== undefined || message.value.ids.some((one) => equal(one, id))) this.#stir();
  }

  /** Throws a refusal that is the end: proved by the state, or given by a validator, or given again and again by all there are. */
  async #judge(session: Session, code: RefusalCode): Promise<void> {
    if (!isFinalRefusal(code)) return;
    await this.#way.check(this.#proofs, session);
    this.#refusals += 1;
    if (this.#proofs.isValidator(session) || this.#refusals >= TOLD_ENOUGH)
      throw new RefusalError({ code, detail: 'the chain refused the request to join' });
  }

  /** Waits until something is heard, a session comes or goes, or the time is up; while waiting for others not too often. */
  async #wait(session: Session): Promise<void> {
    const waitsForOthers = this.#progress !== undefined;
    if (waitsForOthers && session.grantedAccess !== 'foreign') await this.#pause(LOOK_PAUSE_MS, () => this.#isIn());
    if (!this.#stirred) await this.#pause(ASK_AGAIN_AFTER_MS, () => true);
    this.#stirred = false;
  }

  #isIn(): boolean {
    return this.#ports.network.sessions().some(({ grantedAccess }) => isInside(grantedAccess));
  }

  /** Lets time pass, or less of it if something happens that matters. */
  async #pause(limitMs: number, matters: () => boolean): Promise<void> {
    const over = new AbortController();
    const heard = new Promise<void>((resolve) => {
      this.#woken = () => {
        if (matters()) resolve();
      };
    });
    try {
      await Promise.race([heard, sleep(this.#ports.clock, limitMs, AbortSignal.any([this.#signal, over.signal]))]);
    } finally {
      this.#woken = () => undefined;
      over.abort();
    }
  }

  async #reconnect(): Promise<void> {
    try {
      const session = await this.#reach();
      if (this.#way.mayAskAt(session.grantedAccess)) return;
    } catch (error) {
      if (this.#signal.aborted || !(error instanceof RefusalError) || isFinalRefusal(error.code)) throw error;
    }
    await sleep(this.#ports.clock, RECONNECT_PAUSE_MS, this.#signal);
  }

  // ---------------------------------------------------------------- waiting

  /** What the chain's state says of us. Throws how our request ended, if it did and let nobody in. */
  async #look(session: Session): Promise<Standing> {
    const id = this.#way.asked?.id;
    if (id === undefined || session.grantedAccess === 'foreign') return undefined;
    try {
      const { record: device } = await this.#proofs.record(session, 'device', this.#ports.gate.signer.publicKey);
      if (device !== undefined) return { in: true };
      const { record: request } = await this.#proofs.record(session, 'request', id);
      if (request === undefined) return undefined;
      const end = endOfRequest(request);
      // What was granted and is no member's device any more was removed since; the handshake says so.
      if (request.status === 'pending' || request.no.length > 0) this.#show(await progressOf(this.#proofs, session, id, request));
      if (end !== undefined) throw new EndedRequest({ code: end, detail: 'the request to join has ended' });
      return { waits: request };
    } catch (error) {
      if (this.#signal.aborted || error instanceof EndedRequest || !(error instanceof RefusalError)) throw error;
      // The session broke in the middle of it: the next round asks whoever is there then.
      return undefined;
    }
  }

  /** A knock waits off the log: all that can be shown is how many must decide. */
  async #showKnock(session: Session, id: Hash, expiry: number): Promise<void> {
    const knock = this.#way.own.knock?.signed.knock;
    if (knock === undefined || this.#progress !== undefined) return;
    const { role } = knock;
    const { record: rules } = await this.#proofs.record(session, 'rules', new Uint8Array(0));
    this.#show({ id, kind: 'knock', role, until: expiry, needed: neededFor(rules, role, false), decisions: [] });
  }

  #show(progress: RequestProgress): void {
    if (this.#progress === undefined) this.#begin('waiting');
    if (isSameProgress(this.#progress, progress)) return;
    this.#progress = progress;
    this.#tell({ type: 'waiting', request: progress });
  }

  // ---------------------------------------------------------------- taking the state

  async #takeSnapshot(first: Session): Promise<Ledger> {
    const { clock, space, network, gate } = this.#ports;
    const tried = new Set<number>();
    let session: Session | undefined = first;
    for (;;) {
      try {
        if (session === undefined) await this.#reconnect();
        else {
          const from: Session = session;
          tried.add(from.id);
          const snapshot = await this.#proofs.proved(
            from,
            (trusted, signal) => fetchSnapshot(from, { ...trusted, minimumHeight: 0 }, signal),
            SNAPSHOT_LIMIT_MS,
          );
          if (snapshot.point.state.get('device', gate.signer.publicKey) === undefined) {
            throw new RefusalError({ code: 'wrong-answer', detail: 'the snapshot does not have us as a member' });
          }
          const { genesisLeaf, anchored } = await this.#proofs.verify(from);
          await awaitAuditors(space, snapshot.point, anchored);
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

/** From the most to the least that the other side lets us do. */
const LEVELS: readonly AccessLevel[] = ['validator', 'member', 'guest', 'knocker', 'foreign'];

/** Told apart from refusals of a moment: it is proved, and final. */
class EndedRequest extends RefusalError {}
