/** What an audit found, in plain English; the page and the command line say the same. */
import { toHex } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { MINUTE_MS, SECOND_MS } from '../base/limits.ts';
import { unreachable } from '../base/result.ts';
import type { Pattern } from './patterns.ts';
import type { ReplayFault } from './replay.ts';

export interface AuditWords {
  /** A member's name as the reader knows it, written as a sentence can hold it (`shown-name.ts`). */
  nameOf(member: Hash): string;
  /** A time, ms, as the reader's place has it. */
  when(time: number): string;
}

/** One sentence that says what was seen, and one that says why it is worth a look. */
export function patternWords(pattern: Pattern, { nameOf, when }: AuditWords): string {
  switch (pattern.type) {
    case 'burst': {
      const minutes = Math.max(1, Math.ceil((pattern.to - pattern.from) / MINUTE_MS));
      return `${pattern.joins} joined within ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} from ${when(pattern.from)}. A link may have leaked, or one person joined many times.`;
    }
    case 'one-approver':
      return `${nameOf(pattern.member)} approved every one of ${pattern.admissions} admissions, in a federation of ${pattern.federation}. The others may not be looking.`;
    case 'shared-operator':
      return `${pattern.members.map(nameOf).join(', ')} name the same operator, ${operatorWords(pattern.operator)}. They fail together, and may act as one.`;
    case 'haste':
      return `${nameOf(pattern.member)} approved ${pattern.admissions} times within ${pattern.withinMs / SECOND_MS} seconds of being asked. Nobody reads a request that fast.`;
    case 'federation-shrank':
      return `The federation has shrunk from ${pattern.peak} to ${pattern.count}, last on ${when(pattern.time)}. Fewer decide for all.`;
    default:
      return unreachable(pattern);
  }
}

/** What is wrong with a chain, and where; `sentence` is the one of the refusal's code. */
export function faultWords({ height, refusal }: ReplayFault, sentence?: string): string {
  return `Block ${height} is wrong (${refusal.code}): ${sentence === undefined ? '' : `${sentence} `}${refusal.detail}.`;
}

/** An operator's id is text that it chose, or bytes. */
function operatorWords(operator: Uint8Array): string {
  return toHex(operator);
}
