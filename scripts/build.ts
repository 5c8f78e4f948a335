/** `npm run build [-- site|library|relay …]`: all three, or those that are named. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runTool } from './command.ts';

const BUILDS = {
  site: buildSite,
  library: () => compile('tsconfig.lib.json', 'dist/lib'),
  relay: () => compile('relay/tsconfig.json', 'relay/dist') && buildSite() && carrySite(),
};
type Build = keyof typeof BUILDS;

let siteIsBuilt = false;
function buildSite(): boolean {
  siteIsBuilt ||= runTool('vite', ['build']);
  return siteIsBuilt;
}

// The relay serves the site: installed, it looks for it where it is in the project, seen from its own module.
function carrySite(): boolean {
  cpSync(join(ROOT, 'dist/site'), join(ROOT, 'relay/dist/dist/site'), { recursive: true });
  return true;
}

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
