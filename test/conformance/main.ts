/** `npm run test:conformance [-- FOLDER …]`: our formats against Go's own libraries; folders of published logs besides. */
import { isConformant, runConformance, table } from './conformance.ts';
import { whyNoGo } from './go.ts';

const why = whyNoGo();
if (why === undefined) {
  const verdicts = runConformance(process.argv.slice(2));
  console.log(table(verdicts));
  process.exitCode = isConformant(verdicts) ? 0 : 1;
} else {
  console.log(`Skipped: ${why}`);
}
