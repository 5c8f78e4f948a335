/** Votes and certificates from others, checked by the keys of the epoch's seats before a replica hears of them. */
import type { TrustSet } from '../core/codec/records.ts';
import { type Certificate, type Vote, voteSignedText } from '../core/codec/vote.ts';
import { certificateSignatures } from '../core/consensus/certificate.ts';
import type { Replica, ReplicaEvent } from '../core/consensus/replica-state.ts';
import { wantsCertificate, wantsVote } from '../core/consensus/tally.ts';
import { newsOf } from '../core/consensus/witness.ts';
import type { SignatureCheck, Verifier } from './ports.ts';

export class VoteVerification {
  readonly #verifier: Verifier;

  constructor(verifier: Verifier) {
    this.#verifier = verifier;
  }

  /**
   * What a replica is to hear of what came in: certificates that it wants, votes that count, and, out of certificates that
   * decide nothing any more, votes of which it knows nothing. Certificates come first, since votes may stand on them.
   */
  async eventsFor(replica: Replica, votes: readonly Vote[], certificates: readonly Certificate[]): Promise<readonly ReplicaEvent[]> {
    const wanted = certificates.filter((certificate) => wantsCertificate(replica, certificate));
    const others = certificates.filter((certificate) => !wanted.includes(certificate));
    const [proven, counted, seen] = await Promise.all([
      this.certificates(wanted, replica.trust),
      this.votes(
        votes.filter((vote) => wantsVote(replica, vote)),
        replica.trust,
      ),
      this.votes(newsOf(replica, [], others), replica.trust),
    ]);
    return [
      ...proven.map((certificate) => ({ type: 'certificate', certificate }) as const),
      ...counted.map((vote) => ({ type: 'vote', vote }) as const),
      ...seen.map((vote) => ({ type: 'seen', vote }) as const),
    ];
  }

  /** Those that the seat they name has signed. */
  async votes(votes: readonly Vote[], { seats }: TrustSet): Promise<readonly Vote[]> {
    const named = votes.flatMap((vote) => {
      const key = seats[vote.seat]?.vote;
      return key === undefined ? [] : [{ vote, check: { key, message: voteSignedText(vote.subject), signature: vote.signature } }];
    });
    const verdicts = await this.#verify(named.map(({ check }) => check));
    return named.flatMap(({ vote }, i) => (verdicts[i] === true ? [vote] : []));
  }

  /** Those under which a quorum of the trust set stands. */
  async certificates(certificates: readonly Certificate[], trust: TrustSet): Promise<readonly Certificate[]> {
    const good: Certificate[] = [];
    for (const certificate of certificates) {
      const checks = certificateSignatures(certificate, trust);
      if (checks.ok && (await this.#verify(checks.value)).every(Boolean)) good.push(certificate);
    }
    return good;
  }

  #verify(checks: readonly SignatureCheck[]): Promise<readonly boolean[]> {
    return checks.length === 0 ? Promise.resolve([]) : this.#verifier.verify(checks, 'agreement');
  }
}
