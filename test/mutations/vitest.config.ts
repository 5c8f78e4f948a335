/**
 * The admission machine's own tests, one after the other in one thread, with one of its modules replaced where the
 * environment says so. The same tests give the coverage of its branches.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { ROOT } from '../../scripts/command.ts';
import { admissionTests, JUDGING_TEST, MUTANT_FILE, MUTANT_TEXT } from './core-tests.ts';

function mutate(file: string, textPath: string): Plugin {
  const path = join(ROOT, file);
  return { name: 'mutate', enforce: 'pre', load: (id) => (id === path ? readFileSync(textPath, 'utf8') : undefined) };
}

/** The default of an exhaustive switch, which only a value without a type would reach. */
const UNREACHABLE = /default:(?=\s*(return |throw )?unreachable\()/g;

/** Exempts what is marked as unreachable from coverage. The hint stands in the same line, so that lines stay what they are. */
const exemptUnreachable: Plugin = {
  name: 'exempt-unreachable',
  enforce: 'pre',
  transform: (code, id) =>
    id.includes('/src/core/') ? code.replace(UNREACHABLE, '/* v8 ignore next -- @preserve */ default:') : undefined,
};

/** A line for each check first, long random histories last: most bugs are found at once, and few only there. */
class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const weight = ({ moduleId }: TestSpecification) => (moduleId.includes('-walk') ? 1 : /-checks|genesis/.test(moduleId) ? -1 : 0);
    return files.toSorted((a, b) => weight(a) - weight(b) || a.moduleId.localeCompare(b.moduleId));
  }
}

const [file, text, test] = [process.env[MUTANT_FILE], process.env[MUTANT_TEXT], process.env[JUDGING_TEST]];

export default defineConfig({
  root: ROOT,
  plugins: [exemptUnreachable, ...(file === undefined || text === undefined ? [] : [mutate(file, text)])],
  test: {
    // Its key is the file on the disk: one mutant would be served for all others.
    fsModuleCache: false,
    include: test === undefined ? [...admissionTests()] : [test],
    pool: 'threads',
    isolate: false,
    fileParallelism: false,
    sequence: { sequencer: QuickestFirst },
    testTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['src/core/membership/**', 'src/core/policy/**'],
      reporter: ['text', 'json-summary'],
      reportsDirectory: 'node_modules/.cache/coverage',
      thresholds: { branches: 100 },
    },
  },
});
