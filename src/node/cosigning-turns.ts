/**
 * When a checkpoint is signed here: after finalization, every few seconds at most. The validator of the first seat begins once the
 * log has grown; the others answer what was signed, so that all sign the same one, and begin themselves where nothing comes.
 * While the log does not grow no timer runs.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { SECOND_MS } from '../core/base/limits.ts';
import { type LogSigner, logSigners } from '../core/light/log-signers.ts';
import type { Checkpoint } from '../core/log/checkpoint.ts';
import type { Note } from '../core/log/note.ts';
import { officeOf } from '../core/membership/seats.ts';
import { Cosigner } from './cosigning.ts';
import type { Ledger } from './ledger.ts';
import type { OfficeKeys } from './office.ts';
import type { Clock, Signer } from './ports.ts';

/** Blocks that come close together share a checkpoint. */
const BEGIN_AFTER_MS = SECOND_MS / 4;
/** For the first seat to begin, before others do. */
const TAKE_OVER_AFTER_MS = 1.5 * SECOND_MS;
/** Between checkpoints that this node begins. */
const BEGIN_INTERVAL_MS = 3 * SECOND_MS;
/** Between any two that it signs: answers come sooner than beginnings, so that they find the same size. */
const ANSWER_INTERVAL_MS = SECOND_MS;

export interface CosigningPorts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly keys: OfficeKeys | undefined;
  readonly nodeKey: Uint8Array;
  /** The member for whom this device acts. */
  self(): { readonly id: Hash } | undefined;
  /** Whether this node does nothing for the chain any more. */
  isStopped(): boolean;
  /** Whether every final block that anybody told of is here. */
  isLevel(): boolean;
  /** The largest checkpoint over this size that another validator has signed. */
  toAnswer(size: number): Checkpoint | undefined;
  /** Whether this device has replayed the chain up to a log of this size, and found nothing wrong. */
  hasAudited(size: number): boolean;
  /** Begins to; it looks here again once that is done. */
  audit(size: number): void;
  /** Keeps and shows what was signed. */
  signed(note: Note): Promise<void>;
  push(task: () => Promise<void> | void): void;
}

interface Own {
  readonly signer: LogSigner;
  readonly key: Signer;
  /** Whether it has the first seat. */
  readonly first: boolean;
}

/** All of it runs in the node's queue. */
export class CosigningTurns {
  readonly #ports: CosigningPorts;
  readonly #cosigner: Cosigner;
  #stop: (() => void) | undefined;
  /** Since when the log is larger than what was signed last. */
  #grownAt: number | undefined;
  #signedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(ports: CosigningPorts) {
    this.#ports = ports;
    this.#cosigner = new Cosigner(ports.ledger, ports.clock);
  }

  /** What was signed before. */
  takeUp(): Promise<void> {
    return this.#cosigner.takeUp();
  }

  /** The log has grown, or somebody has signed a checkpoint: signs now, later, or not at all. */
  async look(): Promise<void> {
    this.#stop?.();
    this.#stop = undefined;
    const { ledger, clock, toAnswer } = this.#ports;
    const size = this.#cosigner.last?.size ?? 0;
    if (this.#closed || this.#ports.isStopped() || ledger.tip.header.logSize <= size) return;
    const own = await this.#own();
    if (own === undefined || this.#closed) return;
    const now = clock.now();
    this.#grownAt ??= now;
    const answer = toAnswer(size);
    if (own.signer.office === 'auditor' && !this.#mayVouch(answer)) return;
    const due =
      answer === undefined
        ? Math.max(this.#grownAt + (own.first ? BEGIN_AFTER_MS : TAKE_OVER_AFTER_MS), this.#signedAt + BEGIN_INTERVAL_MS)
        : this.#signedAt + ANSWER_INTERVAL_MS;
    if (now < due || !this.#ports.isLevel()) return this.#later(Math.max(due - now, BEGIN_AFTER_MS));
    const { logSize, logRoot } = ledger.tip.header;
    await this.#sign(answer ?? { size: logSize, root: logRoot }, own);
  }

  async #sign({ size, root }: Pick<Checkpoint, 'size' | 'root'>, { signer, key }: Own): Promise<void> {
    const note = await this.#cosigner.sign(size, root, signer, key);
    this.#grownAt = undefined;
    this.#signedAt = this.#ports.clock.now();
    if (note === undefined) return;
    await this.#ports.signed(note);
    await this.look();
  }

  /** An auditor only answers, and only for what it has replayed; what it has not, it begins to. */
  #mayVouch(answer: Checkpoint | undefined): boolean {
    if (answer === undefined) return false;
    const covered = this.#ports.hasAudited(answer.size);
    if (!covered) this.#ports.audit(answer.size);
    return covered;
  }

  #later(delayMs: number): void {
    this.#stop = this.#ports.clock.schedule(delayMs, () => this.#ports.push(() => this.look()));
  }

  /** The place of this device among those who sign, if its note key is on this machine. */
  async #own(): Promise<Own | undefined> {
    const { ledger, keys, nodeKey, self } = this.#ports;
    const id = self()?.id;
    const { seats, auditors } = ledger.trust;
    const seat = seats.find(({ member }) => id !== undefined && equal(member, id));
    const place = seat ?? auditors.find(({ member }) => id !== undefined && equal(member, id));
    if (keys === undefined || place === undefined || !equal(officeOf(ledger.state, place.member)?.node ?? seat?.node ?? nodeKey, nodeKey))
      return undefined;
    const key = await keys.note();
    const signer = logSigners(ledger.chain, ledger.trust).find(({ member }) => equal(member, place.member));
    if (signer === undefined || !equal(place.note, key.publicKey)) return undefined;
    return { signer, key, first: seats[0] === seat && seat !== undefined };
  }

  close(): void {
    this.#closed = true;
    this.#stop?.();
  }
}
