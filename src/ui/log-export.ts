import { html, nothing } from 'lit';
import type { RefusalCode } from '../core/base/result.ts';
import type { App, ChainView } from './app.ts';
import { downloadBlob } from './download.ts';
import { PageElement, refusalNotice } from './element.ts';
import { FILES_MAX, type LogFile } from './log-item-views.ts';
import { count } from './words.ts';
import { Zip } from './zip.ts';

/**
 * The log as files, in one archive: what a relay publishes of a public chain, for whoever keeps or audits it elsewhere.
 * Properties: `app`; `chain`, its view.
 */
export class LogExport extends PageElement {
  static override properties = {
    app: { attribute: false },
    chain: { attribute: false },
    told: { state: true },
    working: { state: true },
    refused: { state: true },
  };
  declare app: App;
  declare chain: ChainView;
  declare private told: string;
  declare private working: boolean;
  declare private refused: RefusalCode | undefined;

  constructor() {
    super();
    this.told = '';
    this.working = false;
  }

  async #export(): Promise<void> {
    if (this.working) return;
    this.working = true;
    this.refused = undefined;
    const { id } = this.chain;
    const archive = await this.#archive(id);
    this.working = false;
    if (archive === undefined) {
      this.told = '';
      return;
    }
    downloadBlob(archive.blob, `latchkey-${id.slice(0, 8)}-log.zip`);
    this.told = `Saved among your downloads: ${count(archive.files, 'file')}, a log of ${count(archive.size, 'transaction')}.`;
  }

  async #archive(id: string) {
    const listed = await this.app.listLogFiles(id);
    if (!listed.ok) return this.#refuse(listed.refusal.code);
    const { paths, changing, size } = listed.value;
    const zip = new Zip();
    // The browser keeps what is in a Blob out of the page's memory.
    let blob = new Blob([]);
    const put = (files: readonly LogFile[]) => {
      blob = new Blob([blob, ...files.flatMap(({ path, bytes }) => zip.add(path, bytes)).map((part) => new Uint8Array(part))]);
    };
    for (let from = 0; from < paths.length; from += FILES_MAX) {
      this.told = `Reading ${from.toLocaleString('en')} of ${count(paths.length, 'file')}…`;
      const read = await this.app.readLogFiles(id, paths.slice(from, from + FILES_MAX));
      if (!read.ok) return this.#refuse(read.refusal.code);
      put(read.value);
    }
    put(changing);
    return { blob: new Blob([blob, ...zip.end().map((part) => new Uint8Array(part))]), files: paths.length + changing.length, size };
  }

  #refuse(code: RefusalCode): undefined {
    this.refused = code;
    return undefined;
  }

  override render() {
    const { log } = this.chain;
    return html`<section aria-labelledby="export-heading">
      <h2 id="export-heading">Take the log along</h2>
      <p>
        The log up to its newest checkpoint, as files in one archive: transactions, hashes, blocks, checkpoint and keys, as tools for transparency
        logs read them (C2SP tlog-tiles). Unpacked, it can be put on any web server, and <code>latchkey-relay audit</code> replays it. The words of entries and people’s
        names are not in it.
      </p>
      ${log.public ? nothing : html`<p class="caution">This chain is for its members: whoever gets the archive can read who was let in by whom, and when.</p>`}
      ${refusalNotice(this.refused)}
      <div class="actions">
        <button type="button" aria-busy=${this.working ? 'true' : nothing} @click=${this.#export}>Save the log</button>
        <span class="muted" aria-live="polite">${this.told}</span>
      </div>
    </section>`;
  }
}

customElements.define('log-export', LogExport);
