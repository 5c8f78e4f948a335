/** Whether this device's clock agrees with others', which sign times that must not lie ahead or far behind. */
import { MINUTE_MS, SECOND_MS } from '../../core/base/limits.ts';
import { attention, type Finding, failed, good, unknown } from './finding.ts';

/** An HTTP `Date` is cut to the second, and a slow answer adds its own. */
const CLOCK_OFF_GOOD_MS = 5 * SECOND_MS;
/** From here on what this device signs is refused, or lapses before it is final. */
const CLOCK_OFF_MS_MAX = 2 * MINUTE_MS;

export interface ClockFacts {
  /** What another's clock said, ms since the epoch. */
  readonly theirs: number;
  /** This device's clock before and after asking. */
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** How far this clock is ahead of the other, in ms, at least: what a slow answer or a cut second may explain is not counted. */
export function clockAhead({ theirs, askedAt, answeredAt }: ClockFacts): number {
  const tooEarly = theirs - answeredAt;
  const tooLate = askedAt - (theirs + SECOND_MS);
  return tooEarly > 0 ? -tooEarly : Math.max(0, tooLate);
}

/** `newestBlock`: time of a final block, which no right clock is before; `whose`: who was asked. */
export function clockFinding(facts: ClockFacts | undefined, now: number, newestBlock: number | undefined, whose: string): Finding {
  const behindBlock = newestBlock === undefined ? 0 : Math.max(0, newestBlock - now);
  const byFacts = facts === undefined ? 0 : clockAhead(facts);
  const ahead = Math.abs(byFacts) >= behindBlock ? byFacts : -behindBlock;
  if (facts === undefined && behindBlock <= CLOCK_OFF_GOOD_MS)
    return unknown(
      newestBlock === undefined
        ? 'Nobody who is asked here tells the time.'
        : 'Not before the newest block; whoever is asked here tells no more.',
    );
  if (Math.abs(ahead) <= CLOCK_OFF_GOOD_MS) return good(`Agrees with ${whose} within some seconds.`);
  const says = `This device’s clock is ${spanText(Math.abs(ahead))} ${ahead > 0 ? 'ahead' : 'behind'}, by ${whose}.`;
  const next = 'Let the system set its clock from the network, then check again.';
  return Math.abs(ahead) <= CLOCK_OFF_MS_MAX ? attention(says, next) : failed(says, next);
}

const SECONDS_SHOWN_MAX = 120;
const MINUTES_SHOWN_MAX = 120;

function spanText(ms: number): string {
  const seconds = Math.round(ms / SECOND_MS);
  if (seconds <= SECONDS_SHOWN_MAX) return `${seconds} seconds`;
  const minutes = Math.round(seconds / 60);
  return minutes <= MINUTES_SHOWN_MAX ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}
