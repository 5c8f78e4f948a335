import { html, nothing, type PropertyValues } from 'lit';
import { NAME_BYTES_MAX } from '../core/base/limits.ts';
import type { RefusalCode } from '../core/base/result.ts';
import type { App, InvitationPreview, JoinOptions, JoinStage } from './app.ts';
import { PageElement, refusalNotice, setTitle } from './element.ts';
import { go } from './go.ts';
import { CHECK, CROSS, DOT } from './icons.ts';
import { advance, NOT_BEGUN, type Progress, type ProgressRow, progressRows } from './join-progress.ts';
import { nameField, validName } from './name-field.ts';
import { operatorFields, operatorIn } from './operator-fields.ts';
import { sentenceFor } from './sentences.ts';
import { elapsed, fullMoment, machineTime, moment, ROLE_WORDS, STAGE_WORDS } from './words.ts';

/** How often the running stage's time is drawn. */
const TICK_MS = 100;

/** What the marks show, for those who do not see them; the running stage is the current step by its own attribute. */
const STATE_WORDS: Readonly<Record<ProgressRow['state'], string>> = { ahead: 'to come', now: '', done: 'done', stopped: 'stopped' };

/** Refusals of a link after which its chain may still be asked without one. */
const KNOCK_AFTER: ReadonlySet<RefusalCode> = new Set([
  'invitation-used',
  'invitation-expired',
  'invitation-revoked',
  'invitation-unknown',
]);
const KNOCK_WORDS =
  'If this chain takes requests without a link, you can ask to be let in all the same. Its federation members then see your name and decide.';

type Invitation =
  | { readonly type: 'reading' }
  | { readonly type: 'none' }
  | { readonly type: 'unreadable'; readonly code: RefusalCode }
  | { readonly type: 'read'; readonly preview: InvitationPreview };

/**
 * Shows what a link says, and joins by it. Properties: `app`; `code`, the link's code.
 *
 * Until *Join* is pressed nothing is used up and nobody is contacted: reading is decoding. Leaving the page stops a join.
 */
export class JoinPage extends PageElement {
  static override properties = {
    app: { attribute: false },
    code: { attribute: false },
    invitation: { state: true },
    progress: { state: true },
    refused: { state: true },
    nowMs: { state: true },
  };
  declare app: App;
  declare code: string | undefined;
  declare private invitation: Invitation;
  declare private progress: Progress;
  declare private refused: RefusalCode | undefined;
  declare private nowMs: number;

  #stop: AbortController | undefined;
  #beganAt = 0;

  constructor() {
    super();
    this.invitation = { type: 'reading' };
    this.progress = NOT_BEGUN;
    this.nowMs = 0;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave();
  }

