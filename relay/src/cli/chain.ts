/** `latchkey-relay chain create NAME`: makes a chain on the running relay, which becomes its first validator. */
import { TEMPLATES } from '../../../src/core/policy/templates.ts';
import { checkNewChain } from '../commands.ts';
import { Complaint } from '../complaint.ts';
import { asking, helpOf } from './ask.ts';
import { readNumber } from './options.ts';

export const chain = asking({
  name: 'chain',
  help: helpOf(
    'chain create NAME',
    'Creates a chain on the running relay, which becomes its founder and first validator.',
    [
      `--template NAME  the rules that it begins with: ${TEMPLATES.join(', ')} (default open-link)`,
      '--approvals M    of how many federation members a newcomer needs the approval (default 1, the founder’s)',
    ],
    false,
  ),
  options: { template: { type: 'string', default: 'open-link' }, approvals: { type: 'string', default: '1' } },
  positionals: ['create', 'NAME'],
  command: 'create',
  ask: ({ template, approvals }, [verb, name]) => {
    if (verb !== 'create' || name === undefined) throw new Complaint('Say what to do: latchkey-relay chain create NAME.');
    return checkNewChain({ name, template, approvals: readNumber(approvals, '--approvals') });
  },
  describe: (made, { data }) =>
    `Created ${made.name}: ${made.chain}\nInvite to it with: latchkey-relay invite ${made.chain.slice(0, 8)} --data ${String(data)}`,
});
