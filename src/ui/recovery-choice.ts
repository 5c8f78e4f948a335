import { html, nothing } from 'lit';
import { toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { DAY_MS, RECOVERY_KEYS_MAX } from '../core/base/limits.ts';
import type { Recovery } from '../core/codec/genesis.ts';
import { parseRecoveryKey } from '../core/codec/recovery-key-text.ts';
import { PageElement } from './element.ts';
import { hashOf } from './route.ts';
import { count } from './words.ts';

/** Time that others have to object, in days: long enough that somebody looks. */
const DELAY_DAYS = 7;
const DELAY_DAYS_MAX = 90;

/**
 * Where a founder names the recovery keys that others have sent: of so many any so many must sign. Property: `first`, a code
 * that a link brought here. `recovery()` gives what was chosen, none, or `invalid` after pointing at what is wrong.
 */
export class RecoveryChoice extends PageElement {
  static override properties = {
    first: { attribute: false },
    text: { state: true },
    threshold: { state: true },
    complaint: { state: true },
  };
  declare first: string | undefined;
  declare private text: string;
  declare private threshold: number;
  declare private complaint: string;

  constructor() {
    super();
    this.text = '';
    this.threshold = 0;
    this.complaint = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.first !== undefined && this.text === '') this.text = `${this.first}\n`;
  }

  /** What was pasted, a key a line or a space apart: digests, and the number of the first that is none. */
  get #keys(): { readonly keys: readonly Hash[]; readonly wrong: number | undefined } {
    const read = this.text
      .split(/\s+/)
      .filter((part) => part !== '')
      .map(parseRecoveryKey);
    const wrong = read.findIndex(({ ok }) => !ok);
    return { keys: read.flatMap((one) => (one.ok ? [one.value] : [])), wrong: wrong === -1 ? undefined : wrong + 1 };
  }

  /** More than half, unless the founder says otherwise. */
  #needed(keys: number): number {
    return this.threshold >= 1 && this.threshold <= keys ? this.threshold : Math.floor(keys / 2) + 1;
  }

  recovery(): Recovery | 'invalid' | undefined {
    const { keys, wrong } = this.#keys;
    if (this.text.trim() === '') return undefined;
    const days = Number(this.querySelector<HTMLInputElement>('#recovery-delay')?.value);
    this.complaint = this.#problem(keys, wrong, days);
    if (this.complaint === '') return { threshold: this.#needed(keys.length), delayMs: days * DAY_MS, keys };
    const details = this.querySelector('details');
    if (details !== null) details.open = true;
    this.querySelector('textarea')?.focus();
    return 'invalid';
  }

  #problem(keys: readonly Hash[], wrong: number | undefined, days: number): string {
    if (wrong !== undefined) return `Recovery key ${wrong} is damaged or incomplete. Paste it again.`;
    if (new Set(keys.map(toHex)).size < keys.length) return 'One recovery key is there twice. Each must be another person’s.';
    if (keys.length > RECOVERY_KEYS_MAX) return `A chain names at most ${RECOVERY_KEYS_MAX} recovery keys.`;
    return Number.isInteger(days) && days >= 1 && days <= DELAY_DAYS_MAX ? '' : `Give the others 1 to ${DELAY_DAYS_MAX} days to object.`;
  }

  #typed(event: Event): void {
    if (event.target instanceof HTMLTextAreaElement) this.text = event.target.value;
    this.complaint = '';
  }

  #chosen(event: Event): void {
    if (event.target instanceof HTMLSelectElement) this.threshold = Number(event.target.value);
  }

  #numbers(keys: number) {
    if (keys === 0) return nothing;
    const needed = this.#needed(keys);
    return html`<div class="choices">
      <div class="field">
        <label for="recovery-threshold">Needed, of ${count(keys, 'key')}</label>
        <select id="recovery-threshold" @change=${this.#chosen}>
          ${Array.from({ length: keys }, (_, i) => html`<option value=${i + 1} ?selected=${i + 1 === needed}>${i + 1}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="recovery-delay">Days to object</label>
        <input id="recovery-delay" type="number" min="1" max=${DELAY_DAYS_MAX} .value=${String(DELAY_DAYS)} />
      </div>
    </div>`;
  }

  override render() {
    const { keys } = this.#keys;
    return html`<details ?open=${this.first !== undefined}>
      <summary>More: if the chain breaks</summary>
      <div class="fields">
        <p class="hint" id="recovery-means">
          If the relay and all validators are lost for good, people whose recovery keys are named here can together say who goes on. Without any, the record can then be read but
          not continued. Later the federation can name other keys.
        </p>
        <div class="field">
          <label for="recovery-keys">Recovery keys, one a line</label>
          <textarea
            id="recovery-keys"
            rows="3"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            aria-describedby="recovery-how recovery-means"
            aria-invalid=${this.complaint === '' ? nothing : 'true'}
            .value=${this.text}
            @input=${this.#typed}
          ></textarea>
          <p class="hint" id="recovery-how">
            Each of these people opens <a href=${hashOf({ page: 'recovery-key' })}>Keep a recovery key</a> on this site, writes twelve words on paper, and sends you the link that
            it shows.
          </p>
        </div>
        ${this.#numbers(keys.length)}
        ${this.complaint === '' ? nothing : html`<p class="notice refusal" role="alert">${this.complaint}</p>`}
      </div>
    </details>`;
  }
}

customElements.define('recovery-choice', RecoveryChoice);
