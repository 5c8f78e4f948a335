import { html, nothing } from 'lit';
import type { RefusalCode, Result } from '../core/base/result.ts';
import type { App, ChainView } from './app.ts';
import { PageElement, refusalNotice, trimmed } from './element.ts';
import type { CertificateView } from './governance-views.ts';
import type { Draft } from './propose-dialog.ts';
import { factList, stamp } from './stamp.ts';
import { count, span } from './words.ts';

/**
 * What happens if the chain stands still for good: the recovery keys, a certificate that waits, and the place where one is
 * read and confirmed. Properties: `app`; `chain`, its view. Dispatches `latchkey-draft` to have a recovery stopped.
 */
export class BrokenChain extends PageElement {
  static override properties = { app: { attribute: false }, chain: { attribute: false }, refused: { state: true } };
  declare app: App;
  declare chain: ChainView;
  declare private refused: RefusalCode | undefined;

  protected override get haven(): HTMLElement | null {
    return this.querySelector('#broken-heading');
  }

  async #load(event: Event): Promise<void> {
    const file = event.target instanceof HTMLInputElement ? event.target.files?.[0] : undefined;
    const box = this.querySelector('textarea');
    if (file !== undefined && box !== null) box.value = await file.text();
  }

  async #see(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const box = this.querySelector('textarea');
    const text = trimmed(box?.value ?? '');
    if (text === undefined) return box?.focus();
    this.#tell(await this.app.seeCertificate(this.chain.id, text));
  }

  #tell(done: Result<void>): void {
    this.refused = done.ok ? undefined : done.refusal.code;
  }

  async #confirm(): Promise<void> {
    this.#tell(await this.app.confirmCertificate(this.chain.id));
  }

  async #dismiss(): Promise<void> {
    this.#tell(await this.app.dismissCertificate(this.chain.id));
  }

  #state() {
    const { keys, threshold, delayMs, pending } = this.chain.broken;
    if (keys === 0) return html`<p>This chain names no recovery keys. If its validators are lost, it can be read but not continued.</p>`;
    return html`<p>
        ${threshold} of ${count(keys, 'recovery key')} together can name new validators. Others have ${span(delayMs)} to object before that takes effect.
      </p>
      ${
        pending === undefined
          ? nothing
          : html`<p class="notice warn" role="status">
              Recovery certificate ${pending.number} waits and takes effect ${stamp(pending.effectiveAt)}, unless the federation stops it before.
            </p>
            ${this.#stop(pending.number)}`
      }`;
  }

  #stop(number: number) {
    if (!this.chain.permissions.canDecide) return nothing;
    const draft: Draft = { type: 'cancel-recovery', number };
    const ask = () => this.dispatchEvent(new CustomEvent<Draft>('latchkey-draft', { detail: draft }));
    return html`<button type="button" @click=${ask}>Stop it…</button>`;
  }

  #brings({ newcomers, federation, validators }: CertificateView): string {
    const changes = [
      validators > 0 ? `${count(validators, 'new validator')} instead of all the present ones` : undefined,
      federation > 0 ? `${count(federation, 'federation member')} instead of the present ones` : undefined,
      newcomers > 0 ? count(newcomers, 'new member') : undefined,
    ].filter((change) => change !== undefined);
    return changes.length === 0 ? 'New recovery keys' : changes.join(', ');
  }

  #when({ state, until, confirmed }: CertificateView) {
    switch (state) {
      case 'behind':
        return 'Not yet: earlier blocks are still missing on this device.';
      case 'waiting':
        return html`${stamp(until ?? 0)}, by this device’s clock, unless the chain goes on by itself before`;
      case 'void':
        return 'Never: the chain has gone on without it.';
      case 'ready':
        return confirmed ? 'It is in force on this device.' : 'As soon as you agree.';
    }
  }

  #certificate(certificate: CertificateView) {
    const { number, baseHeight, state, confirmed } = certificate;
    const base = `block ${baseHeight.toLocaleString('en')}`;
    return html`<h3>Certificate ${number}</h3>
      ${factList([
        ['Goes on after', base],
        ['Brings', this.#brings(certificate)],
        ['Takes effect', this.#when(certificate)],
      ])}
      <p class="caution">
        This cannot be undone: on this device everything after ${base} is given up, and the old validators count no more. Agree only if whoever holds the recovery keys has told
        you so in a way that you trust.
      </p>
      <p role="status">${confirmed ? 'You have agreed.' : ''}</p>
      <div class="actions">
        ${confirmed || state === 'void' ? nothing : html`<button type="button" class="danger" @click=${this.#confirm}>Go on as this certificate says</button>`}
        ${confirmed && state === 'ready' ? nothing : html`<button type="button" @click=${this.#dismiss}>Put it away</button>`}
      </div>`;
  }

  #form() {
    return html`<details ?open=${this.refused !== undefined}>
      <summary>I was given a recovery certificate</summary>
      <form class="fields" novalidate @submit=${this.#see}>
        <div class="field">
          <label for="certificate">Recovery certificate</label>
          <textarea id="certificate" rows="3" autocomplete="off" autocapitalize="none" spellcheck="false"></textarea>
        </div>
        <div class="field">
          <label for="certificate-file">or its file</label>
          <input id="certificate-file" type="file" @change=${this.#load} />
        </div>
        <div class="actions"><button type="submit">Take note of it</button></div>
        <p class="hint">This device then counts the time that others have to object. Nothing changes without your word.</p>
      </form>
    </details>`;
  }

  override render() {
    const { seen } = this.chain.broken;
    return html`<section>
      <h2 id="broken-heading" tabindex="-1">If the chain stands still for good</h2>
      ${this.#state()} ${seen === undefined ? this.#form() : this.#certificate(seen)} ${refusalNotice(this.refused)}
    </section>`;
  }
}

customElements.define('broken-chain', BrokenChain);
