/** Byte strings: the one representation of data below the page. All functions are pure and copy nothing they need not. */

/** Joins byte strings in order. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** True if both hold the same bytes. Not constant time: never compare secrets with it. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Orders byte strings as unsigned bytes, a prefix before what it begins. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** The character codes of the sixteen digits. */
const HEX_DIGITS: readonly number[] = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
/** Bytes written at once: an engine takes so many arguments and many more. */
const HEX_PIECE_BYTES = 1024;

/** Lower-case hexadecimal, two digits a byte. Written in one piece, since most of these are names in a map. */
export function toHex(bytes: Uint8Array): string {
  if (bytes.length > HEX_PIECE_BYTES) return toHex(bytes.subarray(0, HEX_PIECE_BYTES)) + toHex(bytes.subarray(HEX_PIECE_BYTES));
  const codes: number[] = [];
  for (const byte of bytes) codes.push(HEX_DIGITS[byte >> 4] ?? 0, HEX_DIGITS[byte & 15] ?? 0);
  return String.fromCharCode(...codes);
}

/** Reads lower- or upper-case hexadecimal; `undefined` if the text is anything else. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

const encoder = new TextEncoder();

/** UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Whether a text has at most so many bytes of UTF-8. A unit of it has three at most, so that hardly any need be written to know. */
export function utf8Fits(text: string, bytesMax: number): boolean {
  return 3 * text.length <= bytesMax || utf8(text).length <= bytesMax;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads UTF-8; `undefined` if the bytes are not valid UTF-8. A leading byte order mark is kept as text. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** An unsigned 64-bit big-endian integer; `value` must be a safe integer. */
export function uint64(value: number): Uint8Array {
  const out = new Uint8Array(8);
  for (let i = 7, left = value; left > 0; i--, left = Math.floor(left / 256)) out[i] = left % 256;
  return out;
}
