/** For `node --import`: the program with one bug in it, named by its place in the list. No file is changed. */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../scripts/command.ts';
import { plant } from '../mutations/mutant.ts';
import { CONSENSUS_BUGS } from './consensus-bugs.ts';

/** Which bug. */
const BUG_VARIABLE = 'PLANTED_BUG';

const bug = CONSENSUS_BUGS[Number(process.env[BUG_VARIABLE])];
if (bug !== undefined) {
  const { file, text } = plant(ROOT, bug);
  const url = pathToFileURL(`${ROOT}/${file}`).href;
  registerHooks({
    load: (at, context, next) => (at === url ? { format: 'module-typescript', source: text, shortCircuit: true } : next(at, context)),
  });
}
