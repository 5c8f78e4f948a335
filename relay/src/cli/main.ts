/** The `latchkey-relay` command: finds the subcommand, runs it, and turns what an operator can mend into one line. */
import { RefusalError } from '../../../src/core/base/result.ts';
import { Complaint } from '../complaint.ts';
import type { Subcommand } from './ask.ts';
import { printJson, printLog, printResult } from './output.ts';

const HELP = `latchkey-relay COMMAND [options]

  start               run a relay
  chain create NAME   create a chain on the running relay
  invite CHAIN        make an invitation link
  status              show the running relay
  doctor [LINK …]     what is wrong with this machine, its relay or others, and what to do
  host-code           a code by which it hosts one chain for somebody
  install-service     a systemd unit that runs it at every start of the machine

  requests            who asks to join or for a role
  proposals           what is proposed
  approve ID          approve a request, a proposal or a knock
  reject ID           reject one
  propose KIND …      propose a change: roles, removal, rules, upgrade …
  request-role ROLE   ask for a role
  register, ready     what a candidate for validator does by itself, by hand
  members             who is here; --why NAME says why
  rules               the rules in plain sentences
  relays              who relays, and what that earns
  spend-token         use what this node has earned by relaying

  write TEXT          add an entry
  entries             the latest entries
  erase ID            take back the text of an entry

  export-log CHAIN DIR  a public chain's log as static files

  proof ID FILE       that a transaction was logged, as a file that anybody can check
  receipt NAME FILE   why somebody is a member, as a file that anybody can check
  audit [LINK]        replay a chain from its genesis, and say what is wrong or worth a look
  verify FILE         whether such a file holds; needs no relay
  fork-proof FILE     the proof that a chain has two histories

  devices             the devices of this node's member
  link-device         a link for one more device
  phrase              the recovery phrase of this node
  recover LINK        be a member again by a recovery phrase
  backup FILE         all memberships in an encrypted file
  restore FILE        be all these members again, by file and phrase
  recovery            bring a broken chain back by its recovery keys

latchkey-relay COMMAND --help tells more about each.`;

// Loaded when they are asked for: libp2p takes a second, which a status need not wait for.
const COMMANDS: ReadonlyMap<string, () => Promise<Subcommand>> = new Map([
  ['start', startCommand],
  ['install-service', async () => (await import('./install-service.ts')).installService],
  ['chain', async () => (await import('./chain.ts')).chain],
  ['invite', async () => (await import('./invite.ts')).invite],
  ['host-code', async () => (await import('./host-code.ts')).hostCode],
  ['status', async () => (await import('./status.ts')).status],
  ['doctor', async () => (await import('./doctor.ts')).doctor],
  ['requests', async () => (await import('./requests.ts')).requests],
  ['proposals', async () => (await import('./requests.ts')).proposals],
  ['approve', async () => (await import('./decide.ts')).approve],
  ['reject', async () => (await import('./decide.ts')).reject],
  ['propose', async () => (await import('./propose.ts')).propose],
  ['request-role', async () => (await import('./request-role.ts')).requestRole],
  ['register', async () => (await import('./office.ts')).register],
  ['ready', async () => (await import('./office.ts')).ready],
  ['members', async () => (await import('./members.ts')).members],
  ['write', async () => (await import('./entries.ts')).write],
  ['erase', async () => (await import('./erase.ts')).erase],
  ['entries', async () => (await import('./entries.ts')).entries],
  ['devices', async () => (await import('./devices.ts')).devices],
  ['link-device', async () => (await import('./devices.ts')).linkDevice],
  ['phrase', async () => (await import('./phrase.ts')).phrase],
  ['backup', async () => (await import('./backup.ts')).backup],
  ['restore', async () => (await import('./backup.ts')).restore],
  ['recovery', async () => (await import('./recovery.ts')).recovery],
  ['recover', async () => (await import('./recover.ts')).recover],
  ['export-log', async () => (await import('./export-log.ts')).exportLog],
  ['proof', async () => (await import('./proof.ts')).proof],
  ['receipt', async () => (await import('./receipt.ts')).receipt],
  ['fork-proof', async () => (await import('./fork-proof.ts')).forkProof],
  ['audit', async () => (await import('./audit.ts')).audit],
  ['verify', async () => (await import('./verify.ts')).verify],
  ['relays', async () => (await import('./earning.ts')).relays],
  ['spend-token', async () => (await import('./earning.ts')).spendToken],
  ['rules', async () => (await import('./rules.ts')).rules],
]);

async function startCommand(): Promise<Subcommand> {
  const { start } = await import('./start.ts');
  const { openChainHost } = await import('../node-chain-host.ts');
  return (args) => start(args, openChainHost);
}

/** Runs a command; gives the process's exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === 'help') {
    printResult(HELP);
    return name === undefined ? 1 : 0;
  }
  try {
    const load = COMMANDS.get(name);
    if (load === undefined) throw new Complaint(`There is no command ${name}. See latchkey-relay --help.`);
    const run = await load();
    return await run(rest);
  } catch (error) {
    if (rest.includes('--json')) printJson({ error: { code: codeOf(error), message: sentence(error) } });
    else printLog(sentence(error));
    return 1;
  }
}

/** What programs go by: a refusal's own code, `command` for a mistake in the command, `failed` for one of ours. */
function codeOf(error: unknown): string {
  return error instanceof Complaint || error instanceof RefusalError ? error.code : 'failed';
}

function sentence(error: unknown): string {
  if (error instanceof Complaint || error instanceof RefusalError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
