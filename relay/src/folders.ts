/** Folders that hold what must not be lost or read by others. */
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';

/** Makes a folder that is its owner's alone; one that is there keeps its mode. */
export function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
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
