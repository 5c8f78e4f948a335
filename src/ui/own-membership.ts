import { html, nothing } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { App, ChainView, MemberView } from './app.ts';
import { PageElement, refusalNotice } from './element.ts';
import { go } from './go.ts';
import { operatorFields, operatorIn } from './operator-fields.ts';
import { ROLE_WORDS } from './words.ts';

type Wish = 'role' | 'leave';

/** What a member may ask about itself: another role, or to leave. Properties: `app`; `chain`, its view; `member`, oneself. */
export class OwnMembership extends PageElement {
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    member: { attribute: false },
    wish: { state: true },
    wanted: { state: true },
    refused: { state: true },
    sending: { state: true },
  };
  declare app: App;
  declare chain: ChainView;
  declare member: MemberView;
  declare private wish: Wish | undefined;
  declare private wanted: Role | undefined;
  declare private refused: RefusalCode | undefined;
  declare private sending: boolean;

  constructor() {
    super();
    this.sending = false;
  }

  /** Roles that one can ask for here: those that the rules do not leave to proposals alone, and none that a linked device has not. */
  get #askable(): readonly Role[] {
    const { rules, permissions } = this.chain;
    return rules.roles
      .filter(({ role, rule }) => rule.type !== 'never' && !this.member.roles.includes(role) && permissions.mayAskFor.includes(role))
      .map(({ role }) => role);
  }

  async #open(wish: Wish): Promise<void> {
    this.wish = wish;
    this.wanted = this.#askable[0];
    this.refused = undefined;
    await this.updateComplete;
    this.querySelector('dialog')?.showModal();
  }

  #close(): void {
    this.querySelector('dialog')?.close();
  }

  #chosen(event: Event): void {
    const value = event.target instanceof HTMLSelectElement ? event.target.value : '';
    this.wanted = this.#askable.find((role) => role === value);
  }

  async #ask(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const { wanted, chain } = this;
    if (wanted === undefined || this.sending || !(event.target instanceof HTMLFormElement) || !event.target.reportValidity()) return;
    this.sending = true;
    const asked = await this.app.requestRole(chain.id, wanted, operatorIn(event.target));
    this.sending = false;
    this.refused = asked.ok ? undefined : asked.refusal.code;
    if (!asked.ok) return;
    this.#close();
    go(this, { page: 'chain', id: chain.id, section: 'requests', item: asked.value });
  }

  async #leave(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    const done = await this.app.leave(this.chain.id);
    this.sending = false;
    this.refused = done.ok ? undefined : done.refusal.code;
    if (!done.ok) return;
    this.#close();
    go(this, { page: 'chain', id: this.chain.id });
  }

  #roleForm(wanted: Role) {
    const asks = (this.chain.rules.roles.find(({ role }) => role === wanted)?.operatorMask ?? 0) !== 0;
    return html`<form class="fields" novalidate @submit=${this.#ask}>
      <div class="field">
        <label for="wanted-role">Role</label>
        <select id="wanted-role" autofocus @change=${this.#chosen}>
          ${this.#askable.map((role) => html`<option value=${role} ?selected=${role === wanted}>${ROLE_WORDS[role].name}</option>`)}
        </select>
        <p class="hint">${ROLE_WORDS[wanted].name}: ${ROLE_WORDS[wanted].may}.</p>
      </div>
      ${asks ? operatorFields() : nothing} ${refusalNotice(this.refused)}
      <div class="actions">
        <button type="submit" class="primary">Ask</button>
        <button type="button" class="quiet" @click=${this.#close}>Cancel</button>
      </div>
    </form>`;
  }

  #leaveForm() {
    return html`<p class="caution">
        This cannot be undone: your key never returns, and what you left open is cancelled. You keep what is on this device; what you wrote stays in the record. To come back you
        need a new link, as somebody new.
      </p>
      ${refusalNotice(this.refused)}
      <div class="actions">
        <button type="button" class="danger" @click=${this.#leave}>Leave</button>
        <button type="button" class="quiet" @click=${this.#close}>Cancel</button>
      </div>`;
  }

  override render() {
    const { wish, wanted, chain } = this;
    return html`<section>
        <h2>About yourself</h2>
        <div class="actions">
          ${this.#askable.length > 0 ? html`<button type="button" @click=${() => this.#open('role')}>Ask for a role…</button>` : nothing}
          ${chain.permissions.canLeave ? html`<button type="button" class="danger" @click=${() => this.#open('leave')}>Leave…</button>` : nothing}
        </div>
        ${
          chain.permissions.canLeave
            ? nothing
            : html`<p class="muted">
              This is a linked device: it reads and writes for you. To leave, to decide or to ask for a role, use the device that you joined with.
            </p>`
        }
      </section>
      <dialog aria-labelledby="own-heading" @close=${() => (this.wish = undefined)}>
        <div class="dialog-body">
          <div class="dialog-head">
            <h2 id="own-heading" tabindex="-1" ?autofocus=${wish === 'leave'}>
              ${wish === 'leave' ? html`Leave <bdi>${chain.name}</bdi>` : 'Ask for a role'}
            </h2>
          </div>
          ${wish === 'role' && wanted !== undefined ? this.#roleForm(wanted) : wish === 'leave' ? this.#leaveForm() : nothing}
        </div>
      </dialog>`;
  }
}

customElements.define('own-membership', OwnMembership);
