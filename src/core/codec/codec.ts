/**
 * Codec combinators: type, bounds, bytes and CDDL of a form are written once, in one expression.
 *
 * A form is a tuple of fields in order. Decoding applies every bound, accepts the one canonical encoding, leaves no
 * bytes over, and never throws past `decode`. Encoding throws on a value out of bounds, since that is our own mistake.
 */
import { utf8Fits } from '../base/bytes.ts';
import { UINT_MAX } from '../base/limits.ts';
import { invariant, ok, type Result, refuse } from '../base/result.ts';
import { type Cbor, decodeCbor, encodeCbor } from './cbor.ts';

/** What `formats.cddl` says of a form. */
export interface Form {
  /** How the form is written where it is used: a name, or an expression. */
  readonly cddl: string;
  /** The forms that the expression is made of. */
  readonly parts: readonly Form[];
  /** What the numbers of a choice or variant stand for, in order. */
  readonly cases?: readonly { readonly name: string; readonly cddl: string }[];
}

export interface Codec<T> extends Form {
  toCbor(value: T): Cbor;
  /** Throws `Malformed`; only `decode` calls it from outside this room. */
  fromCbor(value: Cbor): T;
}

/** A form with a name of its own in `formats.cddl`. */
export interface NamedCodec<T> extends Codec<T> {
  readonly definition: string;
}

/** Of a form without parts. */
const NO_PARTS: readonly Form[] = [];

export type Infer<C> = C extends Codec<infer T> ? T : never;

class Malformed extends Error {}

function malformed(what: string): never {
  throw new Malformed(what);
}

/** Canonical bytes. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  return encodeCbor(codec.toCbor(value));
}

/** Reads one canonical value of at most `bytesMax` bytes, or says why not. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array, bytesMax: number): Result<T> {
  const cbor = decodeCbor(bytes, bytesMax);
  if (!cbor.ok) return cbor;
  try {
    return ok(codec.fromCbor(cbor.value));
  } catch (error) {
    if (error instanceof Malformed) return refuse('malformed', `${codec.cddl}: ${error.message}`);
    throw error;
  }
}

/** Whether a value that came from outside, though not as bytes, keeps every bound of the form. */
export function conforms<T>(codec: Codec<T>, value: T): Result<T> {
  try {
    codec.toCbor(value);
    return ok(value);
  } catch (error) {
    if (error instanceof Malformed) return refuse('malformed', `${codec.cddl}: ${error.message}`);
    throw error;
  }
}

/** An unsigned integer up to `max`. */
export function uint(max: number = UINT_MAX): Codec<number> {
  const read = (value: Cbor): number => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) return malformed('not an unsigned integer');
    return value <= max ? value : malformed(`${value} is over ${max}`);
  };
  return { cddl: max === UINT_MAX ? 'uint' : `0..${max}`, parts: NO_PARTS, toCbor: read, fromCbor: read };
}

/** Exactly one integer. */
export function literal<N extends number>(only: N): Codec<N> {
  const read = (value: Cbor): N => (value === only ? only : malformed(`not ${only}`));
  return { cddl: String(only), parts: NO_PARTS, toCbor: read, fromCbor: read };
}

/** An unsigned integer that stands for one of the names, by its number. Numbers are never reused. */
export function choice<K extends string>(numbers: Readonly<Record<K, number>>): Codec<K> {
  const byName = new Map<string, number>(Object.entries(numbers));
  const names = new Map<number, K>();
  for (const name in numbers) names.set(numbers[name], name);
  invariant(names.size === byName.size, 'each choice has a number of its own');
  const cases = [...byName].map(([name, number]) => ({ name, cddl: String(number) }));
  return {
    cddl: cases.map(({ cddl }) => cddl).join(' / '),
    parts: NO_PARTS,
    cases,
    toCbor: (name) => byName.get(name) ?? malformed(`no such choice: ${name}`),
    fromCbor: (value) => (typeof value === 'number' ? names.get(value) : undefined) ?? malformed(`no such choice: ${String(value)}`),
  };
}

/** A yes or no, as 1 or 0. */
export function flag(): Codec<boolean> {
  return {
    cddl: '0..1',
    parts: NO_PARTS,
    toCbor: (value) => (value ? 1 : 0),
    fromCbor: (value) => (value === 0 || value === 1 ? value === 1 : malformed('not 0 or 1')),
  };
}

