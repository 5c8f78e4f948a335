/** `latchkey-relay invite CHAIN`: makes an invitation link. */
import { askRelay } from '../admin-socket.ts';
import { INVITATION_ROLES, type Invitation } from '../chain-host.ts';
import { type Command, checkInvitation } from '../commands.ts';
import { Complaint } from '../complaint.ts';
import { DEFAULT_DATA_FOLDER, readArguments, readDuration, readFolder } from './options.ts';
import { printJson, printResult, qrCode } from './output.ts';

const HELP = `latchkey-relay invite CHAIN [options]

Makes an invitation to a chain of the running relay. CHAIN is its name, its id or the beginning of one.

  --role ROLE      ${INVITATION_ROLES.join(', ')} (default writer)
  --uses N         how many may join by it (default 1; 0 for any number)
  --expires TIME   30m, 12h, 7d (default 7d)
  --closed         guests of this link are answered by the issuer and the validators only
  --data DIR       the running relay's data folder (default ${DEFAULT_DATA_FOLDER})
  --json           print the invitation's JSON form, with its link
  --help`;

const OPTIONS = {
  role: { type: 'string', default: 'writer' },
  uses: { type: 'string', default: '1' },
  expires: { type: 'string', default: '7d' },
  closed: { type: 'boolean', default: false },
  data: { type: 'string', default: DEFAULT_DATA_FOLDER },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

export async function invite(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('invite', args, OPTIONS, ['CHAIN']);
  if (values.help) {
    printResult(HELP);
    return 0;
  }
  const [chain] = positionals;
  if (chain === undefined) throw new Complaint('Say to which chain: latchkey-relay invite CHAIN. latchkey-relay status lists them.');
  const options = checkInvitation({
    role: values.role,
    uses: /^\d+$/.test(values.uses) ? Number(values.uses) : Number.NaN,
    lifetimeMs: readDuration(values.expires, '--expires'),
    shared: !values.closed,
  });
  const command: Command = { command: 'invite', chain, options };
  const made = (await askRelay(readFolder(values.data), command)) as Invitation;
  if (values.json) printJson({ url: made.url, code: made.code, invitation: made.readable });
  else printResult(`${made.url}\n\n${qrCode(made.url)}`);
  return 0;
}
