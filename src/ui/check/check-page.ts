import { html, nothing, type PropertyValues } from 'lit';
import { type Finding, failed, reportText, STATE_WORDS, summaryOf } from '../../net/checks/finding.ts';
import type { App, AppView, ChainView } from '../app.ts';
import { PageElement, setTitle } from '../element.ts';
import { hashOf } from '../route.ts';
import { CHECK_GROUPS, type Check, type CheckContext, type CheckGroup, type CheckSource } from './checks.ts';

/** No check needs as long; one that does has found out that nobody answers. */
const CHECK_MS_MAX = 12_000;
/** How long the node is waited for to say which relays a chain has. */
const CONTEXT_WAIT_MS = 4_000;

const OVERDUE = failed('No answer came in time.', 'Check that you are online, then check again.');
const UNLOADED: Check = {
  group: 'This copy of the site',
  title: 'The checks themselves',
  run: async () => failed('They could not be loaded from this page’s server.', 'Check that you are online, then load this page again.'),
};

interface Row {
  readonly check: Check;
  /** `undefined`: it runs, or was stopped. */
  readonly finding: Finding | undefined;
}

/**
 * Connection check: whether this browser, its network, the relays and this copy of the site are as they should be, each with what it means
 * and what to do. It works without a chain and without a running node, sends nothing to anybody but the page's own server and
 * the relays, and can be stopped and begun again.
 *
 * Properties: `app`, `view`; `chain`, whose relays are checked, if any; `source`, where the checks come from.
 */
export class CheckPage extends PageElement {
  static override properties = {
    app: { attribute: false },
    view: { attribute: false },
    chain: { attribute: false },
    source: { attribute: false },
    rows: { state: true },
    running: { state: true },
    report: { state: true },
    copied: { state: true },
  };
  declare app: App;
  declare view: AppView;
  declare chain: string | undefined;
  declare source: CheckSource;
  declare private rows: readonly Row[];
  declare private running: boolean;
  /** Shown where the clipboard is closed to pages. */
  declare private report: string | undefined;
  declare private copied: boolean;

  #stop = new AbortController();

