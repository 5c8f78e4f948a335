import { html, nothing, type PropertyValues } from 'lit';
import './action-notices.ts';
import type { App, AppView, ChainView } from './app.ts';
import { chainNav, SECTION_WORDS } from './chain-nav.ts';
import './chain-status.ts';
import './checkpoints-page.ts';
import './devices-page.ts';
import { PageElement, refusalNotice, setTitle } from './element.ts';
import './entry-composer.ts';
import './entry-list.ts';
import type { EntryView } from './entry-views.ts';
import './fork-notice.ts';
import './invitations-page.ts';
import './invite-dialog.ts';
import type { InviteDialog } from './invite-dialog.ts';
import './join-waiting.ts';
import './log-page.ts';
import './matters-page.ts';
import './member-page.ts';
import './members-page.ts';
import './people-lists.ts';
import './recovery-card.ts';
import { validatingNotice } from './own-validating.ts';
import { ProposeDialog } from './propose-dialog.ts';
import { hashOf, type Section } from './route.ts';
import './rules-page.ts';
import { stamp } from './stamp.ts';
import './validators-page.ts';
import { nameMarks } from './words.ts';

/**
 * One chain: what it says, who keeps it, and how to add to it; and its other pages. Properties: `app`, `view`; `chain`, its
 * id; `section` and `item` as in the route.
 */
export class ChainPage extends PageElement {
  static override properties = {
    app: { attribute: false },
    view: { attribute: false },
    chain: { attribute: false },
    section: { attribute: false },
    item: { attribute: false },
    shown: { state: true },
    heard: { state: true },
  };
  declare app: App;
  declare view: AppView;
  declare chain: string;
  declare section: Section | undefined;
  declare item: string | undefined;
  declare private shown: ChainView | undefined;
  /** True once the node has answered for this chain, be it that it has none. */
  declare private heard: boolean;

