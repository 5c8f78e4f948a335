/** The log, as a person reads, filters and searches it, and takes proofs and files along; and what an audit told. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Locator, page, userEvent } from 'vitest/browser';
import type { ChainView } from '../../src/ui/app.ts';
import { FakeApp } from './fake-app.ts';
import { hex } from './fake-log.ts';
import { CHAIN_ID } from './fake-views.ts';
import { longLog } from './log-scenes.ts';
import { mount, mountScene, unmount } from './mount.ts';
import { SCENES, type Scene } from './scenes.ts';

afterEach(unmount);

function scene(name: string): Scene {
  return SCENES[name]?.() ?? expect.fail(`no scene ${name}`);
}

const LOG = { page: 'chain', id: CHAIN_ID, section: 'log' } as const;
const rows = () => [...document.querySelectorAll('.deed > p:first-child')].map((row) => row.textContent?.trim().replace(/\s+/g, ' ') ?? '');
const places = () => rows().length;
const line = (): Locator => page.getByText(/^(The newest|All of|Looking|Nothing found|\d[\d,]* found|Older)/);
const grown = (view: ChainView, by: number): ChainView => ({ ...view, log: { ...view.log, size: view.log.size + by } });

describe('the log', () => {
  test('is a list of blocks, the newest first, with each transaction in words', async () => {
    await mountScene(scene('log'));
    const headings = page
      .getByRole('heading', { level: 2 })
      .elements()
      .map((one) => one.textContent?.trim());
    expect(headings.slice(0, 4)).toEqual(['Block 20', 'Block 19', 'Block 18', 'Block 17']);
    expect(headings).toContain('The beginning');
    expect(rows()).toEqual([
      'Ada you left.',
      'Ben Okafor added an entry.',
      'Zoë Lindqvist asked for the role Gateway.',
      'Ada you rejected: Suspend Zoë Lindqvist.',
      'Ben Okafor approved: Carol Mensah asks to join as Writer.',
      'Ben Okafor proposed: Suspend Zoë Lindqvist.',
      'Ada you closed the invitation by Ben Okafor to join as Writer.',
      'Ben Okafor brought recovery certificate 2, which names 2 federation members, 1 validator.',
      'Ada you showed that relay.example.org voted against their own vote.',
      'Zoë Lindqvist went on under the next key of their recovery phrase; 1 older key ended, as stolen.',
      'Zoë Lindqvist made a link for one more device.',
      'Zoë Lindqvist erased the text of their entry at place 9.',
      'Zoë Lindqvist added an entry.',
      'Ben Okafor said that they are ready to validate: level with block 7, running version 1.',
      'Ben Okafor registered the keys by which they validate.',
      'Zoë Lindqvist joined as Writer, invited by Ben Okafor.',
      expect.stringMatching(/^Ben Okafor opened an invitation to join as Writer, for 25 people, until /),
      'Ada you added an entry.',
      'Ada you approved: something that the chain has forgotten since.',
      'Ben Okafor asked to join as Federation, invited by Ada you.',
      expect.stringMatching(
        /^Ada you opened an invitation to join as Federation, for one person, until .*, closed to all but their own devices\.$/,
      ),
      'Ada you and relay.example.org began Garden cooperative.',
    ]);
    await expect.element(page.getByRole('region', { name: 'Block 20' })).toBeVisible();
    await expect
      .element(page.getByRole('link', { name: 'Suspend Zoë Lindqvist' }).first())
      .toHaveAttribute('href', expect.stringContaining('/proposals/'));
  });

  test('is filtered by who signed and by what it is about, and shows everything again', async () => {
    await mountScene(scene('log'));
    await page.getByLabelText('About').selectOptions('Proposals and decisions');
    await expect.poll(places).toBe(4);
    await page.getByLabelText('Signed by').selectOptions('Ben Okafor');
    await expect.poll(places).toBe(2);
    expect(rows().every((row) => row.startsWith('Ben Okafor '))).toBe(true);
    await page.getByRole('button', { name: 'Show everything' }).click();
    await expect.poll(places).toBe(22);
    await expect.element(page.getByLabelText('Signed by')).toHaveFocus();
  });

  test('is searched by id: what is found is shown, nothing is said to be nothing, and what is no id is said to be none', async () => {
    await mountScene(scene('log'));
    const box = page.getByLabelText('Id of a transaction, block or text');
    await box.fill(` ${hex(9, 12).toUpperCase()}… `);
    await userEvent.keyboard('{Enter}');
    await expect.poll(places).toBe(1);
    expect(rows()).toEqual(['Zoë Lindqvist added an entry.']);
    await box.fill('deadbeef');
    await page.getByRole('button', { name: 'Find' }).click();
    await expect.element(page.getByText('Nothing found among 22 transactions.')).toBeVisible();
    await box.fill('abc');
    await page.getByRole('button', { name: 'Find' }).click();
    await expect.element(box).toHaveAttribute('aria-invalid', 'true');
    await expect.element(box).toHaveFocus();
    await expect.element(page.getByText(/An id is made of the digits/)).toBeVisible();
  });

  test('of a hundred thousand transactions is read a page at a time, and never held as a whole', { timeout: 60_000 }, async () => {
    const app = longLog();
    await mount(app, LOG);
    await expect.element(line()).toHaveTextContent('The newest 50 of 100,000 transactions.');
    expect(app.reads).toHaveLength(1);
    const older = page.getByRole('button', { name: 'Show older transactions' });
    for (let pressed = 1; pressed <= 11; pressed++) {
      await older.click();
      await expect.poll(() => app.reads.length).toBe(pressed + 1);
      await expect.element(older).not.toHaveAttribute('aria-busy');
    }
    expect(places()).toBe(500);
    expect(app.reads.every(({ range }) => range.limit <= 50)).toBe(true);
    await page.getByRole('button', { name: 'Show the newest' }).click();
    await expect.element(line()).toHaveTextContent('The newest 50 of 100,000 transactions.');
    expect(places()).toBe(50);
  });

  test('a search through all of it says how far it is, and can be stopped and gone on with', async () => {
    const app = longLog();
    const read = app.readLog.bind(app);
    let gate = Promise.withResolvers<void>();
    app.readLog = async (...asked) => {
      if (asked[1].id !== undefined && app.reads.length >= 4) await gate.promise;
      return read(...asked);
    };
    await mount(app, LOG);
    await page.getByLabelText('Id of a transaction, block or text').fill(hex(2));
    await page.getByRole('button', { name: 'Find' }).click();
    await expect.element(line()).toHaveTextContent('Looking… 3,000 of 100,000 transactions looked through, 0 found.');
    await page.getByRole('button', { name: 'Stop' }).click();
    gate.resolve();
    await expect.element(line()).toHaveTextContent('0 found so far.');
    const stood = app.reads.length;
    gate = Promise.withResolvers();
    gate.resolve();
    await page.getByRole('button', { name: 'Look further' }).click();
    await expect.element(line()).toHaveTextContent('1 found.');
    expect(app.reads.length).toBeGreaterThan(stood + 50);
    expect(rows()).toEqual(['Zoë Lindqvist added an entry.']);
  });

  test('tells of new transactions, shows them when asked, and lets go of a text once it is erased', async () => {
    const { app } = await shown('log');
    const before = app.log;
    const [newest] = before;
    if (newest === undefined) throw new Error('the log has transactions');
    const by = { id: '22'.repeat(32), name: 'Ben Okafor', you: false };
    app.log = [
      { ...newest, index: 22, id: hex(22), by, deed: { type: 'leave' }, block: { ...newest.block, height: 22, id: hex(99) } },
      ...before,
    ];
    app.setChain(grown(app.chain(CHAIN_ID), 1));
    const more = page.getByRole('button', { name: 'Show 1 new transaction' });
    await expect.element(more).toBeVisible();
    expect(places()).toBe(22);
    await more.click();
    await expect.poll(() => rows()[0]).toBe('Ben Okafor left.');
    app.log = app.log.map((item) =>
      item.index === 20 ? { ...item, deed: { type: 'entry', content: { type: 'erased', by: undefined } } } : item,
    );
    app.setChain({ ...app.chain(CHAIN_ID), erasures: 1 });
    await expect.element(page.getByText('Its text was erased. What was signed stays provable.')).toBeVisible();
    expect(page.getByText('Frost tonight').elements()).toEqual([]);
  });

  test('lets those be found who are no members any more, once something of theirs was read', async () => {
    const one = scene('log');
    const dora = { id: '77'.repeat(32), name: 'Dora', you: false };
    one.app.log = one.app.log.map((item) => (item.index === 10 ? { ...item, by: dora, deed: { type: 'leave' } } : item));
    await mountScene(one);
    await page.getByLabelText('Signed by').selectOptions('Dora, no member any more');
    await expect.poll(rows).toEqual(['Dora left.']);
  });

  test('says so while this part of it is not here', async () => {
    await mountScene(scene('log-copying'));
    await expect.element(page.getByRole('alert')).toHaveAttribute('data-code', 'not-available');
    await expect.element(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  });
});

async function shown(name: string): Promise<{ readonly app: FakeApp }> {
  const one = scene(name);
  await mountScene(one);
  return one;
}

describe('the proof of a transaction', () => {
  test('is made when it is opened, by the keyboard too, says what it proves, and is saved as a file', async () => {
    const saved = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      names.push(this.download);
    });
    const names: string[] = [];
    await mountScene(scene('log'));
    const summary = page.getByText('Proof of place 20', { exact: true });
    summary.element().closest('summary')?.focus();
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('The transaction stands at place 20 of the log.')).toBeVisible();
    await expect.element(page.getByText('What it does not prove').first()).toBeVisible();
    await expect.element(page.getByText(hex(20), { exact: true })).toBeVisible();
    await page.getByRole('button', { name: 'Save the proof' }).click();
    expect(names).toEqual([`latchkey-${CHAIN_ID.slice(0, 8)}-20.tlog-proof`]);
    await expect.element(page.getByText('Saved among your downloads.')).toBeVisible();
    saved.mockRestore();
  });

  test('has an address of its own, and no file until a checkpoint covers it', async () => {
    const early = scene('log-proof-early');
    const { app } = early;
    const whole = scene('log').app;
    if (!(app instanceof FakeApp && whole instanceof FakeApp)) return expect.fail('scenes run on the fake');
    const { checkpoint: signed } = whole.chain(CHAIN_ID).log;
    await mountScene(early);
    await expect.element(page.getByText('The transaction stands at place 20 of the log.')).toBeVisible();
    expect(page.getByRole('button', { name: 'Save the proof' }).elements()).toEqual([]);
    app.checkpointSize = 42;
    const { log } = app.chain(CHAIN_ID);
    app.setChain({ ...app.chain(CHAIN_ID), log: { ...log, checkpoint: signed } });
    await expect.element(page.getByRole('button', { name: 'Save the proof' })).toBeVisible();
  });
});

test('the log is saved as one archive, with every file that it has', async () => {
  const saved: string[] = [];
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(this.download);
  });
  await mountScene(scene('log'));
  await page.getByRole('button', { name: 'Save the log' }).click();
  await expect.element(page.getByText('Saved among your downloads: 3 files, a log of 42 transactions.')).toBeVisible();
  expect(saved).toEqual([`latchkey-${CHAIN_ID.slice(0, 8)}-log.zip`]);
  click.mockRestore();
});

describe('the checkpoints', () => {
  test('name who signed each that was seen, and what an audit tells of the record', async () => {
    const { app } = await shown('checkpoints');
    const signers = page.getByRole('list', { name: 'Signed 42 transactions' }).getByRole('listitem').elements();
    expect(signers.map((one) => one.textContent?.replace(/\s+/g, ' ').trim().split(', ').slice(0, 2).join(', '))).toEqual([
      'Ben Okafor, who published it',
      'Ben Okafor, validator',
      'relay.example.org, validator',
      'witness.example/w1, public witness',
    ]);
    await expect.element(page.getByText(/Every block up to block 4,213 keeps to the rules, and so do all 12 admissions/)).toBeVisible();
    await expect.element(page.getByText(/approved every one of 12 admissions/)).toBeVisible();
    await page.getByRole('button', { name: 'Look again' }).click();
    expect(app.auditsAsked).toBe(1);
  });

  test('say what is wrong where an audit found it', async () => {
    await mountScene(scene('checkpoints-wrong'));
    await expect.element(page.getByText(/Block 17 is wrong \(needs-approval\)/)).toBeVisible();
  });
});