/** A byte string of `min` to `max` bytes. */
export function bytes(max: number, min = 0): Codec<Uint8Array> {
  const read = (value: Cbor): Uint8Array => {
    if (!(value instanceof Uint8Array)) return malformed('not a byte string');
    return value.length >= min && value.length <= max ? value : malformed(`${value.length} bytes, not ${min} to ${max}`);
  };
  const size = min === max ? `${max}` : `(${min}..${max})`;
  return { cddl: `bstr .size ${size}`, parts: NO_PARTS, toCbor: read, fromCbor: read };
}

/** A byte string of exactly `length` bytes, under a name and a type of its own. */
export function fixed<T extends Uint8Array>(name: string, length: number): NamedCodec<T> {
  const inner = bytes(length, length);
  return {
    cddl: name,
    definition: `${name} = ${inner.cddl}`,
    parts: NO_PARTS,
    toCbor: (value) => inner.toCbor(value),
    fromCbor: (value) => inner.fromCbor(value) as T,
  };
}

/**
 * A text of at most `bytesMax` bytes of UTF-8. Refused are unpaired surrogates, which have no UTF-8, and a leading byte
 * order mark, which decoders drop, so that such a text would never come back as it was.
 */
export function text(bytesMax: number): Codec<string> {
  const read = (value: Cbor): string => {
    if (typeof value !== 'string') return malformed('not a text');
    if (!value.isWellFormed() || value.startsWith('\ufeff')) return malformed('text is not well formed');
    return utf8Fits(value, bytesMax) ? value : malformed(`text is over ${bytesMax} bytes`);
  };
  return { cddl: `tstr .size (0..${bytesMax})`, parts: NO_PARTS, toCbor: read, fromCbor: read };
}

/** `min` to `max` values of one form. */
export function list<T>(item: Codec<T>, max: number, min = 0): Codec<readonly T[]> {
  const check = (length: number) => (length >= min && length <= max ? length : malformed(`${length} items, not ${min} to ${max}`));
  return {
    cddl: `[${min}*${max} ${item.cddl}]`,
    parts: [item],
    toCbor: (values) => {
      check(values.length);
      return values.map((value) => item.toCbor(value));
    },
    fromCbor: (value) => {
      if (!isList(value)) return malformed('not a list');
      check(value.length);
      return value.map((one) => item.fromCbor(one));
    },
  };
}

/** None or one value: a list of zero or one. */
export function optional<T>(item: Codec<T>): Codec<T | undefined> {
  return {
    cddl: `[? ${item.cddl}]`,
    parts: [item],
    toCbor: (value) => (value === undefined ? [] : [item.toCbor(value)]),
    fromCbor: (value) => {
      if (!isList(value) || value.length > 1) return malformed('not a list of none or one');
      return value[0] === undefined ? undefined : item.fromCbor(value[0]);
    },
  };
}

type Fields = Readonly<Record<string, Codec<never> | Codec<unknown>>>;
// biome-ignore lint/suspicious/noExplicitAny: a field's own type is inferred; only the constraint must be open in both directions
type AnyFields = Readonly<Record<string, Codec<any>>>;
export type FieldsOf<F extends AnyFields> = { readonly [K in keyof F]: Infer<F[K]> };

/** Named fields in order, as a list without names. */
export function tuple<F extends AnyFields>(fields: F): Codec<FieldsOf<F>> {
  const entries: readonly [string, Fields[string]][] = Object.entries(fields);
  return {
    cddl: `[${fieldsCddl(fields)}]`,
    parts: Object.values(fields),
    toCbor: (value) => writeFields(entries, value, []),
    fromCbor: (value) => {
      if (!isList(value) || value.length !== entries.length) return malformed(`not a tuple of ${entries.length}`);
      return readFields<FieldsOf<F>>(entries, value, {});
    },
  };
}

export type VariantOf<V extends Readonly<Record<string, readonly [number, AnyFields]>>> = {
  readonly [K in keyof V]: { readonly type: K } & FieldsOf<V[K][1]>;
}[keyof V];