  #unwatch: (() => void) | undefined;
  #shownSection: string | undefined;

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
    const name = this.#name ?? '';
    setTitle(this.section === undefined ? name : `${SECTION_WORDS[this.section]} · ${name}`);
    this.#showOpenSection();
  }

  /** On a narrow screen the sections are one line that scrolls: the open one is in it, each time that another is opened. */
  #showOpenSection(): void {
    const open = this.querySelector<HTMLElement>('.sections [aria-current]');
    const line = open?.parentElement ?? null;
    if (open === null || line === null || this.#shownSection === open.textContent) return;
    this.#shownSection = open.textContent;
    line.scrollLeft = open.offsetLeft - (line.clientWidth - open.offsetWidth) / 2;
  }

  get #name(): string | undefined {
    return this.shown?.name ?? this.view.chains.find(({ id }) => id === this.chain)?.name;
  }

  #proposeErasure({ detail: { id, index } }: CustomEvent<EntryView>): void {
    const dialog = this.querySelector('propose-dialog');
    if (dialog instanceof ProposeDialog && index !== undefined) void dialog.open({ type: 'erase', leaf: index, entry: id });
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
    const joining = chains.find(({ id, standing }) => id === this.chain && standing === 'joining');
    if (joining !== undefined) return html`<join-waiting .app=${this.app} .item=${joining}></join-waiting>`;
    if (phase === 'starting' || !this.heard) {
      return html`<h1 tabindex="-1"><bdi>${this.#name ?? 'Opening…'}</bdi></h1>
        <p class="muted placeholder">Opening the record on this device…</p>`;
    }
    return html`<h1 tabindex="-1">This chain is not on this device</h1>
      <p class="lead">Open an invitation link to join it, or use the browser in which you joined.</p>
      <a href="#/">To the start page</a>`;
  }

  /** Who decided it, when and why: on the record, or proved by those who let this device in no more. */
  #decidedBy({ shutOutBy }: ChainView) {
    if (shutOutBy === undefined) return nothing;
    const { names, at, reason } = shutOutBy;
    const who = names.map((name, i) => html`${i === 0 ? '' : i === names.length - 1 ? ' and ' : ', '}<bdi>${name}</bdi>`);
    return html` Decided by ${who}, ${stamp(at)}. ${reason === undefined ? 'No reason was given.' : html`The reason: “<bdi>${reason}</bdi>”`}`;
  }

  /** Why the chain does not go on here. */
  #problem(shown: ChainView) {
    return shown.status.fork === undefined
      ? refusalNotice(shown.status.problem)
      : html`<fork-notice .app=${this.app} .chain=${shown}></fork-notice>`;
  }

  /** What became of one's own membership, in plain words. */
  #standing(shown: ChainView) {
    const { standing, suspendedUntil } = shown;
    switch (standing) {
      case 'left':
        return html`<p class="muted read-only">You have left this chain. What you had stays readable here.</p>`;
      case 'removed':
        return html`<p class="notice refusal read-only">
          ${shown.shutOutBy === undefined ? 'You are no longer a member of this chain.' : 'The federation has removed you from this chain.'}${this.#decidedBy(shown)}
        </p>
        <p class="muted read-only">
          What you had stays readable here; nothing new comes in, and this device’s key cannot return. You can come in again only as somebody new, by a new link.
        </p>`;
      case 'suspended':
        return html`<p class="notice warn read-only">
          You are suspended${suspendedUntil === undefined ? '' : html` until ${stamp(suspendedUntil)}`}. You can read what is here, and write nothing. It ends by
          itself.${shown.shutOutBy === undefined ? ' Ask a federation member why.' : this.#decidedBy(shown)}
        </p>`;
      case 'roleless':
        return html`<p class="notice warn read-only">
          You have no role in this chain any more: your last one was withdrawn. What is here stays readable, and nothing new comes in until you are given a role. Ask a
          federation member for one.${this.#decidedBy(shown)}
        </p>`;
      case 'replaced':
        return html`<p class="notice warn read-only">
          You go on in this chain on another device or under another key, without this one. What is here stays readable; nothing new comes in.
        </p>`;
      case 'shut-out':
        return html`<p class="notice warn read-only">
          The others do not let this device in any more: you were removed or suspended while it was away, which cannot be verified here yet. What is here stays readable.
          Ask a federation member.
        </p>`;
      default:
        return nothing;
    }
  }

  #record(shown: ChainView) {
    const { permissions, standing, status } = shown;
    const marks = nameMarks(shown.members);
    return html`
      <div class="chain">
        <div class="chain-head">
          <h1 tabindex="-1"><bdi>${shown.name}</bdi></h1>
          ${permissions.canInvite ? html`<button type="button" class="primary" @click=${this.#invite}>Invite</button>` : nothing}
          <chain-status .view=${shown} .app=${this.app}></chain-status>
          ${this.#problem(shown)} ${chainNav(shown, undefined)} <action-notices .app=${this.app} .chain=${shown}></action-notices> ${this.#jumps(shown)}
        </div>
        <recovery-card .app=${this.app} .view=${this.view}></recovery-card>
        <div class="chain-record">
          ${this.#standing(shown)} ${validatingNotice(shown)}
          ${
            standing === 'member' && status.fork === undefined && status.awaiting === undefined
              ? html`<entry-composer .app=${this.app} .chain=${shown.id} .writable=${permissions.canAppend}></entry-composer>`
              : nothing
          }
          <entry-list .app=${this.app} .chain=${shown.id} .newest=${shown.newest} .marks=${marks} .erasures=${shown.erasures} @propose-erasure=${this.#proposeErasure}></entry-list>
        </div>
        <aside aria-label="People">
          <people-lists .chain=${shown.id} .members=${shown.members} .peers=${shown.peers} .marks=${marks}></people-lists>
        </aside>
      </div>
      <invite-dialog .app=${this.app} .chain=${shown}></invite-dialog>
      ${permissions.canDecide ? html`<propose-dialog .app=${this.app} .chain=${shown}></propose-dialog>` : nothing}
    `;
  }

  #page(shown: ChainView, section: Section) {
    const { app, item, view } = this;
    switch (section) {
      case 'members':
        return item === undefined
          ? html`<members-page .chain=${shown}></members-page>`
          : html`<member-page .app=${app} .chain=${shown} .member=${item}></member-page>`;
      case 'requests':
      case 'proposals':
        return item === undefined
          ? html`<matters-page .app=${app} .chain=${shown} .section=${section}></matters-page>`
          : html`<matter-page .app=${app} .chain=${shown} .section=${section} .item=${item}></matter-page>`;
      case 'invitations':
        return html`<invitations-page .app=${app} .chain=${shown}></invitations-page>`;
      case 'rules':
        return html`<rules-page .app=${app} .chain=${shown}></rules-page>`;
      case 'validators':
        return html`<validators-page .app=${app} .chain=${shown}></validators-page>`;
      case 'log':
        return html`<log-page .app=${app} .chain=${shown} .item=${item}></log-page>`;
      case 'checkpoints':
        return html`<checkpoints-page .app=${app} .chain=${shown}></checkpoints-page>`;
      case 'devices':
        return html`<devices-page .app=${app} .view=${view} .chain=${shown}></devices-page>`;
    }
  }

  #section(shown: ChainView, section: Section) {
    return html`<div class="within">
      <div class="within-head">
        <a class="chain-name" href=${hashOf({ page: 'chain', id: shown.id })}><bdi>${shown.name}</bdi></a>
        ${chainNav(shown, section)}
      </div>
      ${this.#problem(shown)} ${this.#standing(shown)}
      <action-notices .app=${this.app} .chain=${shown}></action-notices>
      ${this.#page(shown, section)}
    </div>`;
  }

  override render() {
    const { shown, section } = this;
    if (shown === undefined) return html`<div class="sheet">${this.#absent()}</div>`;
    return section === undefined ? this.#record(shown) : this.#section(shown, section);
  }
}

customElements.define('chain-page', ChainPage);
