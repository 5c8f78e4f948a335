/** Deciding, proposing, waiting and recovering, as a person does it on the page, and by the names that are fixed. */
import { afterEach, describe, expect, test } from 'vitest';
import { type Locator, page, userEvent } from 'vitest/browser';
import { ok } from '../../src/core/base/result.ts';
import type { JoinOptions, Recovering } from '../../src/ui/app.ts';
import type { ChangeView } from '../../src/ui/governance-views.ts';
import type { Section } from '../../src/ui/route.ts';
import { FakeApp, refusedWith, stages } from './fake-app.ts';
import { CHAIN_ID, chainItem, chainView, proposalView, requestView } from './fake-views.ts';
import { mount, mountScene, unmount } from './mount.ts';
import { SCENES, type Scene } from './scenes.ts';

afterEach(unmount);

function scene(name: string): Scene {
  const make = SCENES[name];
  if (make === undefined) throw new Error(`no scene ${name}`);
  return make();
}

const at = (section: Section, item?: string) =>
  ({ page: 'chain', id: CHAIN_ID, section, ...(item === undefined ? {} : { item }) }) as const;
const article = (name: string): Locator => page.getByRole('article', { name });
const BEFORE = { members: 4, federation: 2, validators: 4, quorum: 3, faultsTolerated: 1 };
const focused = (): string => document.activeElement?.textContent?.trim().replace(/\s+/g, ' ') ?? '';

describe('the pages of a chain', () => {
  test('are links in one place, with what waits for this person, and the open one marked', async () => {
    await mountScene(scene('requests'));
    const nav = page.getByRole('navigation', { name: 'Chain' });
    const names = nav
      .getByRole('link')
      .elements()
      .map((link) => link.textContent?.trim().replace(/\s+/g, ' '));
    expect(names).toEqual([
      'Record',
      'Members',
      'Requests 2 to decide',
      'Proposals 1 to decide',
      'Invitations',
      'Rules',
      'Validators',
      'Log',
      'Checkpoints',
      'Devices and keys',
    ]);
    await expect.element(nav.getByRole('link', { name: 'Requests 2 to decide' })).toHaveAttribute('aria-current', 'page');
    expect(document.title).toBe('Requests · Garden cooperative · Latchkey');
  });

  test('are one line on a phone, in which the open one is in sight', async () => {
    await page.viewport(390, 844);
    await mountScene(scene('devices'));
    const links = page.getByRole('navigation', { name: 'Chain' }).getByRole('link').elements();
    expect(new Set(links.map((link) => link.getBoundingClientRect().top)).size).toBe(1);
    const open = page.getByRole('link', { name: 'Devices and keys' }).element().getBoundingClientRect();
    expect(open.left >= 0 && open.right <= 390).toBe(true);
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(390);
    await page.viewport(1280, 800);
  });

  test('going to one puts focus on its heading, and each member leads to why it is here', async () => {
    const { app } = scene('members');
    await mount(app, { page: 'chain', id: CHAIN_ID });
    await page.getByRole('navigation', { name: 'Chain' }).getByRole('link', { name: 'Members' }).click();
    await expect.poll(focused).toBe('Members');
    await page.getByRole('link', { name: 'Why is Ben Okafor here?' }).click();
    await expect.poll(focused).toBe('Why is Ben Okafor here?');
    expect(location.hash).toBe(`#/chain/${CHAIN_ID}/members/${'22'.repeat(32)}`);
    const approvals = page.getByRole('list', { name: 'Approvals', exact: true }).getByRole('listitem');
    await expect.element(approvals).toMatchTextContent(/Ada you approved, .*He keeps the accounts\./s);
    await expect.element(page.getByRole('list', { name: 'Approvals of Federation' })).toBeVisible();
  });
});

