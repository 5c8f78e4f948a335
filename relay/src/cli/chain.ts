/** `latchkey-relay chain create NAME`: makes a chain on the running relay, which becomes its first validator. */
import { checkName } from '../commands.ts';
import { Complaint } from '../complaint.ts';
import { asking, helpOf } from './ask.ts';

export const chain = asking({
  name: 'chain',
  help: helpOf('chain create NAME', 'Creates a chain on the running relay, which becomes its founder and first validator.', [], false),
  options: {},
  positionals: ['create', 'NAME'],
  command: 'create',
  ask: (_, [verb, name]) => {
    if (verb !== 'create' || name === undefined) throw new Complaint('Say what to do: latchkey-relay chain create NAME.');
    return { name: checkName(name) };
  },
  describe: (made, { data }) =>
    `Created ${made.name}: ${made.chain}\nInvite to it with: latchkey-relay invite ${made.chain.slice(0, 8)} --data ${String(data)}`,
});
