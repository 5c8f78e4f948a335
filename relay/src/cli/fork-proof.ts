/** `latchkey-relay fork-proof FILE`: what proves that a chain has two histories, as a file that anybody can check. */
import { resolve } from 'node:path';
import { Complaint } from '../complaint.ts';
import { asking, CHAIN_OPTION, helpOf } from './ask.ts';

export const forkProof = asking({
  name: 'fork-proof',
  help: helpOf(
    'fork-proof FILE',
    'Writes the proof for which a chain stands still: two final blocks of one height. Whoever has the file checks it without\nthis relay, by "latchkey-relay verify FILE".',
  ),
  options: CHAIN_OPTION,
  positionals: ['FILE'],
  command: 'fork-proof',
  ask: ({ chain }, [file]) => {
    if (file === undefined) throw new Complaint('Say where to: latchkey-relay fork-proof FILE.');
    return { chain, file: resolve(file) };
  },
  describe: ({ chain, file, bytes }) =>
    `Wrote the proof that ${chain} was forked, ${bytes} bytes, to ${file}. Give it to the other members.`,
});
