import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { RefusalCode } from '../core/base/result.ts';
import type { App, ChainView, InvitationView, MemberView } from './app.ts';
import { PageElement, refusalNotice } from './element.ts';
import { memberLink } from './matter.ts';
import './propose-dialog.ts';
import type { ProposeDialog } from './propose-dialog.ts';
import { person, stamp } from './stamp.ts';
import { count, ROLE_WORDS } from './words.ts';

const ENDED_WORDS: Readonly<Record<InvitationView['state'], string>> = {
  pending: 'pending',
  live: 'live',
  used: 'used up',
  expired: 'expired',
  revoked: 'revoked',
};

/** Every invitation that the chain knows: live, spent, revoked, and who came through each. Properties: `app`; `chain`, its view. */
export class InvitationsPage extends PageElement {
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    refused: { state: true },
    nobody: { state: true },
    revoking: { state: true },
  };
  declare app: App;
  declare chain: ChainView;
  declare private refused: RefusalCode | undefined;
  /** The invitation through which nobody who could be removed is here. */
  declare private nobody: string | undefined;
  /** Asked for here: an invitation is revoked once, however often the button is pressed before the chain has it. */
  declare private revoking: ReadonlySet<string>;

  constructor() {
    super();
    this.revoking = new Set();
  }

  async #revoke(invitation: string): Promise<void> {
    if (this.revoking.has(invitation)) return;
    this.revoking = new Set([...this.revoking, invitation]);
    const done = await this.app.revoke(this.chain.id, invitation);
    if (!done.ok) this.revoking = new Set([...this.revoking].filter((one) => one !== invitation));
    this.refused = done.ok ? undefined : done.refusal.code;
  }

  /** Lists everyone who came through it, directly or through those who did; oneself can only leave. */
  async #removeAll(invitation: string): Promise<void> {
    const answer = await this.app.lineage(this.chain.id, invitation);
    this.refused = answer.ok ? undefined : answer.refusal.code;
    if (!answer.ok) return;
    const there = answer.value.filter((id) => this.chain.members.some((member) => member.id === id && !member.you));
    this.nobody = there.length === 0 ? invitation : undefined;
    if (there.length > 0) await this.querySelector<ProposeDialog>('propose-dialog')?.open({ type: 'remove', members: there });
  }

  #guests(guests: readonly MemberView[]) {
    if (guests.length === 0) return html`<p class="muted">Nobody who is here came through it.</p>`;
    return html`<p>Came through it: ${guests.map(({ id }, i) => html`${i > 0 ? ', ' : ''}${memberLink(this.chain, id)}`)}.</p>`;
  }

  #invitation({ id, role, uses, used, expiresAt, issuer, state, canRevoke }: InvitationView, guests: readonly MemberView[]) {
    const spent = state !== 'live' && state !== 'pending';
    const done = uses === 0 ? `${count(used, 'use')} so far` : `${used} of ${count(uses, 'use')}`;
    return html`<li>
      <p id="lineage-${id}">
        <strong>${ROLE_WORDS[role].name}</strong>
        <span class="muted">by ${person(issuer)} · ${done} · <span class=${spent ? '' : 'live'}>${ENDED_WORDS[state]}</span>${spent ? nothing : html`, until ${stamp(expiresAt)}`}</span>
      </p>
      ${this.#guests(guests)}
      <div class="actions">
        ${canRevoke ? html`<button type="button" class="small" aria-describedby="lineage-${id}" aria-disabled=${this.revoking.has(id) ? 'true' : nothing} @click=${() => this.#revoke(id)}>Revoke</button>` : nothing}
        ${
          this.chain.permissions.canDecide && guests.length > 0
            ? html`<button type="button" class="danger small" aria-describedby="lineage-${id}" @click=${() => this.#removeAll(id)}>Remove everyone who came through it…</button>`
            : nothing
        }
      </div>
      ${this.nobody === id ? html`<p class="muted" role="status">Nobody but you came through it, and you can only leave.</p>` : nothing}
    </li>`;
  }

  #list(invitations: readonly InvitationView[], heading: string, id: string) {
    const guests = Map.groupBy(
      this.chain.members.filter(({ invitation }) => invitation !== undefined),
      ({ invitation }) => invitation,
    );
    return html`<section>
      <h2 id=${id}>${heading}</h2>
      <ul class="cards" role="list" aria-labelledby=${id}>
        ${repeat(
          invitations,
          (invitation) => invitation.id,
          (invitation) => this.#invitation(invitation, guests.get(invitation.id) ?? []),
        )}
      </ul>
      ${invitations.length === 0 ? html`<p class="muted placeholder">None.</p>` : nothing}
    </section>`;
  }

  override render() {
    const { chain } = this;
    return html`<h1 tabindex="-1">Invitations</h1>
      <p class="lead">Who came in through which link. Revoking a link closes it for others; whoever came through it stays until the federation removes them.</p>
      ${refusalNotice(this.refused)}
      ${this.#list(chain.invitations, 'Live', 'live-heading')} ${this.#list(chain.spentInvitations, 'Used up, expired or revoked', 'spent-heading')}
      <propose-dialog .app=${this.app} .chain=${chain}></propose-dialog>`;
  }
}

customElements.define('invitations-page', InvitationsPage);
