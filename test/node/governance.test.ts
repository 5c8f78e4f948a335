/** Stories of a group that governs itself, on the shipped node over an in-memory network: through the library as a program has it. */
import { describe, expect, test } from 'vitest';
import { equal } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { DAY_MS } from '../../src/core/base/limits.ts';
import { RefusalError } from '../../src/core/base/result.ts';
import type { InvitationLink } from '../../src/core/codec/link.ts';
import { parseLink } from '../../src/core/codec/link-text.ts';
import type { Operator } from '../../src/core/codec/operator.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import { parseRequestLink } from '../../src/core/codec/request-link.ts';
import type { RequestInfo } from '../../src/node/governance-info.ts';
import { type Device, until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';

const { someone } = gathering();

const governance = (device: Device) => device.chain.governance;
const waiting = (device: Device) =>
  governance(device)
    .requests()
    .filter(({ status }) => status === 'pending');
const memberCalled = (device: Device, name: string) => device.chain.members().find((one) => one.name === name && !one.left);

function idOf(device: Device, name: string): Hash {
  const found = memberCalled(device, name);
  if (found === undefined) throw new Error(`${name} is no member`);
  return found.id;
}

/** Asks to join in the background: settles with how it ended. */
async function asks(newcomer: Device, link: InvitationLink): Promise<string> {
  try {
    await newcomer.joins(link, AbortSignal.timeout(60_000));
    return 'joined';
  } catch (error) {
    if (error instanceof RefusalError) return error.code;
    throw error;
  }
}

/** The request of this name, once it waits at the device. */
async function requestOf(device: Device, name: string): Promise<RequestInfo> {
  await until(device.chain, () => waiting(device).some((one) => one.name === name));
  const found = waiting(device).find((one) => one.name === name);
  if (found === undefined) throw new Error('it waited a moment ago');
  return found;
}

/** Everybody's copy is where the first one's is. */
async function level(...devices: readonly Device[]): Promise<void> {
  const [first, ...others] = devices;
  for (const other of others) await until(other.chain, () => other.chain.height >= (first?.chain.height ?? 0));
}

/** The chain is where the condition holds, on each of the devices. */
async function everywhere(devices: readonly Device[], condition: (device: Device) => boolean): Promise<void> {
  for (const device of devices) await until(device.chain, () => condition(device));
}

const RUNS_IT: Operator = { operatorId: new TextEncoder().encode('Example Ltd'), region: 756, kbps: 100_000, software: 1, checklist: 7 };

/** Ada, Ben and Cem, two of whom decide. */
async function consortium() {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Harbour', yourName: 'Ada', template: 'consortium' });
  const others: Device[] = [];
  for (const name of ['Ben', 'Cem']) {
    const device = await someone(name);
    const joined = asks(device, await ada.invites({ role: 'federation' }));
    await governance(ada).approve((await requestOf(ada, name)).id, `We know ${name}`);
    expect(await joined).toBe('joined');
    others.push(device);
  }
  const [ben, cem] = others;
  if (ben === undefined || cem === undefined) throw new Error('two were made');
  await governance(ada).setTemplate('consortium', 2, 'Now that we are three');
  await everywhere([ada, ben, cem], (one) =>
    governance(one)
      .rules()
      .governance.some(({ approvals }) => approvals === 2),
  );
  return { ada, ben, cem };
}

describe('a consortium of three', () => {
  test('admits by two of three, and shows why afterwards', async () => {
    const { ada, ben, cem } = await consortium();
    const gaia = await someone('Gaia');
    const link = await ben.invites({ role: 'gateway' });
    const joined = (async () => {
      for await (const stage of gaia.latchkey.join(link, { name: 'Gaia', operator: RUNS_IT, signal: AbortSignal.timeout(60_000) }))
        if (stage.type === 'joined') return stage.chain;
      return undefined;
    })();
    const request = await requestOf(ben, 'Gaia');
    expect(request).toMatchObject({ kind: 'join', role: 'gateway', needed: 2, decisions: [], yoursToDecide: true });
    expect(request.invitedBy?.name).toBe('Ben');
    expect(request.operator?.region).toBe(756);
    const consequence = governance(ben).consequence(request.id);
    expect(consequence.problem).toBeUndefined();
    expect([consequence.before.members, consequence.after.members]).toEqual([3, 4]);
    await governance(ben).approve(request.id, 'They answer for their line');
    await until(ben.chain, () => governance(ben).request(request.id)?.decisions.length === 1);
    expect(governance(ben).request(request.id)?.yoursToDecide).toBe(false);
    await expect(governance(ben).approve(request.id)).rejects.toMatchObject({ code: 'already-decided' });
    expect(memberCalled(ben, 'Gaia')).toBeUndefined();
    await requestOf(cem, 'Gaia');
    await governance(cem).approve(request.id);
    const chain = await joined;
    expect(chain?.node.roles()).toEqual(['gateway']);

    await everywhere([ada], (one) => memberCalled(one, 'Gaia') !== undefined);
    const gaias = idOf(ada, 'Gaia');
    governance(ada).why(gaias);
    await governance(ada).reasonsRead();
    const story = governance(ada).why(gaias);
    expect(story).toMatchObject({ how: 'invitation', gained: [], roles: ['gateway'] });
    expect(story?.invitation?.issuer.name).toBe('Ben');
    expect(story?.rule).toBe('Gateway: takes the approval of 2 federation members.');
    expect(story?.decisions.map(({ name, approves, reason }) => [name, approves, reason])).toEqual([
      ['Ben', true, 'They answer for their line'],
      ['Cem', true, undefined],
    ]);
    expect(story?.decisions.every(({ time, leaf }) => time > 0 && leaf > 0)).toBe(true);
  });

  test('rejects as soon as two can no longer approve, with the reason for all to read', async () => {
    const { ada, ben, cem } = await consortium();
    const dov = await someone('Dov');
    const outcome = asks(dov, await ada.invites({ role: 'federation' }));
    const { id } = await requestOf(ben, 'Dov');
    await governance(ben).reject(id, 'Nobody knows him');
    await requestOf(cem, 'Dov');
    await governance(cem).reject(id);
    expect(await outcome).toBe('request-rejected');
    await until(ada.chain, () => governance(ada).request(id)?.status === 'rejected');
    governance(ada).requests();
    await governance(ada).reasonsRead();
    const shown = governance(ada)
      .requests()
      .find((one) => equal(one.id, id));
    expect(shown?.decisions.map(({ name, approves, reason }) => [name, approves, reason])).toEqual([
      ['Ben', false, 'Nobody knows him'],
      ['Cem', false, undefined],
    ]);
    await expect(governance(ada).approve(id)).rejects.toMatchObject({ code: 'request-rejected' });
  });

  test('gives a member one more role at its request, and takes it away again by proposal', async () => {
    const { ada, ben, cem } = await consortium();
    const eve = await writer('Eve', ada, ben);
    await expect(eve.chain.governance.requestRole('gateway')).rejects.toMatchObject({ code: 'operator-missing' });
    await eve.chain.governance.requestRole('gateway', RUNS_IT);
    const { id } = await requestOf(ada, 'Eve');
    await governance(ada).approve(id);
    await requestOf(ben, 'Eve');
    await governance(ben).approve(id);
    await everywhere([ada, ben, cem, eve], (one) => memberCalled(one, 'Eve')?.roles.includes('gateway') === true);
    expect(governance(cem).why(idOf(cem, 'Eve'))?.gained).toMatchObject([{ role: 'gateway', by: 'request', decisions: [{}, {}] }]);

    const change = { type: 'withdraw', member: idOf(ada, 'Eve'), role: 'gateway' } as const;
    const proposed = await governance(ada).propose(change, 'The line is gone');
    await until(cem.chain, () => governance(cem).proposal(proposed) !== undefined);
    expect(governance(cem).proposal(proposed)).toMatchObject({
      reason: 'The line is gone',
      needed: 2,
      status: 'pending',
      yoursToDecide: true,
    });
    await governance(cem).approve(proposed);
    await everywhere([ada, ben, cem, eve], (one) => memberCalled(one, 'Eve')?.roles.includes('gateway') === false);
  });

  test('shows what cannot be done before it is proposed', async () => {
    const { ada } = await consortium();
    const remove = { type: 'remove', members: [idOf(ada, 'Ada')] } as const;
    expect(governance(ada).consequence(remove).problem?.code).toBe('last-validator');
    await expect(governance(ada).propose(remove)).rejects.toMatchObject({ code: 'last-validator' });
    await expect(governance(ada).setApprovals('remove', 4)).rejects.toMatchObject({ code: 'rules-unsatisfiable' });
    await expect(governance(ada).approve(ada.chain.id)).rejects.toMatchObject({ code: 'request-unknown' });
  });

  test('suspends a writer by one approval; what it writes meanwhile is refused, and the suspension ends by itself', async () => {
    const { ada, ben, cem } = await consortium();
    const eve = await writer('Eve', ada, ben);
    await everywhere([cem], (one) => memberCalled(one, 'Eve') !== undefined);
    await level(ada, ben, cem, eve);
    await governance(cem).propose({ type: 'suspend', members: [idOf(cem, 'Eve')] }, 'Her key is odd');
    await everywhere([ada, ben, cem], (one) => memberCalled(one, 'Eve')?.suspendedUntil !== undefined);
    await until(eve.chain, () => eve.chain.you()?.suspendedUntil !== undefined);
    await expect(eve.chain.append('Still here')).rejects.toMatchObject({ code: 'suspended' });
    await until(eve.chain, () => eve.chain.peers().length === 0);
    for (const device of [ada, ben, cem, eve]) device.clock.aheadMs = 8 * DAY_MS;
    await ada.chain.append('A week later');
    await until(ada.chain, () => memberCalled(ada, 'Eve')?.suspendedUntil === undefined);
  });

  test('removes a member, whose connections close in that block; whom it let in can be listed', async () => {
    const { ada, ben, cem } = await consortium();
    const eve = await writer('Eve', ada, ben);
    const evesInvitation = memberCalled(ada, 'Eve')?.invitation;
    if (evesInvitation === undefined) throw new Error('she came by one');
    expect(governance(ada).lineage(evesInvitation)).toEqual([idOf(ada, 'Eve')]);
    const proposed = await governance(ada).propose({ type: 'remove', members: [...governance(ada).lineage(evesInvitation)] });
    await until(ben.chain, () => governance(ben).proposal(proposed) !== undefined);
    await level(ada, ben, cem, eve);
    expect(eve.chain.peers().length).toBeGreaterThan(0);
    await governance(ben).approve(proposed);
    await everywhere([ada, ben, cem], (one) => memberCalled(one, 'Eve') === undefined);
    await until(eve.chain, () => eve.chain.peers().length === 0 && eve.chain.you()?.left === true);
    await expect(eve.chain.append('Still here')).rejects.toMatchObject({ code: 'not-a-member' });
  });

  test('reads its rules as sentences, and a request link opens what waits', async () => {
    const { ada, ben } = await consortium();
    const lines = new Map(
      governance(ada)
        .rulesText()
        .map(({ about, holds }) => [about, holds]),
    );
    expect(lines.get('Federation')).toMatch(/^Takes the approval of 2 federation members\./);
    expect(lines.get('Removing members')).toBe('Takes 2 of 3 federation members.');
    const id = await governance(ada).setApprovals('endpoints', 3);
    const url = governance(ada).requestLink(id, 'https://example.org/chat/#old');
    expect(url.startsWith('https://example.org/chat/#r=')).toBe(true);
    const read = parseRequestLink(url);
    expect(read.ok && equal(read.value.chain, ben.chain.id) && equal(read.value.request, id)).toBe(true);
    expect(parseRequestLink(url.slice(0, -1)).ok).toBe(false);
    expect(parseLink(url).ok).toBe(false);
  });
});

/** A writer whom the founder invited and another of the federation approved. */
async function writer(name: string, inviter: Device, approver: Device, role: Role = 'writer'): Promise<Device> {
  const device = await someone(name);
  const joined = asks(device, await inviter.invites({ role }));
  await governance(approver).approve((await requestOf(approver, name)).id);
  expect(await joined).toBe('joined');
  await level(approver, inviter);
  await until(device.chain, () => memberCalled(device, name) !== undefined);
  return device;
}

describe('a closed link for several', () => {
  test('asks its issuer about each who comes, whatever the rules say', async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const link = await ada.invites({ uses: 3, shared: false });
    const ben = await someone('Ben');
    const joined = asks(ben, link);
    const request = await requestOf(ada, 'Ben');
    expect(request).toMatchObject({ needed: 1, yoursToDecide: true, issuerAsked: { you: true } });
    await governance(ada).approve(request.id);
    expect(await joined).toBe('joined');
    expect(ada.chain.invitations()).toMatchObject([{ uses: 3, used: 1, descendants: 1, status: 'live' }]);
  });
});

