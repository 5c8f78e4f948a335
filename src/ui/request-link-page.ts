import { html, nothing, type PropertyValues } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
import type { App } from './app.ts';
import { PageElement, refusalNotice, setTitle } from './element.ts';
import { go } from './go.ts';

/** Where a link to a request or proposal is opened: it leads on to its page. Properties: `app`; `code`, the link's code. */
export class RequestLinkPage extends PageElement {
  static override properties = { app: { attribute: false }, code: { attribute: false }, refused: { state: true } };
  declare app: App;
  declare code: string;
  declare private refused: RefusalCode | undefined;

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('code')) void this.#open(this.code);
  }

  async #open(code: string): Promise<void> {
    setTitle('Request');
    const read = await this.app.openRequest(code);
    if (code !== this.code || !this.isConnected) return;
    this.refused = read.ok ? undefined : read.refusal.code;
    if (read.ok) go(this, { page: 'chain', id: read.value.chain, section: 'requests', item: read.value.id });
  }

  override render() {
    return html`<div class="sheet narrow">
      <h1 tabindex="-1">${this.refused === undefined ? 'Opening the request…' : 'This link cannot be read'}</h1>
      ${refusalNotice(this.refused)} ${this.refused === undefined ? nothing : html`<a href="#/">To the start page</a>`}
    </div>`;
  }
}

customElements.define('request-link-page', RequestLinkPage);
