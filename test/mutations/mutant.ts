/** A mutant: the program with one bug in it, as one source file that reads otherwise. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../support/seeded-random.ts';

export interface Mutant {
  readonly name: string;
  /** From the project's root. */
  readonly file: string;
  /** The file's whole text, with the bug in it. */
  readonly text: string;
}

/** A bug as one edit: `find` stands once in the file. */
export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export function sourceOf(root: string, file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Throws if the code is no longer what the bug was written for: a bug that is not there would be caught by nobody. */
export function plant(root: string, { name, file, find, replace }: PlantedBug): Mutant {
  const source = sourceOf(root, file);
  const times = source.split(find).length - 1;
  if (times !== 1) throw new Error(`“${name}”: the text to replace stands ${times} times in ${file}, not once:\n${find}`);
  return { name, file, text: source.replace(find, () => replace) };
}

/** So many of the items, the same for the same seed. */
export function sampleOf<T>(items: readonly T[], count: number, seed: number): readonly T[] {
  const random = seededRandom(seed);
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ item }) => item);
}
