/** From what the node says of a chain's governance to what the page shows of it, and back for changes that are asked for. */
import { fromHex, fromUtf8, toHex, utf8 } from '../core/base/bytes.ts';
import { asHash, type Hash } from '../core/base/hash.ts';
import { RefusalError, unreachable } from '../core/base/result.ts';
import type { Change } from '../core/codec/governance.ts';
import type { Operator } from '../core/codec/operator.ts';
import { approvalsAsked, firstRole } from '../core/membership/asking.ts';
import type { Chain } from '../node/chain.ts';
import type {
  AdmissionStory,
  Consequence,
  DecisionInfo,
  KnockInfo,
  Decidable as NodeDecidable,
  ProposalInfo,
  RequestInfo,
} from '../node/governance-info.ts';
import type { RecoverySighting } from '../node/recovering.ts';
import type {
  ActionView,
  BrokenChainView,
  CertificateView,
  ChangeView,
  ConsequenceView,
  Decidable,
  DecisionView,
  DeviceView,
  OperatorView,
  PersonView,
  ProposalView,
  RequestView,
  StoryView,
} from './governance-views.ts';

/** An id that the page handed back. Throws `malformed`. */
export function idOf(hex: string): Hash {
  const hash = asHash(fromHex(hex) ?? new Uint8Array(0));
  if (hash === undefined) throw new RefusalError({ code: 'malformed', detail: 'not an id' });
  return hash;
}

export function personView({ id, name, you }: { readonly id: Hash; readonly name: string; readonly you: boolean }): PersonView {
  return { id: toHex(id), name, you };
}

function decisionView({ member, name, you, approves, time, reason }: DecisionInfo): DecisionView {
  return { by: { id: toHex(member), name, you }, yes: approves, at: time, reason };
}

function decidable({ id, opened, until, decisions, needed, status, ended, yoursToDecide }: NodeDecidable, link: string): Decidable {
  return {
    id: toHex(id),
    openedAt: opened,
    until,
    decisions: decisions.map(decisionView),
    needed,
    status,
    endedAt: ended,
    yoursToDecide,
    link,
  };
}

function operatorView(operator: Operator): OperatorView {
  const { operatorId, ...numbers } = operator;
  return { operatorId: fromUtf8(operatorId) ?? toHex(operatorId), ...numbers };
}

/** What a person said of a machine; a member's words, so their length is bounded by the form that takes them. */
export function operatorOf(view: OperatorView | undefined): Operator | undefined {
  return view === undefined ? undefined : { ...view, operatorId: utf8(view.operatorId) };
}

export function actionViews(chain: Chain): readonly ActionView[] {
  return chain
    .pendingActions()
    .map(({ id, type, refused }) => ({ id: toHex(id), type: SHOWN_ACTIONS.find((one) => one === type) ?? 'other', refused }));
}

const SHOWN_ACTIONS = ['invite', 'revoke-invite', 'request-role', 'approve', 'reject', 'leave', 'propose', 'link-device'] as const;

function requestView(request: RequestInfo, link: string): RequestView {
  const { kind, name, role, member, invitedBy, operator } = request;
  return {
    ...decidable(request, link),
    kind,
    name,
    role,
    member: member === undefined ? undefined : toHex(member),
    invitedBy: invitedBy === undefined ? undefined : personView(invitedBy),
    operator: operator === undefined ? undefined : operatorView(operator),
  };
}

/** A knock waits off the log: nobody has decided, and the first decision carries it in. */
function knockView({ id, name, role, operator, until, yoursToDecide }: KnockInfo, needed: number, link: string): RequestView {
  return {
    id: toHex(id),
    openedAt: 0,
    until,
    decisions: [],
    needed,
    status: 'pending',
    endedAt: 0,
    yoursToDecide,
    link,
    kind: 'knock',
    name,
    role,
    member: undefined,
    invitedBy: undefined,
    operator: operator === undefined ? undefined : operatorView(operator),
  };
}

