/** Votes and certificates from others, checked by the keys of the epoch's seats before a replica hears of them. */
import type { TrustSet } from '../core/codec/records.ts';
import { type Certificate, type Vote, voteSignedText } from '../core/codec/vote.ts';
import { certificateSignatures } from '../core/consensus/certificate.ts';
import type { SignatureCheck, Verifier } from './ports.ts';

export class VoteVerification {
  readonly #verifier: Verifier;

  constructor(verifier: Verifier) {
    this.#verifier = verifier;
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
