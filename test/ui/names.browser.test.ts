/** The names by which people, screen readers and programs find things. They are fixed: other tests and habits rest on them. */
import { afterEach, describe, expect, test } from 'vitest';
import { type Locator, page } from 'vitest/browser';
import { START } from '../../src/ui/route.ts';
import { FakeApp } from './fake-app.ts';
import { CHAIN_ID, chainView, finalEntry, LINK_TEXT } from './fake-views.ts';
import { mount, mountScene, unmount } from './mount.ts';
import { SCENES, type Scene } from './scenes.ts';

afterEach(unmount);

function scene(name: string): Scene {
  const make = SCENES[name];
  if (make === undefined) throw new Error(`no scene ${name}`);
  return make();
}

/** Exactly one such element, found by a name that is not cut short, and by one that is. */
async function only(role: string, name: string): Promise<Locator> {
  const exact = page.getByRole(role, { name, exact: true });
  await expect.element(exact).toBeVisible();
  expect(page.getByRole(role, { name }).elements(), `${role} “${name}” is mistaken for another`).toHaveLength(1);
  return exact;
}

describe('start', () => {
  test('a first visit offers to create a chain and to open an invitation', async () => {
    await mountScene(scene('start-first-time'));
    await only('button', 'Create a chain');
    await only('textbox', 'Invitation link or code');
    await only('button', 'Open');
  });

  test('chains on this device are a list of links', async () => {
    await mountScene(scene('start-chains'));
    const list = await only('list', 'Your chains');
    expect(list.getByRole('listitem').elements()).toHaveLength(3);
    await expect
      .element(list.getByRole('link', { name: 'Garden cooperative 2 to decide · 3 new entries' }))
      .toHaveAttribute('href', `#/chain/${CHAIN_ID}`);
  });
});

test('create: two names, the relay shown, another to be had', async () => {
  await mountScene(scene('create'));
  await only('textbox', 'Chain name');
  await only('textbox', 'Your name');
  await only('button', 'Create');
  await expect.element(page.getByText('relay.example.org', { exact: true })).toBeVisible();
  await page.getByText('Use another relay').click();
  await page.getByRole('textbox', { name: 'Relay address' }).fill('/dns4/other.example.org/tcp/443/tls/ws/p2p/12D3KooWOther');
  await page.getByRole('button', { name: 'Use it' }).click();
  await expect.element(page.getByText('chosen by you')).toBeVisible();
});

test.each([
  ['nothing that is drawn', '\u200b\u2060'],
  ['a control', 'Choir\0'],
  ['a late control', 'Choir\u0085x'],
  ['an override of direction', 'Choir\u202egpj'],
])('create: a name of %s is refused at its box', async (_what, name) => {
  const { app, route } = scene('create');
  let asked = 0;
  app.script.createChain = async () => {
    asked++;
    return { ok: true, value: CHAIN_ID };
  };
  await mount(app, route);
  for (const [wrong, right] of [
    ['Chain name', 'Your name'],
    ['Your name', 'Chain name'],
  ] as const) {
    await page.getByRole('textbox', { name: right }).fill('Ada');
    const box = page.getByRole('textbox', { name: wrong }).element();
    if (!(box instanceof HTMLInputElement)) throw new Error('not a text box');
    box.value = name;
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    expect(box.validity.customError, wrong).toBe(true);
    expect(document.activeElement).toBe(box);
    box.setCustomValidity('');
  }
  expect(asked).toBe(0);
});

