/** `latchkey-relay status`: what the running relay is and does. */
import { askRelay } from '../admin-socket.ts';
import type { Command, StatusAnswer } from '../commands.ts';
import { DEFAULT_DATA_FOLDER, readArguments, readFolder } from './options.ts';
import { printJson, printResult } from './output.ts';

const HELP = `latchkey-relay status [options]

Shows the running relay: its addresses, its connections, its chains.

  --data DIR   the running relay's data folder (default ${DEFAULT_DATA_FOLDER})
  --json       print one line of JSON
  --help`;

const OPTIONS = {
  data: { type: 'string', default: DEFAULT_DATA_FOLDER },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

export async function status(args: readonly string[]): Promise<number> {
  const { values } = readArguments('status', args, OPTIONS);
  if (values.help) {
    printResult(HELP);
    return 0;
  }
  const command: Command = { command: 'status' };
  const answer = (await askRelay(readFolder(values.data), command)) as StatusAnswer;
  if (values.json) printJson(answer);
  else printResult(describe(answer));
  return 0;
}

function describe(answer: StatusAnswer): string {
  const lines = [
    `Page         ${answer.url}`,
    `Peer id      ${answer.peerId}`,
    ...answer.addresses.map((address, i) => `${i === 0 ? 'Addresses' : '         '}    ${address}`),
    `Running      since ${answer.startedAt}`,
    `Connections  ${answer.connections}, ${answer.reservations} of them reachable through this relay`,
    `Hosting      ${answer.hosting === 'open' ? 'any page may ask for a chain' : 'chains of this operator only'}`,
  ];
  const chains = answer.chains.map(
    (chain) =>
      `  ${chain.name}  ${chain.chain.slice(0, 16)}…  height ${chain.height}, ${chain.members} members, ${chain.sessions} connected${chain.problem === undefined ? '' : `, stopped: ${chain.problem}`}`,
  );
  return [...lines, '', chains.length === 0 ? 'No chains yet: latchkey-relay chain create NAME' : 'Chains', ...chains].join('\n');
}
