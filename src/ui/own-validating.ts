import { html, nothing } from 'lit';
import { type RefusalCode, unreachable } from '../core/base/result.ts';
import type { App, ChainView } from './app.ts';
import { PageElement, refusalNotice } from './element.ts';
import './propose-dialog.ts';
import type { ProposeDialog } from './propose-dialog.ts';
import { hashOf } from './route.ts';

const MACHINE = html`<code class="whole">latchkey-relay start --join LINK</code>`;

/** Where a person is told that something is to be said or done about it: on the page of the chain. */
export function validatingNotice({ id, validators: { ownPart, seats } }: ChainView) {
  const link = html`<a href=${hashOf({ page: 'chain', id, section: 'validators' })}>Validators</a>`;
  if (ownPart === 'asked')
    return html`<p class="notice read-only">You were given the role Validator. This browser validates only if you let it: see ${link}.</p>`;
  if (ownPart === 'seated' && seats.length > 1)
    return html`<p class="notice read-only">This browser is one of ${seats.length} validators. Others can take over, so that it may sleep: see ${link}.</p>`;
  return nothing;
}

/**
 * Whether this browser validates: asked of who has the role, never assumed; and how a browser that does gives its seat up to
 * machines that stay on. Properties: `app`; `chain`, its view.
 */
export class OwnValidating extends PageElement {
  static override properties = { app: { attribute: false }, chain: { attribute: false }, refused: { state: true } };
  declare app: App;
  declare chain: ChainView;
  declare private refused: RefusalCode | undefined;

  async #let(event: Event): Promise<void> {
    if (!(event.target instanceof HTMLInputElement)) return;
    const told = await this.app.letValidate(this.chain.id, event.target.checked);
    this.refused = told.ok ? undefined : told.refusal.code;
    this.requestUpdate();
  }

  #giveUp(): void {
    const you = this.chain.members.find((member) => member.you);
    if (you !== undefined)
      void this.querySelector<ProposeDialog>('propose-dialog')?.open({ type: 'withdraw', member: you.id, roles: ['validator'] });
  }

  #switch(isOn: boolean) {
    return html`<h2>Let this browser validate?</h2>
      <p>You have the role Validator. A browser does nothing with it unless you insist.</p>
      <div class="field check">
        <input id="let-validate" type="checkbox" role="switch" .checked=${isOn} @change=${this.#let} aria-describedby="let-validate-hint" />
        <label for="let-validate">Let this browser validate</label>
      </div>
      <p class="hint" id="let-validate-hint">
        It must then stay open, awake and online, day and night, with this page in a tab. While it is closed or asleep it counts as a validator that has failed, and with few
        validators nothing becomes final until it is back.
      </p>
      <p class="hint">A machine that stays on does it better, as a member of its own: ${MACHINE}</p>
      <p role="status">
        ${isOn ? 'Keep this page open: this browser takes its seat as soon as it has all of the record and has said that it is ready.' : nothing}
      </p>`;
  }

  #alone() {
    return html`<h2>This browser decides alone</h2>
      <p>
        Nothing becomes final while it is closed, asleep or offline. Hand over soon: invite a member whose machine stays on, such as a relay (${MACHINE}), and propose the role
        Validator for it. Once it has its seat, this browser gives up its own here.
      </p>`;
  }

  #oneOf() {
    const { canDecide } = this.chain.permissions;
    return html`<h2>This browser validates</h2>
      <p>
        Keep this page open, awake and online: while it is not, this browser counts as a validator that has failed. The others can go on without it once it has given up its seat;
        you stay a member as before.
      </p>
      ${
        canDecide
          ? html`<div class="actions"><button type="button" @click=${this.#giveUp}>Give up its seat…</button></div>
              <propose-dialog .app=${this.app} .chain=${this.chain}></propose-dialog>`
          : html`<p class="muted">To give up its seat, ask a federation member to propose to take the role Validator from you.</p>`
      }`;
  }

  #part() {
    const { ownPart, seats } = this.chain.validators;
    switch (ownPart) {
      case 'none':
        return nothing;
      case 'asked':
      case 'candidate':
        return this.#switch(ownPart === 'candidate');
      case 'seated':
        return seats.length === 1 ? this.#alone() : this.#oneOf();
      default:
        return unreachable(ownPart);
    }
  }

  override render() {
    return this.chain.validators.ownPart === 'none' ? nothing : html`<section>${this.#part()} ${refusalNotice(this.refused)}</section>`;
  }
}

customElements.define('own-validating', OwnValidating);
