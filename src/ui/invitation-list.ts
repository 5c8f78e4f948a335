import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { RefusalCode } from '../core/base/result.ts';
import type { App, ChainView, InvitationView } from './app.ts';
import { PageElement, refusalNotice } from './element.ts';
import { count, fullMoment, machineTime, ROLE_WORDS, span } from './words.ts';

/** The invitations that still let people in. Properties: `app`; `chain`, its view. */
export class InvitationList extends PageElement {
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    refused: { state: true },
    revoking: { state: true },
  };
  declare app: App;
  declare chain: ChainView;
  declare private refused: RefusalCode | undefined;
  declare private revoking: ReadonlySet<string>;

  constructor() {
    super();
    this.revoking = new Set();
  }

  /**
   * A row that goes takes its button along. Focus then returns to the heading and not to the next button: whoever presses
   * Enter twice means one invitation.
   */
  protected override get haven(): HTMLElement | null {
    return this.querySelector('#invitations-heading');
  }

  async #revoke(id: string): Promise<void> {
    this.revoking = new Set([...this.revoking, id]);
    const done = await this.app.revoke(this.chain.id, id);
    this.revoking = new Set([...this.revoking].filter((one) => one !== id));
    this.refused = done.ok ? undefined : done.refusal.code;
  }

  #invitation({ id, role, uses, used, expiresAt, shared, issuer, state, canRevoke }: InvitationView) {
    const left = uses === 0 ? 'unlimited uses' : `${count(uses - used, 'use')} left`;
    const expires = html`<time datetime=${machineTime(expiresAt)} title=${fullMoment(expiresAt)}>expires in ${span(expiresAt - Date.now())}</time>`;
    return html`<li>
      <span id="invitation-${id}">
        <strong>${ROLE_WORDS[role].name}</strong>
        <span class="muted">
          ${left} · ${expires}${shared ? ' · shared' : nothing}${state === 'pending' ? ' · pending' : nothing} · by
          <bdi>${issuer.you ? 'you' : issuer.name}</bdi>
        </span>
      </span>
      ${
        canRevoke
          ? html`<button
            type="button"
            aria-describedby="invitation-${id}"
            aria-disabled=${this.revoking.has(id) ? 'true' : nothing}
            @click=${() => this.#revoke(id)}
          >
            Revoke
          </button>`
          : nothing
      }
    </li>`;
  }

  override render() {
    const { invitations } = this.chain;
    return html`<h3 id="invitations-heading" tabindex="-1">Live invitations</h3>
      <ul class="invitations" role="list" aria-labelledby="invitations-heading">
        ${repeat(
          invitations,
          ({ id }) => id,
          (invitation) => this.#invitation(invitation),
        )}
      </ul>
      ${invitations.length === 0 ? html`<p class="muted placeholder">None.</p>` : nothing} ${refusalNotice(this.refused)}`;
  }
}

customElements.define('invitation-list', InvitationList);
