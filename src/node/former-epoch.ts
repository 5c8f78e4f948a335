/**
 * The epoch before, as one of its validators goes on listening to it: votes of then decide nothing any more, but two that
 * contradict each other convict as they would have. Nothing is known of epochs in which this device did not vote.
 */
import { equal } from '../core/base/bytes.ts';
import type { Certificate, Vote } from '../core/codec/vote.ts';
import { stepReplica } from '../core/consensus/replica.ts';
import type { Replica } from '../core/consensus/replica-state.ts';
import { newsOf } from '../core/consensus/witness.ts';
import type { Session } from './ports.ts';
import type { VoteVerification } from './vote-verification.ts';

export interface FormerEpochPorts {
  readonly voteVerification: VoteVerification;
  /** Brings two votes that convict to the chain. */
  convict(first: Vote, second: Vote): void;
}

export class FormerEpoch {
  readonly #ports: FormerEpochPorts;
  #replica: Replica | undefined;

  constructor(ports: FormerEpochPorts) {
    this.#ports = ports;
  }

  /** The replica's epoch is over, and that before it forgotten. */
  begin(replica: Replica): void {
    this.#replica = replica;
  }

  /** Of those alone who voted in it. */
  async heard(session: Session, votes: readonly Vote[], certificates: readonly Certificate[]): Promise<void> {
    const replica = this.#replica;
    if (replica?.trust.seats.some(({ node }) => equal(node, session.nodeKey)) !== true) return;
    const news = newsOf(replica, votes, certificates);
    for (const vote of await this.#ports.voteVerification.votes(session, news, replica.trust)) this.#take(vote);
  }

  #take(vote: Vote): void {
    if (this.#replica === undefined) return;
    const { replica, effects } = stepReplica(this.#replica, { type: 'seen', vote });
    this.#replica = replica;
    for (const effect of effects) if (effect.type === 'evidence') this.#ports.convict(effect.first, effect.second);
  }
}
