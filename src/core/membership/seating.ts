/** Who has a seat: candidates that are ready take free seats at the end of a block, and a changed trust set begins an epoch (DESIGN §6). */
import type { BlockFacts } from './checks/check.ts';
import type { StateDraft } from './state.ts';

export function seatCandidates(_draft: StateDraft, _facts: BlockFacts): void {}
