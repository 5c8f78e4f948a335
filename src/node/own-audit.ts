/**
 * This node's own audit of a chain that it follows: goes on from where it ended, one look at a time, and remembers across
 * restarts up to where it found the chain right, so that the next one holds the chain against that.
 */
import { SECOND_MS } from '../core/base/limits.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { COSIGNED_ROW_BYTES_MAX, type CosignedRow, cosignedRow } from '../core/codec/stored.ts';
import { Audit, type Auditor, type AuditReport, type LookOptions } from './auditing.ts';
import { COSIGNED_ROW } from './cosigning.ts';
import type { Ledger } from './ledger.ts';
import { replaySource } from './ledger-replay.ts';
import { orCorrupt, put } from './ledger-rows.ts';
import type { Clock, Verifier } from './ports.ts';
import { SerialQueue } from './queue.ts';

/** The checkpoint up to which the last audit found all right; written as those that are cosigned are. */
const AUDITED_ROW = 'audited';

export class OwnAudit {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #auditor: Auditor;
  readonly #turns = new SerialQueue(() => undefined);
  #audit: ReturnType<Auditor> | undefined;
  #last: AuditReport | undefined;

  /** By `auditor`, or here and now. */
  constructor(ledger: Ledger, clock: Clock, verifier: Verifier, auditor?: Auditor) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#auditor = auditor ?? ((_, vouched) => new Audit(verifier, vouched));
  }

  /** What the last look found; `undefined` before the first. */
  get last(): AuditReport | undefined {
    return this.#last;
  }

  /** Whether the chain was found right up to a log of this size at least, and nothing wrong anywhere. */
  covers(size: number): boolean {
    return this.#last !== undefined && this.#last.fault === undefined && (this.#last.header?.logSize ?? 0) >= size;
  }

  /** Audits up to the ledger's tip. Throws `not-available` while the copy is not whole, and the signal's reason. */
  look(options: LookOptions): Promise<AuditReport> {
    return this.#turns.run(async () => {
      const audit = this.#audit ?? this.#auditor(this.#ledger.chain, await this.#vouched());
      const report = await audit.look(replaySource(this.#ledger), options);
      this.#audit = audit;
      // Nobody vouches for what a restart would forget.
      if (report.fault === undefined && report.header !== undefined) await this.#remember(report.header);
      this.#last = report;
      return report;
    });
  }

  /** What was signed from here, and what was audited here. */
  async #vouched(): Promise<readonly CosignedRow[]> {
    const rows = await Promise.all([COSIGNED_ROW, AUDITED_ROW].map((key) => this.#ledger.space.get('meta', key)));
    return rows.flatMap((row) => (row === undefined ? [] : [orCorrupt(decode(cosignedRow, row, COSIGNED_ROW_BYTES_MAX))]));
  }

  #remember({ logSize: size, logRoot: root }: { readonly logSize: number; readonly logRoot: CosignedRow['root'] }): Promise<void> {
    const row: CosignedRow = { version: 1, size, root, seconds: Math.floor(this.#clock.now() / SECOND_MS) };
    return this.#ledger.space.write([put('meta', AUDITED_ROW, encode(cosignedRow, row))], 'strict');
  }
}
