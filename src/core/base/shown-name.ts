/**
 * Names as they are put into sentences. A name is whatever somebody typed, or had a program write: what moves a cursor, begins
 * a line or turns the direction of the words around it would let it say what the sentence does not.
 */

/**
 * Controls, line separators, and what turns the direction of the text around it (UAX 9: embeddings, overrides, isolates).
 * Joiners and direction marks stay allowed: several scripts and many emoji are written with them.
 */
const HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/gu;
/** Shown in place of each of these, so that it is seen that something was there. */
const REPLACEMENT = '\uFFFD';
const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

/** How a name is written into a sentence: `plainName`, or where a page shows it `isolatedName`. */
export type NameWords = (name: string) => string;

/** True if the name holds a character that could break or reorder what stands around it. */
export function holdsControls(name: string): boolean {
  return name.search(HARMFUL) !== -1;
}

/** The name on one line, without any such character. */
export function plainName(name: string): string {
  return name.replace(HARMFUL, REPLACEMENT);
}

/** The same, and keeping its direction of writing to itself (UAX 9), for whatever lays text out in both directions. */
export function isolatedName(name: string): string {
  return `${FIRST_STRONG_ISOLATE}${plainName(name)}${POP_ISOLATE}`;
}
