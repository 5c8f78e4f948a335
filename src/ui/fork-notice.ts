import { html, nothing } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
import type { App, ChainView } from './app.ts';
import { download } from './download.ts';
import { PageElement, refusalNotice } from './element.ts';

/**
 * What stands above everything of a chain that has two histories: what was found, what it means, what to do, and the proof
 * as a file. Properties: `app`; `chain`, its view. Draws nothing while the chain is one. Announced once, when it appears.
 */
export class ForkNotice extends PageElement {
  static override properties = { app: { attribute: false }, chain: { attribute: false }, refused: { state: true }, saved: { state: true } };
  declare app: App;
  declare chain: ChainView;
  declare private refused: RefusalCode | undefined;
  declare private saved: boolean;

  async #save(): Promise<void> {
    const proof = await this.app.forkProof(this.chain.id);
    this.refused = proof.ok ? undefined : proof.refusal.code;
    if (!proof.ok) return;
    download(proof.value, `latchkey-${this.chain.id.slice(0, 8)}.fork`);
    this.saved = true;
  }

  override render() {
    const { fork } = this.chain.status;
    if (fork === undefined) return nothing;
    const { title, proves, means, advice } = fork;
    return html`<section class="notice refusal fork" role="alert" aria-labelledby="fork-heading">
      <h2 id="fork-heading">${title}</h2>
      ${[...proves, ...means].map((line) => html`<p>${line}</p>`)}
      <h3>What to do</h3>
      <ul>
        ${advice.map((line) => html`<li>${line}</li>`)}
      </ul>
      ${refusalNotice(this.refused)}
      <div class="actions">
        <button type="button" @click=${this.#save}>Save the proof</button>
        <span class="muted" aria-live="polite">${this.saved ? 'Saved among your downloads.' : ''}</span>
      </div>
    </section>`;
  }
}

customElements.define('fork-notice', ForkNotice);
