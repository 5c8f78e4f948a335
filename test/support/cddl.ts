/**
 * A reader of the part of CDDL (RFC 8610) that `formats.cddl` uses, written apart from the codecs so that each can be held
 * against the other: it judges values by the text alone, and makes values that the text allows.
 *
 * ```
 * rule  = name "=" type            type  = one *("/" one)
 * one   = "uint" / number / number ".." number / ("bstr" / "tstr") ".size" size / name / "[" group "]" / "(" type ")"
 * group = [entry *("," entry)]     entry = ["?" / number "*" number] [field ":"] type
 * ```
 */
import type { Cbor } from '../../src/core/codec/cbor.ts';

export type CddlType =
  | { readonly is: 'uint'; readonly min: number; readonly max: number }
  | { readonly is: 'bytes' | 'text'; readonly min: number; readonly max: number }
  | { readonly is: 'name'; readonly name: string }
  | { readonly is: 'list'; readonly entries: readonly Entry[] }
  | { readonly is: 'choice'; readonly options: readonly CddlType[] };

export interface Entry {
  readonly min: number;
  readonly max: number;
  readonly type: CddlType;
}

export type Cddl = ReadonlyMap<string, CddlType>;

const TOKEN = /\.size|\.\.|[=/[\](),?*:]|\d+|[a-z][a-z0-9-]*/y;

/** The tokens of a text without its comments. Throws where it is not made of them. */
function tokensOf(text: string): readonly string[] {
  const bare = text.replace(/;[^\n]*/g, ' ');
  const tokens: string[] = [];
  for (let at = 0; at < bare.length; ) {
    if (/\s/.test(bare[at] ?? '')) {
      at += 1;
      continue;
    }
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(bare);
    if (found === null) throw new Error(`no CDDL of this project: ${bare.slice(at, at + 20)}`);
    tokens.push(found[0]);
    at = TOKEN.lastIndex;
  }
  return tokens;
}

/** Reads a whole file. Throws if it is not in the subset above, or defines a name twice. */
export function parseCddl(text: string): Cddl {
  const reader = new Reader(tokensOf(text));
  const rules = new Map<string, CddlType>();
  while (!reader.atEnd) {
    const name = reader.take();
    if (rules.has(name)) throw new Error(`${name} is defined twice`);
    reader.expect('=');
    rules.set(name, reader.type());
  }
  return rules;
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get atEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  #next(ahead = 0): string {
    return this.#tokens[this.#at + ahead] ?? '';
  }

  take(): string {
    if (this.atEnd) throw new Error('the text ends too early');
    return this.#tokens[this.#at++] ?? '';
  }

  expect(token: string): void {
    const got = this.take();
    if (got !== token) throw new Error(`“${got}” where “${token}” should be, token ${this.#at}`);
  }

  #is(token: string): boolean {
    if (this.#next() !== token) return false;
    this.#at += 1;
    return true;
  }

  type(): CddlType {
    const options = [this.#one()];
    while (this.#is('/')) options.push(this.#one());
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { is: 'choice', options };
  }

  #one(): CddlType {
    const token = this.take();
    if (token === '(') {
      const inner = this.type();
      this.expect(')');
      return inner;
    }
    if (token === '[') return { is: 'list', entries: this.#entries() };
    if (token === 'uint') return { is: 'uint', min: 0, max: Number.MAX_SAFE_INTEGER };
    if (token === 'bstr' || token === 'tstr') {
      this.expect('.size');
      return { is: token === 'bstr' ? 'bytes' : 'text', ...this.#size() };
    }
    if (!/^\d+$/.test(token)) return { is: 'name', name: token };
    return { is: 'uint', min: Number(token), max: this.#is('..') ? Number(this.take()) : Number(token) };
  }

  #size(): { readonly min: number; readonly max: number } {
    if (!this.#is('(')) {
      const size = Number(this.take());
      return { min: size, max: size };
    }
    const min = Number(this.take());
    this.expect('..');
    const max = Number(this.take());
    this.expect(')');
    return { min, max };
  }

  #entries(): readonly Entry[] {
    const entries: Entry[] = [];
    while (!this.#is(']')) {
      if (entries.length > 0) this.expect(',');
      entries.push(this.#entry());
    }
    return entries;
  }

  #entry(): Entry {
    const occurs = this.#occurrence();
    if (this.#next(1) === ':') this.#at += 2;
    return { ...occurs, type: this.type() };
  }

  #occurrence(): { readonly min: number; readonly max: number } {
    if (this.#is('?')) return { min: 0, max: 1 };
    if (this.#next(1) !== '*') return { min: 1, max: 1 };
    const min = Number(this.take());
    this.expect('*');
    return { min, max: Number(this.take()) };
  }
}

/** The names that a type refers to. */
export function namesIn(type: CddlType): readonly string[] {
  switch (type.is) {
    case 'name':
      return [type.name];
    case 'list':
      return type.entries.flatMap((entry) => namesIn(entry.type));
    case 'choice':
      return type.options.flatMap(namesIn);
    case 'uint':
    case 'bytes':
    case 'text':
      return [];
  }
}

/** Whether the text allows the value. */
export function allows(cddl: Cddl, type: CddlType, value: Cbor): boolean {
  switch (type.is) {
    case 'uint':
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= type.min && value <= type.max;
    case 'bytes':
      return value instanceof Uint8Array && value.length >= type.min && value.length <= type.max;
    case 'text': {
      const length = typeof value === 'string' ? new TextEncoder().encode(value).length : -1;
      return length >= type.min && length <= type.max;
    }
    case 'name':
      return allows(cddl, ruleOf(cddl, type.name), value);
    case 'choice':
      return type.options.some((option) => allows(cddl, option, value));
    case 'list':
      return Array.isArray(value) && allowsItems(cddl, type.entries, value);
  }
}

/** Either a tuple, in which every entry occurs once, or a list of one entry that occurs as often as it may. */
function allowsItems(cddl: Cddl, entries: readonly Entry[], items: readonly Cbor[]): boolean {
  const [first] = entries;
  if (first !== undefined && entries.length === 1 && (first.min !== 1 || first.max !== 1)) {
    return items.length >= first.min && items.length <= first.max && items.every((item) => allows(cddl, first.type, item));
  }
  return items.length === entries.length && entries.every(({ type }, i) => items[i] !== undefined && allows(cddl, type, items[i]));
}

export function ruleOf(cddl: Cddl, name: string): CddlType {
  const type = cddl.get(name);
  if (type === undefined) throw new Error(`${name} is used and not defined`);
  return type;
}
