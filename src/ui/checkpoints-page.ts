import { html, nothing } from 'lit';
import './audit-findings.ts';
import type { App, ChainView } from './app.ts';
import { PageElement } from './element.ts';
import type { CheckpointView, CosignerView, SeenCheckpointView, SeenSignerView } from './log-view.ts';
import { hashOf } from './route.ts';
import { factList, person, stamp } from './stamp.ts';
import { count } from './words.ts';

const OFFICE_WORDS: Readonly<Record<SeenSignerView['as'], string>> = {
  publisher: 'who published it',
  validator: 'validator',
  auditor: 'auditor',
  witness: 'public witness',
  former: 'who has signed here once and does so no more',
};

/**
 * The newest checkpoint of the record, who has signed it, and what that means; others that were seen; and what an audit of the
 * record told. Properties: `app`; `chain`, its view.
 */
export class CheckpointsPage extends PageElement {
  static override properties = { app: { attribute: false }, chain: { attribute: false } };
  declare app: App;
  declare chain: ChainView;

  #cosigner({ id, name, you, office, signedAt }: CosignerView) {
    return html`<li>
      <span class="card-name"><strong>${person({ name, you })}</strong></span>
      <span class="muted">${office === 'validator' ? 'Validator' : 'Auditor'}</span>
      <span class="muted">${signedAt === undefined ? html`<span class="warn">has not signed this one</span>` : html`signed ${stamp(signedAt)}`}</span>
      <a class="why-link" href=${hashOf({ page: 'chain', id: this.chain.id, section: 'members', item: id })}>Why is <bdi>${name}</bdi> here?</a>
    </li>`;
  }

  #signers({ cosigners, witnesses }: CheckpointView) {
    return html`<section>
      <h2>Who has signed it</h2>
      <ul class="cards" role="list" aria-label="Signers of the newest checkpoint">
        ${cosigners.map((one) => this.#cosigner(one))}
        ${witnesses.map(
          ({ name, signedAt }) => html`<li>
            <span class="card-name"><strong><bdi>${name}</bdi></strong></span>
            <span class="muted">Public witness</span>
            <span class="muted">signed ${stamp(signedAt)}</span>
          </li>`,
        )}
      </ul>
    </section>`;
  }

  /** What it says, and what is still missing. */
  #meaning({ vouched, size }: CheckpointView) {
    const since = this.chain.log.size - size;
    if (!vouched) return 'Not enough have signed it yet.';
    if (since === 0)
      return 'It covers the whole record. Whoever signed it has said: this is the record, and nothing before it was changed.';
    return `${count(since, 'transaction')} came after it, and will be in the next one. Whoever signed it has said: nothing up to there was changed.`;
  }

  #checkpoint(checkpoint: CheckpointView) {
    return html`<section>
        <h2>Newest checkpoint</h2>
        <p>${this.#meaning(checkpoint)}</p>
        ${factList([
          ['Covers', count(checkpoint.size, 'transaction')],
          ['Fingerprint', html`<code>${checkpoint.root}</code>`],
        ])}
        <details>
          <summary>As others verify it</summary>
          <pre tabindex="0" aria-label="Signed checkpoint">${checkpoint.note}</pre>
        </details>
      </section>
      ${this.#signers(checkpoint)}`;
  }

  #signer({ person: who, name, as, signedAt }: SeenSignerView) {
    const words = who === undefined ? html`<bdi>${name}</bdi>` : person(who);
    return html`<li>${words}, ${OFFICE_WORDS[as]}${signedAt === undefined ? nothing : html`, ${stamp(signedAt)}`}</li>`;
  }

  #seen() {
    const { seen } = this.chain.log;
    if (seen.length === 0) return nothing;
    return html`<section>
      <h2 id="seen-heading">Checkpoints seen here</h2>
      <p>The newest of everybody who signs, as they came to this device. ${seen.every(({ agrees }) => agrees) ? 'All are of the record that is here.' : nothing}</p>
      <ul class="cards" role="list" aria-labelledby="seen-heading">
        ${seen.map((one) => this.#seenOne(one))}
      </ul>
    </section>`;
  }

  #seenOne({ size, root, agrees, signers }: SeenCheckpointView) {
    return html`<li>
      <span class="card-name"><strong>${count(size, 'transaction')}</strong>${agrees ? nothing : html` <span class="warn">further than the record here reaches yet</span>`}</span>
      <span class="muted">Fingerprint <code>${root}</code></span>
      <ul class="lines" aria-label=${`Signed ${count(size, 'transaction')}`}>
        ${signers.map((signer) => this.#signer(signer))}
      </ul>
    </li>`;
  }

  #contradictions() {
    return html`<div role="status">
      ${this.chain.log.contradictions.map(
        ({ size, signers }) => html`<p class="notice warn">
          ${signers.length === 0 ? 'Somebody who signed for this chain once' : signers.map((one, i) => html`${i === 0 ? nothing : i === signers.length - 1 ? ' and ' : ', '}${person(one)}`)}
          has signed that the first ${count(size, 'transaction')} were others than this device holds. That is not so: tell the other members.
        </p>`,
      )}
    </div>`;
  }

  override render() {
    const { checkpoint, public: isPublic } = this.chain.log;
    return html`<h1 tabindex="-1">Checkpoints</h1>
      <p class="lead">A checkpoint is a signed fingerprint of the whole record. Your device compares those of others with its own copy, so nobody can show two people two records unnoticed.</p>
      ${this.#contradictions()}
      ${checkpoint === undefined ? html`<p class="muted">Nobody has signed one yet. Validators do so some seconds after each change.</p>` : this.#checkpoint(checkpoint)}
      ${this.#seen()}
      <audit-findings .app=${this.app} .chain=${this.chain}></audit-findings>
      <section>
        <h2>Who can check it</h2>
        <p>
          ${
            isPublic
              ? 'Anybody: relays of this chain publish its log, without the words of entries. Tools for transparency logs read it.'
              : 'Its members. Under Rules the federation can let anybody read the record; relays then publish its log, without the words of entries.'
          }
        </p>
      </section>`;
  }
}

customElements.define('checkpoints-page', CheckpointsPage);