describe('join', () => {
  test('the link is explained before anything happens', async () => {
    const { app, route } = scene('join');
    let asked = 0;
    const { join } = app.script;
    app.script.join = (...args) => {
      asked++;
      return join(...args);
    };
    await mount(app, route);
    await only('heading', 'Join Garden cooperative');
    await expect.element(page.getByText('Ada', { exact: true })).toBeVisible();
    await expect.element(page.getByText('Writer: reads the record and adds entries')).toBeVisible();
    await expect.element(page.getByText(/Others will see/)).toBeVisible();
    await only('textbox', 'Your name');
    await only('button', 'Cancel');
    expect(asked).toBe(0);
    await (await only('button', 'Join')).click();
    expect(asked, 'no name was given').toBe(0);
  });

  test('progress lists the stages with the time each took', async () => {
    await mountScene(scene('join-running'));
    const progress = await only('list', 'Progress');
    const rows = progress
      .getByRole('listitem')
      .elements()
      .map((row) => row.textContent?.trim().replace(/\s+/g, ' '));
    expect(rows[0]).toBe('Reaching the relay done 1.2 s');
    expect(rows[1]).toMatch(/^Verifying the chain \d+\.\d s$/);
    expect(rows.slice(2)).toEqual(['Asking to be let in to come', 'Admitted to come', 'Copying the record to come']);
  });

  test('after a refusal the stages say in words which were done and which one stopped', async () => {
    await mountScene(scene('join-used'));
    await expect.element(page.getByRole('alert')).toBeVisible();
    const rows = page.getByRole('list', { name: 'Progress' }).getByRole('listitem').elements();
    const texts = rows.map((row) => row.textContent?.trim().replace(/\s+/g, ' ') ?? '');
    expect(
      texts.slice(0, -1).every((text) => / done \d+\.\d s$/.test(text)),
      texts.join('; '),
    ).toBe(true);
    expect(texts.at(-1)).toMatch(/^Asking to be let in stopped \d+\.\d s$/);
  });

  test('cancelling stops it and leaves the form as it was', async () => {
    await mountScene(scene('join-running'));
    const { app } = scene('join');
    app.script.join = async function* (_text, { signal }) {
      yield { type: 'stage', stage: 'reaching-relay', elapsedMs: 0 };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      yield { type: 'refused', code: 'aborted', detail: '', elapsedMs: 10 };
    };
    await mount(app, { page: 'join', code: 'x' });
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ben');
    await page.getByRole('button', { name: 'Join' }).click();
    await expect.element(page.getByRole('list', { name: 'Progress' })).toBeVisible();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect.element(page.getByRole('textbox', { name: 'Your name' })).toHaveValue('Ben');
    expect(page.getByRole('list', { name: 'Progress' }).elements()).toHaveLength(0);
    expect(page.getByRole('alert').elements()).toHaveLength(0);
  });
});

describe('chain', () => {
  test('heading, one status line, the record, members and peers', async () => {
    await mountScene(scene('chain'));
    await only('heading', 'Garden cooperative');
    const status = page.getByRole('status');
    await expect.element(status).toMatchTextContent('Block 42 · final · 3 peers · attested by one operator');
    await only('textbox', 'New entry');
    await only('button', 'Add');
    await only('button', 'Invite');
    const entries = await only('list', 'Entries');
    const newest = entries.getByRole('listitem').first();
    await expect.element(newest).toMatchTextContent(/Ben Okafor.*final.*Frost tonight/);
    expect(newest.element().querySelector('time')?.dateTime).toMatch(/^\d{4}-\d\d-\d\dT/);
    const members = await only('list', 'Members');
    expect(members.getByRole('listitem').elements()).toHaveLength(4);
    const peers = await only('list', 'Peers');
    const rows = peers
      .getByRole('listitem')
      .elements()
      .map((row) => row.textContent?.trim().replace(/\s+/g, ' '));
    expect(rows).toEqual(['relay.example.org relay', 'Ben Okafor direct', 'Zoë Lindqvist relayed']);
  });

  test('catching up, and more than one validator, are said', async () => {
    await mountScene(scene('chain-catching-up'));
    const status = page.getByRole('status');
    await expect.element(status).toMatchTextContent('Block 1,980 · catching up · 3 peers · attested by 4 validators');
    await expect.element(status).not.toMatchTextContent('attested by one operator');
  });

  test('while the relay is away entries wait, and the page says so', async () => {
    await mountScene(scene('chain-relay-away'));
    await expect.element(page.getByRole('status')).toMatchTextContent(/relay is away/);
    const entries = page.getByRole('list', { name: 'Entries' });
    await expect.element(entries.getByRole('listitem').filter({ hasText: 'shut off at noon' })).toMatchTextContent('pending');
    await expect.element(entries.getByRole('listitem').filter({ hasText: 'Paid twice' })).toMatchTextContent(/refused.*Write it again/);
  });

  test('members of one name are told apart, others keep theirs bare', async () => {
    await mountScene(scene('chain-namesakes'));
    const rows = page.getByRole('list', { name: 'Members' }).getByRole('listitem').elements();
    const names = rows.map((row) => row.querySelector('.name')?.textContent?.trim());
    expect(names).toEqual(['Ada you', 'Ben Okafor 222222', 'Zoë Lindqvist', 'relay.example.org', 'ben okafor 444444']);
  });

  test('an observer is told how to become a writer', async () => {
    await mountScene(scene('chain-observer'));
    await expect.element(page.getByText(/role “Writer”/)).toBeVisible();
    expect(page.getByRole('button', { name: 'Add' }).elements()).toHaveLength(0);
    expect(page.getByRole('button', { name: 'Invite' }).elements()).toHaveLength(0);
  });
});

