import { html, nothing } from 'lit';
import { CHAIN_NAME_BYTES_MAX, NAME_BYTES_MAX } from '../core/base/limits.ts';
import type { RefusalCode } from '../core/base/result.ts';
import type { Template } from '../core/policy/templates.ts';
import type { App, AppView } from './app.ts';
import { PageElement, refusalNotice, setTitle, trimmed } from './element.ts';
import { go } from './go.ts';
import { nameField, validName } from './name-field.ts';
import './recovery-choice.ts';
import type { RecoveryChoice } from './recovery-choice.ts';
import { templateChoice } from './template-choice.ts';

/** A founder decides alone: nobody else could give a second approval yet. */
const FOUNDING_APPROVALS = 1;

/** Makes a chain. Properties: `app`, `view`; `recoveryKey`, the code of one to name. Shows which relay hosts it, and lets the person choose another. */
export class CreatePage extends PageElement {
  static override properties = {
    app: { attribute: false },
    view: { attribute: false },
    chosen: { state: true },
    creating: { state: true },
    refused: { state: true },
    relayRefused: { state: true },
    template: { state: true },
    recoveryKey: { attribute: false },
  };
  declare app: App;
  declare view: AppView;
  declare private chosen: string | undefined;
  declare private creating: boolean;
  declare private refused: RefusalCode | undefined;
  declare private relayRefused: RefusalCode | undefined;
  declare private template: Template;
  /** A recovery key that a link brought here. */
  declare recoveryKey: string | undefined;

  constructor() {
    super();
    this.creating = false;
    this.template = 'open-link';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    setTitle('Create a chain');
  }

