/** `npm run build [-- site|library|relay …]`: all three, or those that are named. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runTool } from './command.ts';

const BUILDS = {
  site: () => runTool('vite', ['build']),
  library: () => compile('tsconfig.lib.json', 'dist/lib'),
  relay: () => compile('relay/tsconfig.json', 'relay/dist'),
};
type Build = keyof typeof BUILDS;

// A file whose source is gone must not be shipped.
function compile(project: string, output: string): boolean {
  rmSync(join(ROOT, output), { recursive: true, force: true });
  return runTool('typescript', ['--project', project], { command: 'tsc' });
}

function isBuild(name: string): name is Build {
  return Object.hasOwn(BUILDS, name);
}

const all = Object.keys(BUILDS).filter(isBuild);
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !isBuild(name));
if (unknown !== undefined) {
  console.error(`There is no build "${unknown}": name any of ${all.join(', ')}, or none for all.`);
  process.exit(1);
}
for (const name of asked.length === 0 ? all : asked.filter(isBuild)) {
  if (BUILDS[name]()) continue;
  console.error(`The build of the ${name} failed.`);
  process.exit(1);
}
