import { html, nothing } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
import type { App, ChainListItem } from './app.ts';
import { decisionList } from './decision-panel.ts';
import { PageElement, refusalNotice } from './element.ts';
import { go } from './go.ts';
import type { WaitingView } from './governance-views.ts';
import { stamp } from './stamp.ts';
import { count, ROLE_WORDS } from './words.ts';

/** What the person may count on while others decide: how far it is, until when, and who said what. */
export function waitingLines({ decisions, needed, until }: WaitingView) {
  const approved = decisions.filter(({ yes }) => yes).length;
  const far = needed === undefined || needed === 0 ? '' : `${approved} of ${count(needed, 'approval')} so far.`;
  return html`<p class="waiting-line" role="status">${decisions.length === 0 ? 'Nobody has decided yet.' : ''} ${far}</p>
    ${decisions.length === 0 ? nothing : decisionList(decisions, 'Who has decided')}
    ${until === undefined ? nothing : html`<p class="muted">If nobody decides, it ends by itself: ${stamp(until)}.</p>`}`;
}

/**
 * A request to join that waits, or had its answer: who decided, how many are missing, and what to do at the end. It stays
 * over a reload, and gives way to the chain by itself. Properties: `app`; `item`, the chain as the page lists it.
 */
export class JoinWaiting extends PageElement {
  static override properties = { app: { attribute: false }, item: { attribute: false }, refused: { state: true } };
  declare app: App;
  declare item: ChainListItem;
  declare private refused: RefusalCode | undefined;

  async #forget(): Promise<void> {
    const done = await this.app.forgetJoin(this.item.id);
    this.refused = done.ok ? undefined : done.refusal.code;
    if (done.ok) go(this, { page: 'start' });
  }

  #open(waiting: WaitingView | undefined) {
    return html`<p class="lead">
        You have asked to join${waiting === undefined ? '' : ` as ${ROLE_WORDS[waiting.role].name}`}. The record opens here by itself as soon as you are let in; you may close this
        page meanwhile.
      </p>
      ${waiting === undefined ? nothing : waitingLines(waiting)}
      <div class="actions">
        <a href="#/">To the start page</a>
        <button type="button" class="quiet" @click=${this.#forget}>Stop waiting</button>
      </div>`;
  }

  #ended({ decisions }: WaitingView, ended: RefusalCode) {
    return html`${refusalNotice(ended)} ${decisions.length === 0 ? nothing : decisionList(decisions, 'Who has decided')}
      <div class="actions">
        <button type="button" @click=${this.#forget}>Take it off this device</button>
        <a href="#/">To the start page</a>
      </div>`;
  }

  override render() {
    const { name, waiting } = this.item;
    return html`<h1 tabindex="-1"><bdi>${name}</bdi></h1>
      ${waiting?.ended === undefined ? this.#open(waiting) : this.#ended(waiting, waiting.ended)} ${refusalNotice(this.refused)}`;
  }
}

customElements.define('join-waiting', JoinWaiting);