describe('deciding', () => {
  test('a request is approved with a reason by keyboard; it moves among the decided ones, and focus stays at a heading', async () => {
    const { app } = scene('requests');
    app.setChain({ ...app.chain(CHAIN_ID), requests: [requestView({ name: 'Carol', needed: 1 })] });
    await mount(app, at('requests'));
    const carol = article('Carol asks to join as Writer');
    await expect.element(carol.getByText('After this the chain has 5 members; now it has 4.')).toBeVisible();
    carol.getByRole('textbox', { name: 'Reason' }).element().focus();
    await userEvent.keyboard('We know her.{Tab}{Enter}');
    await expect.poll(() => app.decided).toEqual([{ item: 'd0'.repeat(32), yes: true, reason: 'We know her.' }]);
    await expect.element(page.getByRole('list', { name: 'Decided' })).toMatchTextContent('Carol asks to join as Writer approved');
    expect(focused()).toBe('Requests');
    await expect.element(page.getByText('Nothing waits.')).toBeVisible();
  });

  test('a rejection is one as well, and those who may not decide have no buttons', async () => {
    const { app } = scene('proposals');
    await mount(app, at('proposals'));
    await article('Suspend Zoë Lindqvist').getByRole('button', { name: 'Reject' }).click();
    await expect.poll(() => app.decided).toEqual([{ item: 'd0'.repeat(32), yes: false, reason: '' }]);
    expect(article('Change the rules').getByRole('button', { name: 'Approve' }).elements()).toEqual([]);
    await expect.element(article('Change the rules').getByText('1 of 2 approvals; 1 more is needed.')).toBeVisible();
  });

  test('a refusal at once leaves the buttons; one that comes later is told, and the decision may be made again', async () => {
    const { app } = scene('requests');
    app.approve = async () => refusedWith('rule-changed');
    app.setChain({ ...app.chain(CHAIN_ID), requests: [requestView()] });
    await mount(app, at('requests'));
    const approve = page.getByRole('button', { name: 'Approve' });
    await approve.click();
    await expect.element(page.getByRole('alert')).toMatchTextContent('The rules have changed since you looked.');
    app.approve = async () => ok(undefined);
    await approve.click();
    await expect.element(page.getByText('Sent. It counts as soon as it is final.')).toBeVisible();
    app.setChain({ ...app.chain(CHAIN_ID), actions: [{ id: 'a', type: 'approve', refused: undefined }] });
    await expect.element(approve).toHaveAttribute('aria-disabled', 'true');
    app.setChain({ ...app.chain(CHAIN_ID), actions: [{ id: 'a', type: 'approve', refused: 'rule-changed' }] });
    await expect.element(page.getByRole('list', { name: 'Not taken' })).toMatchTextContent('Your approval was not taken.');
    await expect.element(approve).not.toHaveAttribute('aria-disabled');
  });

  test('a request link opens the request ready to decide, a damaged one says so', async () => {
    const { app } = scene('requests');
    await mount(app, { page: 'request', code: 'd0'.repeat(32) });
    await expect.element(page.getByRole('heading', { name: 'Carol Mensah asks to join as Writer' })).toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Approve' })).toBeVisible();
    expect(location.hash).toBe(`#/chain/${CHAIN_ID}/requests/${'d0'.repeat(32)}`);
    await mount(app, { page: 'request', code: 'damaged' });
    await expect.element(page.getByRole('alert')).toMatchTextContent('This link is damaged');
  });

  test('a link to a proposal leads to it too, and one that is not there yet appears by itself', async () => {
    const { app } = scene('requests');
    await mount(app, at('requests', 'ef'.repeat(32)));
    await expect.element(page.getByRole('heading', { name: 'Not in the record yet' })).toBeVisible();
    app.setChain({ ...app.chain(CHAIN_ID), proposals: [proposalView({ id: 'ef'.repeat(32) })] });
    await expect.element(page.getByRole('heading', { name: 'Suspend Zoë Lindqvist' })).toBeVisible();
  });

  test('a knock is told apart, and names are text whatever is in them', async () => {
    const { app } = scene('requests');
    const name = '<img src=x onerror="window.hacked=1">';
    app.setChain({ ...app.chain(CHAIN_ID), requests: [requestView({ kind: 'knock', name, invitedBy: undefined, openedAt: 0 })] });
    await mount(app, at('requests'));
    await expect.element(article(`${name} knocks, without an invitation, to join as Writer`)).toBeVisible();
    await expect.element(page.getByText('Nobody. The name is their own word only.')).toBeVisible();
    expect('hacked' in window).toBe(false);
  });
});

