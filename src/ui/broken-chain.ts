import { html, nothing } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
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
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    read: { state: true },
    refused: { state: true },
    accepted: { state: true },
  };
  declare app: App;
  declare chain: ChainView;
  declare private read: { readonly text: string; readonly certificate: CertificateView } | undefined;
  declare private refused: RefusalCode | undefined;
  declare private accepted: boolean;

  constructor() {
    super();
    this.accepted = false;
  }

  protected override get haven(): HTMLElement | null {
    return this.querySelector('#broken-heading');
  }

  async #load(event: Event): Promise<void> {
    const file = event.target instanceof HTMLInputElement ? event.target.files?.[0] : undefined;
    const box = this.querySelector('textarea');
    if (file !== undefined && box !== null) box.value = await file.text();
  }

  async #read(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const box = this.querySelector('textarea');
    const text = trimmed(box?.value ?? '');
    if (text === undefined) return box?.focus();
    const read = await this.app.readCertificate(this.chain.id, text);
    this.refused = read.ok ? undefined : read.refusal.code;
    this.read = read.ok ? { text, certificate: read.value } : undefined;
  }

  async #accept(): Promise<void> {
    if (this.read === undefined) return;
    const done = await this.app.acceptCertificate(this.chain.id, this.read.text);
    this.refused = done.ok ? undefined : done.refusal.code;
    this.accepted = done.ok;
    if (done.ok) this.read = undefined;
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

  #certificate({ number, baseHeight, newcomers, federation, validators, effectiveAt, problem }: CertificateView) {
    const changes = [
      validators > 0 ? `${count(validators, 'new validator')} instead of all the present ones` : undefined,
      federation > 0 ? `${count(federation, 'federation member')} instead of the present ones` : undefined,
      newcomers > 0 ? count(newcomers, 'new member') : undefined,
    ].filter((change) => change !== undefined);
    return html`<h3>Certificate ${number}</h3>
      ${factList([
        ['Goes on after', `block ${baseHeight.toLocaleString('en')}`],
        ['Brings', changes.length === 0 ? 'New recovery keys' : changes.join(', ')],
        ['Takes effect', stamp(effectiveAt)],
      ])}
      <p class="caution">
        This cannot be undone: on this device everything after block ${baseHeight.toLocaleString('en')} is given up, and the old validators count no more. Do it only if
        whoever holds the recovery keys has told you so in a way that you trust.
      </p>
      ${
        problem === undefined
          ? html`<button type="button" class="danger" @click=${this.#accept}>Go on as this certificate says</button>`
          : refusalNotice(problem)
      }`;
  }

  #form() {
    return html`<details ?open=${this.read !== undefined || this.refused !== undefined}>
      <summary>I was given a recovery certificate</summary>
      <form class="fields" novalidate @submit=${this.#read}>
        <div class="field">
          <label for="certificate">Recovery certificate</label>
          <textarea id="certificate" rows="3" autocomplete="off" autocapitalize="none" spellcheck="false"></textarea>
        </div>
        <div class="field">
          <label for="certificate-file">or its file</label>
          <input id="certificate-file" type="file" @change=${this.#load} />
        </div>
        <div class="actions"><button type="submit">Read it</button></div>
        <p class="hint">Reading it changes nothing.</p>
      </form>
      ${refusalNotice(this.refused)} ${this.read === undefined ? nothing : this.#certificate(this.read.certificate)}
    </details>`;
  }

  override render() {
    return html`<section>
      <h2 id="broken-heading" tabindex="-1">If the chain stands still for good</h2>
      ${this.#state()} ${this.#form()}
      <p role="status">${this.accepted ? 'Confirmed. This device goes on as the certificate says once its time has come.' : ''}</p>
    </section>`;
  }
}

customElements.define('broken-chain', BrokenChain);
