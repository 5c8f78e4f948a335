/** `propose`: a federation member asks for a change, and approves it by asking. Where one approval is enough it takes effect at once. */
import { governanceBasis } from '../../codec/governance.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import { configuredApprovals } from '../../policy/governance.ts';
import { addToAgenda } from '../agenda.ts';
import { reasonIsWithinCap } from '../checks/deciding.ts';
import { changeCanBeMade, proposalsHaveRoom, senderHasFewProposals, senderIsFederation, trustIsCurrent } from '../checks/proposing.ts';
import { type Actor, rulesOf } from '../facts.ts';
import { settleAll, settleProposal } from '../transitions/settle.ts';
import { fromMember, type Turn } from './verb.ts';

export const propose = fromMember<ActionOf<'propose'>>(
  [senderIsFederation, trustIsCurrent, changeCanBeMade, reasonIsWithinCap, senderHasFewProposals, proposalsHaveRoom],
  open,
);

function open(turn: Turn, sender: Actor, { change, trust, reason }: ActionOf<'propose'>): void {
  const { draft, time, leaf, transaction } = turn;
  const rules = rulesOf(draft);
  draft.put('proposal', transaction.id, {
    proposer: sender.id,
    change,
    trust,
    basis: governanceBasis(change.type, configuredApprovals(rules, change.type), trust),
    reason,
    opened: time,
    until: time + rules.limits.requestLifetimeMs,
    yes: [{ member: sender.id, leaf, time }],
    no: [],
    status: 'pending',
    ended: 0,
  });
  addToAgenda(draft, 'proposals', transaction.id);
  if (settleProposal(turn, transaction.id)) settleAll(turn);
}
