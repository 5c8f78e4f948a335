import { html, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { DAY_MS } from '../core/base/limits.ts';
import type { RefusalCode } from '../core/base/result.ts';
import type { App, ChainView, InvitationView, NewInvitation } from './app.ts';
import { PageElement, refusalNotice } from './element.ts';
import './invitation-list.ts';
import {
  EXPIRES_CHOICES_MS,
  expiresWords,
  sameInvitation,
  sharedHint,
  USES_CHOICES,
  usesWords,
  usualInvitation,
} from './invite-options.ts';
import { qrCode } from './qr-code.ts';
import { ROLE_WORDS } from './words.ts';

/** How long the options must rest before a link is made for them: stepping through a list makes one link, not many. */
const SETTLE_MS = 300;

type Made =
  | { readonly type: 'making' }
  | { readonly type: 'ready'; readonly invitation: InvitationView; readonly options: NewInvitation }
  | { readonly type: 'refused'; readonly code: RefusalCode };

/**
 * Makes invitation links. Properties: `app`; `chain`, its view. Method: `open()`.
 *
 * It opens with a link ready. A link that was never copied is offered again when the dialog is opened again, so that
 * looking leaves no trail of live invitations. Whatever was shown stays alive until it is revoked in the list below.
 */
export class InviteDialog extends PageElement {
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    options: { state: true },
    made: { state: true },
    copied: { state: true },
    shown: { state: true },
  };
  declare app: App;
  declare chain: ChainView;
  declare private options: NewInvitation;
  declare private made: Made;
  declare private copied: boolean;
  declare private shown: boolean;

  readonly #handedOut = new Set<string>();
  #settling: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  constructor() {
    super();
    this.made = { type: 'making' };
    this.copied = false;
    this.shown = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#settling);
    this.#turn++;
  }

  async open(): Promise<void> {
    this.options = usualInvitation(this.chain.permissions.inviteRoles);
    this.copied = false;
    this.shown = true;
    if (!this.#canOfferAgain()) void this.#make();
    await this.updateComplete;
    this.querySelector('dialog')?.showModal();
  }

  /** The chain's own word on the invitation at hand; `undefined` once it is used up, expired or revoked. */
  get #live(): InvitationView | undefined {
    const { made } = this;
    return made.type === 'ready' ? this.chain.invitations.find(({ id }) => id === made.invitation.id) : undefined;
  }

  #canOfferAgain(): boolean {
    const { made } = this;
    if (made.type !== 'ready' || this.#handedOut.has(made.invitation.id)) return false;
    const live = this.#live;
    const young = made.invitation.expiresAt - Date.now() > made.options.expiresMs - DAY_MS;
    return live !== undefined && live.used === 0 && young && sameInvitation(made.options, this.options);
  }

  async #make(): Promise<void> {
    const turn = ++this.#turn;
    const { options, chain } = this;
    this.made = { type: 'making' };
    this.copied = false;
    const answer = await this.app.invite(chain.id, options);
    if (turn === this.#turn)
      this.made = answer.ok ? { type: 'ready', invitation: answer.value, options } : { type: 'refused', code: answer.refusal.code };
    // Nobody has seen this one; what was shown stays, since its QR code may have been scanned, and is in the list.
    else if (answer.ok) void this.app.revoke(chain.id, answer.value.id);
  }

  #change(change: Partial<NewInvitation>): void {
    this.options = { ...this.options, ...change };
    this.copied = false;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => void this.#make(), SETTLE_MS);
  }

  #selected(event: Event): string {
    return event.target instanceof HTMLSelectElement ? event.target.value : '';
  }

  #roleChanged(event: Event): void {
    const role = this.chain.permissions.inviteRoles.find((one) => one === this.#selected(event));
    if (role !== undefined) this.#change({ role });
  }

  #sharedChanged(event: Event): void {
    if (event.target instanceof HTMLInputElement) this.#change({ shared: event.target.checked });
  }

  #handOut(): void {
    if (this.made.type === 'ready') this.#handedOut.add(this.made.invitation.id);
  }

  async #copy(): Promise<void> {
    const box = this.querySelector<HTMLInputElement>('#invitation-link');
    if (box === null || box.value === '') return;
    this.#handOut();
    try {
      await navigator.clipboard.writeText(box.value);
      this.copied = true;
    } catch {
      // Where the clipboard is closed to pages the link is selected, ready for the person's own copy.
      box.focus();
      box.select();
    }
  }

  #close(): void {
    this.querySelector('dialog')?.close();
  }

  #closed(): void {
    this.shown = false;
    clearTimeout(this.#settling);
  }

  /** A press beside the dialog closes it, as people expect of one. */
  #pressed(event: MouseEvent): void {
    if (event.target instanceof HTMLDialogElement) this.#close();
  }

  #note() {
    const { made } = this;
    if (made.type !== 'ready') return made.type === 'making' ? 'Making the link…' : '';
    if (this.copied) return 'Copied. Send it to the person you invite.';
    const live = this.#live;
    if (live === undefined && this.chain.invitations.length > 0) return 'This link is used up or revoked.';
    return (live ?? made.invitation).state === 'pending'
      ? 'The link works as soon as the relay has it.'
      : 'Whoever has this link can join. Send it privately.';
  }

  #link() {
    const link = this.made.type === 'ready' ? (this.made.invitation.link ?? '') : '';
    const alternative = `QR code of the invitation link to ${this.chain.name}`;
    return html`<div class="link-area">
      <div class="qr-place">${link === '' ? nothing : guard([link], () => qrCode(link, alternative))}</div>
      <div class="link-side">
        <label for="invitation-link">Invitation link</label>
        <div class="with-button">
          <input id="invitation-link" type="text" readonly autofocus .value=${link} @copy=${this.#handOut} aria-describedby="invitation-note" />
          <button type="button" class="primary" @click=${this.#copy}>Copy</button>
        </div>
        <p id="invitation-note" class="hint" aria-live="polite">${this.#note()}</p>
        ${this.made.type === 'refused' ? refusalNotice(this.made.code) : nothing}
        ${this.#json()}
      </div>
    </div>`;
  }

  #json() {
    const json = this.made.type === 'ready' ? this.made.invitation.json : undefined;
    if (json === undefined) return nothing;
    return html`<details>
      <summary>The same as JSON</summary>
      <pre tabindex="0" aria-label="JSON form" @copy=${this.#handOut}>${json}</pre>
    </details>`;
  }

  #choices() {
    const { options, chain } = this;
    return html`<div class="choices">
      <div class="field">
        <label for="invite-role">Role</label>
        <select id="invite-role" @change=${this.#roleChanged}>
          ${chain.permissions.inviteRoles.map((role) => html`<option value=${role} ?selected=${role === options.role}>${ROLE_WORDS[role].name}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="invite-uses">Uses</label>
        <select id="invite-uses" @change=${(event: Event) => this.#change({ uses: Number(this.#selected(event)) })}>
          ${USES_CHOICES.map((uses) => html`<option value=${uses} ?selected=${uses === options.uses}>${usesWords(uses)}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="invite-expires">Expires</label>
        <select id="invite-expires" @change=${(event: Event) => this.#change({ expiresMs: Number(this.#selected(event)) })}>
          ${EXPIRES_CHOICES_MS.map((ms) => html`<option value=${ms} ?selected=${ms === options.expiresMs}>${expiresWords(ms)}</option>`)}
        </select>
      </div>
      <div class="field check">
        <input id="invite-shared" type="checkbox" .checked=${options.shared} @change=${this.#sharedChanged} aria-describedby="invite-shared-hint" />
        <label for="invite-shared">Shared</label>
      </div>
      <p id="invite-shared-hint" class="hint">${ROLE_WORDS[options.role].name}: ${ROLE_WORDS[options.role].may}. ${sharedHint(options)}</p>
    </div>`;
  }

  override render() {
    return html`<dialog aria-labelledby="invite-heading" @close=${this.#closed} @click=${this.#pressed}>
      <div class="dialog-body">
        <div class="dialog-head">
          <h2 id="invite-heading">Invite</h2>
          <button type="button" class="quiet" @click=${this.#close}>Close</button>
        </div>
        ${this.shown ? html`${this.#link()} ${this.#choices()} <invitation-list .app=${this.app} .chain=${this.chain}></invitation-list>` : nothing}
      </div>
    </dialog>`;
  }
}

customElements.define('invite-dialog', InviteDialog);
