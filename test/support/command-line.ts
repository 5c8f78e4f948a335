/**
 * Command lines of the project's own programs: what is unknown or malformed is refused with the usage and exit code 2, before
 * anything runs, and `--help` prints the usage.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Read<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

/** A command line that asks for nothing that can be done; the message says what is wrong with it. */
export class Misuse extends Error {}

export interface Command<O extends Options> {
  readonly usage: string;
  readonly options: O;
  /** Does what is asked, and gives the exit code. Throws `Misuse` before it has begun. */
  run(values: Read<O>['values'], positionals: readonly string[]): number | Promise<number>;
}

/** The exit code of a program that is started with these arguments. */
export async function runCommand<const O extends Options>(args: readonly string[], command: Command<O>): Promise<number> {
  if (args.includes('--help')) {
    console.log(command.usage);
    return 0;
  }
  try {
    const { values, positionals } = read(args, command.options);
    return await command.run(values, positionals);
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    console.error(`${error.message}\n\n${command.usage}`);
    return 2;
  }
}

function read<const O extends Options>(args: readonly string[], options: O): Read<O> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new Misuse(error instanceof Error ? error.message : String(error));
  }
}

/** For commands that take options alone. */
export function noMore(positionals: readonly string[]): void {
  if (positionals.length > 0) throw new Misuse(`What is ${positionals.join(' ')}?`);
}

export function wholeNumber(option: string, text: string, atLeast = 1): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= atLeast) return number;
  throw new Misuse(`${option} takes a whole number from ${atLeast} on, not “${text}”.`);
}

export function numberAboveZero(option: string, text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new Misuse(`${option} takes a number above zero, not “${text}”.`);
}

export function pattern(option: string, text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new Misuse(`${option} takes a regular expression, not “${text}”.`);
  }
}

/** What a name stands for, with the name. */
export function chosen<T>(what: string, name: string | undefined, choices: Readonly<Record<string, T>>): readonly [string, T] {
  const found = Object.entries(choices).find(([one]) => one === name);
  if (found !== undefined) return found;
  throw new Misuse(`${what} is one of ${Object.keys(choices).join(', ')}${name === undefined ? '' : `, not “${name}”`}.`);
}
