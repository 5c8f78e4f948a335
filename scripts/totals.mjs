// Prints `N passed, N failed` from vitest's JSON report. Plain JavaScript: the machine's own Node may be old.
import { readFileSync } from 'node:fs';

const text = readFileSync(process.argv[2] ?? '', 'utf8');
if (text === '') {
  console.error('vitest left no report: it did not get as far as the tests.');
  process.exit(1);
}
const report = JSON.parse(text);
// A file that breaks outside its tests has no failed test to show for it, and is one failure.
const broken = report.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
);
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + broken.length} failed`);
process.exitCode = report.success ? 0 : 1;