describe('several devices of one member', () => {
  test('enter by a link that the first makes, write under the same name, and decide nothing', async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada', template: 'members-approve' });
    const { link, url, transaction } = await ada.chain.devices.link({ siteUrl: 'https://example.org/' });
    expect(url.startsWith('https://example.org/#d=')).toBe(true);
    expect(parseLink(url)).toEqual({ ok: true, value: link });
    await until(ada.chain, () => !ada.chain.pendingActions().some(({ id }) => equal(id, transaction)));
    const tablet = await someone('Tablet');
    for await (const _ of tablet.latchkey.linkDevice(link, { signal: AbortSignal.timeout(30_000) })) {
    }
    expect(tablet.chain.you()?.name).toBe('Ada');
    expect(tablet.chain.devices.list().map(({ thisOne, full, roles }) => [thisOne, full, roles])).toEqual([
      [false, true, ['federation', 'validator']],
      [true, false, ['writer']],
    ]);
    expect(ada.chain.members().length).toBe(1);
    expect(tablet.chain.inviteRoles()).toEqual(['writer', 'observer']);
    await expect(tablet.chain.governance.setApprovals('remove', 1)).rejects.toMatchObject({ code: 'not-allowed' });
    const other = await someone('Other');
    const again = (async () => {
      for await (const _ of other.latchkey.linkDevice(link, { signal: AbortSignal.timeout(30_000) })) {
      }
    })();
    await expect(again).rejects.toMatchObject({ code: 'invitation-unknown' });
  });
});

