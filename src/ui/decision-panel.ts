import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { isDeciding } from './action-notices.ts';
import type { App, ChainView } from './app.ts';
import './consequence-note.ts';
import type { RefusalCode } from '../core/base/result.ts';
import { PageElement, refusalNotice, utf8Length } from './element.ts';
import { type DecisionView, REASON_BYTES_MAX } from './governance-views.ts';
import { progressWords } from './governance-words.ts';
import { CHECK, CROSS } from './icons.ts';
import type { Matter } from './matter.ts';
import { person, stamp } from './stamp.ts';

/** Who decided what, when and why. */
export function decisionList(decisions: readonly DecisionView[], label: string) {
  return html`<ol class="decisions" role="list" aria-label=${label}>
    ${repeat(
      decisions,
      ({ by }) => by.id,
      ({ by, yes, at, reason }) => html`<li>
        ${yes ? CHECK : CROSS}
        <span>
          ${person(by)} ${yes ? 'approved' : 'rejected'}, ${stamp(at)}
          ${reason === undefined || reason === '' ? nothing : html`<q class="text" dir="auto">${reason}</q>`}
        </span>
      </li>`,
    )}
  </ol>`;
}

/**
 * How far a matter has come and, for those who decide, its consequence and the two buttons. Properties: `app`; `chain`, its
 * view; `matter`. A decision that was sent stands until the chain has it.
 */
export class DecisionPanel extends PageElement {
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    matter: { attribute: false },
    sent: { state: true },
    refused: { state: true },
    copied: { state: true },
  };
  declare app: App;
  declare chain: ChainView;
  declare matter: Matter;
  declare private sent: 'approve' | 'reject' | undefined;
  declare private refused: RefusalCode | undefined;
  declare private copied: boolean;

  #underWay = false;

  constructor() {
    super();
    this.copied = false;
  }

  protected override get haven(): HTMLElement | null {
    return this.querySelector('.progress-line');
  }

  /** A decision that the chain refused may be made again. */
  protected override willUpdate(): void {
    const deciding = isDeciding(this.chain);
    if (this.sent !== undefined && this.#underWay && !deciding) this.sent = undefined;
    this.#underWay = deciding;
  }

  async #decide(way: 'approve' | 'reject'): Promise<void> {
    if (this.sent !== undefined) return;
    const box = this.querySelector('textarea');
    const reason = box?.value.trim() ?? '';
    box?.setCustomValidity(utf8Length(reason) > REASON_BYTES_MAX ? 'This reason is too long. Please shorten it.' : '');
    if (box !== null && !box.reportValidity()) return;
    this.sent = way;
    const done = await this.app[way](this.chain.id, this.matter.item.id, reason);
    this.refused = done.ok ? undefined : done.refusal.code;
    if (!done.ok) this.sent = undefined;
  }

  async #copy(): Promise<void> {
    const { link } = this.matter.item;
    try {
      await navigator.clipboard.writeText(link);
      this.copied = true;
    } catch {
      // Where the clipboard is closed to pages, the address bar of the matter's own page holds as much.
      location.hash = new URL(link).hash;
    }
  }

  #form() {
    const { sent } = this;
    const { item, caution } = this.matter;
    return html`<div class="field">
        <label for="reason-${item.id}">Reason</label>
        <textarea id="reason-${item.id}" rows="2" maxlength=${REASON_BYTES_MAX} aria-describedby="reason-hint-${item.id}"></textarea>
        <p id="reason-hint-${item.id}" class="hint">You need not give one. All members see it, beside your name, for as long as the record lasts.</p>
      </div>
      <p class="caution">${caution}</p>
      <div class="actions">
        <button type="button" class="primary" aria-disabled=${sent === undefined ? nothing : 'true'} @click=${() => this.#decide('approve')}>Approve</button>
        <button type="button" class="danger" aria-disabled=${sent === undefined ? nothing : 'true'} @click=${() => this.#decide('reject')}>Reject</button>
        <span class="muted" aria-live="polite">${sent === undefined ? '' : 'Sent. It counts as soon as it is final.'}</span>
      </div>`;
  }

  override render() {
    const { item, section } = this.matter;
    const pending = item.status === 'pending';
    return html`<div class="decision-panel">
      <p class="progress-line" tabindex="-1">${progressWords(item)}</p>
      ${item.decisions.length === 0 ? nothing : decisionList(item.decisions, 'Decisions')}
      ${pending ? html`<consequence-note .app=${this.app} .chain=${this.chain} .of=${item.id}></consequence-note>` : nothing}
      ${item.yoursToDecide ? this.#form() : nothing} ${refusalNotice(this.refused)}
      ${
        pending
          ? html`<p class="link-line">
              <button type="button" class="link" @click=${this.#copy}>Copy a link to this ${section === 'requests' ? 'request' : 'proposal'}</button>
              <span class="muted" aria-live="polite">${this.copied ? 'Copied. Send it to the other federation members.' : ''}</span>
            </p>`
          : nothing
      }
    </div>`;
  }
}

customElements.define('decision-panel', DecisionPanel);
