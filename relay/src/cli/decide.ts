/** `latchkey-relay approve ID` and `latchkey-relay reject ID`: a federation member's decision. */
import { Complaint } from '../complaint.ts';
import type { ActAnswer } from '../desk.ts';
import { asking, CHAIN_OPTION, helpOf } from './ask.ts';
import { SHORT_ID } from './requests.ts';

const WHAT = 'ID is that of a request, a proposal or a knock, or its beginning; latchkey-relay requests and proposals show them.';

export const approve = decision('approve', `Approves as a federation member. ${WHAT}`, '--reason TEXT    why; everybody sees it');
export const reject = decision(
  'reject',
  `Rejects as a federation member. ${WHAT}`,
  '--reason TEXT    why; everybody sees it. Must be given',
);

function decision(name: 'approve' | 'reject', does: string, reasonHelp: string) {
  return asking({
    name,
    help: helpOf(`${name} ID`, does, [reasonHelp]),
    options: { ...CHAIN_OPTION, reason: { type: 'string' } },
    positionals: ['ID'],
    command: name,
    ask: ({ chain, reason }, [id]) => {
      if (id === undefined) throw new Complaint(`Say what: latchkey-relay ${name} ID. latchkey-relay requests lists what waits.`);
      if (name === 'reject' && (reason ?? '').trim() === '') throw new Complaint('A rejection says why: give --reason.');
      return { chain, id, reason };
    },
    describe: (answer) => `${name === 'approve' ? 'Approved' : 'Rejected'}. ${whatCameOf(answer)}`,
    waits: ({ final }) => !final,
  });
}

/** Where a request or proposal stands, in a sentence. */
export function whatCameOf({ id, final, status, approvals, needed }: ActAnswer): string {
  if (!final) return `It waits for the chain’s validators and goes on by itself (${id.slice(0, SHORT_ID)}).`;
  if (status === 'pending') return `${id.slice(0, SHORT_ID)} has ${approvals} of ${needed} approvals.`;
  return `${id.slice(0, SHORT_ID)} is ${status}.`;
}
