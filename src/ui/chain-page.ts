import { html, nothing, type PropertyValues } from 'lit';
import type { App, AppView, ChainView } from './app.ts';
import './chain-status.ts';
import { PageElement, refusalNotice, setTitle } from './element.ts';
import './entry-composer.ts';
import './entry-list.ts';
import './invite-dialog.ts';
import type { InviteDialog } from './invite-dialog.ts';
import './people-lists.ts';
import './recovery-card.ts';
import { nameMarks } from './words.ts';

/** One chain: what it says, who keeps it, and how to add to it. Properties: `app`, `view`; `chain`, its id. */
export class ChainPage extends PageElement {
  static override properties = {
    app: { attribute: false },
    view: { attribute: false },
    chain: { attribute: false },
    shown: { state: true },
    heard: { state: true },
  };
  declare app: App;
  declare view: AppView;
  declare chain: string;
  declare private shown: ChainView | undefined;
  /** True once the node has answered for this chain, be it that it has none. */
  declare private heard: boolean;

  #unwatch: (() => void) | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('chain') && this.#unwatch !== undefined) return;
    this.#unwatch?.();
    this.shown = undefined;
    this.heard = false;
    this.#unwatch = this.app.watchChain(this.chain, (view) => {
      this.shown = view;
      this.heard = true;
    });
  }

  protected override updated(): void {
    setTitle(this.#name ?? '');
  }

  get #name(): string | undefined {
    return this.shown?.name ?? this.view.chains.find(({ id }) => id === this.chain)?.name;
  }

  #invite(): void {
    void this.querySelector<InviteDialog>('invite-dialog')?.open();
  }

  #jump(event: Event): void {
    const id = event.currentTarget instanceof HTMLElement ? event.currentTarget.dataset['to'] : undefined;
    const heading = this.querySelector<HTMLElement>(`#${id}`);
    heading?.scrollIntoView({ block: 'start' });
    heading?.focus({ preventScroll: true });
  }

  /** On a narrow screen the people lie below the record: a way there, and how many they are. */
  #jumps({ members, peers }: ChainView) {
    return html`<nav class="jumps" aria-label="On this page">
      <button type="button" class="link" data-to="members-heading" @click=${this.#jump}>${members.length} in the chain</button>
      <button type="button" class="link" data-to="peers-heading" @click=${this.#jump}>${peers.length} connected</button>
    </nav>`;
  }

  #absent() {
    const { phase, chains } = this.view;
    const joining = chains.some(({ id, standing }) => id === this.chain && standing === 'joining');
    if (joining) return this.#waiting();
    if (phase === 'starting' || !this.heard) {
      return html`<h1 tabindex="-1"><bdi>${this.#name ?? 'Opening…'}</bdi></h1>
        <p class="muted placeholder">Opening the record on this device…</p>`;
    }
    return html`<h1 tabindex="-1">This chain is not on this device</h1>
      <p class="lead">Open an invitation link to join it, or use the browser in which you joined.</p>
      <a href="#/">To the start page</a>`;
  }

  #waiting() {
    return html`<h1 tabindex="-1"><bdi>${this.#name}</bdi></h1>
      <p class="lead">You have asked to join. The record opens here by itself as soon as you are let in; you may close this page meanwhile.</p>
      <a href="#/">To the start page</a>`;
  }

  #chain(shown: ChainView) {
    const { permissions, standing, status } = shown;
    const marks = nameMarks(shown.members);
    return html`
      <div class="chain">
        <div class="chain-head">
          <h1 tabindex="-1"><bdi>${shown.name}</bdi></h1>
          ${permissions.canInvite ? html`<button type="button" class="primary" @click=${this.#invite}>Invite</button>` : nothing}
          <chain-status .view=${shown}></chain-status>
          ${refusalNotice(status.problem)} ${this.#jumps(shown)}
        </div>
        <recovery-card .app=${this.app} .view=${this.view}></recovery-card>
        <div class="chain-record">
          ${standing === 'left' ? html`<p class="muted read-only">You have left this chain. What you had stays readable here.</p>` : nothing}
          ${
            standing === 'member'
              ? html`<entry-composer .app=${this.app} .chain=${shown.id} .writable=${permissions.canAppend}></entry-composer>`
              : nothing
          }
          <entry-list .app=${this.app} .chain=${shown.id} .newest=${shown.newest} .marks=${marks}></entry-list>
        </div>
        <aside aria-label="People">
          <people-lists .members=${shown.members} .peers=${shown.peers} .marks=${marks}></people-lists>
        </aside>
      </div>
      <invite-dialog .app=${this.app} .chain=${shown}></invite-dialog>
    `;
  }

  override render() {
    return this.shown === undefined ? html`<div class="sheet">${this.#absent()}</div>` : this.#chain(this.shown);
  }
}

customElements.define('chain-page', ChainPage);
