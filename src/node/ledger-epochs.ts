/** What a ledger keeps of each epoch that has ended: its closing header with the certificate over it, and the next trust set. */
import { unwrap } from '../core/base/result.ts';
import { decode, encode } from '../core/codec/codec.ts';
import type { TrustSet } from '../core/codec/records.ts';
import { EPOCH_FRAGMENT_BYTES_MAX, type EpochFragment, epochFragment } from '../core/codec/sync-message.ts';
import { certifies } from '../core/consensus/certificate.ts';
import { recoveredTrust } from '../core/consensus/execute.ts';
import { trustSetOf } from '../core/membership/facts.ts';
import { proveRecord } from '../core/membership/proof.ts';
import { SINGLETON } from '../core/membership/state.ts';
import { asVerified } from '../core/membership/verified.ts';
import type { CommittedBlock } from './committed-block.ts';
import { orCorrupt, put } from './ledger-rows.ts';
import type { Space, WriteOperation } from './ports.ts';

const ROW_PREFIX = 'epoch/';
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
    return rows.slice(0, gap < 0 ? rows.length : gap).map(({ value }) => orCorrupt(decode(epochFragment, value, EPOCH_FRAGMENT_BYTES_MAX)));
  }

  /** Keeps what was verified. */
  async keep(fragments: readonly EpochFragment[]): Promise<void> {
    if (fragments.length > 0) await this.#space.write(fragments.map(rowOf), 'relaxed');
  }
}

/**
 * The row of a block that closes its epoch and is final by a certificate of its own; or of the one before, if the block opens
 * with a recovery. `before`: that one, if it has a certificate of its own.
 */
export function epochRows(block: Final & Pick<CommittedBlock, 'transactions'>, before: Final | undefined): readonly WriteOperation[] {
  return [...(before === undefined ? [] : recoveredRows(block, before)), ...closedRows(block)];
}

type Final = Pick<CommittedBlock, 'point' | 'certificate'>;

function recoveredRows(
  { point, transactions: [first] }: Pick<CommittedBlock, 'point' | 'transactions'>,
  before: Final,
): readonly WriteOperation[] {
  const { header, state } = before.point;
  const action = first?.unsigned.action;
  if (point.header.epoch === trustSetOf(state).epoch || header.nextTrust !== undefined || action?.type !== 'recover') return [];
  const next = unwrap(recoveredTrust(before.point, asVerified(action.certificate)));
  const recovery = { certificate: action.certificate, ...proveRecord(state, 'recovery', SINGLETON) };
  return [rowOf({ header, certificate: before.certificate, next, recovery })];
}

function closedRows({ point, certificate }: Final): readonly WriteOperation[] {
  const { header, id, state } = point;
  if (header.nextTrust === undefined || !certifies(certificate, 'finalize', header.chain, id)) return [];
  return [rowOf({ header, certificate, next: trustSetOf(state), recovery: undefined })];
}

function rowOf(fragment: EpochFragment): WriteOperation {
  return put('meta', rowKey(fragment.header.epoch), encode(epochFragment, fragment));
}

function rowKey(epoch: number): string {
  return `${ROW_PREFIX}${String(epoch).padStart(16, '0')}`;
}
