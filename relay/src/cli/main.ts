/** The `latchkey-relay` command: finds the subcommand, runs it, and turns what an operator can mend into one line. */
import { RefusalError } from '../../../src/core/base/result.ts';
import { Complaint } from '../complaint.ts';
import { openChainHost } from '../node-chain-host.ts';
import { chain } from './chain.ts';
import { invite } from './invite.ts';
import { printLog, printResult } from './output.ts';
import { start } from './start.ts';
import { status } from './status.ts';

const HELP = `latchkey-relay COMMAND [options]

  start               run a relay
  chain create NAME   create a chain on the running relay
  invite CHAIN        make an invitation link
  status              show the running relay

latchkey-relay COMMAND --help tells more about each.`;

type Subcommand = (args: readonly string[]) => Promise<number>;

const COMMANDS: ReadonlyMap<string, Subcommand> = new Map<string, Subcommand>([
  ['start', (args) => start(args, openChainHost)],
  ['chain', chain],
  ['invite', invite],
  ['status', status],
]);

/** Runs a command; gives the process's exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === 'help') {
    printResult(HELP);
    return name === undefined ? 1 : 0;
  }
  try {
    const run = COMMANDS.get(name);
    if (run === undefined) throw new Complaint(`There is no command ${name}. See latchkey-relay --help.`);
    return await run(rest);
  } catch (error) {
    printLog(sentence(error));
    return 1;
  }
}

function sentence(error: unknown): string {
  if (error instanceof Complaint || error instanceof RefusalError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
