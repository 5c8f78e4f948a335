import { html, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import type { RefusalCode } from '../core/base/result.ts';
import type { App, AppView, ChainView } from './app.ts';
import './backup-form.ts';
import { PageElement, refusalNotice } from './element.ts';
import type { DeviceLinkView, DeviceView } from './governance-views.ts';
import { qrCode } from './qr-code.ts';
import { stamp } from './stamp.ts';
import { count, span } from './words.ts';

/** The devices of this member, a way to add one, the recovery phrase and the backup. Properties: `app`, `view`; `chain`. */
export class DevicesPage extends PageElement {
  static override properties = {
    app: { attribute: false },
    view: { attribute: false },
    chain: { attribute: false },
    link: { state: true },
    refused: { state: true },
    copied: { state: true },
    making: { state: true },
  };
  declare app: App;
  declare view: AppView;
  declare chain: ChainView;
  declare private link: DeviceLinkView | undefined;
  declare private refused: RefusalCode | undefined;
  declare private copied: boolean;
  declare private making: boolean;

  constructor() {
    super();
    this.copied = false;
    this.making = false;
  }

  async #add(): Promise<void> {
    if (this.making) return;
    this.making = true;
    const made = await this.app.linkDevice(this.chain.id);
    this.making = false;
    this.refused = made.ok ? undefined : made.refusal.code;
    if (!made.ok) return;
    this.link = made.value;
    this.copied = false;
    await this.updateComplete;
    this.querySelector('dialog')?.showModal();
  }

  async #copy(): Promise<void> {
    const box = this.querySelector<HTMLInputElement>('#device-link');
    if (box === null) return;
    try {
      await navigator.clipboard.writeText(box.value);
      this.copied = true;
    } catch {
      box.select();
    }
  }

  #close(): void {
    this.querySelector('dialog')?.close();
  }

  /** The link leaves the page with the dialog; it can be made anew. */
  #closed(): void {
    this.link = undefined;
  }

  #device({ key, addedAt, thisOne, full }: DeviceView) {
    return html`<li>
      <span class="card-name"><strong>${thisOne ? 'This device' : 'Another device'}</strong> <code>${key.slice(0, 8)}</code></span>
      <span class="muted">since ${stamp(addedAt)} · ${full ? 'may do all that you may' : 'reads and writes, decides nothing'}</span>
    </li>`;
  }

  #dialog() {
    const { link } = this;
    return html`<dialog aria-labelledby="device-heading" @close=${this.#closed}>
      <div class="dialog-body">
        <div class="dialog-head">
          <h2 id="device-heading">Add a device</h2>
          <button type="button" class="quiet" @click=${this.#close}>Close</button>
        </div>
        ${
          link === undefined
            ? nothing
            : html`<div class="link-area">
                <div class="qr-place">${guard([link.link], () => qrCode(link.link, 'QR code that adds a device to your membership'))}</div>
                <div class="link-side">
                  <label for="device-link">Link for the other device</label>
                  <div class="with-button">
                    <input id="device-link" type="text" readonly autofocus .value=${link.link} aria-describedby="device-note" />
                    <button type="button" class="primary" @click=${this.#copy}>Copy</button>
                  </div>
                  <p id="device-note" class="hint" aria-live="polite">
                    ${this.copied ? 'Copied.' : 'Scan the code with the other device, or open the link there.'} It works once, for ${span(link.expiresAt - Date.now())}.
                  </p>
                  <p class="caution">Whoever opens it acts in your name. Give it to nobody else.</p>
                </div>
              </div>`
        }
      </div>
    </dialog>`;
  }

  #phrase() {
    const { recovery } = this.view;
    const words = {
      none: 'There is none on this device: it came in by a link from another device, whose phrase holds.',
      unconfirmed: 'It waits on this device until you have shown that you keep it. See the reminder on the record’s page.',
      confirmed: 'You keep it. With it, any browser becomes this member again: choose “I have a recovery phrase” on the start page.',
    } as const;
    return html`<section>
      <h2>Recovery phrase</h2>
      <p>${words[recovery]}</p>
    </section>`;
  }

  override render() {
    const { devices, standing } = this.chain;
    return html`<h1 tabindex="-1">Devices and keys</h1>
      <p class="lead">All of them act in your name. However many they are, they count as one when the federation decides.</p>
      <section>
        <div class="section-head">
          <h2 id="devices-heading">${count(devices.length, 'device')}</h2>
          ${standing === 'member' ? html`<button type="button" class="primary" @click=${this.#add}>Add a device</button>` : nothing}
        </div>
        <ul class="cards" role="list" aria-label="Your devices">
          ${devices.map((device) => this.#device(device))}
        </ul>
        ${refusalNotice(this.refused)}
      </section>
      ${this.#phrase()}
      <backup-form .app=${this.app}></backup-form>
      ${this.#dialog()}`;
  }
}

customElements.define('devices-page', DevicesPage);
