/** Random values that a CDDL text allows, edges more often than not. */
import type { Cbor } from '../../src/core/codec/cbor.ts';
import { type Cddl, type CddlType, type Entry, ruleOf } from './cddl.ts';

type Random = () => number;

/** Makes values of names for which the text alone does not say enough; `inner` makes one that the text allows. */
export type Makers = Readonly<Record<string, (random: Random, inner: () => Cbor) => Cbor>>;

/** A list is rarely longer than this, so that values stay small enough to try thousands. */
const LIST_ITEMS_USUAL = 3;
/** From here on the first option of a choice is taken, which ends every recursion: rules begin with `never`. */
const DEPTH_MAX = 8;

export function sampleOf(cddl: Cddl, type: CddlType, random: Random, makers: Makers = {}, depth = 0): Cbor {
  const again = (inner: CddlType): Cbor => sampleOf(cddl, inner, random, makers, depth + 1);
  switch (type.is) {
    case 'uint':
      return numberIn(type.min, type.max, random);
    case 'bytes':
      return bytesIn(type.min, type.max, random);
    case 'text':
      return textIn(type.max, random);
    case 'name': {
      const inner = () => again(ruleOf(cddl, type.name));
      const make = Object.hasOwn(makers, type.name) ? makers[type.name] : undefined;
      return make === undefined ? inner() : make(random, inner);
    }
    case 'choice':
      return again(pick(depth > DEPTH_MAX ? type.options.slice(0, 1) : type.options, random));
    case 'list':
      return type.entries.flatMap((entry) => Array.from({ length: countOf(entry, random) }, () => again(entry.type)));
  }
}

export function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** An integer of the range: small, large or at an edge of the encoding. */
export function numberIn(min: number, max: number, random: Random): number {
  const edges = [min, max, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32].filter((edge) => edge >= min && edge <= max);
  return random() < 0.5 ? pick(edges, random) : min + Math.floor(random() * (Math.min(max, min + 1000) - min + 1));
}

export function randomBytes(length: number, random: Random): Uint8Array {
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

function bytesIn(min: number, max: number, random: Random): Uint8Array {
  const length = random() < 0.2 ? pick([min, Math.min(max, 300)], random) : min + Math.floor(random() * Math.min(max - min + 1, 40));
  return randomBytes(length, random);
}

function textIn(max: number, random: Random): string {
  const words = ['', 'a', 'writer', '/ip4/127.0.0.1/tcp/9001/ws', 'é', '村', '😀', ' '];
  const text = Array.from({ length: Math.floor(random() * 5) }, () => pick(words, random)).join('');
  return new TextEncoder().encode(text).length <= max ? text : '';
}

function countOf({ min, max }: Entry, random: Random): number {
  if (min === max) return min;
  return min + Math.floor(random() * (Math.min(max, min + LIST_ITEMS_USUAL) - min + 1));
}
