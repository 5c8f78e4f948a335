/**
 * What waits is judged: by the decisions that count, under the rules in force. A request or proposal ends here as soon as it
 * can: approved, and then it takes effect at once; rejected, when approvals can no longer be reached; or cancelled, when
 * nothing could come of it any more, or when something stands against its effect that did not when it was opened.
 */
import { equal } from '../../base/bytes.ts';
import type { Hash } from '../../base/hash.ts';
import { governanceBasis } from '../../codec/governance.ts';
import { type ProposalRecord, type RequestRecord, type RequestStatus, trustSetDigest } from '../../codec/records.ts';
import { approvalsFor, configuredApprovals, isHopeless } from '../../policy/governance.ts';
import { agendaOf, proposalOf, requestOf } from '../agenda.ts';
import { approvalsAsked, issuerAsked, issuerCanAnswer, ruleHashOf } from '../asking.ts';
import type { ChangeTurn } from '../changes/change.ts';
import { changeProblem, takeEffect } from '../changes/governed.ts';
import { grantingProblem } from '../checks/asking.ts';
import { rulesOf, trustSetOf } from '../facts.ts';
import { counting, federationOf } from '../federation.ts';
import { bindsTrust } from '../trust-bound.ts';
import { hasDecided } from './cancel-open.ts';
import { closeProposal, closeRequest } from './close.ts';
import { grantRequest } from './grant-request.ts';

/**
 * After a change of the rules, of the federation or of the trust set: all that waits is judged anew. What takes effect may
 * change them again, so it goes round until nothing does; each round but the last ends one of the few that wait.
 */
export function settleAll(turn: ChangeTurn): void {
  while (agendaOf(turn.draft).proposals.some((id) => settleProposal(turn, id))) {}
  while (agendaOf(turn.draft).requests.some((id) => settleRequest(turn, id))) {}
}

/** Judges a request that waits; true if it took effect. */
export function settleRequest(turn: ChangeTurn, id: Hash): boolean {
  const { draft, time } = turn;
  const before = requestOf(draft, id);
  const record = underRule(turn, before);
  const outcome = outcomeOfRequest(turn, record);
  // Hundreds may wait, and of most nothing changes: what is not written need not be hashed.
  if (record !== before) draft.put('request', id, record);
  if (outcome !== 'pending') closeRequest(draft, id, outcome, time);
  if (outcome !== 'approved') return false;
  grantRequest(turn, id, record);
  return true;
}

/** The request with the decisions that count, all of them under the rule in force: another rule begins anew. */
function underRule({ draft }: ChangeTurn, record: RequestRecord): RequestRecord {
  const ruleHash = ruleHashOf(draft, record.role);
  if (!equal(ruleHash, record.ruleHash)) return { ...record, ruleHash, yes: [], no: [] };
  const issuer = issuerAsked(draft, record);
  const counts = (decisions: RequestRecord['yes']) => {
    const byFederation = counting(draft, decisions);
    return decisions.filter((one) => byFederation.includes(one) || (issuer !== undefined && equal(one.member, issuer)));
  };
  return withDecisions(record, counts(record.yes), counts(record.no));
}

/** The same record if no decision was dropped. */
function withDecisions<R extends Pick<RequestRecord, 'yes' | 'no'>>(record: R, yes: R['yes'], no: R['no']): R {
  return yes.length === record.yes.length && no.length === record.no.length ? record : { ...record, yes, no };
}

function outcomeOfRequest({ draft, time }: ChangeTurn, record: RequestRecord): RequestStatus {
  // Where more is due at once than one block takes, it may still wait.
  if (record.until <= time) return 'expired';
  const needed = approvalsAsked(draft, record);
  const issuer = issuerAsked(draft, record);
  if (!Number.isFinite(needed)) return 'cancelled';
  if (issuer !== undefined && !issuerCanAnswer(draft, issuer, record.role)) return 'cancelled';
  const approvals = counting(draft, record.yes).length;
  if (approvals >= needed && (issuer === undefined || hasDecided({ yes: record.yes, no: [] }, issuer))) {
    return grantingProblem(draft, record) === undefined ? 'approved' : 'cancelled';
  }
  const refused = issuer !== undefined && hasDecided({ yes: [], no: record.no }, issuer);
  return refused || isHopeless(needed, federationOf(draft), counting(draft, record.no).length) ? 'rejected' : 'pending';
}

/** Judges a proposal that waits; true if it took effect. What else waits is judged anew then. */
export function settleProposal(turn: ChangeTurn, id: Hash): boolean {
  const { draft, time } = turn;
  const before = proposalOf(draft, id);
  const record = underThreshold(turn, before);
  const outcome = outcomeOfProposal(turn, record);
  if (record !== before) draft.put('proposal', id, record);
  if (outcome !== 'pending') closeProposal(draft, id, outcome, time);
  if (outcome !== 'approved') return false;
  takeEffect(turn, record.change);
  return true;
}

/** The proposal with the decisions that count, all of them under the number of approvals in force: another number begins anew. */
function underThreshold({ draft }: ChangeTurn, record: ProposalRecord): ProposalRecord {
  const { type } = record.change;
  const basis = governanceBasis(type, configuredApprovals(rulesOf(draft), type), record.trust);
  if (!equal(basis, record.basis)) return { ...record, basis, yes: [], no: [] };
  return withDecisions(record, counting(draft, record.yes), counting(draft, record.no));
}

function outcomeOfProposal(turn: ChangeTurn, { change, trust, yes, no, until }: ProposalRecord): RequestStatus {
  const state = turn.draft;
  if (until <= turn.time) return 'expired';
  const federation = federationOf(state);
  const needed = approvalsFor(rulesOf(state), change.type, federation);
  if (bindsTrust(state, change) && !equal(trust, trustSetDigest(trustSetOf(state)))) return 'cancelled';
  if (yes.length >= needed) return changeProblem({ ...turn, state }, change) === undefined ? 'approved' : 'cancelled';
  return isHopeless(needed, federation, no.length) ? 'rejected' : 'pending';
}
