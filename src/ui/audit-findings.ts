import { html, nothing } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
import type { App, ChainView } from './app.ts';
import { PageElement, refusalNotice } from './element.ts';
import type { FindingsView } from './verification-view.ts';
import { count } from './words.ts';

/**
 * What an audit of this device’s copy told: whether every admission was by the rule of its time, and what is worth a look though no
 * rule is broken. Properties: `app`; `chain`, its view.
 */
export class AuditFindings extends PageElement {
  static override properties = { app: { attribute: false }, chain: { attribute: false }, refused: { state: true } };
  declare app: App;
  declare chain: ChainView;
  declare private refused: RefusalCode | undefined;

  async #again(): Promise<void> {
    const done = await this.app.auditAgain(this.chain.id);
    this.refused = done.ok ? undefined : done.refusal.code;
  }

  #result({ height, admissions, fault, patterns }: FindingsView) {
    const upTo = `up to block ${height.toLocaleString('en')}`;
    if (fault !== undefined)
      return html`<p class="notice refusal">${fault} Do not rely on what comes after it: tell the other members.</p>`;
    return html`<p>
        Every block ${upTo} keeps to the rules, and so ${admissions === 1 ? 'does the one admission' : `do all ${count(admissions, 'admission')}`} since the beginning.
        ${patterns.length === 0 ? 'Nothing else stands out.' : 'Worth a look, though no rule is broken:'}
      </p>
      ${
        patterns.length === 0
          ? nothing
          : html`<ul class="lines findings">
              ${patterns.map((line) => html`<li dir="auto">${line}</li>`)}
            </ul>`
      }`;
  }

  /** One look takes seconds to minutes; the line keeps its place. */
  #line() {
    const { looking, possible } = this.chain.log.audit;
    const { status } = this.chain;
    if (looking !== undefined)
      return html`<p class="muted" aria-live="off">Looking: ${looking.done.toLocaleString('en')} of ${count(looking.total, 'transaction')}.</p>`;
    if (status.verification.type !== 'you' || !possible) return nothing;
    return html`<button type="button" class="small" @click=${this.#again}>Look again</button>`;
  }

  #waiting() {
    const { verification, sync } = this.chain.status;
    if (verification.type === 'running' && sync.type === 'final')
      return 'This device is replaying the record from its beginning. What it finds will stand here.';
    return this.chain.log.audit.possible
      ? 'This device looks once its copy of the record is whole.'
      : 'This device does not replay the record.';
  }

  override render() {
    const { findings } = this.chain.log.audit;
    return html`<section aria-labelledby="findings-heading">
      <h2 id="findings-heading">What an audit tells</h2>
      <div role="status">${findings === undefined ? html`<p class="muted">${this.#waiting()}</p>` : this.#result(findings)}</div>
      ${refusalNotice(this.refused)}
      <div class="findings-line">${this.#line()}</div>
    </section>`;
  }
}

customElements.define('audit-findings', AuditFindings);
