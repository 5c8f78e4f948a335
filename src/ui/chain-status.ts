import { html, nothing } from 'lit';
import type { ChainView } from './app.ts';
import { PageElement } from './element.ts';
import { hashOf } from './route.ts';
import { count } from './words.ts';

/**
 * The one status line of a chain: height, final or catching up, peers, who attests it, and whether the relay is away.
 * Property: `view`. Its two lines keep their place whatever they say.
 *
 * It is announced politely when it changes, except for the figures that change all the time.
 */
export class ChainStatusLine extends PageElement {
  static override properties = { view: { attribute: false } };
  declare view: ChainView;

  /** Lower case, as on a label: `Block 42 · final`. */
  #state() {
    const { sync, height } = this.view.status;
    return html`<span class="lamp ${sync.type === 'final' ? 'ok' : 'busy'}"></span>Block
      <span aria-live="off">${height.toLocaleString('en')}</span> · ${sync.type === 'final' ? 'final' : 'catching up'}`;
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
    const { sync, relay, fork } = this.view.status;
    if (fork !== undefined) return 'Stopped: the chain has two histories. What is here stays readable.';
    if (relay === 'away' && this.view.standing !== 'member') return 'Nothing new comes in now.';
    if (relay === 'away') return 'The relay is away. What you write waits here until it is back.';
    if (this.#standsStill) return 'Standstill: too few validators agree. What you write waits here until they are back.';
    if (sync.type === 'final') return 'Every entry below is verified and kept on this device.';
    if (sync.total === 0) return 'Asking the others how far the record goes.';
    return html`<span aria-live="off">Copied and verified ${sync.done.toLocaleString('en')} of ${sync.total.toLocaleString('en')}.</span>`;
  }

  #bar() {
    const { sync } = this.view.status;
    if (sync.type === 'final') return nothing;
    return html`<progress aria-label="Copying the record" max=${Math.max(1, sync.total)} .value=${sync.done}></progress>`;
  }

  override render() {
    const { peers, status } = this.view;
    return html`<div class="status ${status.relay === 'away' || status.fork !== undefined || this.#standsStill ? 'away' : ''}">
      <div role="status" aria-atomic="false">
        <p class="facts-line">${this.#state()} · ${count(peers.length, 'peer')} · ${this.#attested()}</p>
        <p class="hint-line">${this.#hint()}</p>
      </div>
      ${this.#bar()}
    </div>`;
  }
}

customElements.define('chain-status', ChainStatusLine);