  #leave(): void {
    this.#stop?.abort();
    this.#stop = undefined;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('code') || !this.hasUpdated) void this.#read(this.code);
  }

  async #read(code: string | undefined): Promise<void> {
    this.#leave();
    this.progress = NOT_BEGUN;
    this.refused = undefined;
    this.invitation = { type: code === undefined ? 'none' : 'reading' };
    setTitle('Join');
    if (code === undefined) return;
    const read = await this.app.openInvitation(code);
    if (code !== this.code || !this.isConnected) return;
    if (read.ok && read.value.known) return go(this, { page: 'chain', id: read.value.chain });
    this.invitation = read.ok ? { type: 'read', preview: read.value } : { type: 'unreadable', code: read.refusal.code };
    if (read.ok) setTitle(`Join ${read.value.chainName}`);
  }

  async #join(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const knock = event.submitter?.dataset['knock'] !== undefined;
    const yourName = this.#isDevice ? '' : validName(this, 'your-name', NAME_BYTES_MAX);
    if (yourName !== undefined) await this.#ask({ yourName, knock, operator: operatorIn(this) });
  }

  get #isDevice(): boolean {
    return this.invitation.type === 'read' && this.invitation.preview.as === 'device';
  }

  async #ask(options: Omit<JoinOptions, 'signal'>): Promise<void> {
    if (this.code === undefined || this.#stop !== undefined) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.progress = NOT_BEGUN;
    this.refused = undefined;
    this.#beganAt = performance.now();
    // The form gives way to the progress; reading goes on from the heading, through a refusal too.
    this.querySelector('h1')?.focus({ preventScroll: true });
    const ticking = setInterval(() => {
      this.nowMs = performance.now() - this.#beganAt;
    }, TICK_MS);
    try {
      for await (const stage of this.app.join(this.code, { ...options, signal: stop.signal })) {
        if (this.#stop === stop) this.#advance(stage);
      }
    } finally {
      clearInterval(ticking);
      if (this.#stop === stop) this.#stop = undefined;
      this.requestUpdate();
    }
  }

  #advance(event: JoinStage): void {
    this.progress = advance(this.progress, event);
    this.nowMs = event.elapsedMs;
    if (event.type === 'refused' && event.code !== 'aborted') this.refused = event.code;
    if (event.type === 'refused' && event.code === 'aborted') this.progress = NOT_BEGUN;
    if (event.type === 'usable') go(this, { page: 'chain', id: event.chain });
    if (event.type === 'stage' && event.stage === 'waiting') this.#wait();
  }

  /**
   * Waiting may take days: it goes on without this page, on the chain's own, which is there after a reload too. From here
   * on leaving the page stops nothing.
   */
  #wait(): void {
    this.#stop = undefined;
    if (this.invitation.type === 'read') go(this, { page: 'chain', id: this.invitation.preview.chain });
  }

  #cancel(): void {
    if (this.#stop === undefined) go(this, { page: 'start' });
    else this.#stop.abort();
  }

  #row({ stage, state, elapsedMs }: ProgressRow) {
    const mark = state === 'done' ? CHECK : state === 'stopped' ? CROSS : DOT;
    return html`<li class="stage ${state}" aria-current=${state === 'now' ? 'step' : nothing}>
      ${mark} <span>${STAGE_WORDS[stage]}</span>
      ${STATE_WORDS[state] === '' ? nothing : html`<span class="visually-hidden">${STATE_WORDS[state]}</span>`}
      <span class="elapsed">${elapsedMs === undefined ? '' : elapsed(elapsedMs)}</span>
    </li>`;
  }

  #progressList() {
    if (this.progress === NOT_BEGUN && this.#stop === undefined) return nothing;
    const rows = progressRows(this.progress, this.nowMs);
    const now = rows.find((row) => row.state === 'now');
    return html`<h2 id="progress-heading">Progress</h2>
      <ol class="progress" role="list" aria-labelledby="progress-heading">
        ${rows.map((row) => this.#row(row))}
      </ol>
      <p class="visually-hidden" aria-live="polite">${now === undefined ? '' : STAGE_WORDS[now.stage]}</p>`;
  }

  /** Once *Join* was pressed the person has read these; the short form leaves the screen to what happens. */
  #facts(preview: InvitationPreview, short: boolean) {
    const { inviter, role } = preview;
    return html`<dl class="facts">
      <div><dt>${this.#isDevice ? 'You are' : 'Invited by'}</dt><dd><bdi>${inviter}</bdi>${this.#isDevice ? ', on another device' : nothing}</dd></div>
      <div><dt>${this.#isDevice ? 'This device may' : 'Your role'}</dt><dd>${this.#isDevice ? 'read the record and add entries in your name; it decides nothing' : `${ROLE_WORDS[role].name}: ${ROLE_WORDS[role].may}`}</dd></div>
      ${short || this.#isDevice ? nothing : this.#moreFacts(preview)}
    </dl>`;
  }

  #moreFacts({ chain, relays, issuedAt }: InvitationPreview) {
    return html`<div>
        <dt>Link made</dt>
        <dd><time datetime=${machineTime(issuedAt)} title=${fullMoment(issuedAt)}>${moment(issuedAt, Date.now())}</time></dd>
      </div>
      <div>
        <dt>Through</dt>
        <dd>${relays.map((relay, i) => html`${i > 0 ? ', ' : ''}<bdi>${relay}</bdi>`)}, chain <code>${chain.slice(0, 12)}…</code></dd>
      </div>
      <div>
        <dt>Others will see</dt>
        <dd>
          The name you give below, when you came and by whose invitation, and what you write. Members who connect to you directly also see this device’s network
          address.
        </dd>
      </div>`;
  }

  /** While it runs, the progress stands where the form was; after a refusal that may pass the form is back. */
  #form(preview: InvitationPreview) {
    const joining = this.#stop !== undefined;
    const mayKnock = !joining && this.refused !== undefined && KNOCK_AFTER.has(this.refused);
    const mayTell = !joining && this.refused === 'operator-missing';
    const closed = joining || (this.refused !== undefined && !sentenceFor(this.refused).retry && !mayKnock && !mayTell);
    return html`${this.#facts(preview, joining || this.refused !== undefined)} ${refusalNotice(this.refused)} ${this.#progressList()}
      <form class="fields" novalidate @submit=${this.#join}>
        ${mayKnock ? html`<p>${KNOCK_WORDS}</p>` : nothing}
        <div ?hidden=${closed || this.#isDevice}>
          ${nameField({ id: 'your-name', label: 'Your name', hint: 'Nothing is used up, and nobody is contacted, before you join.', bytesMax: NAME_BYTES_MAX })}
        </div>
        ${mayTell ? operatorFields() : nothing}
        <div class="actions">
          <button type="submit" class="primary" ?hidden=${closed || mayKnock}>${this.#isDevice ? 'Add this device' : 'Join'}</button>
          ${mayKnock ? html`<button type="submit" class="primary" data-knock>Ask to join without a link</button>` : nothing}
          <button type="button" class=${closed ? '' : 'quiet'} @click=${this.#cancel}>${(closed || mayKnock) && !joining ? 'Back' : 'Cancel'}</button>
        </div>
      </form>`;
  }

  #content() {
    const { invitation } = this;
    switch (invitation.type) {
      case 'reading':
        return html`<h1 tabindex="-1">Reading the invitation…</h1>`;
      case 'none':
        return html`<h1 tabindex="-1">Open your link once more</h1>
          <p class="lead">Links are not kept in this page’s address, so that nobody can take them from your history. Open the link you were sent again.</p>
          <a href="#/">To the start page</a>`;
      case 'unreadable':
        return html`<h1 tabindex="-1">This invitation cannot be read</h1>
          ${refusalNotice(invitation.code)} <a href="#/">To the start page</a>`;
      case 'read':
        return html`<h1 tabindex="-1">${this.#isDevice ? 'Add this device to' : 'Join'} <bdi>${invitation.preview.chainName}</bdi></h1>
          ${this.#form(invitation.preview)}`;
    }
  }

  override render() {
    return html`<div class="sheet narrow">${this.#content()}</div>`;
  }
}

customElements.define('join-page', JoinPage);
