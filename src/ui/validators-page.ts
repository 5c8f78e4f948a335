import { html, nothing } from 'lit';
import { adviceWords, nowWords, paceWords, remedyWords, toleranceWords } from '../core/policy/quorum-words.ts';
import type { App, ChainView, ValidatorView } from './app.ts';
import { PageElement } from './element.ts';
import './own-validating.ts';
import { hashOf } from './route.ts';
import { factList, person, stamp } from './stamp.ts';
import { count, nameMarks } from './words.ts';

const ANSWERS_WORDS = {
  mute: html`<span class="warn">connected, but takes no part</span>`,
  yes: 'takes part, though not connected to this device',
  no: html`<span class="warn">away</span>`,
  unknown: html`<span class="warn">not connected to this device</span>`,
} as const;

/** Who decides blocks, whether they do, how many of them may fail now, and what to do about it. Properties: `app`; `chain`, its view. */
export class ValidatorsPage extends PageElement {
  static override properties = { app: { attribute: false }, chain: { attribute: false } };
  declare app: App;
  declare chain: ChainView;

  #validator({ id, name, you, reached, answers, tookPart }: ValidatorView, mark: string | undefined) {
    const { recentBlocks } = this.chain.validators;
    const part = tookPart === 0 && recentBlocks > 0 ? html`<span class="warn">in none</span>` : html`in ${tookPart.toLocaleString('en')}`;
    return html`<li>
      <span class="card-name"><strong>${person({ name, you })}</strong>${mark === undefined ? nothing : html` <code>${mark}</code>`}</span>
      <span class="muted">${you ? 'this device' : reached && answers !== 'mute' ? 'connected' : ANSWERS_WORDS[answers]}</span>
      <span class="muted">Took part ${part} of the last ${count(recentBlocks, 'block')}</span>
      <a class="why-link" href=${hashOf({ page: 'chain', id: this.chain.id, section: 'members', item: id })}>Why is <bdi>${name}</bdi> here?</a>
    </li>`;
  }

  /** How they are now, and what to do where one is away: announced when that changes. */
  #now(marks: ReadonlyMap<string, string>) {
    // Each name in its own direction, and with what tells it from others like it.
    const seats = this.chain.validators.seats.map(({ id, name, answers }) => {
      const mark = marks.get(id);
      return { name: `\u2068${name}\u2069${mark === undefined ? '' : ` (${mark})`}`, answers };
    });
    const { pace } = this.chain.validators;
    const remedy = remedyWords(seats, pace);
    const isNews = remedy !== undefined && !this.#standsStill;
    return html`<section>
      <h2>Now</h2>
      <div role="status">
        <p class=${isNews ? 'notice warn' : nothing}>${nowWords(seats, pace)} ${remedy}</p>
      </div>
    </section>`;
  }

  get #standsStill(): boolean {
    const { pace } = this.chain.validators;
    return pace === 'no-quorum' || pace === 'standstill';
  }

  /** Announced when it begins and when it ends. */
  #standstill() {
    const { seats, pace } = this.chain.validators;
    const said = paceWords(pace, seats.length, seats.filter(({ reached }) => reached).length);
    return html`<div role="status">${said === undefined ? nothing : html`<p class="notice warn">${said}</p>`}</div>`;
  }

  override render() {
    const { seats, quorum, faultsTolerated, faultsTolerableNow, epoch, view, finalAt, waiting } = this.chain.validators;
    const marks = nameMarks(seats);
    const number = (figure: number) => figure.toLocaleString('en');
    return html`<h1 tabindex="-1">Validators</h1>
      <p class="lead">They decide in which order entries become final. A block is final once enough of them have signed it.</p>
      ${this.#standstill()} ${this.#now(marks)}
      <own-validating .app=${this.app} .chain=${this.chain}></own-validating>
      <section>
        <h2>What it takes</h2>
        <p>${toleranceWords(seats.length)}</p>
        ${adviceWords(seats.length) === undefined ? nothing : html`<p class="muted">${adviceWords(seats.length)}</p>`}
      </section>
      <section>
        <h2>Who they are</h2>
        <ul class="cards" role="list" aria-label="All validators">
          ${seats.map((seat) => this.#validator(seat, marks.get(seat.id)))}
        </ul>
        ${
          quorum === seats.length
            ? nothing
            : html`<p class="hint">The first ${quorum} signatures of ${seats.length} make a block final, so that nobody is in every one. Whoever is in none is away.</p>`
        }
      </section>
      <section>
        <h2>Where they are</h2>
        ${factList([
          ['Latest final block', html`${number(this.chain.status.height)}, ${stamp(finalAt)}`],
          ['Waiting to become final', count(waiting, 'transaction')],
          ['Signatures needed', html`${quorum} of ${seats.length}; ${faultsTolerated} may be missing`],
          ['More that may fail now', faultsTolerableNow === undefined ? 'not known on this device' : number(faultsTolerableNow)],
          ['Epoch', html`${number(epoch)}: how often the validators have changed`],
          ['View', html`${number(view)}: how many turns to propose there were in this epoch`],
        ])}
      </section>`;
  }
}

customElements.define('validators-page', ValidatorsPage);