describe('writing', () => {
  test('an entry is pending, then final, and the box is free at once', async () => {
    const app = new FakeApp();
    app.setChain(chainView());
    await mount(app, { page: 'chain', id: CHAIN_ID });
    await page.getByRole('textbox', { name: 'New entry' }).fill('The gate is mended.');
    await page.getByRole('button', { name: 'Add' }).click();
    const entry = page.getByRole('list', { name: 'Entries' }).getByRole('listitem');
    await expect.element(entry).toMatchTextContent(/Ada.*pending.*The gate is mended/);
    await expect.element(page.getByRole('textbox', { name: 'New entry' })).toHaveValue('');
    app.finalise();
    await expect.element(entry).toMatchTextContent(/final/);
  });

  test('a text that was not kept stays in the box', async () => {
    const app = new FakeApp();
    app.setChain(chainView());
    app.script.append = async () => ({ ok: false, refusal: { code: 'storage-full', detail: '' } });
    await mount(app, { page: 'chain', id: CHAIN_ID });
    await page.getByRole('textbox', { name: 'New entry' }).fill('Do not lose me.');
    await page.getByRole('button', { name: 'Add' }).click();
    await expect.element(page.getByRole('alert')).toMatchTextContent(/no room left/);
    await expect.element(page.getByRole('textbox', { name: 'New entry' })).toHaveValue('Do not lose me.');
  });

  test('markup is text', async () => {
    await mountScene(scene('chain-hostile'));
    await expect.element(page.getByRole('heading', { level: 1 })).toMatchTextContent('<img src=x onerror="window.hacked=1">');
    const first = page.getByRole('list', { name: 'Entries' }).getByRole('listitem').filter({ hasText: '<script>' });
    await expect.element(first).toMatchTextContent('& <b>bold</b>');
    expect('hacked' in window).toBe(false);
    expect(document.querySelectorAll('main img, main script, main b')).toHaveLength(0);
  });
});

test('ten thousand entries: the newest are shown, earlier ones on demand, and adding one stays quick', async () => {
  const all = Array.from({ length: 10_000 }, (_, i) => finalEntry(i, `Entry number ${i}.`));
  const app = new FakeApp();
  app.setChain(chainView({ newest: { entries: all.slice(-50), earlier: true } }), all);
  await mount(app, { page: 'chain', id: CHAIN_ID });
  const rows = page.getByRole('list', { name: 'Entries' }).getByRole('listitem');
  await expect.element(rows.first()).toMatchTextContent('Entry number 9999.');
  expect(rows.elements()).toHaveLength(50);
  const earlier = page.getByRole('button', { name: 'Show earlier entries' });
  for (let shown = 250; shown <= 850; shown += 200) {
    await earlier.click();
    await expect.poll(() => rows.elements().length).toBe(shown);
  }
  await earlier.click();
  await expect.poll(() => rows.elements().length).toBe(1000);
  await expect.element(page.getByRole('button', { name: 'Show newest entries' })).toBeInTheDocument();
  document.querySelector<HTMLElement>('entry-list > button')?.click();
  await expect.poll(() => rows.elements().length).toBe(50);
  await expect.element(rows.first()).toMatchTextContent('Entry number 9999.');
});