/** One of several tuples, told apart by a leading number: `[number, fields…]` is `{ type, ...fields }`. Unknown numbers are refused. */
export function variant<const V extends Readonly<Record<string, readonly [number, AnyFields]>>>(cases: V): Codec<VariantOf<V>> {
  const table = Object.entries(cases).map(([type, [number, fields]]) => ({ type, number, fields, entries: Object.entries(fields) }));
  const byType = new Map(table.map((one) => [one.type, one]));
  const byNumber = new Map(table.map((one) => [one.number, one]));
  invariant(byNumber.size === table.length, 'each variant has a number of its own');
  const numbered = table.map(({ type, number, fields }) => ({
    name: type,
    cddl: `[${[String(number), fieldsCddl(fields)].filter(Boolean).join(', ')}]`,
  }));
  return {
    cddl: numbered.map(({ cddl }) => cddl).join(' / '),
    parts: table.flatMap(({ fields }) => Object.values(fields)),
    cases: numbered,
    toCbor: (value) => {
      const found = byType.get(String(value.type)) ?? malformed(`no such type: ${String(value.type)}`);
      return writeFields(found.entries, value, [found.number]);
    },
    fromCbor: (value) => {
      const number = isList(value) ? value[0] : undefined;
      const found = typeof number === 'number' ? byNumber.get(number) : undefined;
      if (found === undefined || !isList(value)) return malformed(`no such number: ${String(number)}`);
      if (value.length !== found.entries.length + 1) return malformed(`${found.type}: not a tuple of ${found.entries.length + 1}`);
      return readFields<VariantOf<V>>(found.entries, value, { type: found.type });
    },
  };
}

/** Gives a form its name in `formats.cddl`. */
export function named<T>(name: string, codec: Codec<T>): NamedCodec<T> {
  return { ...codec, cddl: name, definition: `${name} = ${codec.cddl}` };
}

/** A form that contains itself: the maker is called once, on first use. */
export function recursive<T>(name: string, make: () => Codec<T>): NamedCodec<T> {
  let made: Codec<T> | undefined;
  const get = () => {
    made ??= make();
    return made;
  };
  return {
    cddl: name,
    get definition() {
      return `${name} = ${get().cddl}`;
    },
    get parts() {
      return get().parts;
    },
    get cases() {
      return get().cases ?? [];
    },
    toCbor: (value) => get().toCbor(value),
    fromCbor: (value) => get().fromCbor(value),
  };
}

/** The same bytes with another shape in code. `wrap` may refuse by returning undefined. */
export function mapped<A, B>(codec: Codec<A>, wrap: (value: A) => B | undefined, unwrap: (value: B) => A, what: string): Codec<B> {
  const { cddl, parts, cases = [] } = codec;
  return {
    cddl,
    parts,
    cases,
    toCbor: (value) => codec.toCbor(unwrap(value)),
    fromCbor: (value) => wrap(codec.fromCbor(value)) ?? malformed(what),
  };
}

/** The same form with fewer values, which CDDL cannot tell apart: `what` says which. */
export function refined<T>(codec: Codec<T>, holds: (value: T) => boolean, what: string): Codec<T> {
  const check = (value: T): T => (holds(value) ? value : malformed(what));
  return { ...codec, toCbor: (value) => codec.toCbor(check(value)), fromCbor: (value) => check(codec.fromCbor(value)) };
}

function isList(value: Cbor): value is readonly Cbor[] {
  return Array.isArray(value);
}

function fieldsCddl(fields: AnyFields): string {
  return Object.entries(fields)
    .map(([name, field]) => `${kebab(name)}: ${field.cddl.includes(' / ') ? `(${field.cddl})` : field.cddl}`)
    .join(', ');
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Adds the fields of a value to a list that may have begun with a number. */
function writeFields(entries: readonly (readonly [string, Fields[string]])[], value: object, out: Cbor[]): readonly Cbor[] {
  const record = value as Readonly<Record<string, unknown>>;
  for (const [name, field] of entries) out.push((field as Codec<unknown>).toCbor(record[name]));
  return out;
}

/** Adds the fields in the last of the values, as many as there are, to what they belong to. */
function readFields<T>(entries: readonly (readonly [string, Fields[string]])[], values: readonly Cbor[], out: Record<string, unknown>): T {
  let at = values.length - entries.length;
  let reading = '';
  try {
    for (const [name, field] of entries) {
      reading = name;
      out[name] = field.fromCbor(values[at++] ?? malformed('missing'));
    }
  } catch (error) {
    throw error instanceof Malformed ? new Malformed(`${reading}: ${error.message}`) : error;
  }
  return out as T;
}
