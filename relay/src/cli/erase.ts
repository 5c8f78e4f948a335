/** `latchkey-relay erase ID`: the text of an entry goes from every honest node. */
import { Complaint } from '../complaint.ts';
import { asking, CHAIN_OPTION, helpOf } from './ask.ts';
import { whatCameOf } from './decide.ts';

const WHAT = `Erases the text of an entry on every honest node: one’s own at once, another’s by a proposal to the federation. ID is that of
the entry or its beginning; latchkey-relay entries --ids shows it. The entry itself stays, with who wrote it and when, and every
proof holds. This cannot be undone, and does not reach copies that somebody made.`;

export const erase = asking({
  name: 'erase',
  help: helpOf('erase ID', WHAT, ['--reason TEXT    why, for a proposal; everybody sees it']),
  options: { ...CHAIN_OPTION, reason: { type: 'string' } },
  positionals: ['ID'],
  command: 'erase',
  ask: ({ chain, reason }, [id]) => {
    if (id === undefined) throw new Complaint('Say which: latchkey-relay erase ID. latchkey-relay entries --ids lists entries.');
    return { chain, id, reason };
  },
  describe: (answer) => {
    if (!answer.own) return `Proposed to erase it. ${whatCameOf(answer)}`;
    return answer.final ? 'Erased.' : 'It waits for the chain’s validators and goes on by itself.';
  },
  waits: ({ final }) => !final,
});
