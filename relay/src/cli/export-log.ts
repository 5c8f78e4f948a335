/** `latchkey-relay export-log CHAIN DIR`: a public chain's log as static files. */
import { Complaint } from '../complaint.ts';
import { asking, helpOf } from './ask.ts';
import { readFolder } from './options.ts';

export const exportLog = asking({
  name: 'export-log',
  help: helpOf(
    'export-log CHAIN DIR',
    'Writes the log of a public chain as static files for any web server: checkpoint, tiles, policy and keys (C2SP tlog-tiles).\nAgain into the same folder it writes what is new. The words of entries and people’s names are not in it.',
    [],
    false,
  ),
  options: {},
  positionals: ['CHAIN', 'DIR'],
  command: 'export-log',
  ask: (_, [chain, folder]) => {
    if (chain === undefined || folder === undefined) throw new Complaint('Say which and where to: latchkey-relay export-log CHAIN DIR.');
    return { chain, folder: readFolder(folder) };
  },
  describe: ({ size, files, folder }) => `Wrote ${files} files for a log of ${size} transactions to ${folder}.`,
});
