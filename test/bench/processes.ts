/** What a process of this machine has used so far. Linux only: elsewhere nothing is known. */
import { readFile } from 'node:fs/promises';

/** The unit of `/proc/PID/stat` (`getconf CLK_TCK`), the same on every Linux that Node runs on. */
const TICK_MS = 10;
const KIB_PER_MIB = 1024;

export interface ProcessUse {
  /** Of all its threads, in user and kernel mode. */
  readonly processorMs: number;
  readonly residentMiB: number;
}

/** proc_pid_stat(5): fields 14 and 15, counted from after the name, which may hold spaces; proc_pid_status(5): VmRSS. */
export async function processUse(pid: number): Promise<ProcessUse | undefined> {
  const [stat, status] = await Promise.all([read(pid, 'stat'), read(pid, 'status')]);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(status ?? '')?.[1];
  if (fields === undefined || resident === undefined) return undefined;
  return { processorMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS, residentMiB: Number(resident) / KIB_PER_MIB };
}

function read(pid: number, file: string): Promise<string | undefined> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => undefined);
}
