import { html, nothing } from 'lit';
import { BODY_BYTES_DEFAULT } from '../core/base/limits.ts';
import type { RefusalCode } from '../core/base/result.ts';
import type { App } from './app.ts';
import { PageElement, refusalNotice, utf8Length } from './element.ts';

/** Bytes of text that an entry may have; the rest of a body's cap is its content type. */
const ENTRY_TEXT_BYTES_MAX = BODY_BYTES_DEFAULT - 256;
/** From here on the person sees how much room is left. */
const ENTRY_TEXT_BYTES_NEAR = Math.floor(ENTRY_TEXT_BYTES_MAX * 0.9);

/** Writes an entry. Properties: `app`; `chain`, its id; `writable`, whether this member may. */
export class EntryComposer extends PageElement {
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    writable: { type: Boolean },
    bytes: { state: true },
    refused: { state: true },
  };
  declare app: App;
  declare chain: string;
  declare writable: boolean;
  declare private bytes: number;
  declare private refused: RefusalCode | undefined;

  constructor() {
    super();
    this.bytes = 0;
    this.writable = true;
  }

  get #box(): HTMLTextAreaElement | null {
    return this.querySelector('textarea');
  }

  #changed(): void {
    const text = this.#box?.value ?? '';
    this.bytes = utf8Length(text);
    this.refused = this.bytes > ENTRY_TEXT_BYTES_MAX ? 'too-large' : undefined;
  }

  /** The box is free for the next entry at once; a text that was refused comes back, unless something else stands there by then. */
  async #add(event?: SubmitEvent): Promise<void> {
    event?.preventDefault();
    const box = this.#box;
    if (box === null || this.bytes > ENTRY_TEXT_BYTES_MAX) return;
    const text = box.value;
    box.focus();
    if (text.trim() === '') return;
    box.value = '';
    this.#changed();
    const kept = await this.app.append(this.chain, text);
    if (kept.ok) return;
    if (box.value === '') box.value = text;
    this.#changed();
    this.refused = kept.refusal.code;
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    void this.#add();
  }

  #hint() {
    if (this.bytes > ENTRY_TEXT_BYTES_NEAR) {
      return `${this.bytes.toLocaleString('en')} of ${ENTRY_TEXT_BYTES_MAX.toLocaleString('en')} bytes`;
    }
    return html`An entry stays as it is written. <span class="keys"><kbd>Ctrl</kbd> + <kbd>Enter</kbd> adds it.</span>`;
  }

  override render() {
    if (!this.writable)
      return html`<p class="muted read-only">You read this record. To write in it, ask a federation member for the role “Writer”.</p>`;
    return html`<form class="composer" @submit=${this.#add}>
      <label for="new-entry">New entry</label>
      <textarea
        id="new-entry"
        rows="2"
        dir="auto"
        aria-describedby="new-entry-hint"
        aria-invalid=${this.refused === 'too-large' ? 'true' : nothing}
        @input=${this.#changed}
        @keydown=${this.#key}
      ></textarea>
      <div class="composer-foot">
        <p id="new-entry-hint" class="hint">${this.#hint()}</p>
        <button type="submit" class="primary">Add</button>
      </div>
      ${refusalNotice(this.refused)}
    </form>`;
  }
}

customElements.define('entry-composer', EntryComposer);
