import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { App, ChainView } from './app.ts';
import { SECTION_WORDS } from './chain-nav.ts';
import './decision-panel.ts';
import { PageElement } from './element.ts';
import { progressWords, STATUS_WORDS } from './governance-words.ts';
import { type Matter, type MatterSection, matterById, matters } from './matter.ts';
import { hashOf } from './route.ts';
import { factList, stamp } from './stamp.ts';

/** Decided matters that are listed; the record itself keeps all of them. */
const DECIDED_SHOWN_MAX = 50;

const LEADS: Readonly<Record<MatterSection, string>> = {
  requests: 'People who ask to join, and members who ask for another role. The federation decides.',
  proposals: 'Changes to who is here, what they may do, and the rules. The federation decides.',
};

/** Requests, or proposals: those that wait, ready to decide, then the decided ones. Properties: `app`; `chain`; `section`. */
export class MattersPage extends PageElement {
  static override properties = { app: { attribute: false }, chain: { attribute: false }, section: { attribute: false } };
  declare app: App;
  declare chain: ChainView;
  declare section: MatterSection;

  #address(matter: Matter): string {
    return hashOf({ page: 'chain', id: this.chain.id, section: this.section, item: matter.item.id });
  }

  #waiting(matter: Matter) {
    return html`<li class="matter">
      <article aria-labelledby="matter-${matter.item.id}">
        <h3 id="matter-${matter.item.id}"><a href=${this.#address(matter)}>${matter.title}</a></h3>
        ${factList(matter.facts)}
        <decision-panel .app=${this.app} .chain=${this.chain} .matter=${matter}></decision-panel>
      </article>
    </li>`;
  }

  #decided(matter: Matter) {
    const { item, title } = matter;
    return html`<li>
      <a href=${this.#address(matter)}>${title}</a>
      <span class="muted">${STATUS_WORDS[item.status]}, ${stamp(item.endedAt)} · ${progressWords(item)}</span>
    </li>`;
  }

  override render() {
    const all = matters(this.chain, this.section);
    const waiting = all.filter(({ item }) => item.status === 'pending');
    const decided = all.filter(({ item }) => item.status !== 'pending').slice(0, DECIDED_SHOWN_MAX);
    const where = this.section === 'proposals' && this.chain.permissions.canDecide ? html`<p class="muted">${PROPOSE_WHERE}</p>` : nothing;
    return html`<h1 tabindex="-1">${SECTION_WORDS[this.section]}</h1>
      <p class="lead">${LEADS[this.section]}</p>
      ${where}
      <section>
        <h2 id="waiting-heading">Waiting</h2>
        ${
          waiting.length === 0
            ? html`<p class="muted placeholder">Nothing waits.</p>`
            : html`<ul class="matters" role="list" aria-labelledby="waiting-heading">
                ${repeat(
                  waiting,
                  ({ item }) => item.id,
                  (matter) => this.#waiting(matter),
                )}
              </ul>`
        }
      </section>
      ${
        decided.length === 0
          ? nothing
          : html`<section>
              <h2 id="decided-heading">Decided</h2>
              <ul class="decided" role="list" aria-labelledby="decided-heading">
                ${repeat(
                  decided,
                  ({ item }) => item.id,
                  (matter) => this.#decided(matter),
                )}
              </ul>
            </section>`
      }`;
  }
}

const PROPOSE_WHERE = 'To propose something, go where it is: to a member, to an invitation, or to the rules.';

/** One request or proposal, ready to decide: where its link leads. Properties: `app`; `chain`; `section`; `item`, its id. */
export class MatterPage extends PageElement {
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    section: { attribute: false },
    item: { attribute: false },
  };
  declare app: App;
  declare chain: ChainView;
  declare section: MatterSection;
  declare item: string;

  #absent() {
    return html`<h1 tabindex="-1">Not in the record yet</h1>
      <p class="lead">It shows here by itself as soon as it is final. If it does not, it was decided long ago, or the link is of another chain.</p>`;
  }

  #matter(matter: Matter) {
    return html`<h1 tabindex="-1">${matter.title}</h1>
      ${factList(matter.facts)}
      <decision-panel .app=${this.app} .chain=${this.chain} .matter=${matter}></decision-panel>`;
  }

  override render() {
    const matter = matterById(this.chain, this.item);
    const section = matter?.section ?? this.section;
    return html`${matter === undefined ? this.#absent() : this.#matter(matter)}
      <p><a href=${hashOf({ page: 'chain', id: this.chain.id, section })}>All ${section}</a></p>`;
  }
}

customElements.define('matters-page', MattersPage);
customElements.define('matter-page', MatterPage);
