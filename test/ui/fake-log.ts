/** The log of a fake app, and what is proved of it: what a test puts into it, filtered and paged as the real one is. */
import { ok, type Result, refuse } from '../../src/core/base/result.ts';
import type {
  DeedView,
  LogCommands,
  LogFile,
  LogFilesView,
  LogFilter,
  LogItemView,
  LogPageView,
  LogProofView,
  LogRange,
} from '../../src/ui/log-item-views.ts';
import type { ReceiptFile } from '../../src/ui/verification-view.ts';

/** Transactions looked through in one go. */
const SCANNED_MAX = 1000;

export function hex(seed: number, digits = 64): string {
  return (seed + 1).toString(16).padStart(8, '0').repeat(8).slice(0, digits);
}

/** A transaction in a block of its own, unless said. */
export function logItem(
  index: number,
  by: LogItemView['by'],
  deed: DeedView,
  at: number,
  block?: Partial<LogItemView['block']>,
): LogItemView {
  return {
    index,
    id: hex(index),
    by,
    deed,
    block: { id: hex(index + 1_000_000), height: index, at, count: 1, ...block },
    bodies: deed.type === 'entry' ? [hex(index + 2_000_000)] : [],
  };
}

export class FakeLog implements LogCommands {
  /** Newest first. */
  log: readonly LogItemView[] = [];
  /** A transaction of a place further back than `log`, for logs too long to be listed. */
  logAt: ((index: number) => LogItemView) | undefined;
  logRefused: 'not-available' | undefined;
  /** Up to which place a checkpoint covers the log. */
  checkpointSize = Number.POSITIVE_INFINITY;
  readonly reads: { readonly filter: LogFilter; readonly range: LogRange }[] = [];
  auditsAsked = 0;

  async readLog(_chain: string, filter: LogFilter, range: LogRange): Promise<Result<LogPageView>> {
    this.reads.push({ filter, range });
    if (this.logRefused !== undefined) return refuse(this.logRefused, 'by the fake');
    const before = range.before ?? this.#size;
    const items: LogItemView[] = [];
    let next = before;
    while (next > 0 && items.length < range.limit && before - next < SCANNED_MAX) {
      next -= 1;
      const item = this.log.find(({ index }) => index === next) ?? this.logAt?.(next);
      if (item !== undefined && matches(item, filter)) items.push(item);
    }
    return ok({ items, next });
  }

  get #size(): number {
    return (this.log[0]?.index ?? -1) + 1;
  }

  async proveLogged(_chain: string, index: number): Promise<Result<LogProofView>> {
    const proves = [
      `The transaction stands at place ${index} of the log.`,
      'Ada and Ben Okafor signed a checkpoint of 42 transactions that has it.',
    ];
    const provesNot = ['That this is the chain you mean: compare its id with one from a source that you trust.'];
    return ok({ title: `Place ${index}`, proves, provesNot, file: index < this.checkpointSize ? new Uint8Array(8) : undefined });
  }

  async listLogFiles(): Promise<Result<LogFilesView>> {
    if (this.logRefused !== undefined) return refuse(this.logRefused, 'by the fake');
    return ok({
      size: 42,
      paths: ['tile/0/000.p/42', 'tile/entries/000.p/42'],
      changing: [{ path: 'checkpoint', bytes: new Uint8Array(3) }],
    });
  }

  async readLogFiles(_chain: string, paths: readonly string[]): Promise<Result<readonly LogFile[]>> {
    return ok(paths.map((path) => ({ path, bytes: new Uint8Array(16) })));
  }

  async receipt(): Promise<Result<ReceiptFile>> {
    return ok({ file: Uint8Array.of(0x88, 0x18, 0x40), link: 'https://latchkey.example/#receipt=iBhA' });
  }

  async forkProof(): Promise<Result<Uint8Array>> {
    return ok(new Uint8Array(8));
  }

  async auditAgain(): Promise<Result<void>> {
    this.auditsAsked += 1;
    return ok(undefined);
  }
}

function matches({ by, deed, id, block, bodies }: LogItemView, filter: LogFilter): boolean {
  if (filter.kinds !== undefined && !filter.kinds.includes(deed.type)) return false;
  if (filter.member !== undefined && by?.id !== filter.member) return false;
  return [id, block.id, ...bodies].some((one) => one.startsWith(filter.id ?? ''));
}
