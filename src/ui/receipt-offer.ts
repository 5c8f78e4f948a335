import { html, nothing } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
import type { App, ChainView } from './app.ts';
import { download } from './download.ts';
import { PageElement, refusalNotice } from './element.ts';
import { hashOf } from './route.ts';
import type { ReceiptFile } from './verification-view.ts';

/** “Get receipt”: why a member is here, as a file and, where it is short enough, as a link. Properties: `app`; `chain`; `member`, its id. */
export class ReceiptOffer extends PageElement {
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    member: { attribute: false },
    told: { state: true },
    refused: { state: true },
  };
  declare app: App;
  declare chain: ChainView;
  declare member: string;
  declare private told: string | undefined;
  declare private refused: RefusalCode | undefined;

  async #get(use: (receipt: ReceiptFile) => Promise<string> | string): Promise<void> {
    this.told = undefined;
    const made = await this.app.receipt(this.chain.id, this.member);
    this.refused = made.ok ? undefined : made.refusal.code;
    if (made.ok) this.told = await use(made.value);
  }

  #save({ file }: ReceiptFile): string {
    download(file, `latchkey-${this.chain.id.slice(0, 8)}-${this.member.slice(0, 8)}.receipt`);
    return 'Saved among your downloads.';
  }

  async #copy({ link }: ReceiptFile): Promise<string> {
    if (link === undefined) return 'It is too long for a link: save the file instead.';
    try {
      await navigator.clipboard.writeText(link);
      return 'Copied.';
    } catch {
      return 'The clipboard is closed to this page: save the file instead.';
    }
  }

  override render() {
    return html`<section aria-labelledby="receipt-heading">
      <h2 id="receipt-heading">Receipt</h2>
      <p>
        Proof of all this for somebody who is no member: whoever has it can
        <a href=${hashOf({ page: 'receipt' })}>check it</a> in any copy of this page, without a network.
      </p>
      ${refusalNotice(this.refused)}
      <div class="actions">
        <button type="button" @click=${() => this.#get((one) => this.#save(one))}>Get receipt</button>
        <button type="button" class="link" @click=${() => this.#get((one) => this.#copy(one))}>Copy it as a link</button>
        <span class="muted" aria-live="polite">${this.told ?? nothing}</span>
      </div>
    </section>`;
  }
}

customElements.define('receipt-offer', ReceiptOffer);
