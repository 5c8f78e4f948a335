/**
 * Writes a chain's log as static files (C2SP tlog-tiles) for any web server: the same that the relay serves itself. What an
 * earlier export wrote stays as it is, so only what is new is read and written; the checkpoint comes last, so that
 * whoever fetches it finds all that it speaks of. A stopped export leaves a folder that the next one completes.
 */
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { decodeCheckpoint, originOf } from '../../src/core/log/checkpoint.ts';
import type { Chain } from '../../src/node/chain.ts';
import { isChanging } from '../../src/node/published-log.ts';
import { Complaint } from './complaint.ts';

export interface ExportAnswer {
  readonly chain: string;
  readonly folder: string;
  /** Leaves that the exported checkpoint covers. */
  readonly size: number;
  /** Files that were written, those that change among them. */
  readonly files: number;
}

const PARTIAL = /\.p\/\d+$/;
const NOT_YET = 'The history of this chain is not all here yet: try again later.';

/** Throws `Complaint` where the folder holds another log, or cannot be written. */
export async function exportLog({ log, name, id }: Chain, folder: string): Promise<ExportAnswer> {
  if (!log.isPublic)
    throw new Complaint(`${name} is not public: its rules would have to say so first (latchkey-relay propose rules --public-read on).`);
  const signed = log.published();
  if (signed === undefined) throw new Complaint('No checkpoint of this chain has been signed by enough yet: try again in some seconds.');
  const { size } = signed.checkpoint;
  const before = await sizeExported(folder, originOf(id));
  if (before > size) throw new Complaint(`${folder} holds a newer checkpoint than this node: nothing was written.`);
  const paths = await log.paths(signed, before).catch(() => {
    throw new Complaint(NOT_YET);
  });
  let files = 0;
  for (const path of paths) {
    const file = await log.file(signed, path);
    if (file === undefined) throw new Complaint(NOT_YET);
    if (file.immutable && (await isWhole(join(folder, path), file.bytes.length))) continue;
    await writeWhole(join(folder, path), file.bytes);
    files += 1;
  }
  // What was partial at the checkpoint before the last is part of a full tile, or row of headers, now.
  for (const path of paths.filter((one) => !isChanging(one) && !PARTIAL.test(one)))
    await rm(join(folder, `${path}.p`), { recursive: true, force: true });
  return { chain: name, folder, size, files };
}

/** Leaves of the log that is in the folder; 0 where there is none. */
async function sizeExported(folder: string, origin: string): Promise<number> {
  const bytes = await readFile(join(folder, 'checkpoint')).catch(() => undefined);
  if (bytes === undefined) return 0;
  const read = decodeCheckpoint(new Uint8Array(bytes));
  if (!read.ok || read.value.checkpoint.origin !== origin) throw new Complaint(`${folder} holds another log: choose another folder.`);
  return read.value.checkpoint.size;
}

async function isWhole(path: string, bytes: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.size === bytes;
}

/** At the path there is never less than the whole file. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.new`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await using file = await open(temporary, 'w', 0o644);
    await file.writeFile(bytes);
    await file.sync();
    await rename(temporary, path);
  } catch {
    throw new Complaint(`The file ${path} cannot be written: choose another folder, or make room.`);
  }
}
