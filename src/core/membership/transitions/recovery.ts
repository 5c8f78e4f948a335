/** A recovery whose delay has passed takes effect (DESIGN §5, *Broken chain*). */
import type { ChangeTurn } from '../changes/change.ts';

/** Asked for at the start of the first block at or after the time of the recovery that waits. */
export function recoveryDue(_turn: ChangeTurn): void {}
