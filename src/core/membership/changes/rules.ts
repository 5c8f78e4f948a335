/** `rules`: others are in force from now on. What waits is judged by them at once (`transitions/settle.ts`). */
import { federationCanMeetNewRules, newRulesAreSound, newRulesFitMembers } from '../checks/governing.ts';
import { followAuditorsQuorum } from '../seats.ts';
import { SINGLETON } from '../state.ts';
import type { Governed } from './change.ts';

export const rules: Governed<'rules'> = {
  checks: [newRulesAreSound, newRulesFitMembers, federationCanMeetNewRules],
  effect: ({ draft }, change) => {
    draft.put('rules', SINGLETON, change.rules);
    followAuditorsQuorum(draft);
  },
};
