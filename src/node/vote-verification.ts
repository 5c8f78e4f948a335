/**
 * Votes and certificates from others, checked by the keys of the epoch's seats before a replica hears of them. Each node checks
 * what it passes on, so whoever shows one that is wrong misleads: it is told on, and not listened to any more.
 */
import type { TrustSet } from '../core/codec/records.ts';
import { type Certificate, type Vote, voteSignedText } from '../core/codec/vote.ts';
import { certificateSignatures } from '../core/consensus/certificate.ts';
import { stepReplica } from '../core/consensus/replica.ts';
import type { Replica, ReplicaEvent } from '../core/consensus/replica-state.ts';
import { wantsCertificate, wantsVote } from '../core/consensus/tally.ts';
import { newsOf } from '../core/consensus/witness.ts';
import type { Session, SignatureCheck, Verifier } from './ports.ts';

export class VoteVerification {
  readonly #verifier: Verifier;
  /** A peer showed what no honest one shows. Called once for a session. */
  readonly #misled: (session: Session) => void;
  readonly #liars = new WeakSet<Session>();

  constructor(verifier: Verifier, misled: (session: Session) => void) {
    this.#verifier = verifier;
    this.#misled = misled;
  }

  /**
   * What a replica is to hear of what came in: certificates that it wants, votes that count, and, out of certificates that
   * decide nothing any more, votes of which it knows nothing. Certificates come first, since votes may stand on them. What is
   * not wanted is not looked at; nor is anything after what is wanted and wrong.
   */
  async eventsFor(
    session: Session,
    replica: Replica,
    votes: readonly Vote[],
    certificates: readonly Certificate[],
  ): Promise<readonly ReplicaEvent[]> {
    const { events, after, others } = await this.#certificates(session, replica, certificates);
    const wanted = votes.filter((vote) => wantsVote(after, vote));
    const counted = await this.votes(session, wanted, after.trust);
    const seen = await this.votes(session, newsOf(after, [], others), after.trust);
    return [
      ...events,
      ...counted.map((vote) => ({ type: 'vote', vote }) as const),
      ...seen.map((vote) => ({ type: 'seen', vote }) as const),
    ];
  }

  /** Those that the seat they name has signed. */
  async votes(session: Session, votes: readonly Vote[], { seats }: TrustSet): Promise<readonly Vote[]> {
    if (this.#liars.has(session)) return [];
    const named = votes.flatMap((vote) => {
      const key = seats[vote.seat]?.vote;
      return key === undefined ? [] : [{ vote, check: { key, message: voteSignedText(vote.subject), signature: vote.signature } }];
    });
    const verdicts = await this.#verify(named.map(({ check }) => check));
    const good = named.flatMap(({ vote }, i) => (verdicts[i] === true ? [vote] : []));
    if (good.length < votes.length) this.#wrong(session);
    return good;
  }

  #wrong(session: Session): void {
    if (!this.#liars.has(session)) this.#misled(session);
    this.#liars.add(session);
  }

  /** Those that are wanted, each by a replica that has heard of the one before: many views' worth leads on step by step. */
  async #certificates(session: Session, replica: Replica, certificates: readonly Certificate[]) {
    const events: ReplicaEvent[] = [];
    const others: Certificate[] = [];
    let after = replica;
    if (this.#liars.has(session)) return { events, others, after };
    for (const certificate of certificates) {
      if (!wantsCertificate(after, certificate)) {
        others.push(certificate);
        continue;
      }
      const checks = certificateSignatures(certificate, after.trust);
      if (!checks.ok || !(await this.#verify(checks.value)).every(Boolean)) {
        this.#wrong(session);
        break;
      }
      const event = { type: 'certificate', certificate } as const;
      events.push(event);
      after = stepReplica(after, event).replica;
    }
    return { events, others, after };
  }

  /** Verdicts up to the first that is against: what the engine accepts at once, what it rejects singly and slowly. */
  async #verify(checks: readonly SignatureCheck[]): Promise<readonly boolean[]> {
    if (checks.length === 0) return [];
    const verdicts = [...(await this.#verifier.verify(checks, 'message'))];
    for (const [i, check] of checks.entries()) {
      if (verdicts[i] === true) continue;
      const isGood = (await this.#verifier.verify([check], 'agreement')).every(Boolean);
      verdicts[i] = isGood;
      if (!isGood) break;
    }
    return verdicts;
  }
}
