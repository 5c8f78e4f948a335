/** A planned protocol version comes into force at its height (DESIGN §5, *Upgrade*). */
import type { StateDraft } from '../state.ts';

export function activateProtocol(_draft: StateDraft, _height: number): void {}
