/** What a ledger keeps of each epoch that has ended: its closing header with the certificate over it, and the next trust set. */
import { decode, encode } from '../core/codec/codec.ts';
import type { TrustSet } from '../core/codec/records.ts';
import { type EpochFragment, epochFragment } from '../core/codec/sync-message.ts';
import { certifies } from '../core/consensus/certificate.ts';
import { trustSetOf } from '../core/membership/facts.ts';
import type { CommittedBlock } from './ledger.ts';
import { orCorrupt, put } from './ledger-rows.ts';
import type { Space, WriteOperation } from './ports.ts';

const ROW_PREFIX = 'epoch/';
const ROW_BYTES_MAX = 32 * 1024;
/** Rows read at a time to see which are here. */
const ROWS_AT_ONCE = 1024;

export class LedgerEpochs {
  readonly #space: Space;

  constructor(space: Space) {
    this.#space = space;
  }

  /** How many epochs from the first on are here without a gap. */
  async keptUpTo(): Promise<number> {
    for (let epoch = 0; ; ) {
      const rows = await this.#space.range('meta', rowKey(epoch), `${ROW_PREFIX}~`, ROWS_AT_ONCE);
      for (const { key } of rows) {
        if (key !== rowKey(epoch)) return epoch;
        epoch += 1;
      }
      if (rows.length < ROWS_AT_ONCE) return epoch;
    }
  }

  /** The trust set that followed the epoch; `undefined` if it is not here. */
  async trustAfter(epoch: number): Promise<TrustSet | undefined> {
    const [fragment] = await this.from(epoch, 1);
    return fragment?.next;
  }

  /** What is here of `epoch` and those after it, without a gap. */
  async from(epoch: number, limit: number): Promise<readonly EpochFragment[]> {
    const rows = await this.#space.range('meta', rowKey(epoch), `${ROW_PREFIX}~`, limit);
    const gap = rows.findIndex(({ key }, i) => key !== rowKey(epoch + i));
    return rows.slice(0, gap < 0 ? rows.length : gap).map(({ value }) => orCorrupt(decode(epochFragment, value, ROW_BYTES_MAX)));
  }

  /** Keeps what was verified. */
  async keep(fragments: readonly EpochFragment[]): Promise<void> {
    if (fragments.length > 0) await this.#space.write(fragments.map(rowOf), 'relaxed');
  }
}

/** The row of a block that closes its epoch and is final by a certificate of its own. */
export function epochRows({ point, certificate }: Pick<CommittedBlock, 'point' | 'certificate'>): readonly WriteOperation[] {
  const { header, id, state } = point;
  if (header.nextTrust === undefined || !certifies(certificate, 'finalize', header.chain, id)) return [];
  return [rowOf({ header, certificate, next: trustSetOf(state) })];
}

function rowOf(fragment: EpochFragment): WriteOperation {
  return put('meta', rowKey(fragment.header.epoch), encode(epochFragment, fragment));
}

function rowKey(epoch: number): string {
  return `${ROW_PREFIX}${String(epoch).padStart(16, '0')}`;
}
