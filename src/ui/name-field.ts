/** A text box for a name, with its bound in bytes kept and explained. */

import { html } from 'lit';
import { holdsControls } from '../core/base/shown-name.ts';
import { utf8Length } from './element.ts';
import { showsSomething } from './names.ts';

export interface NameField {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly bytesMax: number;
}

/** The label, the box and its hint; `validName` reads it. */
export function nameField({ id, label, hint, bytesMax }: NameField) {
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input id=${id} type="text" autocomplete="off" maxlength=${bytesMax} aria-describedby="${id}-hint" required @input=${clearComplaint} />
    <p id="${id}-hint" class="hint">${hint}</p>
  </div>`;
}

function clearComplaint(event: Event): void {
  if (event.target instanceof HTMLInputElement) event.target.setCustomValidity('');
}

function complaintAbout(name: string, bytesMax: number): string {
  if (holdsControls(name)) return 'This name holds a hidden control character. Please type it anew.';
  if (!showsSomething(name)) return name === '' ? 'Please write a name.' : 'This name shows nothing. Please write one that can be seen.';
  return utf8Length(name) > bytesMax ? 'This name is too long. Please shorten it.' : '';
}

/** The name in the box; `undefined`, with the browser's own message at the box, if it is empty, unseen, harmful or too long. */
export function validName(form: ParentNode, id: string, bytesMax: number): string | undefined {
  const box = form.querySelector<HTMLInputElement>(`#${id}`);
  if (box === null) return undefined;
  const name = box.value.trim();
  box.setCustomValidity(complaintAbout(name, bytesMax));
  if (box.reportValidity()) return name;
  box.focus();
  return undefined;
}
