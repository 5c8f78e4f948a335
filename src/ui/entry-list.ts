import { html, nothing, type PropertyValues } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import type { RefusalCode } from '../core/base/result.ts';
import type { App } from './app.ts';
import { PageElement, refusalNotice } from './element.ts';
import { EARLIER_STEP, EMPTY_LOG, type EntryLog, earlierBefore, withEarlier, withNewest } from './entry-log.ts';
import type { EntriesPage, EntryContent, EntryView } from './entry-views.ts';
import { entryWords } from './entry-words.ts';
import { EraseDialog } from './erase-dialog.ts';
import { CHECK, CROSS, DOT } from './icons.ts';
import { hashOf } from './route.ts';
import { sentenceFor } from './sentences.ts';
import { fullMoment, machineTime, moment } from './words.ts';

/** Characters of one entry shown at once; the rest is shown on request, so that one entry cannot fill the page. */
const PREVIEW_CHARACTERS = 1000;

/**
 * The record, newest first. Properties: `app`; `chain`, its id; `newest`, the window that the node pushes; `marks`, by
 * which members of the same name are told apart; `erasures`, how many texts were erased so far. Entries are text, never
 * markup. Nothing of it is announced by itself. Event: `propose-erasure`, with the entry, which is not one’s own.
 */
export class EntryList extends PageElement {
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    newest: { attribute: false },
    marks: { attribute: false },
    erasures: { attribute: false },
    log: { state: true },
    whole: { state: true },
    loading: { state: true },
    refused: { state: true },
  };
  declare app: App;
  declare chain: string;
  declare newest: EntriesPage;
  declare marks: ReadonlyMap<string, string>;
  declare erasures: number;
  declare private log: EntryLog;
  declare private whole: ReadonlySet<string>;
  declare private loading: boolean;
  declare private refused: RefusalCode | undefined;

  constructor() {
    super();
    this.log = EMPTY_LOG;
    this.whole = new Set();
    this.marks = new Map();
    this.loading = false;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('chain')) this.whole = new Set();
    // What was loaded before may hold a text that is erased now: it is let go, and can be loaded again.
    const anew = changed.has('chain') || changed.has('erasures');
    if (anew) this.log = EMPTY_LOG;
    if (changed.has('newest') || anew) this.log = withNewest(this.log, this.newest);
  }

  async #loadEarlier(): Promise<void> {
    if (this.loading) return;
    const { chain } = this;
    this.loading = true;
    const before = earlierBefore(this.log);
    const page = await this.app.loadEntries(chain, { before, limit: EARLIER_STEP });
    this.loading = false;
    if (chain !== this.chain) return;
    this.refused = page.ok ? undefined : page.refusal.code;
    if (page.ok) this.log = withEarlier(this.log, page.value, before);
  }

  #showNewest(): void {
    this.log = withNewest(EMPTY_LOG, this.newest);
  }

  #showWhole(id: string): void {
    this.whole = new Set([...this.whole, id]);
  }

  async #dismiss(id: string): Promise<void> {
    const done = await this.app.dismissEntry(this.chain, id);
    this.refused = done.ok ? undefined : done.refusal.code;
  }

  #content(id: string, content: EntryContent, whole: boolean) {
    const words = entryWords(content, whole ? Number.POSITIVE_INFINITY : PREVIEW_CHARACTERS);
    if (whole || content.type !== 'text' || content.text.length <= PREVIEW_CHARACTERS) return words;
    return html`${words}
      <button type="button" class="link" @click=${() => this.#showWhole(id)}>Show all of it</button>`;
  }

  #erase(entry: EntryView): void {
    if (entry.erasable === 'by-proposal') {
      this.dispatchEvent(new CustomEvent('propose-erasure', { detail: entry }));
      return;
    }
    const dialog = this.querySelector('erase-dialog');
    if (dialog instanceof EraseDialog) void dialog.open(entry);
  }

  #erasing(entry: EntryView) {
    if (entry.erasable === undefined) return nothing;
    const at = fullMoment(entry.at);
    return entry.erasable === 'yours'
      ? html`<button type="button" class="link" aria-label=${`Erase your text of ${at}…`} @click=${() => this.#erase(entry)}>Erase…</button>`
      : html`<button type="button" class="link" aria-label=${`Propose to erase the text of ${at}…`} @click=${() => this.#erase(entry)}>Propose to erase…</button>`;
  }

  /** That it stands in the log, for others to check. */
  #proof({ id, at, state }: EntryView) {
    if (state.type !== 'final') return nothing;
    const address = hashOf({ page: 'chain', id: this.chain, section: 'log', item: id });
    return html`<a href=${address} aria-label=${`Proof of the entry of ${fullMoment(at)}`}>Proof</a>`;
  }

  #state({ state }: EntryView) {
    switch (state.type) {
      case 'final':
        return html`<span class="state final">${CHECK}final</span>`;
      case 'pending':
        return html`<span class="state pending">${DOT}pending</span>`;
      case 'refused':
        return html`<span class="state refused">${CROSS}refused</span>`;
    }
  }

  #why({ id, state }: EntryView) {
    if (state.type !== 'refused') return nothing;
    const { what, next } = sentenceFor(state.code);
    return html`<footer>
      <span class="why">${what} ${next}</span>
      <button type="button" class="link" @click=${() => this.#dismiss(id)}>Dismiss</button>
    </footer>`;
  }

  #entry(entry: EntryView, mark: string | undefined, whole: boolean, now: number) {
    const { author, at, content } = entry;
    return html`<article>
      <header>
        <span class="author"><bdi>${author.name}</bdi>${mark === undefined ? nothing : html` <code>${mark}</code>`}${author.you ? html` <span class="you">you</span>` : nothing}</span>
        <span class="stamp"><time datetime=${machineTime(at)} title=${fullMoment(at)}>${moment(at, now)}</time>${this.#state(entry)}</span>
      </header>
      ${this.#content(entry.id, content, whole)} ${this.#why(entry)}
      <div class="entry-foot">${this.#proof(entry)} ${this.#erasing(entry)}</div>
    </article>`;
  }

  #row(entry: EntryView, now: number, today: number) {
    const mark = this.marks.get(entry.author.memberId);
    const whole = this.whole.has(entry.id);
    return html`<li class="entry ${entry.state.type}">
      ${guard([entry.id, entry.index, entry.state.type, entry.content.type, entry.erasable, entry.author.name, mark, whole, today], () => this.#entry(entry, mark, whole, now))}
    </li>`;
  }

  #rows() {
    const now = Date.now();
    const today = new Date(now).setHours(0, 0, 0, 0);
    const newestFirst = [...this.log.final, ...this.log.open].reverse();
    return html`<ul class="entries" role="list" aria-labelledby="entries-heading">
      ${repeat(
        newestFirst,
        (entry) => entry.id,
        (entry) => this.#row(entry, now, today),
      )}
    </ul>`;
  }

  override render() {
    const { log } = this;
    const empty = log.final.length === 0 && log.open.length === 0;
    return html`
      <h2 id="entries-heading" tabindex="-1">Entries</h2>
      ${log.following ? nothing : html`<button type="button" @click=${this.#showNewest}>Show newest entries</button>`}
      ${empty ? html`<p class="muted placeholder">Nothing is written yet. The first entry begins the record.</p>` : this.#rows()}
      ${
        log.earlier
          ? html`<button type="button" class="earlier" aria-busy=${this.loading ? 'true' : nothing} @click=${this.#loadEarlier}>Show earlier entries</button>`
          : nothing
      }
      ${refusalNotice(this.refused)}
      <erase-dialog .app=${this.app} .chain=${this.chain}></erase-dialog>
    `;
  }
}

customElements.define('entry-list', EntryList);
