import { html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { CHANGE_KINDS, type ChangeKind } from '../core/codec/governance.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { RoleRule, Rules } from '../core/codec/rules.ts';
import { ROLES_WRITERS_INVITE_TO } from '../core/policy/roles.ts';
import { CHANGE_NAMES } from '../core/policy/words.ts';
import type { ChainView } from './app.ts';
import { PageElement } from './element.ts';
import type { Draft } from './propose-dialog.ts';
import {
  governanceFields,
  type LimitField,
  NUMBER_FIELDS,
  numbersIn,
  type RuleShape,
  roleFields,
  shapesFor,
  withGovernance,
  withOther,
  withRole,
  withTemplate,
} from './rules-form.ts';
import { templateChoice, templateIn } from './template-choice.ts';
import { ROLE_WORDS } from './words.ts';

export type RulesPart = 'template' | 'roles' | 'governance' | 'other' | 'upgrade';

const HEADINGS: Readonly<Record<RulesPart, string>> = {
  template: 'How all roles are gained',
  roles: 'How a role is gained',
  governance: 'How many must agree',
  other: 'Everything else',
  upgrade: 'Upgrade the chain',
};

const SHAPE_WORDS: Readonly<Record<RuleShape, string>> = {
  invitation: 'By invitation',
  approvals: 'By approval of federation members',
  both: 'By invitation and approval',
  never: 'Only given by the federation',
  kept: 'As it is now',
};

/** Federation members whose approval one rule can ask for. */
const APPROVALS_MAX = 64;

/**
 * A form for one part of the rules. Property: `chain`, its view. Method: `open(part)`. Proposes nothing itself: it
 * dispatches `latchkey-draft` with what was filled in, for the dialog that shows the consequence.
 */
export class RulesDialog extends PageElement {
  static override properties = { chain: { attribute: false }, topic: { state: true }, chosen: { state: true } };
  declare chain: ChainView;
  declare private topic: RulesPart | undefined;
  declare private chosen: Role;

  constructor() {
    super();
    this.chosen = 'writer';
  }

  async open(part: RulesPart): Promise<void> {
    this.topic = part;
    await this.updateComplete;
    this.querySelector('dialog')?.showModal();
  }

  #close(): void {
    this.querySelector('dialog')?.close();
  }

  #roleChosen(event: Event): void {
    const value = event.target instanceof HTMLSelectElement ? event.target.value : '';
    this.chosen = this.chain.rules.roles.find(({ role }) => role === value)?.role ?? this.chosen;
  }

  #go(event: SubmitEvent): void {
    event.preventDefault();
    if (!(event.target instanceof HTMLFormElement) || this.topic === undefined) return;
    const software = event.target.querySelector<HTMLInputElement>('#rules-software');
    software?.setCustomValidity(numbersIn(software.value) === undefined ? 'Please write numbers, with commas between them.' : '');
    if (!event.target.reportValidity()) return;
    const draft = this.#draft(this.topic, new FormData(event.target));
    this.#close();
    this.dispatchEvent(new CustomEvent<Draft>('latchkey-draft', { detail: draft }));
  }

  #draft(part: RulesPart, form: FormData): Draft {
    if (part === 'upgrade') return { type: 'activate', version: numberIn(form, 'version'), height: numberIn(form, 'height') };
    return { type: 'rules', rules: this.#changed(part, form, this.chain.rules) };
  }

  #changed(part: Exclude<RulesPart, 'upgrade'>, form: FormData, rules: Rules): Rules {
    switch (part) {
      case 'template':
        return withTemplate(rules, templateIn(form), numberIn(form, 'approvals'));
      case 'roles':
        return withRole(rules, this.chosen, {
          shape: SHAPES.find((shape) => shape === form.get('shape')) ?? 'kept',
          approvals: numberIn(form, 'approvals'),
          writersInvite: form.has('writers'),
          cap: numberIn(form, 'cap'),
        });
      case 'governance':
        return withGovernance(rules, new Map(CHANGE_KINDS.map((kind) => [kind, numberIn(form, approvalsBox(kind))])));
      case 'other':
        return withOther(rules, {
          knocks: form.has('knocks'),
          publicRead: form.has('publicRead'),
          limits: new Map(NUMBER_FIELDS.map(({ id, ms }): [LimitField, number] => [id, numberIn(form, id) * ms])),
          bodyBytes: numberIn(form, 'bodyBytes'),
          approvedSoftware: numbersIn(String(form.get('software'))) ?? [],
          auditorsQuorum: numberIn(form, 'auditors'),
        });
    }
  }

  #number(field: { name: string; label: string; value: number | ''; min: number; max: number; unit?: string }) {
    const { name, label, value, min, max, unit } = field;
    return html`<div class="field">
      <label for="rules-${name}">${label}${unit === undefined ? nothing : html` <span class="muted">(${unit})</span>`}</label>
      <input id="rules-${name}" name=${name} type="number" inputmode="numeric" min=${min} max=${max} step="1" .value=${String(value)} ?required=${value !== ''} />
    </div>`;
  }

  #check(name: string, label: string, checked: boolean) {
    return html`<div class="field check">
      <input id="rules-${name}" name=${name} type="checkbox" .checked=${checked} /> <label for="rules-${name}">${label}</label>
    </div>`;
  }

  #roles({ roles }: Rules) {
    const chosen = roles.find(({ role }) => role === this.chosen) ?? roles[0];
    if (chosen === undefined) return nothing;
    return html`<div class="field">
        <label for="rules-role">Role</label>
        <select id="rules-role" @change=${this.#roleChosen}>
          ${roles.map(({ role }) => html`<option value=${role} ?selected=${role === chosen.role}>${ROLE_WORDS[role].name}</option>`)}
        </select>
        <p class="hint">${ROLE_WORDS[chosen.role].name}: ${ROLE_WORDS[chosen.role].may}.</p>
      </div>
      ${keyed(chosen.role, this.#roleBoxes(chosen))}`;
  }

  /** Drawn anew for each role, so that nothing filled in for one is taken for another. */
  #roleBoxes(chosen: RoleRule) {
    const fields = roleFields(chosen);
    return html`<div class="field">
        <label for="rules-shape">How it is gained</label>
        <select id="rules-shape" name="shape">
          ${shapesFor(chosen).map((shape) => html`<option value=${shape} .selected=${shape === fields.shape}>${SHAPE_WORDS[shape]}</option>`)}
        </select>
      </div>
      ${this.#number({ name: 'approvals', label: 'Approvals, where they are asked for', value: fields.approvals, min: 1, max: APPROVALS_MAX })}
      ${this.#number({ name: 'cap', label: 'Members at most', value: fields.cap, min: 0, max: 1_000_000, unit: '0: as many as come' })}
      ${ROLES_WRITERS_INVITE_TO.includes(chosen.role) ? this.#check('writers', 'Writers may invite too', fields.writersInvite) : nothing}`;
  }

  #template() {
    return html`<p class="hint">Sets how every role is gained, and how many decide about changes, in one go. Time limits and the rest stay as they are.</p>
      ${templateChoice('members-approve', () => undefined)}
      ${this.#number({ name: 'approvals', label: 'Approvals, where they are asked for', value: 2, min: 1, max: APPROVALS_MAX, unit: `the federation has ${this.#federation}` })}`;
  }

  get #federation(): number {
    return this.chain.members.filter(({ roles }) => roles.includes('federation')).length;
  }

  #governance(rules: Rules) {
    const set = governanceFields(rules);
    return html`<p class="hint">Federation members who must approve. Leave a box empty for more than half of them.</p>
      <div class="number-grid">
        ${CHANGE_KINDS.map((kind) => this.#number({ name: approvalsBox(kind), label: CHANGE_NAMES[kind], value: set.get(kind) || '', min: 1, max: APPROVALS_MAX }))}
      </div>`;
  }

  #other({ knocks, publicRead, limits, approvedSoftware, auditorsQuorum }: Rules) {
    return html`${this.#check('knocks', 'People may ask to join without a link', knocks)}
      ${this.#check('publicRead', 'Anybody may read the record', publicRead)}
      <div class="number-grid">
        ${NUMBER_FIELDS.map(({ id, label, unit, ms }) => this.#number({ name: id, label, unit, value: Math.max(1, Math.round(limits[id] / ms)), min: 1, max: 3653 * 24 }))}
        ${this.#number({ name: 'bodyBytes', label: 'An entry has at most', unit: 'bytes', value: limits.bodyBytes, min: 512, max: 65_536 })}
        ${this.#number({ name: 'auditors', label: 'Auditors who must countersign', value: auditorsQuorum, min: 0, max: 32 })}
      </div>
      <div class="field">
        <label for="rules-software">Approved software versions</label>
        <input id="rules-software" name="software" type="text" autocomplete="off" .value=${approvedSoftware.join(', ')} aria-describedby="rules-software-hint" />
        <p id="rules-software-hint" class="hint">Numbers with commas between them. Empty: any version.</p>
      </div>`;
  }

  #upgrade() {
    const { protocol, status } = this.chain;
    return html`${this.#number({ name: 'version', label: 'Version', value: protocol + 1, min: protocol + 1, max: 65_535 })}
      ${this.#number({ name: 'height', label: 'From block', value: status.height + 1000, min: status.height + 1, max: status.height + 10_000_000 })}
      <p class="hint">It comes into force there if enough validators have said by then that they know it.</p>`;
  }

  #fields(part: RulesPart) {
    const { rules } = this.chain;
    switch (part) {
      case 'template':
        return this.#template();
      case 'roles':
        return this.#roles(rules);
      case 'governance':
        return this.#governance(rules);
      case 'other':
        return this.#other(rules);
      case 'upgrade':
        return this.#upgrade();
    }
  }

  override render() {
    const { topic } = this;
    return html`<dialog aria-labelledby="rules-heading" @close=${() => (this.topic = undefined)}>
      <div class="dialog-body">
        <div class="dialog-head"><h2 id="rules-heading" tabindex="-1" autofocus>${topic === undefined ? '' : HEADINGS[topic]}</h2></div>
        ${
          topic === undefined
            ? nothing
            : html`<form class="fields" novalidate @submit=${this.#go}>
                ${this.#fields(topic)}
                <div class="actions">
                  <button type="submit" class="primary">Continue</button>
                  <button type="button" class="quiet" @click=${this.#close}>Cancel</button>
                </div>
              </form>`
        }
      </div>
    </dialog>`;
  }
}

/** Apart from what a form itself has: a control named `remove` would stand before the form's own method. */
function approvalsBox(kind: ChangeKind): string {
  return `approvals-${kind}`;
}

const SHAPES: readonly RuleShape[] = ['never', 'invitation', 'approvals', 'both', 'kept'];

/** A whole number of the form; 0 where the box is empty. */
function numberIn(form: FormData, name: string): number {
  const number = Number(form.get(name));
  return Number.isSafeInteger(number) && number > 0 ? number : 0;
}

declare global {
  interface HTMLElementEventMap {
    'latchkey-draft': CustomEvent<Draft>;
  }
}

customElements.define('rules-dialog', RulesDialog);
