import { html } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
import type { App } from './app.ts';
import { PageElement, refusalNotice } from './element.ts';
import type { EntryView } from './entry-views.ts';

/**
 * Says what erasing one's own text can do and what it cannot, and does it. Properties: `app`; `chain`, its id. Method:
 * `open(entry)`.
 */
export class EraseDialog extends PageElement {
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    entry: { state: true },
    refused: { state: true },
    sending: { state: true },
  };
  declare app: App;
  declare chain: string;
  declare private entry: EntryView | undefined;
  declare private refused: RefusalCode | undefined;
  declare private sending: boolean;

  constructor() {
    super();
    this.sending = false;
  }

  async open(entry: EntryView): Promise<void> {
    this.entry = entry;
    this.refused = undefined;
    await this.updateComplete;
    this.querySelector('dialog')?.showModal();
  }

  #close(): void {
    this.querySelector('dialog')?.close();
  }

  async #erase(): Promise<void> {
    const { entry } = this;
    if (entry === undefined || this.sending) return;
    this.sending = true;
    const done = await this.app.erase(this.chain, entry);
    this.sending = false;
    this.refused = done.ok ? undefined : done.refusal.code;
    if (done.ok) this.#close();
  }

  override render() {
    return html`<dialog aria-labelledby="erase-heading" @close=${() => (this.entry = undefined)}>
      <div class="dialog-body">
        <div class="dialog-head"><h2 id="erase-heading" tabindex="-1" autofocus>Erase this text?</h2></div>
        <p>Every member’s device that keeps to the rules forgets the text, and gives it to nobody any more; one that is away does so when it comes back.</p>
        <p>The entry stays in the record: that you wrote something here and when, and that you erased it. Every proof holds as before.</p>
        <p class="caution">
          This cannot be undone. It does not reach copies that somebody made: a screenshot, a text that was copied, a device whose program was changed.
        </p>
        ${refusalNotice(this.refused)}
        <div class="actions">
          <button type="button" class="danger" aria-disabled=${this.sending ? 'true' : 'false'} @click=${this.#erase}>Erase</button>
          <button type="button" class="quiet" @click=${this.#close}>Cancel</button>
        </div>
      </div>
    </dialog>`;
  }
}

customElements.define('erase-dialog', EraseDialog);
