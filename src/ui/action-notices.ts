import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { App, ChainView } from './app.ts';
import { PageElement } from './element.ts';
import { type ActionView, DECISIVE } from './governance-views.ts';
import { sentenceFor } from './sentences.ts';

/** What was asked for, to precede “was not taken”. */
const ACTION_WORDS: Readonly<Record<ActionView['type'], string>> = {
  invite: 'Your invitation',
  'revoke-invite': 'Your revoking of an invitation',
  'request-role': 'Your request for a role',
  approve: 'Your approval',
  reject: 'Your rejection',
  leave: 'Your leaving',
  propose: 'Your proposal',
  'link-device': 'Your link for another device',
  other: 'Something that you asked for',
};

/** True while a decision of this device is on its way. */
export function isDeciding({ actions }: ChainView): boolean {
  return actions.some(({ type, refused }) => DECISIVE.has(type) && refused === undefined);
}

/** What was asked for on this device and refused by the chain afterwards. Properties: `app`; `chain`, its view. */
export class ActionNotices extends PageElement {
  static override properties = { app: { attribute: false }, chain: { attribute: false } };
  declare app: App;
  declare chain: ChainView;

  #notice({ id, type, refused }: ActionView) {
    if (refused === undefined) return nothing;
    const { what, next } = sentenceFor(refused);
    return html`<li class="notice refusal" data-code=${refused}>
      <p><strong>${ACTION_WORDS[type]} was not taken.</strong> ${what} ${next}</p>
      <button type="button" class="link" @click=${() => this.app.dismissEntry(this.chain.id, id)}>Dismiss</button>
    </li>`;
  }

  override render() {
    const refused = this.chain.actions.filter((action) => action.refused !== undefined);
    return html`<ul class="notices" role="list" aria-label="Not taken" aria-live="polite" ?hidden=${refused.length === 0}>
      ${repeat(
        refused,
        ({ id }) => id,
        (action) => this.#notice(action),
      )}
    </ul>`;
  }
}

customElements.define('action-notices', ActionNotices);
