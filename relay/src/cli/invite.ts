/** `latchkey-relay invite CHAIN`: makes an invitation link. */
import { ROLES } from '../../../src/core/codec/primitives.ts';
import { checkInvitation } from '../commands.ts';
import { Complaint } from '../complaint.ts';
import { asking, helpOf } from './ask.ts';
import { readDuration } from './options.ts';
import { qrCode } from './output.ts';

const HELP = helpOf(
  'invite CHAIN',
  'Makes an invitation to a chain of the running relay. CHAIN is its name, its id or the beginning of one.',
  [
    `--role ROLE      ${ROLES.join(', ')} (default writer)`,
    '--uses N         how many may join by it (default 1; 0 for any number)',
    '--expires TIME   30m, 12h, 7d (default 7d)',
    '--closed         guests of this link are answered by the issuer and the validators only',
  ],
  false,
);

export const invite = asking({
  name: 'invite',
  help: HELP,
  options: {
    role: { type: 'string', default: 'writer' },
    uses: { type: 'string', default: '1' },
    expires: { type: 'string', default: '7d' },
    closed: { type: 'boolean', default: false },
  },
  positionals: ['CHAIN'],
  command: 'invite',
  ask: ({ role, uses, expires, closed }, [chain]) => {
    if (chain === undefined) throw new Complaint('Say to which chain: latchkey-relay invite CHAIN. latchkey-relay status lists them.');
    const options = checkInvitation({
      role,
      uses: /^\d+$/.test(uses) ? Number(uses) : Number.NaN,
      lifetimeMs: readDuration(expires, '--expires'),
      shared: !closed,
    });
    return { chain, options };
  },
  describe: ({ url }) => `${url}\n\n${qrCode(url)}`,
  json: ({ id, url, code, readable }) => ({ id, url, code, invitation: readable }),
});