describe('invite', () => {
  test('the dialog opens with a link ready: writer, one use, seven days', async () => {
    const { app, route } = scene('invite');
    await mount(app, route);
    await page.getByRole('button', { name: 'Invite' }).click();
    const dialog = page.getByRole('dialog', { name: 'Invite' });
    await expect.element(dialog).toBeVisible();
    await expect.element(dialog.getByRole('textbox', { name: 'Invitation link' })).toHaveValue(LINK_TEXT.replace('#j=', '#j=n1'));
    await expect.element(dialog.getByRole('textbox', { name: 'Invitation link' })).toHaveAttribute('readonly');
    await expect.element(dialog.getByLabelText('Role')).toHaveValue('writer');
    await expect.element(dialog.getByLabelText('Uses')).toHaveValue('1');
    await expect.element(dialog.getByLabelText('Expires')).toHaveDisplayValue('7 days');
    await expect.element(dialog.getByRole('checkbox', { name: 'Shared' })).toBeVisible();
    await only('button', 'Copy');
    await expect.element(dialog.getByRole('img', { name: 'QR code of the invitation link to Garden cooperative' })).toBeVisible();
    await dialog.getByText('The same as JSON').click();
    await expect.element(dialog.getByText(/"blockchain id"/)).toBeVisible();
    const live = dialog.getByRole('list', { name: 'Live invitations' });
    await expect.poll(() => live.getByRole('button', { name: 'Revoke', exact: true }).elements().length).toBe(3);
  });

  test('changing an option gives a new link; the one that was shown stays, since it may have been scanned', async () => {
    const { app, route } = scene('invite');
    await mount(app, route);
    await page.getByRole('button', { name: 'Invite' }).click();
    const link = page.getByRole('textbox', { name: 'Invitation link' });
    await expect.element(link).toHaveValue(LINK_TEXT.replace('#j=', '#j=n1'));
    await page.getByLabelText('Role').selectOptions('observer');
    await expect.element(link).toHaveValue(LINK_TEXT.replace('#j=', '#j=n2'));
    await expect.poll(() => app.chain(CHAIN_ID).invitations.map(({ id }) => id)).toEqual(['i1', 'i2', 'made-1', 'made-2']);
    expect(app.chain(CHAIN_ID).invitations.at(-1)?.role).toBe('observer');
  });

  test('a link for several may be shared or closed, and says what that means', async () => {
    const { app, route } = scene('invite');
    await mount(app, route);
    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByRole('checkbox', { name: 'Shared' }).click();
    await expect.poll(() => app.chain(CHAIN_ID).invitations.at(-1)?.shared).toBe(false);
    await page.getByLabelText('Uses').selectOptions('Unlimited');
    await expect.element(page.getByText(/each of them waits for your approval/)).toBeVisible();
    await expect.poll(() => app.chain(CHAIN_ID).invitations.at(-1)).toMatchObject({ uses: 0, shared: false });
  });

  test('a link that was copied is not offered again', async () => {
    const { app, route } = scene('invite');
    await mount(app, route);
    const link = page.getByRole('textbox', { name: 'Invitation link' });
    for (const number of [1, 2]) {
      await page.getByRole('button', { name: 'Invite' }).click();
      await expect.element(link).toHaveValue(LINK_TEXT.replace('#j=', `#j=n${number}`));
      await page.getByRole('button', { name: 'Copy' }).click();
      await page.getByRole('button', { name: 'Close' }).click();
    }
    expect(app.chain(CHAIN_ID).invitations.map(({ id }) => id)).toEqual(['i1', 'i2', 'made-1', 'made-2']);
  });

  test('looking twice makes one invitation', async () => {
    const { app, route } = scene('invite');
    await mount(app, route);
    for (let i = 0; i < 2; i++) {
      await page.getByRole('button', { name: 'Invite' }).click();
      await expect.element(page.getByRole('textbox', { name: 'Invitation link' })).toHaveValue(LINK_TEXT.replace('#j=', '#j=n1'));
      await page.getByRole('button', { name: 'Close' }).click();
    }
    expect(app.chain(CHAIN_ID).invitations).toHaveLength(3);
  });

  test('revoking takes it off the list', async () => {
    const { app, route } = scene('invite');
    await mount(app, route);
    await page.getByRole('button', { name: 'Invite' }).click();
    const rows = page.getByRole('list', { name: 'Live invitations' }).getByRole('listitem');
    await expect.poll(() => rows.elements().length).toBe(3);
    await rows.first().getByRole('button', { name: 'Revoke' }).click();
    await expect.poll(() => rows.elements().length).toBe(2);
  });
});

test('the recovery phrase is asked for quietly, and the reminder stays until three words are typed right', async () => {
  const { app, route } = scene('chain-reminder');
  await mount(app, route);
  await only('textbox', 'New entry');
  await page.getByRole('button', { name: 'Show the words' }).click();
  const dialog = page.getByRole('dialog', { name: 'Recovery phrase' });
  const words = dialog
    .getByRole('listitem')
    .elements()
    .map((word) => word.textContent?.trim() ?? '');
  expect(words).toHaveLength(12);
  await dialog.getByRole('button', { name: 'I have written them down' }).click();
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await expect.element(dialog.getByRole('alert')).toMatchTextContent(/is not the one/);
  expect(app.view.recovery).toBe('unconfirmed');
  for (const box of dialog.getByRole('textbox').elements()) {
    const position = Number(/\d+/.exec(box.id)?.[0]);
    if (box instanceof HTMLInputElement) box.value = ` ${words[position]?.toUpperCase()} `;
  }
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await expect.poll(() => app.view.recovery).toBe('confirmed');
  expect(page.getByRole('button', { name: 'Show the words' }).elements()).toHaveLength(0);
  expect(document.body.textContent).not.toContain(words[0]);
});

test('a link that this device has used opens the chain', async () => {
  const { knownInvitation } = await import('./scenes.ts');
  await mount(knownInvitation(), START);
  await page.getByRole('textbox', { name: 'Invitation link or code' }).fill(LINK_TEXT);
  await page.getByRole('button', { name: 'Open' }).click();
  await expect.element(page.getByRole('heading', { name: 'Garden cooperative' })).toBeVisible();
  expect(location.hash).toBe(`#/chain/${CHAIN_ID}`);
});

test('leaving a chain’s page ends what was watched for it', async () => {
  const { app, route } = scene('chain');
  await mount(app, route);
  expect(app.watching).toBe(1);
  await page.getByRole('link', { name: 'Latchkey' }).click();
  await expect.element(page.getByRole('button', { name: 'Create a chain' })).toBeVisible();
  expect(app.watching).toBe(0);
});
