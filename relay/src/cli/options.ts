/** Options that commands share, and how their values are read. A value that is none is a `Complaint` that says what would do. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { Complaint } from '../complaint.ts';

export const DEFAULT_DATA_FOLDER = './.latchkey';
const PORT_MAX = 65_534;

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** As `open, invited or none`. */
const EITHER = new Intl.ListFormat('en-GB', { type: 'disjunction' });

type Options = NonNullable<ParseArgsConfig['options']>;

/** `parseArgs`, with its errors as one line that names the help. */
export function readArguments<const O extends Options>(
  command: string,
  args: readonly string[],
  options: O,
  positionals: readonly string[] = [],
) {
  try {
    const read = parseArgs({ args: [...args], options, allowPositionals: positionals.length > 0, strict: true });
    if (read.positionals.length > positionals.length)
      throw new Error(`Unexpected argument '${read.positionals[positionals.length] ?? ''}'`);
    return { values: read.values, positionals: read.positionals };
  } catch (error) {
    const what = error instanceof Error ? error.message.split(/\.\s|\n/)[0] : String(error);
    throw new Complaint(`${what}. See latchkey-relay ${command} --help.`);
  }
}

export function readPort(text: string, option: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= PORT_MAX) return port;
  throw new Complaint(`${option} ${text} is no port: give a number from 1 to ${PORT_MAX}, or 0 for any free one.`);
}

/** `30m`, `12h`, `7d` in milliseconds. */
export function readDuration(text: string, option: string): number {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const milliseconds = Number(number) * (UNITS_MS[unit ?? ''] ?? Number.NaN);
  if (milliseconds > 0) return milliseconds;
  throw new Complaint(`${option} ${text} is no length of time: give minutes, hours or days as 30m, 12h or 7d.`);
}

export function readNumber(text: string, option: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Complaint(`${option} ${text} is no whole number.`);
}

export function readChoice<const C extends string>(text: string, option: string, choices: readonly C[]): C {
  const chosen = choices.find((choice) => choice === text);
  if (chosen !== undefined) return chosen;
  throw new Complaint(`${option} ${text} is not known: choose ${EITHER.format(choices)}.`);
}

/** A data folder as the operator named it, made absolute once so that messages name the same place everywhere. */
export function readFolder(text: string): string {
  return resolve(text);
}

/** The words in a file; `undefined` where none is named. In a file, since arguments are seen by every user of the machine. */
export function readPhrase(file: string | undefined): string | undefined {
  return file === undefined ? undefined : readText(file, '--phrase-file', 'the twelve words');
}

/** What is in a file, without white space around it. */
export function readText(file: string, option: string, what: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new Complaint(`${option} ${file} cannot be read: name a file with ${what}.`);
  }
}
