/** What a person is told when a link does not work, on the real page against a real relay; and the invite dialog that made it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { freePorts } from './free-ports.ts';
import { Person } from './person.ts';

let folder: string;
let relay: RelayProcess;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-e2e-'));
  const ports = await freePorts();
  [relay, alice, bob] = await Promise.all([startRelayProcess('--data', folder, ...ports), Person.arrive('Alice'), Person.arrive('Bob')]);
  await alice.createsChain(relay.url, 'Reading group');
});

afterAll(async () => {
  await Promise.allSettled([alice?.leave(), bob?.leave(), relay?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const dialog = () => alice.page.getByRole('dialog', { name: 'Invite' });

/** A link of which the dialog shows the choice that was made. */
async function inviteWith(choose: () => Promise<unknown>): Promise<string> {
  await alice.page.getByRole('button', { name: 'Invite', exact: true }).click();
  const before = await alice.invitationLink();
  await choose();
  const box = dialog().getByRole('textbox', { name: 'Invitation link' });
  await expect.poll(() => box.inputValue(), { timeout: 15_000 }).not.toBe(before);
  const link = await alice.invitationLink();
  await alice.page.keyboard.press('Escape');
  return link;
}

test('the dialog opens with a link ready, changes it with each choice, and lists what is live', async () => {
  const link = await inviteWith(() => dialog().getByRole('combobox', { name: 'Role' }).selectOption('observer'));
  expect(link).toContain('#j=');
  await alice.page.getByRole('button', { name: 'Invite', exact: true }).click();
  await dialog()
    .getByRole('img', { name: /QR code/ })
    .waitFor();
  await dialog().getByRole('combobox', { name: 'Uses' }).selectOption('5');
  await expect.poll(() => dialog().getByRole('checkbox', { name: 'Shared' }).isChecked()).toBe(true);
  await dialog().getByText('The same as JSON').click();
  await expect.poll(() => dialog().getByText('"blockchain id"').count(), { timeout: 10_000 }).toBe(1);
  expect(await dialog().getByRole('button', { name: 'Revoke' }).count()).toBeGreaterThan(1);
  await alice.page.keyboard.press('Escape');
});

test('a used link, a revoked one, a damaged one and a relay that is away are told apart, each with what to do next', async () => {
  const oneTime = await alice.invites();
  await bob.joins(oneTime);
  await bob.leave();

  const said = async (link: string, press = true): Promise<string> => {
    const carol = await Person.arrive('Carol');
    try {
      if (press) await carol.opensAndJoins(link);
      else await carol.page.goto(link);
      const alert = carol.page.getByRole('alert');
      await alert.first().waitFor();
      expect(carol.errors).toEqual([]);
      return (await alert.first().textContent()) ?? '';
    } finally {
      await carol.leave();
    }
  };

  const used = await said(oneTime);
  expect(used).toMatch(/used up/);

  const revoked = await inviteWith(() => dialog().getByRole('combobox', { name: 'Role' }).selectOption('observer'));
  await alice.page.getByRole('button', { name: 'Invite', exact: true }).click();
  await alice.invitationLink();
  const revokes = dialog().getByRole('button', { name: 'Revoke' });
  // Each leaves the list when its revocation is final; one just made joins it when that is.
  await expect
    .poll(
      async () => {
        if ((await revokes.count()) > 0) await revokes.first().click();
        return revokes.count();
      },
      { timeout: 30_000, interval: 300 },
    )
    .toBe(0);
  await alice.page.keyboard.press('Escape');
  const gone = await said(revoked);
  expect(gone).toMatch(/revoked/);

  const damaged = await said(`${oneTime.slice(0, -6)}`, false);
  expect(damaged).toMatch(/damaged/);

  const live = await alice.invites();
  await relay.stop('SIGKILL');
  const site = await startRelayProcess('--data', `${folder}-other`, ...(await freePorts()));
  try {
    const away = await said(live.replace(relay.url, site.url));
    expect(away).toMatch(/relay/i);
    expect(new Set([used, gone, damaged, away]).size).toBe(4);
  } finally {
    await site.stop();
    await rm(`${folder}-other`, { recursive: true, force: true });
  }
});
