import { html, nothing, type PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { App, ChainView } from './app.ts';
import { DEED_GROUPS, type DeedTongue, deedWords, doerWords } from './deed-words.ts';
import { PageElement, refusalNotice } from './element.ts';
import { entryWords } from './entry-words.ts';
import type { PersonView } from './governance-views.ts';
import './log-export.ts';
import type { BlockView, DeedView, LogFilter, LogItemView } from './log-item-views.ts';
import './log-proof.ts';
import { LogReader, type LogSoFar } from './log-reader.ts';
import { nameWords } from './matter.ts';
import { hashOf } from './route.ts';
import { person, stampFirst } from './stamp.ts';
import { count } from './words.ts';

/** Characters of a text that a row shows. */
const TEXT_CHARACTERS = 280;
const ID = /^[0-9a-f]{8,64}$/;

/** What a person looks for, as the form has it. */
interface Wanted {
  readonly member: string;
  readonly group: string;
  readonly id: string;
}
const ALL: Wanted = { member: '', group: '', id: '' };

function filterOf({ member, group, id }: Wanted): LogFilter {
  return {
    member: member === '' ? undefined : member,
    kinds: DEED_GROUPS.find(({ name }) => name === group)?.kinds,
    id: id === '' ? undefined : id,
  };
}

/** Rows of one block, which follow each other. */
function byBlock(items: readonly LogItemView[]): readonly (readonly [BlockView, readonly LogItemView[]])[] {
  const blocks: [BlockView, LogItemView[]][] = [];
  for (const item of items) {
    const last = blocks.at(-1);
    if (last?.[0].height === item.block.height) last[1].push(item);
    else blocks.push([item.block, [item]]);
  }
  return blocks;
}

/**
 * The log of a chain, the newest block first: each transaction in words, found by member, kind or id, with its proof.
 * Properties: `app`; `chain`, its view; `item`, the id of a transaction, block or text that is looked for.
 */
export class LogPage extends PageElement {
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    item: { attribute: false },
    wanted: { state: true },
    sofar: { state: true },
    wrongId: { state: true },
  };
  declare app: App;
  declare chain: ChainView;
  declare item: string | undefined;
  declare private wanted: Wanted;
  declare private sofar: LogSoFar;
  declare private wrongId: boolean;

  #reader: LogReader | undefined;
  #erasures = 0;
  /** Names by id of those who are no members any more, as far as their transactions were read. */
  readonly #formers = new Map<string, string>();

  constructor() {
    super();
    this.wanted = ALL;
    this.wrongId = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#reader?.stop();
    this.#reader = undefined;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('item')) this.wanted = { ...ALL, id: this.item ?? '' };
    // What was read before may hold a text that is erased now.
    const anew = this.#reader === undefined || changed.has('item') || this.#erasures !== this.chain.erasures;
    if (anew) this.#begin();
  }

  #begin(): void {
    this.#reader?.stop();
    this.#erasures = this.chain.erasures;
    this.#reader = new LogReader(this.app, this.chain.id, filterOf(this.wanted), this.chain.log.size, (sofar) => {
      this.sofar = sofar;
      this.#remember(sofar.items);
    });
    this.sofar = this.#reader.sofar;
    void this.#reader.more();
  }

  #remember(items: readonly LogItemView[]): void {
    const known = new Set(this.chain.members.map(({ id }) => id));
    for (const { by } of items) if (by !== undefined && !known.has(by.id)) this.#formers.set(by.id, by.name);
  }

  #choose(change: Partial<Wanted>): void {
    this.wanted = { ...this.wanted, ...change };
    this.wrongId = false;
    this.#begin();
  }

  #find(event: SubmitEvent): void {
    event.preventDefault();
    const box = this.querySelector<HTMLInputElement>('#log-id');
    const id = (box?.value ?? '').replace(/[\s…]/g, '').toLowerCase();
    if (id === '' || ID.test(id)) return this.#choose({ id });
    this.wrongId = true;
    box?.focus();
  }

  #clear(): void {
    const box = this.querySelector<HTMLInputElement>('#log-id');
    if (box !== null) box.value = '';
    this.#choose(ALL);
    this.querySelector<HTMLElement>('#log-member')?.focus();
  }

  get #isFiltered(): boolean {
    const { member, group, id } = this.wanted;
    return member !== '' || group !== '' || id !== '';
  }

  // ---------------------------------------------------------------- the form

  #form() {
    const { member, group, id } = this.wanted;
    const value = ({ currentTarget }: Event) => (currentTarget instanceof HTMLSelectElement ? currentTarget.value : '');
    return html`<form role="search" aria-label="The log" class="log-search" @submit=${this.#find}>
      <div class="field">
        <label for="log-member">Signed by</label>
        <select id="log-member" .value=${member} @change=${(event: Event) => this.#choose({ member: value(event) })}>
          <option value="">Everybody</option>
          ${this.chain.members.map((one) => html`<option value=${one.id} ?selected=${one.id === member}>${one.name}${one.you ? ' (you)' : ''}</option>`)}
          ${[...this.#formers].map(([id, name]) => html`<option value=${id} ?selected=${id === member}>${name}, no member any more</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="log-kind">About</label>
        <select id="log-kind" .value=${group} @change=${(event: Event) => this.#choose({ group: value(event) })}>
          <option value="">Everything</option>
          ${DEED_GROUPS.map(({ name, label }) => html`<option value=${name} ?selected=${name === group}>${label}</option>`)}
        </select>
      </div>
      <div class="field log-find">
        <label for="log-id">Id of a transaction, block or text</label>
        <div class="with-button">
          <input
            id="log-id"
            type="text"
            inputmode="text"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            .value=${id}
            aria-describedby="log-id-hint"
            aria-invalid=${this.wrongId ? 'true' : nothing}
          />
          <button type="submit">Find</button>
        </div>
        <p id="log-id-hint" class=${this.wrongId ? 'hint refused-hint' : 'hint'} aria-live="polite">
          ${this.wrongId ? 'An id is made of the digits 0 to 9 and the letters a to f: give the first 8 or more.' : 'Its first 8 digits or more.'}
        </p>
      </div>
    </form>`;
  }

  // ---------------------------------------------------------------- rows

  get #tongue(): DeedTongue {
    const { id } = this.chain;
    const known = new Set(this.chain.members.map((member) => member.id));
    const matters = new Set([...this.chain.requests, ...this.chain.proposals].map((matter) => matter.id));
    return {
      nameOf: (member) => nameWords(this.chain, member),
      person: (one) => (known.has(one.id) ? this.#link(one) : person(one)),
      subject: ({ type, id: item }, title) =>
        matters.has(item)
          ? html`<a href=${hashOf({ page: 'chain', id, section: type === 'request' ? 'requests' : 'proposals', item })}>${title}</a>`
          : title,
    };
  }

  #link({ id: item, name, you }: PersonView) {
    const address = hashOf({ page: 'chain', id: this.chain.id, section: 'members', item });
    return html`<a href=${address}><bdi>${name}</bdi></a>${you ? html` <span class="you">you</span>` : nothing}`;
  }

  #words(deed: DeedView) {
    if (deed.type === 'entry') return entryWords(deed.content, TEXT_CHARACTERS);
    const reason = 'reason' in deed ? deed.reason : undefined;
    return reason === undefined || reason === '' ? nothing : html`<p class="text" dir="auto"><q><bdi>${reason}</bdi></q></p>`;
  }

  #row(item: LogItemView, tongue: DeedTongue) {
    const { checkpoint } = this.chain.log;
    const signed = checkpoint?.vouched === true ? checkpoint.size : 0;
    return html`<li class="deed">
      <p>${doerWords(item.by, item.deed, tongue)} ${deedWords(item.deed, tongue)}.</p>
      ${this.#words(item.deed)}
      <log-proof .app=${this.app} .chain=${this.chain.id} .item=${item} .signed=${signed} .open=${item.id === this.item}></log-proof>
    </li>`;
  }

  #block([block, items]: readonly [BlockView, readonly LogItemView[]], tongue: DeedTongue) {
    const rest = block.count - items.length;
    return html`<section class="block" aria-labelledby="block-${block.height}">
      <div class="block-head">
        <h2 id="block-${block.height}">${block.height === 0 ? 'The beginning' : `Block ${block.height.toLocaleString('en')}`}</h2>
        <span class="muted">${stampFirst(block.at)}${rest > 0 && this.#isFiltered ? html` · ${items.length} of ${count(block.count, 'transaction')}` : nothing}</span>
      </div>
      <ul role="list" aria-labelledby="block-${block.height}">
        ${repeat(
          items,
          ({ index }) => index,
          (item) => this.#row(item, tongue),
        )}
      </ul>
    </section>`;
  }

  // ---------------------------------------------------------------- how far it is

  #progress() {
    const { items, next, size, reading } = this.sofar;
    if (reading && this.#isFiltered)
      return `Looking… ${(size - next).toLocaleString('en')} of ${count(size, 'transaction')} looked through, ${items.length.toLocaleString('en')} found.`;
    if (reading && items.length === 0) return 'Reading the log…';
    if (items.length === 0 && this.sofar.refused !== undefined) return '';
    if (this.#isFiltered && next === 0 && items.length === 0) return `Nothing found among ${count(size, 'transaction')}.`;
    if (this.#isFiltered) return `${items.length.toLocaleString('en')} found${next === 0 ? '' : ' so far'}.`;
    if (next === 0 && items.length === size) return `All of ${count(size, 'transaction')}.`;
    return `The newest ${items.length.toLocaleString('en')} of ${count(size, 'transaction')}.`;
  }

  /** Always of the same height, whatever it offers. */
  #line() {
    const { size, fromNewest, reading } = this.sofar;
    const newer = this.chain.log.size - size;
    return html`<div class="log-line">
      <p class="muted" role="status" aria-live=${reading ? 'off' : 'polite'}>${fromNewest ? this.#progress() : 'Older transactions; the newest were let go of.'}</p>
      ${
        reading && this.#isFiltered
          ? html`<button type="button" class="link" @click=${() => this.#reader?.pause()}>Stop</button>`
          : newer > 0 || !fromNewest
            ? html`<button type="button" class="link" @click=${this.#begin}>${newer > 0 ? `Show ${count(newer, 'new transaction')}` : 'Show the newest'}</button>`
            : this.#isFiltered
              ? html`<button type="button" class="link" @click=${this.#clear}>Show everything</button>`
              : nothing
      }
    </div>`;
  }

  #older() {
    const { next, reading, items, refused } = this.sofar;
    if (next === 0 || (reading && items.length === 0)) return nothing;
    return html`<button type="button" class="earlier" aria-busy=${reading ? 'true' : nothing} @click=${() => void this.#reader?.more()}>
      ${refused !== undefined ? 'Try again' : this.#isFiltered ? 'Look further' : 'Show older transactions'}
    </button>`;
  }

  override render() {
    const tongue = this.#tongue;
    return html`<h1 tabindex="-1">Log</h1>
      <p class="lead">
        Everything that was ever done here, the newest first, as this device holds it. Each transaction was signed by whoever made it; blocks without
        any are left out.
      </p>
      ${this.#form()} ${this.#line()} ${refusalNotice(this.sofar.refused)}
      <div class="blocks" aria-busy=${this.sofar.reading ? 'true' : 'false'}>
        ${repeat(
          byBlock(this.sofar.items),
          ([{ height }]) => height,
          (block) => this.#block(block, tongue),
        )}
      </div>
      ${this.#older()}
      <log-export .app=${this.app} .chain=${this.chain}></log-export>`;
  }
}

customElements.define('log-page', LogPage);
