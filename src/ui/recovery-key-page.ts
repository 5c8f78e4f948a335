import { html, nothing } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
import type { App, RecoveryKeyView } from './app.ts';
import { PageElement, refusalNotice, setTitle } from './element.ts';
import { qrCode } from './qr-code.ts';

type Step =
  | { readonly type: 'begin' }
  | { readonly type: 'words'; readonly key: RecoveryKeyView }
  /** The words have left the page; `copied` once the link is on the clipboard. */
  | { readonly type: 'link'; readonly link: string; readonly copied: boolean };

/**
 * Makes a recovery key for a chain that somebody else is about to start: twelve words for paper, then a link for the founder
 * that names the key and holds no secret. Nothing of it stays on the device. Property: `app`.
 */
export class RecoveryKeyPage extends PageElement {
  static override properties = { app: { attribute: false }, step: { state: true }, refused: { state: true } };
  declare app: App;
  declare private step: Step;
  declare private refused: RefusalCode | undefined;

  constructor() {
    super();
    this.step = { type: 'begin' };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    setTitle('A recovery key');
  }

  protected override get haven(): HTMLElement | null {
    return this.querySelector('h1');
  }

  async #make(): Promise<void> {
    const made = await this.app.newRecoveryKey();
    this.refused = made.ok ? undefined : made.refusal.code;
    if (made.ok) this.step = { type: 'words', key: made.value };
  }

  #written({ link }: RecoveryKeyView): void {
    this.step = { type: 'link', link, copied: false };
  }

  async #copy(link: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(link);
      this.step = { type: 'link', link, copied: true };
    } catch {
      // Where the clipboard is closed to pages the link is selected, ready for the person's own copy.
      this.querySelector<HTMLInputElement>('#recovery-link')?.select();
    }
  }

  #begin() {
    return html`<p class="lead">Somebody who starts a chain asks you to help if it breaks.</p>
      <p>
        Should its relay and validators be lost for good, several people with such keys can together say who goes on, after a time in which the others may object. One key alone
        can do nothing, and you need not be a member.
      </p>
      ${refusalNotice(this.refused)}
      <div class="actions">
        <button type="button" class="primary" @click=${this.#make}>Make a recovery key</button>
        <a class="quiet" href="#/">Back</a>
      </div>`;
  }

  #words(key: RecoveryKeyView) {
    return html`<p>Write these twelve words on paper, in this order, and keep them apart from your devices. They are shown once and kept nowhere.</p>
      <ol class="phrase" translate="no">
        ${key.words.map((word) => html`<li>${word}</li>`)}
      </ol>
      <div class="actions"><button type="button" class="primary" @click=${() => this.#written(key)}>I have written them down</button></div>`;
  }

  #link({ link, copied }: Extract<Step, { type: 'link' }>) {
    return html`<p>Send this to whoever starts the chain. It names your key and gives nothing of it away.</p>
      <div class="field">
        <label for="recovery-link">Link with your recovery key</label>
        <div class="with-button">
          <input id="recovery-link" type="text" readonly .value=${link} />
          <button type="button" class="primary" @click=${() => this.#copy(link)}>Copy</button>
        </div>
        <p class="hint" role="status">${copied ? 'Copied.' : ''}</p>
      </div>
      <div class="qr-place">${qrCode(link, 'QR code of the link with your recovery key')}</div>
      <a href="#/">To the start page</a>`;
  }

  override render() {
    const { step } = this;
    return html`<div class="sheet narrow">
      <h1 tabindex="-1">${step.type === 'link' ? 'Your recovery key' : 'Keep a recovery key'}</h1>
      ${step.type === 'begin' ? this.#begin() : step.type === 'words' ? this.#words(step.key) : nothing} ${step.type === 'link' ? this.#link(step) : nothing}
    </div>`;
  }
}

customElements.define('recovery-key-page', RecoveryKeyPage);
