/** A published log as files by their paths (`go/main.go` says which); on disk for the two sides to hand over. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export type Folder = Map<string, Uint8Array>;

export function writeFolder(root: string, folder: ReadonlyMap<string, Uint8Array>): void {
  for (const [path, bytes] of folder) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), bytes);
  }
}

export function readFolder(root: string): Folder {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => relative(root, join(parentPath, name)).replaceAll('\\', '/'));
  return new Map(paths.map((path) => [path, new Uint8Array(readFileSync(join(root, path)))]));
}

/** Files in one folder of it, in order. */
export function filesIn(folder: ReadonlyMap<string, Uint8Array>, prefix: string): readonly string[] {
  return [...folder.keys()].filter((path) => path.startsWith(`${prefix}/`)).sort();
}
