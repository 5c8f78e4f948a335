import { html, nothing } from 'lit';
import { CHANGE_KINDS } from '../core/codec/governance.ts';
import { CHANGE_NAMES, changeSentence, otherLines, roleSentence } from '../core/policy/words.ts';
import type { App, ChainView } from './app.ts';
import './broken-chain.ts';
import { PageElement } from './element.ts';
import './propose-dialog.ts';
import type { Draft, ProposeDialog } from './propose-dialog.ts';
import './rules-dialog.ts';
import type { RulesDialog, RulesPart } from './rules-dialog.ts';
import { factList } from './stamp.ts';
import { ROLE_WORDS } from './words.ts';

/** The rules of a chain in plain sentences, each changeable from here. Properties: `app`; `chain`, its view. */
export class RulesPage extends PageElement {
  static override properties = { app: { attribute: false }, chain: { attribute: false } };
  declare app: App;
  declare chain: ChainView;

  #change(part: RulesPart): void {
    void this.querySelector<RulesDialog>('rules-dialog')?.open(part);
  }

  #propose(event: CustomEvent<Draft>): void {
    this.#draft(event.detail);
  }

  #draft(draft: Draft): void {
    void this.querySelector<ProposeDialog>('propose-dialog')?.open(draft);
  }

  #button(part: RulesPart, about: string) {
    if (!this.chain.permissions.canDecide) return nothing;
    return html`<button type="button" class="small" @click=${() => this.#change(part)}>Change…<span class="visually-hidden"> ${about}</span></button>`;
  }

  override render() {
    const { chain } = this;
    const { rules } = chain;
    const federation = chain.members.filter(({ roles }) => roles.includes('federation')).length;
    return html`<h1 tabindex="-1">Rules</h1>
      <p class="lead">They are part of the record: every device checks them, and nothing that breaks them takes effect.</p>
      <section>
        <div class="section-head"><h2>How each role is gained</h2>${this.#button('roles', 'how each role is gained')}</div>
        ${chain.permissions.canDecide ? html`<p><button type="button" class="link" @click=${() => this.#change('template')}>Change all roles at once…</button></p>` : nothing}
        ${factList(rules.roles.map((rule) => [ROLE_WORDS[rule.role].name, roleSentence(rule)] as const))}
      </section>
      <section>
        <div class="section-head"><h2>What the federation decides, and how many must agree</h2>${this.#button('governance', 'how many must agree')}</div>
        ${factList(CHANGE_KINDS.map((kind) => [CHANGE_NAMES[kind], changeSentence(rules, kind, federation)] as const))}
      </section>
      <section>
        <div class="section-head"><h2>Everything else</h2>${this.#button('other', 'everything else')}</div>
        ${chain.permissions.canDecide ? html`<p><button type="button" class="link" @click=${() => this.#draft({ type: 'network-key' })}>Make a new network key…</button></p>` : nothing}
        ${factList(otherLines(rules).map(({ about, holds }) => [about, holds] as const))}
      </section>
      <section>
        <div class="section-head"><h2>Version of the chain</h2>${this.#button('upgrade', 'the version')}</div>
        <p>The chain runs version ${chain.protocol}. All devices must know a version before it comes into force.</p>
      </section>
      <broken-chain .app=${this.app} .chain=${chain} @latchkey-draft=${this.#propose}></broken-chain>
      <rules-dialog .chain=${chain} @latchkey-draft=${this.#propose}></rules-dialog>
      <propose-dialog .app=${this.app} .chain=${chain}></propose-dialog>`;
  }
}

customElements.define('rules-page', RulesPage);
