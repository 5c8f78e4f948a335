/** The named checks of `safety.ts`, each deleted in turn: read from the code, so that a new one is covered without being listed. */
import { ROOT } from '../../scripts/command.ts';
import type { Mutant } from '../mutations/mutant.ts';
import { withoutEachCheck } from '../mutations/named-checks.ts';

const ROOM = 'src/core/consensus';
/** What judges them: a test for each. */
export const RULES_TEST = 'test/core/replica.test.ts';

export function withoutEachRule(): readonly Mutant[] {
  return withoutEachCheck(ROOT, ROOM);
}
