/** For `node --import`: the program with one source file that reads otherwise, as the environment says. No file is changed. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../scripts/command.ts';
import { MUTANT_FILE, MUTANT_TEXT } from '../mutations/core-tests.ts';

const [file, path] = [process.env[MUTANT_FILE], process.env[MUTANT_TEXT]];
if (file !== undefined && path !== undefined) {
  const url = pathToFileURL(`${ROOT}/${file}`).href;
  const source = readFileSync(path, 'utf8');
  registerHooks({
    load: (at, context, next) => (at === url ? { format: 'module-typescript', source, shortCircuit: true } : next(at, context)),
  });
}
