/** A matter to decide, be it a request or a proposal, as its pages draw it. */
import { html } from 'lit';
import type { ChainView } from './app.ts';
import type { Decidable, ProposalView, RequestView } from './governance-views.ts';
import { CANNOT_UNDO, changeTitle, requestTitle, STATUS_WORDS, type Words } from './governance-words.ts';
import { hashOf } from './route.ts';
import { rulesDifferences } from './rules-words.ts';
import { type Fact, person, stamp, stampFirst } from './stamp.ts';
import { ROLE_WORDS, span } from './words.ts';

export type MatterSection = 'requests' | 'proposals';

export interface Matter {
  readonly section: MatterSection;
  readonly item: Decidable;
  readonly title: Words;
  readonly facts: readonly Fact[];
  /** What to know before deciding. */
  readonly caution: string;
}

const REQUEST_CAUTION = 'Whoever is let in keeps a copy of what they have read. To remove them later takes a proposal.';

export function matters(chain: ChainView, section: MatterSection): readonly Matter[] {
  return section === 'requests'
    ? chain.requests.map((request) => requestMatter(chain, request))
    : chain.proposals.map((proposal) => proposalMatter(chain, proposal));
}

export function matterById(chain: ChainView, id: string): Matter | undefined {
  return [...matters(chain, 'requests'), ...matters(chain, 'proposals')].find(({ item }) => item.id === id);
}

/** A member's name; of one who is here no more, so much as tells it from others. */
export function memberName(chain: ChainView, id: string): string {
  return chain.members.find((member) => member.id === id)?.name ?? `a former member (${id.slice(0, 6)})`;
}

/** The name of a member within a sentence. */
export function nameWords(chain: ChainView, id: string) {
  return html`<bdi>${memberName(chain, id)}</bdi>`;
}

export function memberLink(chain: ChainView, id: string) {
  if (!chain.members.some((member) => member.id === id)) return html`<bdi>${memberName(chain, id)}</bdi>`;
  return html`<a href=${hashOf({ page: 'chain', id: chain.id, section: 'members', item: id })}><bdi>${memberName(chain, id)}</bdi></a>`;
}

/** A knock waits with this device's node, which does not know since when. */
function time({ openedAt, until, status, endedAt }: Decidable): readonly Fact[] {
  const ends = html`in ${span(until - Date.now())}`;
  if (openedAt === 0) return [['Ends by itself', ends]];
  if (status === 'pending') return [['Asked', html`${stampFirst(openedAt)}, ends by itself ${ends}`]];
  return [
    ['Asked', stampFirst(openedAt)],
    ['Outcome', html`${STATUS_WORDS[status]}, ${stamp(endedAt)}`],
  ];
}

function requestMatter(chain: ChainView, request: RequestView): Matter {
  const { kind, role, invitedBy, operator, member } = request;
  const facts: Fact[] = [['Role', `${ROLE_WORDS[role].name}: ${ROLE_WORDS[role].may}`]];
  if (kind === 'role' && member !== undefined) facts.unshift(['Member', memberLink(chain, member)]);
  if (kind === 'knock') facts.push(['Invited by', 'Nobody. The name is their own word only.']);
  if (invitedBy !== undefined) facts.push(['Invited by', person(invitedBy)]);
  if (operator !== undefined)
    facts.push([
      'Machine',
      `Run by ${operator.operatorId}, region ${operator.region}, ${operator.kbps.toLocaleString('en')} kbit/s, software ${operator.software}, security checklist ${operator.checklist}`,
    ]);
  return {
    section: 'requests',
    item: request,
    title: requestTitle(request),
    facts: [...facts, ...time(request)],
    caution: REQUEST_CAUTION,
  };
}

function proposalMatter(chain: ChainView, proposal: ProposalView): Matter {
  const { change, proposer, reason } = proposal;
  const facts: Fact[] = [['Proposed by', person(proposer)]];
  if (reason !== undefined && reason !== '') facts.push(['Reason', html`<span class="text" dir="auto">${reason}</span>`]);
  const several = change.type === 'remove' || change.type === 'suspend' ? change.members : [];
  if (several.length > 1) facts.push(['Members', html`${several.map((id, i) => html`${i > 0 ? ', ' : ''}${memberLink(chain, id)}`)}`]);
  if (change.type === 'rules' && proposal.status === 'pending') facts.push(['Changes', differences(chain, change.rules)]);
  const title = changeTitle(change, (id) => nameWords(chain, id));
  return { section: 'proposals', item: proposal, title, facts: [...facts, ...time(proposal)], caution: CANNOT_UNDO[change.type] };
}

/** What a change of rules does, line by line. */
export function differences(chain: ChainView, after: ChainView['rules']) {
  const federation = chain.members.filter(({ roles }) => roles.includes('federation')).length;
  const lines = rulesDifferences(chain.rules, after, federation);
  if (lines.length === 0) return html`<p class="muted">Nothing would be different.</p>`;
  return html`<ul class="differences" role="list">
    ${lines.map(({ about, was, becomes }) => html`<li><strong>${about}</strong> <del>${was}</del> <ins>${becomes}</ins></li>`)}
  </ul>`;
}
