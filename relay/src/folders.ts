/** Folders that hold what must not be lost or read by others. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those above it, that is its owner's alone; one that is there keeps its mode. One level at a time,
 * because Node's own recursion never ends where a file system refuses with "no such file", as `/proc` does.
 */
export function makeFolder(folder: string): void {
  if (existsSync(folder) && statSync(folder).isDirectory()) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it since.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST' && statSync(folder).isDirectory())) throw error;
  }
}

/** Makes names in a folder durable. */
export function syncFolder(folder: string): void {
  // Windows opens no folder for this, and writes names through by itself.
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
