import { html, nothing, type PropertyValues } from 'lit';
import type { Refusal, Result } from '../core/base/result.ts';
import type { ReceiptWords } from '../core/light/receipt-words.ts';
import { PageElement, setTitle } from './element.ts';
import { sentenceFor } from './sentences.ts';

/** Longer than any file that can be a receipt. */
const FILE_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Where a join receipt, or a proof that something was logged, is checked, by this page alone: a file that is chosen or dropped, or what a
 * link brought. Property:
 * `code`, what stands after `#receipt=`.
 */
export class ReceiptPage extends PageElement {
  static override properties = {
    code: { attribute: false },
    read: { state: true },
    fault: { state: true },
    working: { state: true },
  };
  declare code: string | undefined;
  declare private read: ReceiptWords | undefined;
  declare private fault: Refusal | undefined;
  declare private working: boolean;

  constructor() {
    super();
    this.working = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    setTitle('Receipt');
    this.addEventListener('dragover', this.#over);
    this.addEventListener('drop', this.#drop);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener('dragover', this.#over);
    this.removeEventListener('drop', this.#drop);
  }

  protected override willUpdate(changed: PropertyValues): void {
    const { code } = this;
    if (changed.has('code') && code !== undefined) void this.#check(async () => (await loaded()).readReceiptLink(code));
  }

  readonly #over = (event: DragEvent): void => event.preventDefault();

  readonly #drop = (event: DragEvent): void => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) void this.#open(file);
  };

  #chosen(event: Event): void {
    const file = event.target instanceof HTMLInputElement ? event.target.files?.[0] : undefined;
    if (file !== undefined) void this.#open(file);
  }

  async #open(file: File): Promise<void> {
    const bytes = new Uint8Array(await file.slice(0, FILE_BYTES_MAX + 1).arrayBuffer());
    await this.#check(async () => (await loaded()).readReceipt(bytes));
  }

  async #check(run: () => Promise<Result<ReceiptWords>>): Promise<void> {
    this.working = true;
    this.read = undefined;
    this.fault = undefined;
    const done = await run();
    this.working = false;
    if (done.ok) this.read = done.value;
    else this.fault = done.refusal;
  }

  #result() {
    if (this.working) return html`<p class="muted">Checking every signature…</p>`;
    if (this.fault !== undefined) return this.#wrong(this.fault);
    const { read } = this;
    if (read === undefined) return nothing;
    return html`<div class="notice" role="status">
        <p><strong>It holds.</strong> Every signature in it is right. This device checked it by itself, without asking anybody.</p>
      </div>
      <h2><bdi>${read.title}</bdi></h2>
      <section aria-labelledby="proves-heading">
        <h3 id="proves-heading">What it proves</h3>
        <ul>
          ${read.proves.map((line) => html`<li>${line}</li>`)}
        </ul>
      </section>
      <section aria-labelledby="not-heading">
        <h3 id="not-heading">What it does not prove</h3>
        <ul>
          ${read.provesNot.map((line) => html`<li>${line}</li>`)}
        </ul>
      </section>`;
  }

  #wrong({ code, detail }: Refusal) {
    return html`<div class="notice refusal" role="alert" data-code=${code}>
      <p><strong>It does not hold.</strong> ${sentenceFor(code).what} Do not rely on it: ask for another one.</p>
      <p class="muted">${code}: ${detail}</p>
    </div>`;
  }

  override render() {
    return html`<div class="sheet">
      <h1 tabindex="-1">Check a receipt or a proof</h1>
      <p class="lead">A join receipt shows why somebody is a member of a chain; a proof shows that something stands in its log. Both are checked here, on this device, without any network.</p>
      <div class="field">
        <label for="receipt-file">Receipt file, or proof</label>
        <input id="receipt-file" type="file" @change=${this.#chosen} />
        <p class="hint">Or drop the file anywhere on this page.</p>
      </div>
      ${this.#result()}
    </div>`;
  }
}

/** What checks them is not needed for the page to stand. */
function loaded() {
  return import('./receipt-reading.ts');
}

customElements.define('receipt-page', ReceiptPage);
