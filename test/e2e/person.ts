/** Somebody at a browser: a Chromium process of their own, and what they do on the page, by its accessible names. */
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, chromiumPath } from '../support/chromium.ts';

/** How long a person would wait before calling it broken. */
export const PATIENCE_MS = 30_000;

export class Person {
  readonly name: string;
  readonly page: Page;
  /** Errors of the page's scripts: there must be none. */
  readonly errors: string[] = [];
  /** Every address that the page's sockets dialled, and its requests. */
  readonly dialled: string[] = [];
  readonly #browser: Browser;

  private constructor(name: string, browser: Browser, page: Page) {
    this.name = name;
    this.#browser = browser;
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => this.errors.push(error.stack ?? error.message));
    page.on('websocket', (socket) => this.dialled.push(socket.url()));
    page.on('request', (request) => this.dialled.push(request.url()));
  }

  static async arrive(name: string): Promise<Person> {
    const browser = await chromium.launch({ executablePath: chromiumPath(), args: [...CHROMIUM_ARGS] });
    const page = await (await browser.newContext()).newPage();
    return new Person(name, browser, page);
  }

  leave(): Promise<void> {
    return this.#browser.close();
  }

  /** `template` as the page names it; the usual one unless said. */
  async createsChain(site: string, chain: string, template?: string): Promise<void> {
    await this.page.goto(site);
    await this.page.getByRole('button', { name: 'Create a chain' }).click();
    await this.page.getByRole('textbox', { name: 'Chain name' }).fill(chain);
    await this.page.getByRole('textbox', { name: 'Your name' }).fill(this.name);
    if (template !== undefined) await this.page.getByRole('radio', { name: template }).check();
    await this.page.getByRole('button', { name: 'Create', exact: true }).click();
    await this.page.getByRole('heading', { name: chain }).waitFor();
    await this.page.getByRole('textbox', { name: 'New entry' }).waitFor();
  }

  /** Opens the dialog and gives the link in it; `uses` as the dialog names it. */
  async invites(): Promise<string> {
    await this.page.getByRole('button', { name: 'Invite', exact: true }).click();
    const link = await this.invitationLink();
    await this.page.keyboard.press('Escape');
    return link;
  }

  async invitationLink(): Promise<string> {
    const box = this.page.getByRole('dialog', { name: 'Invite' }).getByRole('textbox', { name: 'Invitation link' });
    await this.page.waitForFunction((input) => input instanceof HTMLInputElement && input.value.includes('#j='), await box.elementHandle());
    return box.inputValue();
  }

  /** Opens a link and presses Join, without waiting for what comes of it. */
  async opensAndJoins(link: string): Promise<void> {
    await this.page.goto(link);
    await this.page.getByRole('textbox', { name: 'Your name' }).fill(this.name);
    await this.page.getByRole('button', { name: 'Join', exact: true }).click();
  }

  async joins(link: string): Promise<void> {
    await this.opensAndJoins(link);
    await this.page.getByRole('textbox', { name: 'New entry' }).waitFor();
  }

  /** What a press of a copy button put on the clipboard. */
  async copies(press: () => Promise<void>): Promise<string> {
    await this.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await press();
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  async writes(text: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'New entry' }).fill(text);
    await this.page.getByRole('button', { name: 'Add', exact: true }).click();
  }

  entry(text: string, state: 'pending' | 'final'): Locator {
    return this.#item('Entries', text).filter({ hasText: state });
  }

  peer(name: string, path: 'relay' | 'direct' | 'relayed'): Locator {
    return this.#item('Peers', name).filter({ hasText: path });
  }

  #item(list: string, text: string): Locator {
    return this.page.getByRole('list', { name: list }).getByRole('listitem').filter({ hasText: text });
  }

  /** The status line of the chain, with who is connected. */
  async status(): Promise<string> {
    const peers = await this.page.getByRole('list', { name: 'Peers' }).getByRole('listitem').allInnerTexts();
    return [await this.page.locator('chain-status').textContent(), ...peers].join(' | ').replaceAll(/\s+/g, ' ');
  }

  entries(): Promise<readonly string[]> {
    return this.page.getByRole('list', { name: 'Entries' }).getByRole('listitem').allInnerTexts();
  }
}
