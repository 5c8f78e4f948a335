/** The leader's block: what waits here, on a final block or on an overlay, made durable before anything is said of it. */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { type BuiltBlock, buildBlock, type ChainPoint, mayOpen, type Proposal, proposalTime } from '../core/consensus/execute.ts';
import type { Candidate, Candidates } from './candidates.ts';
import type { Ledger } from './ledger.ts';
import type { Waiting } from './mempool.ts';
import type { Clock } from './ports.ts';
import { isSamePlan } from './recovering.ts';
import { outgrown } from './upgrade.ts';

export interface BlockBuilderPorts {
  readonly clock: Clock;
  readonly ledger: Ledger;
  /** What may go into a block, in order. */
  candidates(): readonly Waiting[];
  /** How many that are. */
  pendingCount(): number;
  waiting(id: Hash): Waiting | undefined;
  /** Hears of candidates that have no place in the chain. */
  refused(refused: BuiltBlock['refused']): void;
}

export class BlockBuilder {
  readonly #ports: BlockBuilderPorts;
  readonly #candidates: Candidates;

  constructor(ports: BlockBuilderPorts, candidates: Candidates) {
    this.#ports = ports;
    this.#candidates = candidates;
  }

  /** A block on the parent; `undefined` if there is nothing to put in it, unless it may be empty. */
  buildOn(
    parent: ChainPoint,
    place: Pick<Proposal, 'view' | 'proposerSeat' | 'parentSigners'>,
    mayBeEmpty: boolean,
  ): Candidate | undefined {
    const before = this.#candidates.pathTo(parent.id)?.flatMap(({ transactions }) => transactions.map(({ id }) => id)) ?? [];
    const waiting = this.#notIn(before);
    if ((waiting.length === 0 && !mayBeEmpty) || outgrown(parent) !== undefined) return undefined;
    const time = proposalTime(parent.header, this.#ports.clock.now());
    const opening = this.#openingOf(parent, time, waiting);
    if (opening === 'missing') return undefined;
    const built = buildBlock(
      parent,
      { ...place, time, ...(opening && { recovery: opening.transaction }) },
      waiting.flatMap((one) => (one === opening ? [] : [one.transaction])),
    );
    // What an overlay refuses may still have its place if that block never becomes final.
    if (equal(parent.id, this.#ports.ledger.tip.id)) this.#ports.refused(built.refused);
    if (built.included.length === 0 && !mayBeEmpty) return undefined;
    const bodies = new Map(waiting.map((one) => [toHex(one.transaction.id), one.bodies]));
    return this.#candidates.built(
      built.point,
      built.included,
      built.included.map(({ id }) => bodies.get(toHex(id)) ?? []),
    );
  }

  /** What a dead chain goes on by, if it does: somebody's transaction that carries the certificate. */
  #openingOf(parent: ChainPoint, time: number, waiting: readonly Waiting[]): Waiting | 'missing' | undefined {
    const { takeover, tip } = this.#ports.ledger;
    if (takeover === undefined || !equal(parent.id, tip.id)) return undefined;
    const carries = ({ transaction: { unsigned } }: Waiting) =>
      unsigned.action.type === 'recover' && isSamePlan(unsigned.action.certificate, takeover.certificate);
    return waiting.find((one) => carries(one) && mayOpen(parent, time, one.transaction)) ?? 'missing';
  }

  /** What waits and is not in a block that is on its way already. */
  #notIn(ids: readonly Hash[]): readonly Waiting[] {
    const held = ids.filter((id) => this.#ports.waiting(id) !== undefined);
    if (held.length === this.#ports.pendingCount()) return [];
    const taken = new Set(held.map(toHex));
    return this.#ports.candidates().filter(({ transaction }) => !taken.has(toHex(transaction.id)));
  }
}
