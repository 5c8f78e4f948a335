/** What commands print: results on stdout, what happens on stderr, so that either can be piped. */
import { encodeQR } from 'qr';

export function printResult(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One line of JSON, for programs. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export function printLog(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A QR code of a link for a terminal, dark on light as cameras want it. */
export function qrCode(text: string): string {
  return encodeQR(text, 'term', { ecc: 'low', border: 2 });
}
