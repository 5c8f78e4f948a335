/** IP addresses between their usual text and their bytes. IPv6 is printed as RFC 5952 asks: lower case, the longest run of zeros as `::`. */

const IP4_BYTES = 4;
const IP6_GROUPS = 8;

/** Four decimal numbers, or `undefined` if it is not 4 bytes. */
export function printIp4(bytes: Uint8Array): string | undefined {
  return bytes.length === IP4_BYTES ? bytes.join('.') : undefined;
}

/** Reads four decimal numbers; `undefined` for anything else. Takes leading zeros, which printing does not give back. */
export function readIp4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== IP4_BYTES || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  return Uint8Array.from(parts, Number);
}

/** Eight groups in hexadecimal, or `undefined` if it is not 16 bytes. */
export function printIp6(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 2 * IP6_GROUPS) return undefined;
  const groups = Array.from({ length: IP6_GROUPS }, (_, i) => ((bytes[2 * i] ?? 0) << 8) + (bytes[2 * i + 1] ?? 0));
  const zeros = longestZeros(groups);
  const hex = (some: readonly number[]) => some.map((group) => group.toString(16)).join(':');
  if (zeros.length < 2) return hex(groups);
  return `${hex(groups.slice(0, zeros.start))}::${hex(groups.slice(zeros.start + zeros.length))}`;
}

/** The first of the longest runs of zero groups. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, i) => {
    if (group !== 0) start = i + 1;
    else if (i + 1 - start > best.length) best = { start, length: i + 1 - start };
  });
  return best;
}

/** Reads hexadecimal groups with at most one `::`; `undefined` for anything else, zones and embedded IPv4 among it. */
export function readIp6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = IP6_GROUPS - (head?.length ?? 0) - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...(head ?? []), ...Array<string>(missing).fill('0'), ...(tail ?? [])];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return Uint8Array.from(groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]));
}
