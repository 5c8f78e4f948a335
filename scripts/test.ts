/** `npm test`: all checks, then all tests in Node and in a real Chromium. What follows `--` goes to vitest. */
import { runChecks } from './checks.ts';
import { ensureChromium } from './chromium.ts';
import { runTool } from './command.ts';

function chromiumOrExit(): string {
  try {
    return ensureChromium();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

const chromium = chromiumOrExit();
console.error(`Testing with ${chromium}`);
const checksPassed = await runChecks();
// The tests run although a check failed: a slip in formatting should not hide what else is broken.
const testsPassed = runTool('vitest', ['run', ...process.argv.slice(2)], { environment: { CHROMIUM_PATH: chromium } });
if (!checksPassed) console.error('A check failed: see above.');
process.exitCode = checksPassed && testsPassed ? 0 : 1;
