import { html, nothing, type PropertyValues } from 'lit';
import type { App, AppView } from './app.ts';
import './chain-page.ts';
import './check/check-page.ts';
import type { CheckSource } from './check/checks.ts';
import { browserChecks } from './check/loaded-checks.ts';
import './create-page.ts';
import { PageElement, refusalNotice } from './element.ts';
import { MARK } from './icons.ts';
import './join-page.ts';
import './receipt-page.ts';
import './recover-page.ts';
import './recovery-key-page.ts';
import './request-link-page.ts';
import { hashOf, type Route, START, takeRoute } from './route.ts';
import './start-page.ts';

/**
 * The frame around every page: brand, the page that the address names, and where focus goes when it changes.
 *
 * Properties: `app`, the node as the page sees it; `route`, where to begin (an invitation's code comes in through it); `checks`, what
 * the connection check does, the browser's own unless given.
 * Listens to the window's `hashchange`, and to `latchkey-go` with a `Route` as its detail, which pages dispatch.
 */
export class AppShell extends PageElement {
  static override properties = {
    app: { attribute: false },
    route: { attribute: false },
    checks: { attribute: false },
    view: { state: true },
  };
  declare app: App;
  declare route: Route;
  declare checks: CheckSource;
  declare private view: AppView;

  #unsubscribe: (() => void) | undefined;

  constructor() {
    super();
    this.route = START;
    this.checks = browserChecks;
    this.addEventListener('latchkey-go', (event) => this.#go(event.detail));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.view = this.app.view;
    this.#unsubscribe = this.app.subscribe((view) => {
      this.view = view;
    });
    window.addEventListener('hashchange', this.#hashChanged);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('hashchange', this.#hashChanged);
    this.#unsubscribe?.();
  }

  readonly #hashChanged = (): void => {
    const route = takeRoute(window.location, window.history);
    if (hashOf(route) === hashOf(this.route) && route.page !== 'join') return;
    this.route = route;
  };

  #go(route: Route): void {
    const hash = hashOf(route);
    // A request's link only leads on: going back does not lead to it again.
    const way = this.route.page === 'request' ? 'replaceState' : 'pushState';
    if (window.location.hash !== hash) window.history[way](undefined, '', hash);
    this.route = route;
  }

  protected override updated(changed: PropertyValues): void {
    const before: unknown = changed.get('route');
    if (changed.has('route') && before !== undefined) void this.#arrive();
  }

  /** Those who hear or tab through the page begin at the new page's heading; the first load leaves focus alone. */
  async #arrive(): Promise<void> {
    const page = this.querySelector<PageElement>('main > *');
    await page?.updateComplete;
    window.scrollTo({ top: 0 });
    const target = this.querySelector<HTMLElement>('main [autofocus]') ?? this.querySelector<HTMLElement>('main h1');
    target?.focus({ preventScroll: true });
  }

  #skip(event: Event): void {
    event.preventDefault();
    this.querySelector<HTMLElement>('main')?.focus();
  }

  #page() {
    const { app, route, view, checks } = this;
    switch (route.page) {
      case 'start':
        return html`<start-page .app=${app} .view=${view}></start-page>`;
      case 'create':
        return html`<create-page .app=${app} .view=${view} .recoveryKey=${route.key}></create-page>`;
      case 'recovery-key':
        return html`<recovery-key-page .app=${app}></recovery-key-page>`;
      case 'request':
        return html`<request-link-page .app=${app} .code=${route.code}></request-link-page>`;
      case 'receipt':
        return html`<receipt-page .code=${route.code}></receipt-page>`;
      case 'recover':
        return html`<recover-page .app=${app}></recover-page>`;
      case 'join':
        return html`<join-page .app=${app} .code=${route.code}></join-page>`;
      case 'check':
        return html`<check-page .app=${app} .view=${view} .chain=${route.chain} .source=${checks}></check-page>`;
      case 'chain':
        return html`<chain-page .app=${app} .view=${view} .chain=${route.id} .section=${route.section} .item=${route.item}></chain-page>`;
    }
  }

  override render() {
    return html`
      <a class="skip" href="#main" @click=${this.#skip}>Skip to content</a>
      <header class="top">
        <a class="brand" href="#/">${MARK}<span>Latchkey</span></a>
      </header>
      <main id="main" tabindex="-1">
        ${this.view.phase === 'failed' ? refusalNotice(this.view.problem ?? 'page-broken') : nothing} ${this.#page()}
      </main>
    `;
  }
}

declare global {
  interface HTMLElementEventMap {
    'latchkey-go': CustomEvent<Route>;
  }
}

customElements.define('app-shell', AppShell);
