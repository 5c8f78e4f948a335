/** Sizes on a disk, as operators write and read them. */
import { Complaint } from './complaint.ts';

const UNITS: readonly string[] = ['', 'K', 'M', 'G', 'T'];
const STEP = 1024;

/** `512M`, `64G`: in bytes. */
export function readSize(text: string, option: string): number {
  const [, number, unit] = /^(\d{1,6})([KMGT]?)$/i.exec(text) ?? [];
  const bytes = Number(number) * STEP ** UNITS.indexOf((unit ?? '').toUpperCase());
  if (bytes > 0) return bytes;
  throw new Complaint(`${option} ${text} is no size: give one like 512M or 64G.`);
}

export function sizeText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(STEP))));
  const value = bytes / STEP ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power] ?? ''}${power === 0 ? 'bytes' : 'iB'}`;
}
