import { html, nothing } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
import type { App, AppView, ChainListItem } from './app.ts';
import { PageElement, refusalNotice, setTitle, trimmed } from './element.ts';
import { go } from './go.ts';
import { ARROW } from './icons.ts';
import { hashOf } from './route.ts';
import { count } from './words.ts';

/** Where everyone begins: the chains on this device, a link to open, a chain to create. Properties: `app`, `view`. */
export class StartPage extends PageElement {
  static override properties = {
    app: { attribute: false },
    view: { attribute: false },
    refused: { state: true },
    reading: { state: true },
  };
  declare app: App;
  declare view: AppView;
  declare private refused: RefusalCode | undefined;
  declare private reading: boolean;

  override connectedCallback(): void {
    super.connectedCallback();
    setTitle('');
  }

  async #open(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const box = this.querySelector<HTMLTextAreaElement>('#invitation');
    const code = trimmed(box?.value ?? '');
    if (code === undefined || this.reading) return box?.focus();
    this.reading = true;
    const preview = await this.app.openInvitation(code);
    this.reading = false;
    this.refused = preview.ok ? undefined : preview.refusal.code;
    if (!preview.ok) return box?.focus();
    go(this, preview.value.known ? { page: 'chain', id: preview.value.chain } : { page: 'join', code });
  }

  /** A link is one line: Enter opens it, as it would in a one-line box. The JSON form has many, and is pasted. */
  #enter(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.querySelector<HTMLFormElement>('form')?.requestSubmit();
  }

  #chain(chain: ChainListItem) {
    const notes = [
      chain.standing === 'joining' ? (chain.waiting?.ended === undefined ? 'waiting to be let in' : 'not let in') : undefined,
      chain.standing === 'left' ? 'left' : undefined,
      chain.standing === 'removed' || chain.standing === 'shut-out' ? 'removed' : undefined,
      chain.standing === 'replaced' ? 'on another device' : undefined,
      chain.standing === 'suspended' ? 'suspended' : undefined,
      chain.standing === 'roleless' ? 'without a role' : undefined,
      chain.toDecide > 0 ? `${chain.toDecide} to decide` : undefined,
      chain.unread > 0 ? `${count(chain.unread, 'new entry').replace(/entrys$/, 'entries')}` : undefined,
      chain.pending > 0 ? `${chain.pending.toLocaleString('en')} pending` : undefined,
    ].filter((note) => note !== undefined);
    return html`<li>
      <a class="chain-link" href=${hashOf({ page: 'chain', id: chain.id })}>
        <bdi>${chain.name}</bdi><span class="muted">${notes.join(' · ')}</span>${ARROW}
      </a>
    </li>`;
  }

  #chains() {
    const { chains, phase } = this.view;
    if (phase === 'starting') return html`<p class="muted placeholder">Looking for chains on this device…</p>`;
    if (chains.length === 0) return html`<p class="muted placeholder">None on this device yet. Create one, or open an invitation.</p>`;
    return html`<ul class="chains" role="list" aria-labelledby="chains-heading">
      ${chains.map((chain) => this.#chain(chain))}
    </ul>`;
  }

  override render() {
    return html`
      <div class="sheet">
        <h1 tabindex="-1">A record you keep together</h1>
        <p class="lead">
          What your group writes here is signed, kept on every member’s device, and nobody can rewrite it unnoticed. People come in by a link.
        </p>
        <section>
          <h2 id="chains-heading">Your chains</h2>
          ${this.#chains()}
        </section>
        <section>
          <h2>Open an invitation</h2>
          <form class="open-form" @submit=${this.#open}>
            <label for="invitation">Invitation link or code</label>
            <div class="with-button">
              <textarea
                id="invitation"
                rows="1"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby="invitation-hint"
                aria-invalid=${this.refused === undefined ? nothing : 'true'}
                @keydown=${this.#enter}
              ></textarea>
              <button type="submit" aria-busy=${this.reading ? 'true' : nothing}>Open</button>
            </div>
            <p id="invitation-hint" class="hint">Reading it uses nothing up: you see what it is before you join.</p>
            ${refusalNotice(this.refused)}
          </form>
        </section>
        <section>
          <h2>Begin a new one</h2>
          <button type="button" class="primary" @click=${() => go(this, { page: 'create' })}>Create a chain</button>
        </section>
        <section>
          <h2>Shown a receipt?</h2>
          <p><a href=${hashOf({ page: 'receipt' })}>Check a receipt</a> that says why somebody is a member</p>
        </section>
        <section>
          <h2>Lost a device?</h2>
          <p><a href=${hashOf({ page: 'recover' })}>I have a recovery phrase</a></p>
        </section>
        <section>
          <h2>Asked to keep a recovery key?</h2>
          <p><a href=${hashOf({ page: 'recovery-key' })}>Keep a recovery key</a> for a chain that somebody starts</p>
        </section>
        <section>
          <h2>Does something not connect?</h2>
          <p><a href=${hashOf({ page: 'check' })}>Check the connection</a> of this device and what it was told to reach</p>
        </section>
      </div>
    `;
  }
}

customElements.define('start-page', StartPage);
