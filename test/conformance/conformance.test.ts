/** Our notes, tiles and proofs against Go's own libraries. Skipped, with a word, where there is no Go and none may be installed. */
import { expect, test } from 'vitest';
import { isConformant, runConformance, table } from './conformance.ts';
import { whyNoGo } from './go.ts';

const why = whyNoGo();
if (why !== undefined) console.error(`Conformance with Go is not tested: ${why}`);

test.skipIf(why !== undefined)('Go takes what we write, we take what Go writes, both refuse it changed', { timeout: 300_000 }, () => {
  const verdicts = runConformance();
  expect(isConformant(verdicts), table(verdicts)).toBe(true);
  for (const { rows } of verdicts) for (const { what, files } of rows) expect(files, what).toBeGreaterThan(0);
});