  get #relay() {
    return this.view.relays.find((relay) => relay.peerId === this.chosen) ?? this.view.relays[0];
  }

  async #create(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const name = validName(this, 'chain-name', CHAIN_NAME_BYTES_MAX);
    const yourName = name === undefined ? undefined : validName(this, 'your-name', NAME_BYTES_MAX);
    if (name === undefined || yourName === undefined || this.creating) return;
    const recovery = this.querySelector<RecoveryChoice>('recovery-choice')?.recovery();
    if (recovery === 'invalid') return;
    const relay = this.#relay;
    const alone = this.querySelector<HTMLInputElement>('#alone')?.checked ?? false;
    if (relay === undefined && !alone && this.view.phase === 'ready') {
      this.refused = 'no-relay';
      return;
    }
    this.creating = true;
    this.refused = undefined;
    const made = await this.app.createChain({
      name,
      yourName,
      relay: relay?.peerId ?? '',
      alone,
      hostCode: trimmed(this.querySelector<HTMLInputElement>('#host-code')?.value ?? ''),
      template: this.template,
      approvals: FOUNDING_APPROVALS,
      publicRead: this.querySelector<HTMLInputElement>('#public-read')?.checked ?? false,
      recovery,
    });
    this.creating = false;
    if (made.ok) go(this, { page: 'chain', id: made.value });
    else this.refused = made.refusal.code;
  }

  async #useRelay(): Promise<void> {
    const box = this.querySelector<HTMLInputElement>('#relay-address');
    const text = trimmed(box?.value ?? '');
    if (text === undefined) return box?.focus();
    const added = await this.app.addRelay(text);
    this.relayRefused = added.ok ? undefined : added.refusal.code;
    if (!added.ok) return box?.focus();
    this.chosen = added.value.peerId;
    const details = this.querySelector('details');
    if (details !== null) details.open = false;
  }

  #pick(event: Event): void {
    if (event.target instanceof HTMLSelectElement) this.chosen = event.target.value;
  }

  #relays() {
    const { relays } = this.view;
    if (relays.length < 2) return nothing;
    return html`<label for="relay">Known relays</label>
      <select id="relay" @change=${this.#pick}>
        ${relays.map((relay) => html`<option value=${relay.peerId} ?selected=${relay === this.#relay}>${relay.label}</option>`)}
      </select>`;
  }

  #relayChoice() {
    const relay = this.#relay;
    const starting = this.view.phase === 'starting';
    return html`<section class="relay-choice">
      <h2>Relay</h2>
      <p class="relay-now">
        ${
          relay === undefined
            ? html`<strong>${starting ? 'Looking for one…' : 'None known yet'}</strong>`
            : html`<strong><bdi>${relay.label}</bdi></strong> <span class="muted">${relay.source === 'site' ? 'named by this site' : 'chosen by you'}</span>`
        }
      </p>
      <p class="hint">It connects the members, keeps a copy, and attests each block until the chain has validators of its own.</p>
      <details ?open=${(relay === undefined && !starting) || this.refused === 'no-relay' || asksOtherRelay(this.refused)}>
        <summary>Use another relay</summary>
        <div class="fields">
          ${this.#relays()}
          <label for="relay-address">Relay address</label>
          <div class="with-button">
            <input id="relay-address" type="text" autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="/dns4/relay.example.org/tcp/443/tls/ws/p2p/12D3…" />
            <button type="button" @click=${this.#useRelay}>Use it</button>
          </div>
          ${refusalNotice(this.relayRefused)}
          <label for="host-code">Hosting code</label>
          <input id="host-code" type="text" autocomplete="off" autocapitalize="characters" spellcheck="false" aria-describedby="host-code-hint" />
          <p class="hint" id="host-code-hint">Only where the relay’s operator gave you one; it works once.</p>
          <div class="field check">
            <input id="alone" type="checkbox" aria-describedby="alone-hint" /> <label for="alone">No relay hosts it: this browser decides until others take over</label>
          </div>
          <p class="hint" id="alone-hint">
            For when no relay is in reach, or none takes the chain. Nothing becomes final and nobody joins while this page is closed. Give the role Validator to a machine that
            stays on as soon as there is one; a relay that is known here and serves everybody connects you meanwhile.
          </p>
        </div>
      </details>
    </section>`;
  }

  #templateChoice() {
    return html`${templateChoice(this.template, (template) => (this.template = template))}
      <p class="hint template-note">
        ${
          this.template === 'open-link'
            ? 'You can ask for approvals later, under Rules.'
            : 'You begin alone, so one approval, yours, is enough. Give others the role Federation, then raise the number under Rules.'
        }
      </p>`;
  }

  override render() {
    return html`
      <div class="sheet narrow">
        <h1 tabindex="-1">Start a chain</h1>
        <p class="lead">A chain is one shared record. You can invite others as soon as it is there.</p>
        <form class="fields" novalidate @submit=${this.#create}>
          ${nameField({ id: 'chain-name', label: 'Chain name', hint: 'Everyone in the chain sees it. It cannot be changed later.', bytesMax: CHAIN_NAME_BYTES_MAX })}
          ${nameField({ id: 'your-name', label: 'Your name', hint: 'The other members see it beside what you write.', bytesMax: NAME_BYTES_MAX })}
          ${this.#templateChoice()}
          <div class="field check">
            <input id="public-read" type="checkbox" aria-describedby="public-read-hint" /> <label for="public-read">Anybody may read the record</label>
          </div>
          <p class="hint" id="public-read-hint">The relay then publishes who was let in, by whom and when, for anybody to check. The words of entries stay with the members.</p>
          ${this.#relayChoice()} <recovery-choice .first=${this.recoveryKey}></recovery-choice> ${refusalNotice(this.refused)}
          <div class="actions">
            <button type="submit" class="primary" aria-busy=${this.creating ? 'true' : nothing} aria-disabled=${this.creating ? 'true' : nothing}>Create</button>
            <a class="quiet" href="#/">Back</a>
            <span class="muted" aria-live="polite">${this.creating ? 'Asking the relay to host it…' : ''}</span>
          </div>
        </form>
      </div>
    `;
  }
}

/** What is mended by another relay, or by something that its operator gives. */
function asksOtherRelay(refused: RefusalCode | undefined): boolean {
  return refused === 'hosting-refused' || refused === 'host-code-missing' || refused === 'host-code-refused';
}

customElements.define('create-page', CreatePage);
