/** `latchkey-relay proof ID FILE`: that a transaction was logged, as a file that anybody can check. */
import { resolve } from 'node:path';
import { Complaint } from '../complaint.ts';
import { asking, CHAIN_OPTION, helpOf } from './ask.ts';

export const proof = asking({
  name: 'proof',
  help: helpOf(
    'proof ID FILE',
    'Writes the proof that a transaction stands in the log, as a C2SP tlog-proof. ID is how the id of the transaction, of its block\nor of its text begins, 8 digits or more. Whoever has the file checks it without this relay, by "latchkey-relay verify FILE"\nor in any copy of the page.',
  ),
  options: CHAIN_OPTION,
  positionals: ['ID', 'FILE'],
  command: 'proof',
  ask: ({ chain }, [id, file]) => {
    if (id === undefined || file === undefined) throw new Complaint('Say of what, and where to: latchkey-relay proof ID FILE.');
    return { chain, id, file: resolve(file) };
  },
  describe: ({ index, transaction, file, bytes }) =>
    `Wrote the proof of ${transaction}, place ${index} of the log, ${bytes} bytes, to ${file}.`,
});
