import { html, nothing } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
import type { App, AppView } from './app.ts';
import { PageElement, refusalNotice } from './element.ts';

/** Words asked for: enough to show that they were kept, few enough not to be a chore. */
const WORDS_ASKED = 3;

type Step =
  | { readonly type: 'closed' }
  | { readonly type: 'words'; readonly words: readonly string[] }
  /** `wrong`: the position, from 0, of the first word that did not match. */
  | {
      readonly type: 'asking';
      readonly words: readonly string[];
      readonly positions: readonly number[];
      readonly wrong: number | undefined;
    };

/** Distinct positions in a phrase, in order, chosen by chance. */
function positionsAsked(length: number): readonly number[] {
  const lots = crypto.getRandomValues(new Uint32Array(length));
  return [...lots.keys()]
    .sort((a, b) => (lots[a] ?? 0) - (lots[b] ?? 0))
    .slice(0, WORDS_ASKED)
    .sort((a, b) => a - b);
}

/**
 * The reminder that the recovery phrase is not kept yet, and the dialog that shows it and asks for it. It stays until the
 * phrase is confirmed, and is never in the way. Properties: `app`, `view`.
 */
export class RecoveryCard extends PageElement {
  static override properties = { app: { attribute: false }, view: { attribute: false }, step: { state: true }, refused: { state: true } };
  declare app: App;
  declare view: AppView;
  declare private step: Step;
  declare private refused: RefusalCode | undefined;

  constructor() {
    super();
    this.step = { type: 'closed' };
  }

  /** Once the phrase is confirmed the card goes; whoever was in it, or came back to it, is at the page's heading. */
  protected override get haven(): HTMLElement | null {
    return this.view.recovery === 'unconfirmed' ? null : document.querySelector('main h1');
  }

  async #open(): Promise<void> {
    const phrase = await this.app.recoveryPhrase();
    this.refused = phrase.ok ? undefined : phrase.refusal.code;
    if (!phrase.ok) return;
    this.step = { type: 'words', words: phrase.value };
    await this.updateComplete;
    this.querySelector('dialog')?.showModal();
  }

  #close(): void {
    this.querySelector('dialog')?.close();
  }

  /** The words leave the page with the dialog. */
  #closed(): void {
    this.step = { type: 'closed' };
  }

  async #ask(words: readonly string[]): Promise<void> {
    this.step = { type: 'asking', words, positions: positionsAsked(words.length), wrong: undefined };
    await this.updateComplete;
    this.querySelector<HTMLInputElement>('dialog input')?.focus();
  }

  async #confirm(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const { step } = this;
    if (step.type !== 'asking') return;
    const wrong = step.positions.find((position) => this.#typed(position) !== step.words[position]);
    this.step = { ...step, wrong };
    if (wrong !== undefined) return this.querySelector<HTMLInputElement>(`#word-${wrong}`)?.focus();
    const done = await this.app.confirmRecoveryPhrase();
    this.refused = done.ok ? undefined : done.refusal.code;
    if (!done.ok) return;
    this.#close();
    // Now that the person means to stay, the browser is asked not to clear this site's data when space runs short.
    await navigator.storage?.persist?.();
  }

  #typed(position: number): string {
    return this.querySelector<HTMLInputElement>(`#word-${position}`)?.value.trim().toLowerCase() ?? '';
  }

  #words(words: readonly string[]) {
    return html`<p>
        If this device is lost, these twelve words bring your membership back. Write them on paper, in this order. Nobody else has them, and they are deleted here once you
        have shown that you keep them.
      </p>
      <ol class="phrase" translate="no">
        ${words.map((word) => html`<li>${word}</li>`)}
      </ol>
      <div class="actions">
        <button type="button" class="primary" @click=${() => this.#ask(words)}>I have written them down</button>
        <button type="button" class="quiet" @click=${this.#close}>Later</button>
      </div>`;
  }

  #questions({ words, positions, wrong }: Extract<Step, { type: 'asking' }>) {
    return html`<form class="fields" novalidate @submit=${this.#confirm}>
      <p>Please type these three from your copy.</p>
      <div class="choices">
        ${positions.map(
          (position) => html`<div class="field">
            <label for="word-${position}">Word ${position + 1}</label>
            <input
              id="word-${position}"
              type="text"
              autocomplete="off"
              autocapitalize="none"
              spellcheck="false"
              aria-invalid=${wrong === position ? 'true' : nothing}
            />
          </div>`,
        )}
      </div>
      ${wrong === undefined ? nothing : html`<p class="notice refusal" role="alert">Word ${wrong + 1} is not the one. Look at your copy again.</p>`}
      ${refusalNotice(this.refused)}
      <div class="actions">
        <button type="submit" class="primary">Confirm</button>
        <button type="button" class="quiet" @click=${() => this.#back(words)}>Show the words again</button>
      </div>
    </form>`;
  }

  #back(words: readonly string[]): void {
    this.step = { type: 'words', words };
  }

  #dialog() {
    const { step } = this;
    return html`<dialog aria-labelledby="recovery-heading" @close=${this.#closed}>
      <div class="dialog-body">
        <div class="dialog-head">
          <h2 id="recovery-heading" tabindex="-1" autofocus>Recovery phrase</h2>
          <button type="button" class="quiet" @click=${this.#close}>Close</button>
        </div>
        ${step.type === 'words' ? this.#words(step.words) : step.type === 'asking' ? this.#questions(step) : nothing}
      </div>
    </dialog>`;
  }

  override render() {
    if (this.view.recovery !== 'unconfirmed') return nothing;
    return html`<div class="reminder">
        <p><strong>Keep your recovery phrase.</strong> Without it, a lost device is a lost membership.</p>
        <button type="button" @click=${this.#open}>Show the words</button>
        ${this.step.type === 'closed' ? refusalNotice(this.refused) : nothing}
      </div>
      ${this.#dialog()}`;
  }
}

customElements.define('recovery-card', RecoveryCard);
