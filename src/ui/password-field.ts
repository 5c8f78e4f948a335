/** A box for a password, with the browser's own message where it is too short. */
import { html } from 'lit';

/** Short of this, guessing a file's password takes hours. */
export const PASSWORD_LENGTH_MIN = 10;

/** `fresh`: it is made up here, so that password keepers offer to keep it. */
export function passwordField({ id, label, hint, fresh }: { id: string; label: string; hint: string; fresh: boolean }) {
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input id=${id} type="password" autocomplete=${fresh ? 'new-password' : 'current-password'} aria-describedby="${id}-hint" required />
    <p id="${id}-hint" class="hint">${hint}</p>
  </div>`;
}

/** The password in the box; `undefined`, with a message at the box, if it is too short. */
export function validPassword(form: ParentNode, id: string, lengthMin: number): string | undefined {
  const box = form.querySelector<HTMLInputElement>(`#${id}`);
  if (box === null) return undefined;
  box.setCustomValidity(box.value.length < lengthMin ? `Please use at least ${lengthMin} characters.` : '');
  if (box.reportValidity()) return box.value;
  box.focus();
  box.oninput = () => box.setCustomValidity('');
  return undefined;
}