export function requestViews({ governance, node }: Chain, siteUrl: string): readonly RequestView[] {
  const link = ({ id }: { readonly id: Hash }) => governance.requestLink(id, siteUrl);
  const { state } = node.ledger;
  const needed = ({ role }: KnockInfo) =>
    approvalsAsked(state, { kind: 'knock', role: firstRole(state, role, false), invitation: undefined });
  const requests = governance.requests().map((request) => requestView(request, link(request)));
  const knocks = governance.knocks().map((knock) => knockView(knock, needed(knock), link(knock)));
  return [...requests.filter(({ status }) => status === 'pending'), ...knocks, ...requests.filter(({ status }) => status !== 'pending')];
}

export function proposalViews({ governance }: Chain, siteUrl: string): readonly ProposalView[] {
  return governance.proposals().map((proposal: ProposalInfo) => ({
    ...decidable(proposal, governance.requestLink(proposal.id, siteUrl)),
    proposer: personView(proposal.proposer),
    change: changeView(proposal.change),
    reason: proposal.reason,
  }));
}

export function changeView(change: Change): ChangeView {
  switch (change.type) {
    case 'grant':
    case 'withdraw':
      return { type: change.type, member: toHex(change.member), role: change.role };
    case 'remove':
    case 'suspend':
      return { type: change.type, members: change.members.map(toHex) };
    case 'endpoints':
      return { type: 'endpoints', member: toHex(change.member) };
    case 'recovery-keys':
      return { type: 'recovery-keys', threshold: change.recovery.threshold, keys: change.recovery.keys.length };
    case 'erase':
      return { type: 'erase', leaf: change.leaf, entry: toHex(change.entry) };
    case 'rules':
    case 'activate':
    case 'cancel-recovery':
      return change;
    default:
      return unreachable(change);
  }
}

/** The change that a person asked for. Throws `malformed` for kinds that the page shows and does not make. */
export function changeOf(view: ChangeView): Change {
  switch (view.type) {
    case 'grant':
    case 'withdraw':
      return { type: view.type, member: idOf(view.member), role: view.role };
    case 'remove':
    case 'suspend':
      return { type: view.type, members: view.members.map(idOf) };
    case 'erase':
      return { type: 'erase', leaf: view.leaf, entry: idOf(view.entry) };
    case 'rules':
    case 'activate':
    case 'cancel-recovery':
      return view;
    case 'network-key':
    case 'endpoints':
    case 'recovery-keys':
      throw new RefusalError({ code: 'malformed', detail: 'the page does not make changes of this kind' });
    default:
      return unreachable(view);
  }
}

export function consequenceView({ before, after, problem }: Consequence): ConsequenceView {
  return { before, after, problem: problem?.code };
}

export function storyView({ member, how, since, invitation, rule, decisions, gained }: AdmissionStory): StoryView {
  return {
    member: toHex(member.id),
    how,
    invitation:
      invitation === undefined ? undefined : { id: toHex(invitation.id), role: invitation.role, issuer: personView(invitation.issuer) },
    rule,
    joinedAt: since,
    decisions: decisions.map(decisionView),
    gained: gained.map(({ role, time, decisions: approvals }) => ({ role, at: time, decisions: approvals.map(decisionView) })),
  };
}

export function deviceViews({ devices }: Chain): readonly DeviceView[] {
  return devices.list().map(({ fingerprint, since, thisOne, full }) => ({ key: fingerprint, addedAt: since, thisOne, full }));
}

export function brokenView({ recovery }: Chain): BrokenChainView {
  const { keys, waiting, seen } = recovery.info();
  return {
    keys: keys.keys.length,
    threshold: keys.threshold,
    delayMs: keys.delayMs,
    pending: waiting === undefined ? undefined : { number: waiting.plan.number, effectiveAt: waiting.effective },
    seen: seen === undefined ? undefined : certificateView(seen),
  };
}

function certificateView({ plan, confirmed, verdict }: RecoverySighting): CertificateView {
  const { number, height, newcomers, federation, validators } = plan;
  const state = verdict.type === 'unconfirmed' || verdict.type === 'go' ? 'ready' : verdict.type;
  const until = verdict.type === 'waiting' ? verdict.until : undefined;
  const counts = { newcomers: newcomers.length, federation: federation.length, validators: validators.length };
  return { number, baseHeight: height, ...counts, state, until, confirmed };
}