describe('proposing', () => {
  function proposing(name: string): { readonly app: FakeApp; readonly made: ChangeView[]; readonly scene: Scene } {
    const from = scene(name);
    const made: ChangeView[] = [];
    const { propose } = from.app;
    from.app.propose = (id, change, reason) => {
      made.push(change);
      return propose.call(from.app, id, change, reason);
    };
    return { app: from.app, made, scene: from };
  }

  test('a role: chosen in a dialog that says what follows and what cannot be undone; then its own page', async () => {
    const { made, scene: from } = proposing('member-why');
    await mountScene(from);
    const opener = page.getByRole('button', { name: 'Give a role…' });
    await opener.click();
    await expect.poll(() => document.activeElement?.id).toBe('propose-role');
    await page.getByRole('combobox', { name: 'Role' }).selectOptions('auditor');
    const dialog = page.getByRole('dialog', { name: 'Give Ben Okafor the role Auditor' });
    await expect.element(dialog.getByText('After this all 3 validators must agree: none may fail.')).toBeVisible();
    await expect.element(dialog.getByText(/The role can be taken away again/)).toBeVisible();
    await userEvent.keyboard('{Escape}');
    await expect.poll(() => document.activeElement).toBe(opener.element());
    expect(made).toEqual([]);
    await opener.click();
    await page.getByRole('combobox', { name: 'Role' }).selectOptions('auditor');
    await dialog.getByRole('button', { name: 'Propose' }).click();
    await expect.poll(() => made.length).toBe(1);
    await expect.poll(() => location.hash).toMatch(/\/proposals\//);
    await expect.poll(focused).toBe('Give Ben Okafor the role Auditor');
  });

  test('removal of everyone who came through a link lists them', async () => {
    const { made, scene: from } = proposing('invitations-remove');
    await mountScene(from);
    const dialog = page.getByRole('dialog', { name: 'Remove Ben Okafor and Zoë Lindqvist' });
    const names = dialog.getByRole('list', { name: 'Members that this is about' }).getByRole('listitem');
    expect(names.elements().map((row) => row.textContent)).toEqual(['Ben Okafor', 'Zoë Lindqvist']);
    await expect.element(dialog.getByText(/This cannot be undone/)).toBeVisible();
    await dialog.getByRole('button', { name: 'Propose' }).click();
    await expect.poll(() => made).toEqual([{ type: 'remove', members: ['22'.repeat(32), '33'.repeat(32)] }]);
  });

  test('rules are changed where they stand, and the difference is shown before anything is sent', async () => {
    const { made, scene: from } = proposing('rules');
    await mountScene(from);
    await page.getByRole('button', { name: 'Change… how each role is gained' }).click();
    await page.getByRole('combobox', { name: 'How it is gained' }).selectOptions('invitation');
    await page.getByRole('button', { name: 'Continue' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change the rules' });
    await expect.element(dialog.getByText('Takes an invitation. Writers and the federation may invite.')).toBeVisible();
    expect(made).toEqual([]);
    await dialog.getByRole('button', { name: 'Propose' }).click();
    await expect
      .poll(() => made.map((change) => change.type === 'rules' && change.rules.roles.find(({ role }) => role === 'writer')?.rule))
      .toEqual([{ type: 'invitation' }]);
  });

  test('a form of the rules goes with its dialog, and what is filled in for one role is not taken for another', async () => {
    await mountScene(scene('rules'));
    await page.getByRole('button', { name: 'Change… how many must agree' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(() => document.querySelector('rules-dialog form')).toBeNull();
    await page.getByRole('button', { name: 'Change… how each role is gained' }).click();
    const approvals = page.getByRole('spinbutton', { name: 'Approvals, where they are asked for' });
    const before = Number(document.querySelector<HTMLInputElement>('#rules-approvals')?.value);
    await approvals.fill(String(before + 7));
    await page.getByRole('combobox', { name: 'Role' }).selectOptions('observer');
    await expect.element(approvals).toHaveValue(before);
  });

  test('an invitation is revoked once, however often the button is pressed', async () => {
    const { app, route } = scene('invitations');
    let revoked = 0;
    app.revoke = async () => {
      revoked++;
      return ok(undefined);
    };
    await mount(app, route);
    await page.getByRole('button', { name: 'Revoke' }).first().dblClick();
    await expect.poll(() => revoked).toBe(1);
  });

  test('those who do not decide propose nothing', async () => {
    await mountScene(scene('member-founder'));
    await expect.element(page.getByRole('heading', { name: 'How it came about' })).toBeVisible();
    for (const name of ['Give a role…', 'Take a role away…', 'Suspend…', 'Remove…'])
      expect(page.getByRole('button', { name }).elements(), name).toEqual([]);
  });
});

describe('coming in', () => {
  test('a request that waits is shown on the chain’s page, enters by itself, and can be taken back', async () => {
    const { app, route } = scene('join-waiting');
    await mount(app, route);
    await expect.element(page.getByText('1 of 2 approvals so far.')).toBeVisible();
    await expect.element(page.getByRole('list', { name: 'Who has decided' })).toMatchTextContent(/Ben Okafor approved/);
    app.setChain(chainView());
    await expect.element(page.getByRole('textbox', { name: 'New entry' })).toBeVisible();
  });

  test('waiting leads from the invitation to the chain’s page without stopping the request', async () => {
    const app = new FakeApp();
    let stopped = false;
    app.script.join = async function* (_text, { signal }) {
      signal.addEventListener('abort', () => (stopped = true));
      app.setView({ chains: [chainItem({ standing: 'joining' })] });
      yield* stages({ type: 'stage', stage: 'asking', elapsedMs: 0 }, { type: 'stage', stage: 'waiting', elapsedMs: 5 });
    };
    await mount(app, { page: 'join', code: 'x' });
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ben');
    await page.getByRole('button', { name: 'Join', exact: true }).click();
    await expect.element(page.getByText(/You have asked to join/)).toBeVisible();
    expect(location.hash).toBe(`#/chain/${CHAIN_ID}`);
    expect(stopped).toBe(false);
  });

  test('a used link offers to ask without one, under the same name', async () => {
    const app = new FakeApp();
    const asked: Pick<JoinOptions, 'yourName' | 'knock'>[] = [];
    app.script.join = (_text, { yourName, knock }) => {
      asked.push({ yourName, knock });
      return stages({ type: 'refused', code: knock ? 'knocks-closed' : 'invitation-used', detail: '', elapsedMs: 1 });
    };
    await mount(app, { page: 'join', code: 'x' });
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ben');
    await page.getByRole('button', { name: 'Join', exact: true }).click();
    await page.getByRole('button', { name: 'Ask to join without a link' }).click();
    await expect.element(page.getByRole('alert')).toMatchTextContent('This chain takes no requests without a link.');
    expect(asked).toEqual([
      { yourName: 'Ben', knock: false },
      { yourName: 'Ben', knock: true },
    ]);
  });

  test('a link from another device asks for no name', async () => {
    await mountScene(scene('join-device'));
    await page.getByRole('button', { name: 'Add this device' }).click();
    await expect.element(page.getByRole('heading', { name: 'Garden cooperative' })).toBeVisible();
  });
});

describe('keys', () => {
  test('a device is added by a code and a link, which leave the page with the dialog', async () => {
    await mountScene(scene('devices-add'));
    const dialog = page.getByRole('dialog', { name: 'Add a device' });
    await expect.element(dialog.getByRole('img', { name: 'QR code that adds a device to your membership' })).toBeVisible();
    expect(document.activeElement?.id).toBe('device-link');
    await userEvent.keyboard('{Escape}');
    await expect.poll(() => document.querySelector('#device-link')).toBeNull();
  });

  test('a word that is wrong in a phrase is told by its place', async () => {
    const app = new FakeApp();
    app.script.recover = async () => refusedWith('malformed');
    await mount(app, { page: 'recover' });
    const words = page.getByRole('textbox', { name: 'The twelve words' });
    await words.fill('legal wimner thank year wave sausage worth useful legal winner thank yellow');
    await page.getByRole('textbox', { name: 'Any link of the chain' }).fill('https://latchkey.example/#j=abc');
    await page.getByRole('button', { name: 'Recover' }).click();
    await expect
      .element(page.getByRole('alert'))
      .toMatchTextContent(/These words are no recovery phrase\. Word 2 is none that phrases have/);
  });

  test('what stands against a proposal is said once', async () => {
    const { app } = scene('members');
    app.script.consequence = async () => ok({ before: BEFORE, after: BEFORE, problem: 'last-federation' });
    app.propose = async () => refusedWith('last-federation');
    await mount(app, at('members', '22'.repeat(32)));
    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('button', { name: 'Propose', exact: true }).click();
    await expect.poll(() => document.querySelectorAll('dialog [data-code="last-federation"]').length).toBe(1);
    await expect.element(page.getByRole('alert')).toBeVisible();
  });

  test('the phrase and a link make this browser the member again; “stolen” is asked for', async () => {
    const app = new FakeApp();
    const asked: Recovering[] = [];
    app.script.recover = async (options) => {
      asked.push(options);
      app.setChain(chainView());
      return ok(CHAIN_ID);
    };
    await mount(app);
    await page.getByRole('link', { name: 'I have a recovery phrase' }).click();
    await page.getByRole('textbox', { name: 'The twelve words' }).fill(' Orbit  canvas\nthunder ');
    await page.getByRole('textbox', { name: 'Any link of the chain' }).fill('https://latchkey.example/#j=abc');
    await page.getByRole('checkbox', { name: 'My key was stolen' }).click();
    await page.getByRole('button', { name: 'Recover' }).click();
    await expect.element(page.getByRole('heading', { name: 'Garden cooperative' })).toBeVisible();
    expect(asked).toEqual([{ words: 'orbit canvas thunder', link: 'https://latchkey.example/#j=abc', stolen: true }]);
  });

  test('a backup asks for a password that is worth one', async () => {
    const { app, route } = scene('devices');
    await mount(app, route);
    const box = page.getByLabelText('Password for the file');
    await box.fill('short');
    await page.getByRole('button', { name: 'Save a backup' }).click();
    expect(document.activeElement).toBe(box.element());
    await box.fill('long enough to be one');
    await page.getByRole('button', { name: 'Save a backup' }).click();
    await expect.element(page.getByText('Saved among your downloads.')).toBeVisible();
  });

  test('a recovery certificate says what cannot be undone before it is confirmed, and can be put away', async () => {
    await mountScene(scene('rules-certificate'));
    await expect.element(page.getByText(/This cannot be undone: on this device everything after block 4,210/)).toBeVisible();
    await page.getByRole('button', { name: 'Put it away' }).click();
    await page.getByText('I was given a recovery certificate').click();
    await page.getByRole('textbox', { name: 'Recovery certificate' }).fill('certificate');
    await page.getByRole('button', { name: 'Take note of it' }).click();
    await page.getByRole('button', { name: 'Go on as this certificate says' }).click();
    await expect.element(page.getByText('You have agreed.')).toBeVisible();
    await expect.poll(focused).toBe('If the chain stands still for good');
  });
});

test('create: each way in is explained, and the chosen one is used', async () => {
  const app = new FakeApp();
  const made: string[] = [];
  app.script.createChain = async ({ template }) => {
    made.push(template);
    return refusedWith('hosting-refused');
  };
  await mount(app, { page: 'create' });
  await expect.element(page.getByRole('radio', { name: 'Open link' })).toBeChecked();
  await page.getByRole('radio', { name: 'Members approve' }).click();
  await expect.element(page.getByText(/You begin alone, so one approval, yours, is enough/)).toBeVisible();
  await page.getByRole('textbox', { name: 'Chain name' }).fill('Choir');
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ada');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await expect.poll(() => made).toEqual(['members-approve']);
});

test('create: a relay that hosts by code asks for it, and the code goes with the chain', async () => {
  const app = new FakeApp();
  const codes: (string | undefined)[] = [];
  app.script.createChain = async ({ hostCode }) => {
    codes.push(hostCode);
    return refusedWith('host-code-missing');
  };
  await mount(app, { page: 'create' });
  await page.getByRole('textbox', { name: 'Chain name' }).fill('Choir');
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ada');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await expect.element(page.getByText('This relay hosts a chain only for those with a code.')).toBeVisible();
  await page.getByRole('textbox', { name: 'Hosting code' }).fill(' k7qf-2m9x-tr4a-wc8e ');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await expect.poll(() => codes).toEqual([undefined, 'k7qf-2m9x-tr4a-wc8e']);
});
