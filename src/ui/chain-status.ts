import { html, nothing } from 'lit';
import { unreachable } from '../core/base/result.ts';
import type { App, ChainView } from './app.ts';
import { PageElement } from './element.ts';
import { hashOf } from './route.ts';
import { count } from './words.ts';

/**
 * The one status line of a chain: height, final or catching up, peers, who attests it, and whether the relay is away.
 * Properties: `view`; `app`, by which checking is paused. Its two lines keep their place whatever they say.
 *
 * It is announced politely when it changes, except for the figures that change all the time.
 */
export class ChainStatusLine extends PageElement {
  static override properties = { view: { attribute: false }, app: { attribute: false } };
  declare app: App;
  declare view: ChainView;

  /** Lower case, as on a label: `Block 42 · final`. */
  #state() {
    const { sync, height, awaiting } = this.view.status;
    const state = sync.type !== 'final' ? 'catching up' : awaiting === undefined ? 'final' : 'waiting for auditors';
    return html`<span class="lamp ${state === 'final' ? 'ok' : 'busy'}"></span>Block
      <span aria-live="off">${height.toLocaleString('en')}</span> · ${state}`;
  }

  #attested() {
    const { validators } = this.view.status;
    const who = validators === 1 ? 'one operator' : count(validators, 'validator');
    return html`attested by <a href=${hashOf({ page: 'chain', id: this.view.id, section: 'validators' })}>${who}</a>`;
  }

  get #standsStill(): boolean {
    const { pace } = this.view.validators;
    return pace === 'no-quorum' || pace === 'standstill';
  }

  #hint() {
    const { sync, relay, fork, awaiting } = this.view.status;
    if (fork !== undefined) return 'Stopped: the chain has two histories. What is here stays readable.';
    if (relay === 'silent' && this.view.standing === 'member')
      return 'The relay does not answer this device. If that stays, the network key has changed: ask a member for a fresh link, and open it here.';
    if (relay !== 'connected' && this.view.standing !== 'member') return 'Nothing new comes in now.';
    if (relay === 'away') return 'The relay is away. What you write waits here until it is back.';
    if (this.#standsStill) return 'Standstill: too few validators agree. What you write waits here until they are back.';
    if (sync.type === 'final') return awaiting === undefined ? this.#verified() : this.#unvouched(awaiting);
    if (sync.total === 0) return 'Asking the others how far the record goes.';
    return html`<span aria-live="off">Copied and verified ${sync.done.toLocaleString('en')} of ${sync.total.toLocaleString('en')}.</span>`;
  }

  /** This chain asks newcomers to wait for its auditors. */
  #unvouched({ signed, asked, auditors }: NonNullable<ChainView['status']['awaiting']>) {
    if (signed >= asked)
      return 'Waiting for auditors: those whom your link vouches for audit no more, so this device checks everything itself. Do not rely on what is below yet.';
    const lack = auditors < asked ? ` The chain has ${auditors} of them now: its federation appoints others or lifts the rule.` : '';
    return `Waiting for auditors: of ${asked} who must sign what this device took over, ${signed} did. Do not rely on what is below yet; writing begins once they have.${lack}`;
  }

  /** Who says that what is below is right. */
  #verified() {
    const { verification } = this.view.status;
    switch (verification.type) {
      case 'quorum':
        return 'Verified by quorum: the validators vouch for every entry below, which is kept on this device.';
      case 'running':
        return html`Verified by quorum. ${verification.paused ? 'Paused: this' : 'This'} device is checking everything itself:
          <span aria-live="off">${verification.done.toLocaleString('en')} of ${verification.total.toLocaleString('en')}.</span>`;
      case 'you':
        return 'Verified by you: this device has checked everything from the beginning, and keeps it.';
      case 'wrong':
        return html`This device has checked everything, and block ${verification.height.toLocaleString('en')} breaks the rules. Do not
          rely on what is below: tell the other members.`;
      default:
        return unreachable(verification);
    }
  }

  #pause() {
    const { verification } = this.view.status;
    if (verification.type !== 'running' || this.view.status.sync.type !== 'final') return nothing;
    const { paused } = verification;
    return html`<button type="button" class="link" @click=${() => void this.app.pauseVerification(this.view.id, !paused)}>
      ${paused ? 'Go on checking' : 'Pause checking'}
    </button>`;
  }

  #bar() {
    const { sync, verification } = this.view.status;
    if (sync.type === 'final' && verification.type === 'running')
      return html`<progress aria-label="Checking the record" max=${Math.max(1, verification.total)} .value=${verification.done}></progress>`;
    if (sync.type === 'final') return nothing;
    return html`<progress aria-label="Copying the record" max=${Math.max(1, sync.total)} .value=${sync.done}></progress>`;
  }

  override render() {
    const { peers, status } = this.view;
    return html`<div class="status ${status.relay !== 'connected' || status.fork !== undefined || status.verification.type === 'wrong' || this.#standsStill ? 'away' : ''}">
      <div role="status" aria-atomic="false">
        <p class="facts-line">${this.#state()} · ${count(peers.length, 'peer')} · ${this.#attested()}</p>
        <p class="hint-line">${this.#hint()} ${this.#pause()}</p>
      </div>
      ${this.#bar()}
    </div>`;
  }
}

customElements.define('chain-status', ChainStatusLine);