  constructor() {
    super();
    this.rows = [];
    this.running = false;
    this.copied = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    setTitle('Connection check');
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop.abort();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('chain') || changed.has('source')) void this.#run();
  }

  async #run(): Promise<void> {
    this.#stop.abort();
    const stop = new AbortController();
    this.#stop = stop;
    Object.assign(this, { rows: [], running: true, report: undefined, copied: false });
    try {
      const context = await this.#context(stop.signal);
      const { checks, close } = await this.source(context).catch(() => ({ checks: [UNLOADED], close: async () => {} }));
      try {
        if (stop.signal.aborted) return;
        this.rows = checks.map((check) => ({ check, finding: undefined }));
        await Promise.all(checks.map((check) => this.#check(check, stop.signal)));
      } finally {
        await close();
      }
    } finally {
      if (this.#stop === stop) this.running = false;
    }
  }

  /** At once, whatever is still waited for. */
  #end(): void {
    this.#stop.abort();
    this.running = false;
  }

  /** Shows what a check finds, unless the run is over by then. */
  async #check(check: Check, stop: AbortSignal): Promise<void> {
    const limit = AbortSignal.timeout(CHECK_MS_MAX);
    const over = AbortSignal.any([stop, limit]);
    const finding = await Promise.race([check.run(over).catch(() => OVERDUE), ended(over).then(() => OVERDUE)]);
    if (!stop.aborted) this.rows = this.rows.map((row) => (row.check === check ? { check, finding } : row));
  }

  /** The chain's relays where there is one, else those that the page begins with. */
  async #context(stop: AbortSignal): Promise<CheckContext> {
    const over = AbortSignal.any([stop, AbortSignal.timeout(CONTEXT_WAIT_MS)]);
    if (this.chain === undefined) {
      const view = await heardOf<AppView>(
        over,
        this.view,
        ({ phase }) => phase !== 'starting',
        (hear) => this.app.subscribe(hear),
      );
      return { relays: view?.relays ?? [], newestBlock: undefined };
    }
    const { chain } = this;
    const view = await heardOf<ChainView | undefined>(
      over,
      undefined,
      (one) => one !== undefined,
      (hear) => this.app.watchChain(chain, hear),
    );
    return { relays: view?.relays ?? this.view.relays, newestBlock: view?.validators.finalAt };
  }

  async #copy(): Promise<void> {
    const text = this.#text();
    try {
      await navigator.clipboard.writeText(text);
      this.copied = true;
    } catch {
      // Where the clipboard is closed to pages the report is selected, ready for the person's own copy.
      this.report = text;
      await this.updateComplete;
      this.querySelector<HTMLTextAreaElement>('#check-report')?.select();
    }
  }

  /** Without what stands after the `#` of the address, which may be a link. */
  #text(): string {
    const heading = [
      'Latchkey connection check',
      `${new Date().toISOString()}, ${location.origin}${location.pathname}`,
      navigator.userAgent,
      '',
    ];
    return reportText(
      heading,
      this.rows.map(({ check: { group, title }, finding }) => ({ group, title, finding })),
    );
  }

  #name(): string | undefined {
    return this.view.chains.find(({ id }) => id === this.chain)?.name;
  }

  #summary() {
    const { rows, running } = this;
    const done = rows.filter(({ finding }) => finding !== undefined).length;
    if (running) return html`<p>Checking…<span aria-live="off">${rows.length === 0 ? '' : ` ${done} of ${rows.length} done`}</span></p>`;
    const findings = rows.length === 0 ? [undefined] : rows.map(({ finding }) => finding);
    return html`<p><strong>${summaryOf(findings)}</strong></p>`;
  }

  #row({ check, finding }: Row) {
    const state = finding?.state ?? (this.running ? 'running' : 'stopped');
    return html`<li class="check" data-state=${state}>
      <p class="check-head"><span class="check-title">${check.title}</span><span class="check-state">${state === 'running' ? 'checking…' : STATE_WORDS[state]}</span></p>
      ${finding === undefined ? nothing : html`<p>${finding.says}</p>`}
      ${finding?.next === undefined ? nothing : html`<p class="check-next">${finding.next}</p>`}
    </li>`;
  }

  #group(group: CheckGroup, i: number) {
    const rows = this.rows.filter(({ check }) => check.group === group);
    if (rows.length === 0) return nothing;
    return html`<section aria-labelledby="check-group-${i}">
      <h2 id="check-group-${i}">${group}</h2>
      <ul class="checks" role="list" aria-labelledby="check-group-${i}">
        ${rows.map((row) => this.#row(row))}
      </ul>
    </section>`;
  }

  #copying() {
    if (this.report === undefined)
      return html`<p role="status" class="hint">${this.copied ? 'Copied. It holds no key and no link.' : ''}</p>`;
    return html`<div class="field">
      <label for="check-report">The report, to be copied</label>
      <textarea id="check-report" readonly rows="8" .value=${this.report}></textarea>
    </div>`;
  }

  override render() {
    const { running, chain } = this;
    const name = this.#name();
    return html`<div class="sheet">
      ${chain === undefined ? nothing : html`<a href=${hashOf({ page: 'chain', id: chain })}>Back to <bdi>${name ?? 'the chain'}</bdi></a>`}
      <h1 tabindex="-1">Connection check</h1>
      <p class="lead">Whether this browser, its network and the relays${name === undefined ? '' : html` of <bdi>${name}</bdi>`} are as they should be. Only the relays and this page’s own server are asked.</p>
      <div class="check-summary" role="status">${this.#summary()}</div>
      <div class="actions">
        <button type="button" @click=${() => (running ? this.#end() : void this.#run())}>${running ? 'Stop' : 'Check again'}</button>
        <button type="button" aria-disabled=${this.rows.length === 0 ? 'true' : nothing} @click=${() => (this.rows.length === 0 ? undefined : void this.#copy())}>Copy report</button>
      </div>
      ${this.#copying()} ${CHECK_GROUPS.map((group, i) => this.#group(group, i))}
    </div>`;
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The first view that will do, or the last one there is when the signal fires. */
async function heardOf<T>(
  over: AbortSignal,
  now: T,
  willDo: (view: T) => boolean,
  watch: (hear: (view: T) => void) => () => void,
): Promise<T> {
  if (willDo(now)) return now;
  const heard = Promise.withResolvers<T>();
  const unwatch = watch((view) => {
    if (willDo(view)) heard.resolve(view);
  });
  try {
    return await Promise.race([heard.promise, ended(over).then(() => now)]);
  } finally {
    unwatch();
  }
}

customElements.define('check-page', CheckPage);
