/** `latchkey-relay requests` and `latchkey-relay proposals`: what waits to be decided, and what was. */
import type { ProposalsAnswer, RequestsAnswer } from '../desk.ts';
import type { DecisionView, KnockView, ProposalView, RequestView } from '../desk-views.ts';
import { showing } from './ask.ts';

/** Enough of an id to name it by. */
export const SHORT_ID = 12;

const REQUESTS = 'Lists who asks to join or for a role: those that wait first, with who has decided, and knocks.';

export const requests = showing('requests', REQUESTS, describeRequests);
export const proposals = showing('proposals', 'Lists proposals: those that wait first, with who has decided.', describeProposals);

function describeRequests(answer: RequestsAnswer): string {
  const lines = [...answer.requests.flatMap(describeRequest), ...answer.knocks.flatMap(describeKnock)];
  return lines.length === 0 ? `Nobody asks anything of ${answer.chain}.` : lines.join('\n');
}

function describeRequest(request: RequestView): readonly string[] {
  const { kind, name, role, invitedBy } = request;
  const asks = kind === 'role' ? `asks for the role ${role}` : `asks to join as ${role}`;
  return [`${standing(request)}  ${name} ${asks}${invitedBy === null ? '' : `, invited by ${invitedBy}`}`, ...request.decisions.map(line)];
}

function describeKnock({ id, name, role, until }: KnockView): readonly string[] {
  return [`${id.slice(0, SHORT_ID)}  knocks    ${name} asks to join as ${role}, without an invitation; waits until ${until}`];
}

function describeProposals(answer: ProposalsAnswer): string {
  if (answer.proposals.length === 0) return `Nothing is proposed on ${answer.chain}.`;
  return answer.proposals.flatMap(describeProposal).join('\n');
}

function describeProposal(proposal: ProposalView): readonly string[] {
  const reason = proposal.reason === null ? [] : [`    because: ${proposal.reason}`];
  return [`${standing(proposal)}  ${proposal.proposer} proposes to ${proposal.change}`, ...reason, ...proposal.decisions.map(line)];
}

function standing({ id, status, needed, decisions }: RequestView | ProposalView): string {
  const approvals = decisions.filter(({ approves }) => approves).length;
  return `${id.slice(0, SHORT_ID)}  ${(status === 'pending' ? `${approvals} of ${needed}` : status).padEnd(9)}`;
}

/** A decision, as a line under what it is about. */
export function line({ name, approves, time, reason }: DecisionView): string {
  return `    ${name} ${approves ? 'approved' : 'rejected'} at ${time}${reason === null ? '' : `: ${reason}`}`;
}
