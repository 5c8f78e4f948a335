import { html, nothing, type PropertyValues } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
import { ROLES } from '../core/codec/primitives.ts';
import type { App, ChainView, MemberView } from './app.ts';
import { decisionList } from './decision-panel.ts';
import { PageElement, refusalNotice } from './element.ts';
import type { StoryView } from './governance-views.ts';
import { memberLink } from './matter.ts';
import './own-membership.ts';
import './propose-dialog.ts';
import './receipt-offer.ts';
import type { Draft, ProposeDialog } from './propose-dialog.ts';
import { hashOf } from './route.ts';
import { type Fact, factList, person, stamp, stampFirst } from './stamp.ts';
import { ROLE_WORDS } from './words.ts';

/** “Why is NAME here?”: all that let a member in, in one view that can be linked to. Properties: `app`; `chain`; `member`, its id. */
export class MemberPage extends PageElement {
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    member: { attribute: false },
    story: { state: true },
    refused: { state: true },
  };
  declare app: App;
  declare chain: ChainView;
  declare member: string;
  declare private story: StoryView | undefined;
  declare private refused: RefusalCode | undefined;

  /** Asked anew when a block came, and when history is here: reasons are read from it. */
  #asked = '';

  protected override willUpdate(_changed: PropertyValues): void {
    const question = [this.chain.id, this.chain.status.height, this.chain.status.sync.type, this.member].join(' ');
    if (question === this.#asked) return;
    this.#asked = question;
    void this.#ask(question);
  }

  async #ask(question: string): Promise<void> {
    const answer = await this.app.why(this.chain.id, this.member);
    if (question !== this.#asked) return;
    this.story = answer.ok ? answer.value : undefined;
    this.refused = answer.ok ? undefined : answer.refusal.code;
  }

  #propose(draft: Draft): void {
    void this.querySelector<ProposeDialog>('propose-dialog')?.open(draft);
  }

  #facts({ roles, since, suspendedUntil }: MemberView) {
    const facts: Fact[] = [
      [
        'Roles',
        roles.length === 0
          ? 'None: nothing may be read or written.'
          : html`${roles.map((role) => html`<span class="role-line">${ROLE_WORDS[role].name}: ${ROLE_WORDS[role].may}</span>`)}`,
      ],
      ['Since', stampFirst(since)],
    ];
    if (suspendedUntil !== undefined) facts.push(['Suspended', html`until ${stamp(suspendedUntil)}; it ends by itself`]);
    return factList(facts);
  }

  #how({ how, invitation, rule, joinedAt, decisions }: StoryView) {
    const facts: Fact[] = [['Came in', html`${HOW_WORDS[how]}, ${stamp(joinedAt)}`]];
    if (invitation !== undefined)
      facts.push(['Invited by', html`${this.#issuer(invitation.issuer)}, as ${ROLE_WORDS[invitation.role].name}`]);
    if (how !== 'founder') facts.push(['The rule', rule]);
    return html`<section>
      <h2>How it came about</h2>
      ${factList(facts)}
      ${decisions.length === 0 ? html`<p class="muted">${how === 'founder' ? 'Nobody had to approve.' : 'The rule asked for no approvals.'}</p>` : decisionList(decisions, 'Approvals')}
    </section>`;
  }

  #issuer(issuer: { readonly id: string; readonly name: string; readonly you: boolean }) {
    return this.chain.members.some(({ id }) => id === issuer.id) ? memberLink(this.chain, issuer.id) : person(issuer);
  }

  #gained({ gained }: StoryView) {
    if (gained.length === 0) return nothing;
    return html`<section>
      <h2>Roles since then</h2>
      ${gained.map(
        ({ role, at, decisions }) => html`<h3>${ROLE_WORDS[role].name}, ${stamp(at)}</h3>
          ${decisionList(decisions, `Approvals of ${ROLE_WORDS[role].name}`)}`,
      )}
    </section>`;
  }

  #actions({ id, name, roles }: MemberView) {
    if (!this.chain.permissions.canDecide) return nothing;
    const missing = this.chain.rules.roles.map(({ role }) => role).filter((role) => !roles.includes(role));
    const held = ROLES.filter((role) => roles.includes(role));
    return html`<section aria-labelledby="decide-heading">
      <h2 id="decide-heading">Propose a change</h2>
      <p class="muted">The federation decides about each. Nothing happens before.</p>
      <div class="actions">
        ${missing.length > 0 ? html`<button type="button" @click=${() => this.#propose({ type: 'grant', member: id, roles: missing })}>Give a role…</button>` : nothing}
        ${held.length > 0 ? html`<button type="button" @click=${() => this.#propose({ type: 'withdraw', member: id, roles: held })}>Take a role away…</button>` : nothing}
        <button type="button" @click=${() => this.#propose({ type: 'suspend', members: [id] })}>Suspend…</button>
        <button type="button" class="danger" @click=${() => this.#propose({ type: 'remove', members: [id] })}>Remove…</button>
      </div>
      <p class="visually-hidden">All of these are about ${name}.</p>
    </section>`;
  }

  override render() {
    const { story } = this;
    const member = this.chain.members.find(({ id }) => id === this.member);
    const back = html`<p><a href=${hashOf({ page: 'chain', id: this.chain.id, section: 'members' })}>All members</a></p>`;
    if (member === undefined) {
      return html`<h1 tabindex="-1">Nobody here by that address</h1>
        <p class="lead">This member has left or was removed, or the link is not of this chain.</p>
        ${back}`;
    }
    return html`<h1 tabindex="-1">Why is <bdi>${member.name}</bdi> here?</h1>
      ${this.#facts(member)} ${refusalNotice(this.refused)}
      ${story?.member === member.id ? html`${this.#how(story)} ${this.#gained(story)}` : html`<p class="muted story-place">Looking it up in the record…</p>`}
      <receipt-offer .app=${this.app} .chain=${this.chain} .member=${member.id}></receipt-offer>
      ${this.#actions(member)} ${member.you && this.chain.standing === 'member' ? html`<own-membership .app=${this.app} .chain=${this.chain} .member=${member}></own-membership>` : nothing} ${back}
      <propose-dialog .app=${this.app} .chain=${this.chain}></propose-dialog>`;
  }
}

const HOW_WORDS: Readonly<Record<StoryView['how'], string>> = {
  founder: 'Was there from the beginning',
  invitation: 'By an invitation',
  knock: 'By knocking, without an invitation',
  recovery: 'By a recovery certificate, when the chain was broken',
};

customElements.define('member-page', MemberPage);
