import { html, nothing } from 'lit';
import { ok, type RefusalCode, type Result } from '../core/base/result.ts';
import type { App, RestoredView } from './app.ts';
import { PageElement, refusalNotice, setTitle, trimmed } from './element.ts';
import { go } from './go.ts';
import { passwordField, validPassword } from './password-field.ts';
import { hashOf, type Route } from './route.ts';
import { sentenceFor } from './sentences.ts';

type From = 'link' | 'backup';
/** What was filled in, ready to be asked; where it leads if it succeeds. */
type Ask = () => Promise<Result<Route | readonly RestoredView[]>>;

/** The list of words comes with the node, and is loaded when somebody needs it. */
async function complaintAbout(words: string): Promise<string | undefined> {
  const { phraseComplaint } = await import('../node/recovery-phrase.ts');
  return phraseComplaint(words);
}

/** Becoming a member again by the recovery phrase, with a link of the chain or a backup. Property: `app`. */
export class RecoverPage extends PageElement {
  static override properties = {
    app: { attribute: false },
    from: { state: true },
    working: { state: true },
    restored: { state: true },
    refused: { state: true },
    complaint: { state: true },
  };
  declare app: App;
  declare private from: From;
  declare private working: boolean;
  declare private restored: readonly RestoredView[] | undefined;
  declare private refused: RefusalCode | undefined;
  /** What is wrong with the words, where that is why. */
  declare private complaint: string | undefined;

  constructor() {
    super();
    this.from = 'link';
    this.working = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    setTitle('Recover');
  }

  #text(id: string): string | undefined {
    const box = this.querySelector<HTMLTextAreaElement>(`#${id}`);
    const text = trimmed(box?.value ?? '');
    if (text === undefined) box?.focus();
    return text;
  }

  async #recover(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const words = this.#text('recovery-words')?.toLowerCase().split(/\s+/).join(' ');
    if (words === undefined || this.working) return;
    const ask = this.from === 'link' ? this.#byLink(words) : await this.#byBackup(words);
    if (ask === undefined) return;
    this.working = true;
    this.refused = undefined;
    this.restored = undefined;
    const done = await ask();
    this.working = false;
    this.complaint = !done.ok && done.refusal.code === 'malformed' ? await complaintAbout(words) : undefined;
    if (!done.ok) this.refused = done.refusal.code;
    else if ('page' in done.value) go(this, done.value);
    else this.restored = done.value;
  }

  #byLink(words: string): Ask | undefined {
    const link = this.#text('recovery-link');
    if (link === undefined) return undefined;
    const stolen = this.querySelector<HTMLInputElement>('#recovery-stolen')?.checked ?? false;
    return async () => {
      const done = await this.app.recover({ words, link, stolen });
      return done.ok ? ok({ page: 'chain', id: done.value }) : done;
    };
  }

  async #byBackup(words: string): Promise<Ask | undefined> {
    const box = this.querySelector<HTMLInputElement>('#recovery-file');
    const file = box?.files?.[0];
    const password = file === undefined ? box?.focus() : validPassword(this, 'recovery-password', 1);
    if (file === undefined || password === undefined) return undefined;
    const bytes = new Uint8Array(await file.arrayBuffer());
    return async () => {
      const done = await this.app.restore(bytes, password, words);
      return done.ok && done.value.every(({ refused }) => refused === undefined) ? ok({ page: 'start' }) : done;
    };
  }

  #source() {
    if (this.from === 'backup') {
      return html`<div class="field">
          <label for="recovery-file">Backup file</label>
          <input id="recovery-file" type="file" />
        </div>
        ${passwordField({ id: 'recovery-password', label: 'Password of the file', hint: 'The one that you chose when you saved it.', fresh: false })}`;
    }
    return html`<div class="field">
        <label for="recovery-link">Any link of the chain</label>
        <textarea id="recovery-link" rows="2" autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="recovery-link-hint"></textarea>
        <p id="recovery-link-hint" class="hint">An invitation of any member will do, used up or not: it only says where the chain is. If it is not answered, ask for a fresh one.</p>
      </div>
      <div class="field check">
        <input id="recovery-stolen" type="checkbox" aria-describedby="recovery-stolen-hint" />
        <label for="recovery-stolen">My key was stolen</label>
      </div>
      <p id="recovery-stolen-hint" class="hint">Then your open invitations, requests and approvals are cancelled too, since they may not be yours. That cannot be undone.</p>`;
  }

  /** That a chain knows no such member has a meaning of its own here. */
  #refusal() {
    if (this.refused === 'malformed' && this.complaint !== undefined)
      return html`<div class="notice refusal" role="alert" data-code="malformed"><p><strong>These words are no recovery phrase.</strong> ${this.complaint}</p></div>`;
    if (this.refused !== 'member-unknown') return refusalNotice(this.refused);
    return html`<div class="notice refusal" role="alert" data-code=${this.refused}>
      <p><strong>These words recover nobody in that chain.</strong> Check each word and their order, and that the link is of the right chain.</p>
    </div>`;
  }

  /** Where some chains could not be had back, each is told of. */
  #outcome(restored: readonly RestoredView[]) {
    return html`<h2 id="restored-heading">What became of each chain</h2>
      <ul class="cards" role="list" aria-labelledby="restored-heading">
        ${restored.map(
          ({ chain, name, refused }) => html`<li>
            ${refused === undefined ? html`<a href=${hashOf({ page: 'chain', id: chain })}><bdi>${name}</bdi></a>` : html`<strong><bdi>${name}</bdi></strong>`}
            <span class="muted">${refused === undefined ? 'You are its member again.' : `${sentenceFor(refused).what} ${sentenceFor(refused).next}`}</span>
          </li>`,
        )}
      </ul>`;
  }

  #choice(from: From, label: string) {
    return html`<label class="choice"><input type="radio" name="from" .checked=${this.from === from} @change=${() => (this.from = from)} /> ${label}</label>`;
  }

  override render() {
    return html`<div class="sheet narrow">
      <h1 tabindex="-1">I have a recovery phrase</h1>
      <p class="lead">This browser becomes the member that the phrase belongs to. The lost device can do nothing from then on.</p>
      <form class="fields" novalidate @submit=${this.#recover}>
        <div class="field">
          <label for="recovery-words">The twelve words</label>
          <textarea id="recovery-words" rows="2" autocomplete="off" autocapitalize="none" spellcheck="false" translate="no" aria-describedby="recovery-words-hint"></textarea>
          <p id="recovery-words-hint" class="hint">In their order, with spaces between them. They never leave this device.</p>
        </div>
        <fieldset class="choices-column">
          <legend>Where the chain is</legend>
          ${this.#choice('link', 'I have a link')} ${this.#choice('backup', 'I have a backup file')}
        </fieldset>
        ${this.#source()} ${this.#refusal()} ${this.restored === undefined ? nothing : this.#outcome(this.restored)}
        <div class="actions">
          <button type="submit" class="primary" aria-disabled=${this.working ? 'true' : nothing}>Recover</button>
          <a class="quiet" href="#/">Back</a>
          <span class="muted" aria-live="polite">${this.working ? 'Looking for the chain, and taking your place in it…' : ''}</span>
        </div>
      </form>
    </div>`;
  }
}

customElements.define('recover-page', RecoverPage);
