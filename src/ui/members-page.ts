import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { ChainView, MemberView } from './app.ts';
import { PageElement } from './element.ts';
import { hashOf } from './route.ts';
import { person, stamp } from './stamp.ts';
import { count, nameMarks, ROLE_WORDS } from './words.ts';

/** Members drawn at once: a screenful many times over, and quick on a phone. */
const SHOWN_STEP = 100;

/** Who belongs to the chain, with which roles, since when, and a way to see why. Property: `chain`, its view. */
export class MembersPage extends PageElement {
  static override properties = { chain: { attribute: false }, shown: { state: true } };
  declare chain: ChainView;
  declare private shown: number;

  constructor() {
    super();
    this.shown = SHOWN_STEP;
  }

  #member(member: MemberView, mark: string | undefined) {
    const { id, name, roles, since, suspendedUntil } = member;
    return html`<li>
      <span class="card-name"><strong>${person(member)}</strong>${mark === undefined ? nothing : html` <code>${mark}</code>`}</span>
      <span class="muted">
        ${roles.length === 0 ? 'No role' : roles.map((role) => ROLE_WORDS[role].name).join(', ')} · since ${stamp(since)}
        ${suspendedUntil === undefined ? nothing : html` · <span class="warn">suspended until ${stamp(suspendedUntil)}</span>`}
      </span>
      <a class="why-link" href=${hashOf({ page: 'chain', id: this.chain.id, section: 'members', item: id })}>Why is <bdi>${name}</bdi> here?</a>
    </li>`;
  }

  override render() {
    const { members } = this.chain;
    const federation = members.filter(({ roles }) => roles.includes('federation')).length;
    const marks = nameMarks(members);
    return html`<h1 tabindex="-1">Members</h1>
      <p class="lead">${count(members.length, 'member')}. ${federation === 1 ? 'One of them is' : `${federation} of them are`} the federation, which decides who joins and what changes.</p>
      <ul class="cards" role="list" aria-label="All members">
        ${repeat(
          members.slice(0, this.shown),
          ({ id }) => id,
          (member) => this.#member(member, marks.get(member.id)),
        )}
      </ul>
      ${
        members.length > this.shown
          ? html`<button type="button" @click=${() => (this.shown += SHOWN_STEP)}>Show more members</button>`
          : nothing
      }`;
  }
}

customElements.define('members-page', MembersPage);
