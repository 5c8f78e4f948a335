/** The tests that judge the admission machine: those of the core that use its modules themselves or through what they share. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ROOT } from '../../scripts/command.ts';

/** How vitest runs them. */
export const TEST_CONFIG = 'test/mutations/vitest.config.ts';
/** Variables that name a file which reads otherwise, from the project's root, and where its text is. */
export const MUTANT_FILE = 'MUTANT_FILE';
export const MUTANT_TEXT = 'MUTANT_TEXT';
/** Names one test file that judges, in place of all those of the admission machine. */
export const JUDGING_TEST = 'JUDGING_TEST';

const JUDGED = /^src\/core\/(membership|policy)\//;
/** Frozen vectors, chains of real blocks and the replica need members too, and are not about them. */
const FOLLOWED = /^test\/(?!support\/(vector|chain|forms|consensus))(?!core\/(consensus|replica|certificate|light))/;
const IMPORT = /from '(\.[^']+\.ts)'/g;

/** Test files, from the project's root. */
export function admissionTests(): readonly string[] {
  const files = readdirSync(join(ROOT, 'test/core')).filter((name) => name.endsWith('.test.ts') && !name.includes('.browser.'));
  return files.map((name) => `test/core/${name}`).filter((file) => reachesJudged(file, new Set()));
}

function reachesJudged(file: string, seen: Set<string>): boolean {
  if (JUDGED.test(file)) return true;
  if (seen.has(file) || !FOLLOWED.test(file)) return false;
  seen.add(file);
  const imports = [...readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)];
  return imports.some(([, from]) => reachesJudged(relative(ROOT, join(ROOT, dirname(file), from ?? '')), seen));
}
