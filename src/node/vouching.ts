/**
 * A newcomer's trust in the tip that it began from (DESIGN §5, §7). Where the chain asks for auditors, what its validators
 * certified is not enough: it counts here once a checkpoint that covers it has all the signatures that the epoch asks for,
 * and those of the auditors of the link's anchor, whom no validator can have made up. Where they are auditors no more, this
 * device replays everything itself and sees that it was decided so. Until then nothing is written here on the strength of it.
 *
 * Once is enough: later blocks follow from what was vouched for, and their certificates are checked as they come.
 */
import { RefusalError } from '../core/base/result.ts';
import type { AwaitedRow } from '../core/codec/stored.ts';
import type { Action } from '../core/codec/transaction.ts';
import { auditorsAmong } from '../core/light/log-signers.ts';
import { forgetAwaited, readAwaited } from './awaited-row.ts';
import type { SignedLog } from './checkpoint-gathering.ts';
import type { Ledger } from './ledger.ts';

export interface VouchingPorts {
  readonly ledger: Ledger;
  /** The newest checkpoint of this node's log that enough have signed or, until there is one, that most have. */
  newest(): SignedLog | undefined;
  /** Whether this device has replayed the chain up to a log of this size, and found nothing wrong. */
  hasAudited(size: number): boolean;
  /** Begins to, in the background; looks here again once that is done. */
  audit(size: number): void;
  changed(): void;
}

/** Who is waited for. */
export interface Awaiting {
  /** Leaves that a checkpoint must cover. */
  readonly size: number;
  /** Auditors of the epoch in force who have signed one that does, and how many are asked. */
  readonly signed: number;
  readonly asked: number;
  /** How many the chain has: where they are too few, its federation appoints others or lifts the rule. */
  readonly auditors: number;
}

/**
 * By these a federation can lift the rule where its auditors are gone, another auditor can take their place, and anybody can
 * go. Each binds what it decides about.
 */
const ALLOWED: ReadonlySet<Action['type']> = new Set(['propose', 'approve', 'reject', 'register-vote-key', 'leave']);

/** All of it runs in the node's queue. */
export class Vouching {
  readonly #ports: VouchingPorts;
  #awaited: AwaitedRow | undefined;

  constructor(ports: VouchingPorts) {
    this.#ports = ports;
  }

  async takeUp(): Promise<void> {
    this.#awaited = await readAwaited(this.#ports.ledger.space);
    await this.look();
  }

  /** What is waited for; `undefined` where what is here may be relied on. */
  awaiting(): Awaiting | undefined {
    if (this.#awaited === undefined) return undefined;
    const { auditorsQuorum, auditors } = this.#ports.ledger.trust;
    return { size: this.#awaited.size, signed: this.#signed(this.#awaited), asked: auditorsQuorum, auditors: auditors.length };
  }

  /** Throws `awaiting-auditors` for what must not be written yet. */
  mustBeVouchedFor(actions: readonly Action[]): void {
    if (this.#awaited === undefined || actions.every(({ type }) => ALLOWED.has(type))) return;
    throw new RefusalError({ code: 'awaiting-auditors', detail: 'the chain’s auditors have not signed yet what this device took over' });
  }

  /** Checkpoints, the epoch or an audit may say more than before. */
  async look(): Promise<void> {
    const awaited = this.#awaited;
    if (awaited === undefined || this.#covering(awaited)?.vouched !== true) return;
    // A policy asks for no more auditors than there are; one that left is waited for until another came, or the rule went.
    if (this.#signed(awaited) < this.#ports.ledger.trust.auditorsQuorum || !this.#isOfAnchor(awaited)) return;
    this.#awaited = undefined;
    await forgetAwaited(this.#ports.ledger.space);
    this.#ports.changed();
  }

  /** How many auditors of the epoch in force have signed what covers it. */
  #signed(awaited: AwaitedRow): number {
    const { chain, trust } = this.#ports.ledger;
    return auditorsAmong(chain, trust, this.#covering(awaited)?.note.signatures ?? []);
  }

  #covering({ size }: AwaitedRow): SignedLog | undefined {
    const newest = this.#ports.newest();
    return newest !== undefined && newest.checkpoint.size >= size ? newest : undefined;
  }

  /** The auditors of the anchor have signed; or were followed by others, which this device has found right itself. */
  #isOfAnchor(awaited: AwaitedRow): boolean {
    const { ledger, hasAudited, audit } = this.#ports;
    const signatures = this.#covering(awaited)?.note.signatures ?? [];
    if (auditorsAmong(ledger.chain, awaited.anchored, signatures) >= awaited.anchored.auditorsQuorum) return true;
    if (hasAudited(awaited.size)) return true;
    audit(awaited.size);
    return false;
  }
}
