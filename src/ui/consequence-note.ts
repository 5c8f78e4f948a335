import { html, nothing, type PropertyValues } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
import type { App, ChainView } from './app.ts';
import { PageElement, refusalNotice } from './element.ts';
import type { ChangeView, ConsequenceView } from './governance-views.ts';
import { consequenceSentences } from './governance-words.ts';

/**
 * What a change would lead to, worked out anew whenever the chain has changed. Properties: `app`; `chain`, its view; `of`,
 * a change or the id of a request or proposal; `told`, a refusal that is shown beside it and need not be told twice. Its place is kept while the answer is on its way.
 */
export class ConsequenceNote extends PageElement {
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    of: { attribute: false },
    told: { attribute: false },
    shown: { state: true },
  };
  declare app: App;
  declare chain: ChainView;
  declare of: ChangeView | string;
  declare told: RefusalCode | undefined;
  declare private shown: ConsequenceView | undefined;

  #asked = '';

  protected override willUpdate(_changed: PropertyValues): void {
    const question = JSON.stringify([this.chain.id, this.chain.status.height, this.of]);
    if (question === this.#asked) return;
    this.#asked = question;
    void this.#ask(question);
  }

  async #ask(question: string): Promise<void> {
    const answer = await this.app.consequence(this.chain.id, this.of);
    if (question === this.#asked) this.shown = answer.ok ? answer.value : undefined;
  }

  override render() {
    const { shown } = this;
    return html`<div class="consequence" aria-live="polite">
      ${shown === undefined || shown.problem !== undefined ? '' : consequenceSentences(shown).map((sentence) => html`<p>${sentence}</p>`)}
      ${shown?.problem === this.told ? nothing : refusalNotice(shown?.problem)}
    </div>`;
  }
}

customElements.define('consequence-note', ConsequenceNote);
