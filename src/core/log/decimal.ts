/** Numbers as C2SP's texts have them: ASCII digits without leading zeros; up to 2^53 − 1, as all numbers here. */

/** Reads a number; `undefined` if the text is anything else. */
export function readDecimal(text: string): number | undefined {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}
