import { html, nothing } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
import type { Role } from '../core/codec/primitives.ts';
import { approvalsFor } from '../core/policy/governance.ts';
import type { App, ChainView } from './app.ts';
import './consequence-note.ts';
import { PageElement, refusalNotice, utf8Length } from './element.ts';
import { go } from './go.ts';
import { type ChangeView, REASON_BYTES_MAX } from './governance-views.ts';
import { CANNOT_UNDO, changeTitle } from './governance-words.ts';
import { differences, memberName, nameWords } from './matter.ts';
import { ROLE_WORDS, span } from './words.ts';

/** What a person set out to propose; of several roles they choose one in the dialog. */
export type Draft =
  | { readonly type: 'grant' | 'withdraw'; readonly member: string; readonly roles: readonly Role[] }
  | Exclude<ChangeView, { readonly type: 'grant' | 'withdraw' }>;

/** The role that a choice begins with: the one that most people mean, and none that is hard to take back. */
function firstChoice(roles: readonly Role[]): Role {
  return roles.find((role) => role === 'writer') ?? roles[0] ?? 'observer';
}

function changeOf(draft: Draft): ChangeView {
  return 'roles' in draft ? { type: draft.type, member: draft.member, role: firstChoice(draft.roles) } : draft;
}

/**
 * Says what a change would do and what cannot be undone, and proposes it. Properties: `app`; `chain`, its view. Method:
 * `open(draft)`. What was proposed is shown on its own page afterwards.
 */
export class ProposeDialog extends PageElement {
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    draft: { state: true },
    change: { state: true },
    sending: { state: true },
    refused: { state: true },
  };
  declare app: App;
  declare chain: ChainView;
  declare private draft: Draft | undefined;
  declare private change: ChangeView | undefined;
  declare private sending: boolean;
  declare private refused: RefusalCode | undefined;

  constructor() {
    super();
    this.sending = false;
  }

  async open(draft: Draft): Promise<void> {
    this.draft = draft;
    this.change = changeOf(draft);
    this.refused = undefined;
    await this.updateComplete;
    this.querySelector('dialog')?.showModal();
  }

  #close(): void {
    this.querySelector('dialog')?.close();
  }

  #closed(): void {
    this.draft = undefined;
    this.change = undefined;
  }

  #roleChosen(event: Event): void {
    const { draft, change } = this;
    if (!(event.target instanceof HTMLSelectElement) || draft === undefined || !('roles' in draft) || change === undefined) return;
    const { value } = event.target;
    const role = draft.roles.find((one) => one === value);
    if (role !== undefined && 'role' in change) this.change = { ...change, role };
  }

  async #propose(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const { change } = this;
    const box = this.querySelector('textarea');
    if (change === undefined || box === null || this.sending) return;
    const reason = box.value.trim();
    box.setCustomValidity(utf8Length(reason) > REASON_BYTES_MAX ? 'This reason is too long. Please shorten it.' : '');
    if (!box.reportValidity()) return;
    this.sending = true;
    const made = await this.app.propose(this.chain.id, change, reason);
    this.sending = false;
    this.refused = made.ok ? undefined : made.refusal.code;
    if (!made.ok) return;
    this.#close();
    go(this, { page: 'chain', id: this.chain.id, section: 'proposals', item: made.value });
  }

  #roles(draft: Draft, change: ChangeView) {
    if (!('roles' in draft) || !('role' in change)) return nothing;
    return html`<div class="field">
      <label for="propose-role">Role</label>
      <select id="propose-role" autofocus @change=${this.#roleChosen}>
        ${draft.roles.map((role) => html`<option value=${role} ?selected=${role === change.role}>${ROLE_WORDS[role].name}</option>`)}
      </select>
      <p class="hint">${ROLE_WORDS[change.role].name}: ${ROLE_WORDS[change.role].may}.</p>
    </div>`;
  }

  #members(change: ChangeView) {
    if (!('members' in change) || change.members.length < 2) return nothing;
    return html`<ul class="name-list" role="list" aria-label="Members that this is about">
      ${change.members.map((id) => html`<li><bdi>${memberName(this.chain, id)}</bdi></li>`)}
    </ul>`;
  }

  /** How the decision is made, from the rules in force. */
  #decided(change: ChangeView): string {
    const federation = this.chain.members.filter(({ roles }) => roles.includes('federation')).length;
    const kind = change.type === 'network-key' ? 'rules' : change.type;
    const needed = approvalsFor(this.chain.rules, kind, federation);
    const lasts = change.type === 'suspend' ? ` It then lasts ${span(this.chain.rules.limits.suspensionMs)}.` : '';
    return needed === 1
      ? `Proposing it is your approval, and the rules ask for one: it takes effect at once.${lasts}`
      : `Proposing it is your approval. The rules ask for ${needed}: it takes effect when ${needed - 1} more of the federation approve.${lasts}`;
  }

  #form(draft: Draft, change: ChangeView) {
    return html`<form class="fields" novalidate @submit=${this.#propose}>
      ${this.#roles(draft, change)} ${this.#members(change)} ${change.type === 'rules' ? differences(this.chain, change.rules) : nothing}
      <consequence-note .app=${this.app} .chain=${this.chain} .of=${change} .told=${this.refused}></consequence-note>
      <p class="caution">${CANNOT_UNDO[change.type]}</p>
      <p>${this.#decided(change)}</p>
      <div class="field">
        <label for="propose-reason">Reason</label>
        <textarea id="propose-reason" rows="2" maxlength=${REASON_BYTES_MAX} aria-describedby="propose-reason-hint"></textarea>
        <p id="propose-reason-hint" class="hint">You need not give one. All members see it, beside your name, for as long as the record lasts.</p>
      </div>
      ${refusalNotice(this.refused)}
      <div class="actions">
        <button type="submit" class=${change.type === 'remove' ? 'danger' : 'primary'} aria-disabled=${this.sending ? 'true' : nothing}>Propose</button>
        <button type="button" class="quiet" @click=${this.#close}>Cancel</button>
      </div>
    </form>`;
  }

  override render() {
    const { draft, change } = this;
    return html`<dialog aria-labelledby="propose-heading" @close=${this.#closed}>
      <div class="dialog-body">
        <div class="dialog-head">
          <h2 id="propose-heading" tabindex="-1" ?autofocus=${draft !== undefined && !('roles' in draft)}>
            ${change === undefined ? '' : changeTitle(change, (id) => nameWords(this.chain, id))}
          </h2>
        </div>
        ${draft === undefined || change === undefined ? nothing : this.#form(draft, change)}
      </div>
    </dialog>`;
  }
}

customElements.define('propose-dialog', ProposeDialog);
