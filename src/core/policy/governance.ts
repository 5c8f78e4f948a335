/** How many federation members must approve a change (DESIGN §5): what the rules say for its kind, or more than half. */
import { DECISIONS_MAX } from '../base/limits.ts';
import { CHANGE_NUMBERS, type ChangeKind } from '../codec/governance.ts';
import type { Rules } from '../codec/rules.ts';

export function majorityOf(federation: number): number {
  return Math.floor(federation / 2) + 1;
}

/** What the rules set for the kind; 0 where they leave it to the majority. */
export function configuredApprovals(rules: Rules, kind: ChangeKind): number {
  return rules.governance.find((one) => one.kind === CHANGE_NUMBERS[kind])?.approvals ?? 0;
}

/** Approvals by which a change takes effect, in a federation of so many. */
export function approvalsFor(rules: Rules, kind: ChangeKind, federation: number): number {
  return configuredApprovals(rules, kind) || majorityOf(federation);
}

/** Whether so few may still say yes that a decision can no longer be a yes. */
export function isHopeless(needed: number, federation: number, rejections: number): boolean {
  return federation - rejections < needed || rejections >= DECISIONS_MAX;
}
