import { html, nothing } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
import type { App } from './app.ts';
import { download } from './download.ts';
import { PageElement, refusalNotice } from './element.ts';
import { PASSWORD_LENGTH_MIN, passwordField, validPassword } from './password-field.ts';

/** Saves an encrypted backup of this device. Property: `app`. */
export class BackupForm extends PageElement {
  static override properties = { app: { attribute: false }, making: { state: true }, refused: { state: true }, saved: { state: true } };
  declare app: App;
  declare private making: boolean;
  declare private refused: RefusalCode | undefined;
  declare private saved: boolean;

  constructor() {
    super();
    this.making = false;
    this.saved = false;
  }

  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const password = validPassword(this, 'backup-password', PASSWORD_LENGTH_MIN);
    if (password === undefined || this.making || !(event.target instanceof HTMLFormElement)) return;
    this.making = true;
    const made = await this.app.backup(password);
    this.making = false;
    this.refused = made.ok ? undefined : made.refusal.code;
    this.saved = made.ok;
    if (!made.ok) return;
    event.target.reset();
    download(made.value, `latchkey-${new Date().toISOString().slice(0, 10)}.backup`);
  }

  override render() {
    return html`<section>
      <h2>Backup</h2>
      <p>
        A file with the chains of this device and what you keep in them, encrypted with a password. It holds no key that could act in your name: to use it, the recovery phrase
        is needed as well.
      </p>
      <form class="fields" novalidate @submit=${this.#save}>
        ${passwordField({ id: 'backup-password', label: 'Password for the file', hint: `At least ${PASSWORD_LENGTH_MIN} characters. Nobody can open the file without it.`, fresh: true })}
        ${refusalNotice(this.refused)}
        <div class="actions">
          <button type="submit" aria-disabled=${this.making ? 'true' : nothing}>Save a backup</button>
          <span class="muted" aria-live="polite">${this.making ? 'Encrypting…' : this.saved ? 'Saved among your downloads.' : ''}</span>
        </div>
      </form>
    </section>`;
  }
}

customElements.define('backup-form', BackupForm);
