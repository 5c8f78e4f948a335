import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { CHROMIUM_ARGS, findChromium } from './test/support/chromium.ts';

const BROWSER_TESTS = 'test/**/*.browser.test.ts';
const E2E_TESTS = 'test/e2e/**/*.test.ts';
/** Each takes minutes, and the storms all processors. */
const LONG_TESTS = ['test/sim/councils.test.ts', 'test/sim/twins.test.ts'];
// Without a Chromium the `node` project still runs; the browser project then says what is missing.
const executablePath = findChromium();
const report = process.env['TEST_REPORT'];

export default defineConfig({
  test: {
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    // Far above what any test needs on a busy machine: only one that hangs is ended.
    testTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [BROWSER_TESTS, E2E_TESTS, ...LONG_TESTS],
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: [BROWSER_TESTS],
          sequence: { groupOrder: 1 },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { args: [...CHROMIUM_ARGS], ...(executablePath === undefined ? {} : { executablePath }) },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        extends: true,
        // Relays and browsers share two cores and fixed roles: one file at a time, with time for a cold start.
        test: {
          name: 'e2e',
          include: [E2E_TESTS],
          globalSetup: 'test/e2e/build-site.ts',
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        // After all the others, so that nobody's time runs out beside them. Every project names its turn: those that do not, and
        // have one worker, as on two processors, would come last.
        test: { name: 'simulator', include: LONG_TESTS, sequence: { groupOrder: 3 } },
      },
    ],
  },
});