describe('a network key', () => {
  test('is changed by governance: members are given the new one, links carry it, and who knocks by another reaches nobody', async () => {
    const { ada, ben, cem } = await consortium();
    const proposed = await governance(ada).changeNetworkKey('Old phones are about');
    await until(ben.chain, () => governance(ben).proposal(proposed) !== undefined);
    await governance(ben).approve(proposed);
    await everywhere([ada, ben, cem], (one) => one.chain.node.networkKeys().length === 1);
    const first = ada.chain.node.networkKeys()[0];
    for (const one of [ben, cem]) expect(one.chain.node.networkKeys()[0]).toEqual(first);
    const eve = await writer('Eve', ada, ben);
    expect(eve.chain.node.networkKeys()[0]).toEqual(first);

    const again = await governance(cem).changeNetworkKey();
    await until(ada.chain, () => governance(ada).proposal(again) !== undefined);
    await governance(ada).approve(again);
    const isNew = (one: Device) => one.chain.node.networkKeys().length === 2;
    await everywhere([ada, ben, cem, eve], isNew);
    expect(ada.chain.node.networkKeys()[1]).toEqual(first);
    const link = await ada.invites();
    expect(link.networkKey).toEqual(cem.chain.node.networkKeys()[0]);
    const stale = await asks(await someone('Fay'), { ...link, networkKey: new Uint8Array(32).fill(1) });
    expect(stale).not.toBe('joined');
  });
});
