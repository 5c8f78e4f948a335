/** What commands print: results on stdout, what happens on stderr, so that either can be piped. */
import { encodeQR } from 'qr';

/** What a terminal would obey instead of showing it, whoever wrote it; lines end as they do. */
const OBEYED = /[^\P{Cc}\n]|[\u202A-\u202E\u2066-\u2069]/gu;

/** Dark on light as cameras want it, whatever the terminal's own colours. */
const DARK_ON_LIGHT = '\u001b[30;107m';
const PLAIN = '\u001b[0m';
const OWN_COLOURS = [DARK_ON_LIGHT, PLAIN];

/** The text without what a terminal obeys, save the colours of a QR code. */
export function printable(text: string): string {
  return text.replace(OBEYED, (found, at: number) => (OWN_COLOURS.some((own) => text.startsWith(own, at)) ? found : '\uFFFD'));
}

export function printResult(text: string): void {
  process.stdout.write(`${printable(text)}\n`);
}

/** One line of JSON, for programs. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export const LOG_FORMATS = ['text', 'json'] as const;
type LogFormat = (typeof LOG_FORMATS)[number];

let format: LogFormat = 'text';

/** How this process logs from here on. */
export function logAs(chosen: LogFormat): void {
  format = chosen;
}

export function printLog(message: string): void {
  const line = format === 'text' ? printable(message) : JSON.stringify({ time: new Date().toISOString(), message });
  process.stderr.write(`${line}\n`);
}

const QUIET_ZONE = 2;

/** A QR code for a terminal: a character is two modules, one above the other. */
export function qrCode(text: string): string {
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: QUIET_ZONE });
  const lines = rows.flatMap((upper, y) => (y % 2 === 0 ? [upper.map((dark, x) => block(dark, rows[y + 1]?.[x] ?? false)).join('')] : []));
  return lines.map((line) => `${DARK_ON_LIGHT}${line}${PLAIN}`).join('\n');
}

function block(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀';
  return lower ? '▄' : ' ';
}
