/** What a data folder takes of its disk, and what is left. */
import { readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface DiskUse {
  readonly bytes: number;
  /** For this user. */
  readonly freeBytes: number;
}

export function diskUse(folder: string): DiskUse {
  const { bavail, bsize } = statfsSync(folder);
  return { bytes: bytesBelow(folder, () => true), freeBytes: bavail * bsize };
}

/** Sum of the files below a folder whose names are wanted; one that vanishes meanwhile takes no room. */
export function bytesBelow(folder: string, wanted: (name: string) => boolean): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && wanted(entry.name))
    .reduce((sum, { parentPath, name }) => sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
