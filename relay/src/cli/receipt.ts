/** `latchkey-relay receipt MEMBER FILE`: why somebody is a member, as a file that anybody can check. */
import { resolve } from 'node:path';
import { Complaint } from '../complaint.ts';
import { asking, CHAIN_OPTION, helpOf } from './ask.ts';

export const receipt = asking({
  name: 'receipt',
  help: helpOf(
    'receipt MEMBER FILE',
    'Writes a join receipt: why MEMBER, by name or id, is a member. Whoever has the file checks it without this relay, by\n"latchkey-relay verify FILE" or in any copy of the page.',
  ),
  options: CHAIN_OPTION,
  positionals: ['MEMBER', 'FILE'],
  command: 'receipt',
  ask: ({ chain }, [member, file]) => {
    if (member === undefined || file === undefined) throw new Complaint('Say whose, and where to: latchkey-relay receipt MEMBER FILE.');
    return { chain, member, file: resolve(file) };
  },
  describe: ({ name, file, bytes, link }) =>
    `Wrote the receipt of ${name}, ${bytes} bytes, to ${file}.${link === null ? '' : `\nThe same as a link:\n\n${link}`}`,
});
