/** The other validators as one validator speaks to them: by seat, over whatever session there is with each. */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { SESSION_MESSAGE_BYTES_MAX } from '../core/base/limits.ts';
import type { TrustSet } from '../core/codec/records.ts';
import {
  CARRIED_TRANSACTIONS_MAX,
  CARRIED_VOTES_MAX,
  type Carried,
  encodeSessionMessage,
  type SessionMessage,
} from '../core/codec/session-message.ts';
import type { Transaction } from '../core/codec/transaction.ts';
import type { Certificate, Vote } from '../core/codec/vote.ts';
import { chunks } from './chunks.ts';
import type { VotingMessage } from './gossip.ts';
import type { Session } from './ports.ts';

/** Room for framing around what a message carries. */
const MESSAGE_OVERHEAD_BYTES = 4_096;

export interface ValidatorPeersPorts {
  sessions(): readonly Session[];
  trust(): TrustSet;
  /** Sends the newest final block. */
  tellTip(session: Session): void;
}

export class ValidatorPeers {
  readonly #ports: ValidatorPeersPorts;

  constructor(ports: ValidatorPeersPorts) {
    this.#ports = ports;
  }

  /** Those with the other validators that are here. */
  sessions(): readonly Session[] {
    return this.#ports.sessions().filter((session) => this.isValidator(session));
  }

  isValidator({ nodeKey }: Session): boolean {
    return this.#ports.trust().seats.some(({ node }) => equal(node, nodeKey));
  }

  sessionOf(seat: number): Session | undefined {
    const node = this.#ports.trust().seats[seat]?.node;
    return node && this.#ports.sessions().find(({ nodeKey }) => equal(nodeKey, node));
  }

  /** A validator that is behind hears our tip, which carries the finalization. */
  answer(seat: number): void {
    const session = this.sessionOf(seat);
    if (session !== undefined) this.tellTip(session);
  }

  broadcast(message: VotingMessage): void {
    this.send(message, undefined);
  }

  /** To one, or to all that are here. */
  send(message: VotingMessage, to: Session | undefined): void {
    const targets = to === undefined ? this.sessions() : [to];
    if (targets.length === 0) return;
    const bytes = encodeSessionMessage(message satisfies SessionMessage);
    for (const session of targets) session.send(bytes);
  }

  sendCertificates(certificates: readonly Certificate[], to: Session | undefined): void {
    for (const some of chunks(certificates, CARRIED_VOTES_MAX)) this.send({ type: 'certificates', certificates: some }, to);
  }

  sendVotes(votes: readonly Vote[], to: Session | undefined): void {
    for (const some of chunks(votes, CARRIED_VOTES_MAX)) this.send({ type: 'votes', votes: some }, to);
  }

  /** Transactions of a block with their bodies, in as many messages as they take. */
  sendParts(
    block: Hash,
    parts: readonly { readonly transaction: Transaction; readonly bodies: readonly Uint8Array[] }[],
    to: Session,
  ): void {
    let items: Carried[] = [];
    let bytes = MESSAGE_OVERHEAD_BYTES;
    const flush = () => {
      if (items.length > 0) this.send({ type: 'block-part', block, items }, to);
      items = [];
      bytes = MESSAGE_OVERHEAD_BYTES;
    };
    for (const { transaction, bodies } of parts) {
      const size = bodies.reduce((total, body) => total + body.length + 8, transaction.bytes.length + 16);
      if (items.length === CARRIED_TRANSACTIONS_MAX || bytes + size > SESSION_MESSAGE_BYTES_MAX) flush();
      items.push({ leaf: transaction.bytes, bodies });
      bytes += size;
    }
    flush();
  }

  tellTip(session: Session): void {
    this.#ports.tellTip(session);
  }
}
