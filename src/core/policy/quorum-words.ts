/** What validators promise and how they are doing, in English; the page and the command line say the same. */
import { unreachable } from '../base/result.ts';
import { faultsTolerated, quorumOf } from './quorum.ts';

/**
 * How a chain gets on, as one device sees it: nothing waits; something is being decided; something has waited for longer than
 * it should; too few validators are in reach of this one.
 */
export const PACES = ['idle', 'deciding', 'standstill', 'no-quorum'] as const;
export type Pace = (typeof PACES)[number];

/** What so many validators tolerate: `3 of 4 validators decide; 1 may fail.` */
export function toleranceWords(validators: number): string {
  if (validators === 1)
    return 'One validator decides alone: nothing becomes final while it is away, and its operator’s word is all there is.';
  const tolerated = faultsTolerated(validators);
  if (tolerated === 0) return `All ${validators} validators are needed: nothing becomes final while one of them is away.`;
  return `${quorumOf(validators)} of ${validators} validators decide: ${tolerated} may be away or dishonest.`;
}

/** What to do to tolerate one fault more; `undefined` where that would take more validators than most groups have. */
export function adviceWords(validators: number): string | undefined {
  const tolerated = faultsTolerated(validators);
  if (tolerated > 1) return undefined;
  const wanted = 3 * (tolerated + 1) + 1;
  const more = wanted - validators;
  const step = `Grant the role validator to ${more} more ${more === 1 ? 'member' : 'members'}, each with a machine that stays on`;
  return tolerated === 0 ? `${step}: four validators tolerate one.` : `${step}: seven validators tolerate two.`;
}

/** How it gets on; `undefined` while there is nothing to say. `reached` counts the validators in reach, this device included. */
export function paceWords(pace: Pace, validators: number, reached: number): string | undefined {
  const needed = quorumOf(validators);
  const wait = 'What is written waits, and becomes final by itself';
  switch (pace) {
    case 'idle':
    case 'deciding':
      return undefined;
    case 'no-quorum':
      return `Standstill: ${reached} of ${validators} validators are in reach and ${needed} are needed. ${wait} once ${counted(needed - reached)} back. Start those that are away.`;
    case 'standstill':
      return reached < needed
        ? `Standstill: only ${reached} of ${validators} validators are in reach from here and ${needed} are needed. ${wait} once enough are back.`
        : `Standstill: nothing has become final for a while, though something waits. ${wait} once ${needed} of ${validators} validators agree again.`;
    default:
      return unreachable(pace);
  }
}

function counted(missing: number): string {
  return missing === 1 ? 'one more is' : `${missing} more are`;
}
