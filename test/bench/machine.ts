/** What a figure was measured on: a figure without it says little. */
import { cpus, loadavg, totalmem } from 'node:os';
import { rounded } from './statistics.ts';

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly node: string;
  /** Processes that wanted a core over the last minute: above `cores` the figures are of a busy machine. */
  readonly load: number;
}

export function machine(): Machine {
  const all = cpus();
  return {
    cores: all.length,
    processor: all[0]?.model ?? 'unknown',
    memoryGiB: rounded(totalmem() / 2 ** 30, 1),
    node: process.version,
    load: rounded(loadavg()[0] ?? 0, 2),
  };
}
