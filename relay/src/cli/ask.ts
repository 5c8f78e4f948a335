/** Commands that ask the running relay something and print what it says: arguments in, one question, one answer. */
import type { ParseArgsConfig } from 'node:util';
import { askRelay } from '../admin-socket.ts';
import type { Answer, Asked, CommandName } from '../commands.ts';
import { DEFAULT_DATA_FOLDER, readArguments, readFolder } from './options.ts';
import { printJson, printResult } from './output.ts';

export type Subcommand = (args: readonly string[]) => Promise<number>;

type Options = NonNullable<ParseArgsConfig['options']>;

const COMMON_OPTIONS = {
  data: { type: 'string', default: DEFAULT_DATA_FOLDER },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

interface CommonValues {
  readonly data: string;
  readonly json: boolean;
  readonly help: boolean;
}

/** For commands about one chain. */
export const CHAIN_OPTION = { chain: { type: 'string' } } as const;

const COMMON_HELP = `  --data DIR       the running relay's data folder (default ${DEFAULT_DATA_FOLDER})
  --json           print one line of JSON
  --help`;
const CHAIN_HELP = '  --chain NAME     the chain: its name, its id or the beginning of one (default: the only one there is)';

/** Help of a command: its usage, what it does, its own options, those of all. */
export function helpOf(usage: string, does: string, options: readonly string[] = [], onChain = true): string {
  const lines = [...options.map((line) => `  ${line}`), ...(onChain ? [CHAIN_HELP] : []), COMMON_HELP];
  return `latchkey-relay ${usage} [options]\n\n${does}\n\n${lines.join('\n')}`;
}

/** Exit code of what was taken and is not final yet; 1 is a refusal. */
const WAITS = 2;

type Values<O extends Options> = ReturnType<typeof readArguments<O & typeof COMMON_OPTIONS>>['values'];

export interface Question<N extends CommandName, O extends Options> {
  /** As it is typed, for complaints. */
  readonly name: string;
  readonly help: string;
  readonly options: O;
  /** What its positional arguments stand for, as the help names them. */
  readonly positionals?: readonly string[];
  readonly command: N | ((values: Values<O>) => N);
  /** What to ask. Throws `Complaint` for arguments that will not do. */
  readonly ask: (values: Values<O>, positionals: readonly string[]) => Asked<N> | Promise<Asked<N>>;
  /** The answer in plain words. */
  readonly describe: (answer: Answer<N>, values: Values<O>) => string;
  /** Whether what was asked for is not final yet: the command then ends with 2. */
  readonly waits?: (answer: Answer<N>) => boolean;
  /** What `--json` prints; the answer as it is unless said. */
  readonly json?: (answer: Answer<N>) => unknown;
}

/** The subcommand that asks a question. */
export function asking<N extends CommandName, const O extends Options>(question: Question<N, O>): Subcommand {
  return async (args) => {
    const { values, positionals } = readArguments(question.name, args, { ...question.options, ...COMMON_OPTIONS }, question.positionals);
    const { help, data, json } = values as CommonValues;
    if (help) {
      printResult(question.help);
      return 0;
    }
    const command = typeof question.command === 'function' ? question.command(values) : question.command;
    const asked = { command, ...(await question.ask(values, positionals)) };
    const answer = (await askRelay(readFolder(data), asked)) as Answer<N>;
    if (json) printJson(question.json?.(answer) ?? answer);
    else printResult(question.describe(answer, values));
    return question.waits?.(answer) === true ? WAITS : 0;
  };
}

/** Commands that ask nothing but of which chain. */
type ChainCommand = { readonly [N in CommandName]: { chain: undefined } extends Asked<N> ? N : never }[CommandName];

/** The subcommand that shows something of a chain. */
export function showing<N extends ChainCommand>(
  name: N,
  does: string,
  describe: Question<N, typeof CHAIN_OPTION>['describe'],
  waits: (answer: Answer<N>) => boolean = () => false,
): Subcommand {
  const ask = ({ chain }: Values<typeof CHAIN_OPTION>) => ({ chain }) as Asked<N>;
  return asking({ name, help: helpOf(name, does), options: CHAIN_OPTION, command: name, ask, describe, waits });
}
