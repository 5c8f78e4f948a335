/** What whoever runs a machine for the others says of it (DESIGN §5), as fields of a form. */
import { html } from 'lit';
import { CHECKLIST } from '../core/policy/operator.ts';
import type { OperatorView } from './governance-views.ts';

const CHECKS = [
  { id: 'updates', bit: CHECKLIST.updates, label: 'It installs updates' },
  { id: 'backups', bit: CHECKLIST.backups, label: 'It is backed up' },
  { id: 'access', bit: CHECKLIST.access, label: 'Nobody else can get at its keys' },
] as const;

const NUMBERS = [
  { id: 'region', label: 'Country', hint: 'Its number in ISO 3166, such as 276 for Germany', max: 65_535 },
  { id: 'kbps', label: 'Bandwidth', hint: 'In kbit/s', max: 1_000_000_000 },
  { id: 'software', label: 'Software version', hint: 'Its number on the chain’s list; 0 if there is no list', max: 1_000_000_000 },
] as const;

export function operatorFields() {
  return html`<fieldset>
    <legend>The machine, and who runs it</legend>
    <p class="hint">This role asks for it. All members see it.</p>
    <div class="field">
      <label for="operator-id">Operator</label>
      <input id="operator-id" type="text" maxlength="60" autocomplete="organization" required />
    </div>
    <div class="number-grid">
      ${NUMBERS.map(
        ({ id, label, hint, max }) => html`<div class="field">
          <label for="operator-${id}">${label}</label>
          <input id="operator-${id}" type="number" inputmode="numeric" min="0" max=${max} step="1" value="0" aria-describedby="operator-${id}-hint" />
          <p id="operator-${id}-hint" class="hint">${hint}</p>
        </div>`,
      )}
    </div>
    ${CHECKS.map(
      ({ id, label }) => html`<div class="field check">
        <input id="operator-${id}" type="checkbox" /> <label for="operator-${id}">${label}</label>
      </div>`,
    )}
  </fieldset>`;
}

/** What was filled in; `undefined` where the fields are not shown. */
export function operatorIn(form: ParentNode): OperatorView | undefined {
  const box = (id: string) => form.querySelector<HTMLInputElement>(`#operator-${id}`);
  const name = box('id');
  if (name === null) return undefined;
  const number = (id: string) => Math.max(0, Math.trunc(Number(box(id)?.value) || 0));
  const checklist = CHECKS.reduce((mask, { id, bit }) => (box(id)?.checked === true ? mask | bit : mask), 0);
  return { operatorId: name.value.trim(), region: number('region'), kbps: number('kbps'), software: number('software'), checklist };
}
