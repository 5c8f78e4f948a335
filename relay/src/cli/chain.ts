/** `latchkey-relay chain create NAME`: makes a chain on the running relay, which becomes its first validator. */
import { askRelay } from '../admin-socket.ts';
import type { ChainSummary } from '../chain-host.ts';
import { type Command, checkName } from '../commands.ts';
import { Complaint } from '../complaint.ts';
import { DEFAULT_DATA_FOLDER, readArguments, readFolder } from './options.ts';
import { printJson, printResult } from './output.ts';

const HELP = `latchkey-relay chain create NAME [options]

Creates a chain on the running relay, which becomes its founder and first validator.

  --data DIR   the running relay's data folder (default ${DEFAULT_DATA_FOLDER})
  --json       print one line of JSON
  --help`;

const OPTIONS = {
  data: { type: 'string', default: DEFAULT_DATA_FOLDER },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

export async function chain(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('chain', args, OPTIONS, ['create', 'NAME']);
  if (values.help) {
    printResult(HELP);
    return 0;
  }
  const [verb, name] = positionals;
  if (verb !== 'create' || name === undefined) throw new Complaint('Say what to do: latchkey-relay chain create NAME.');
  const command: Command = { command: 'create', name: checkName(name) };
  const made = (await askRelay(readFolder(values.data), command)) as ChainSummary;
  if (values.json) printJson(made);
  else
    printResult(
      `Created ${made.name}: ${made.chain}\nInvite to it with: latchkey-relay invite ${made.chain.slice(0, 8)} --data ${values.data}`,
    );
  return 0;
}
