import { html, nothing, type PropertyValues } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
import type { App } from './app.ts';
import { download } from './download.ts';
import { PageElement, refusalNotice } from './element.ts';
import type { LogItemView, LogProofView } from './log-item-views.ts';
import { hashOf } from './route.ts';
import { factList } from './stamp.ts';

/**
 * “Proof” of one transaction: opened, it is made and checked, says what it proves, and can be saved. Properties: `app`; `chain`,
 * its id; `item`; `signed`, how much of the log enough have
 * signed: as it grows, what could only be shown here becomes a file; `open`, whether it begins so.
 */
export class LogProof extends PageElement {
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    item: { attribute: false },
    signed: { attribute: false },
    open: { attribute: false },
    proof: { state: true },
    refused: { state: true },
    saved: { state: true },
  };
  declare app: App;
  declare chain: string;
  declare item: LogItemView;
  declare signed: number;
  declare open: boolean;
  declare private proof: LogProofView | undefined;
  declare private refused: RefusalCode | undefined;
  declare private saved: boolean;

  constructor() {
    super();
    this.signed = 0;
    this.open = false;
    this.saved = false;
  }

  #toggled({ currentTarget }: Event): void {
    if (currentTarget instanceof HTMLDetailsElement && currentTarget.open && this.proof?.file === undefined) void this.#prove();
  }

  override updated(changed: PropertyValues): void {
    if (changed.has('signed') && this.signed > this.item.index && this.proof !== undefined && this.proof.file === undefined)
      void this.#prove();
  }

  async #prove(): Promise<void> {
    const made = await this.app.proveLogged(this.chain, this.item.index);
    this.refused = made.ok ? undefined : made.refusal.code;
    this.proof = made.ok ? made.value : undefined;
  }

  #save(file: Uint8Array): void {
    download(file, `latchkey-${this.chain.slice(0, 8)}-${this.item.index}.tlog-proof`);
    this.saved = true;
  }

  #ids() {
    const { index, id, block, bodies } = this.item;
    return factList([
      ['Place in the log', index.toLocaleString('en')],
      [index === 0 ? 'Chain' : 'Transaction', html`<code>${id}</code>`],
      ['Block', html`<code>${block.id}</code>`],
      ...bodies.map((body) => ['Fingerprint of its words', html`<code>${body}</code>`] as const),
    ]);
  }

  #lines(lines: readonly string[]) {
    return html`<ul class="lines">
      ${lines.map((line) => html`<li dir="auto">${line}</li>`)}
    </ul>`;
  }

  #proved({ proves, provesNot, file }: LogProofView) {
    return html`<p class="checked"><strong>It holds.</strong> ${file === undefined ? 'This device checked it.' : 'This device made it, and checked every signature in it.'}</p>
      <p class="about">What it proves</p>
      ${this.#lines(proves)}
      <p class="about">What it does not prove</p>
      ${this.#lines(provesNot)}
      ${file === undefined ? nothing : this.#offer(file)}`;
  }

  #offer(file: Uint8Array) {
    return html`<p>
        Whoever has the file can <a href=${hashOf({ page: 'receipt' })}>check it</a> in any copy of this page, without a network, or with other
        tools for transparency logs (C2SP tlog-proof).
      </p>
      <div class="actions">
        <button type="button" class="small" @click=${() => this.#save(file)}>Save the proof</button>
        <span class="muted" aria-live="polite">${this.saved ? 'Saved among your downloads.' : ''}</span>
      </div>`;
  }

  override render() {
    const what = this.item.index === 0 ? 'of the beginning' : `of place ${this.item.index.toLocaleString('en')}`;
    return html`<details ?open=${this.open} @toggle=${this.#toggled}>
      <summary>Proof<span class="visually-hidden"> ${what}</span></summary>
      <div class="proof">
        ${this.#ids()}
        <div role="status">${this.proof === undefined ? (this.refused === undefined ? html`<p class="muted">Making and checking the proof…</p>` : nothing) : this.#proved(this.proof)}</div>
        ${refusalNotice(this.refused)}
      </div>
    </details>`;
  }
}

customElements.define('log-proof', LogProof);
