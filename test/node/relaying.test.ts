/** Nodes of one chain: members count what a relay does for them, it gathers their receipts, and earns a token that it spends. */
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/core/base/limits.ts';
import { decode, encode } from '../../src/core/codec/codec.ts';
import { receiptRequest, relayReceipt } from '../../src/core/codec/relay-receipt.ts';
import { dayOf } from '../../src/core/membership/transitions/serve.ts';
import { AWARD_DEFAULTS, awardNumbersList } from '../../src/core/policy/award.ts';
import { type Device, until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';

const { hub, everybody, someone } = gathering();
const NUMBERS = { ...AWARD_DEFAULTS, attesters: 2, perSponsor: 2, streakDays: 1, odds: 1 };

/** Ada's chain, where a token opens the way to a seat; Rita relays, Ben and Cleo use her, and Dan writes. */
async function village() {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Harbour', yourName: 'Ada', template: 'open-link' });
  const earned = { type: 'allOf', rules: [{ type: 'token' }, { type: 'approvals', approvals: 1 }] } as const;
  const roles = ada.chain.governance.rules().roles.map((one) => (one.role === 'validator' ? { ...one, rule: earned } : one));
  await ada.chain.governance.changeRules({ roles, token: awardNumbersList(NUMBERS) });
  const comes = async (name: string, role: 'writer' | 'relay' = 'writer') => {
    const device = await someone(name);
    await device.joins(await ada.invites({ role }));
    return device;
  };
  const rita = await comes('Rita', 'relay');
  const [ben, cleo] = [await comes('Ben'), await comes('Cleo')];
  for (const device of [ben, cleo])
    await device.chain.node.network?.connect({ peer: rita.peer, addresses: [] }, AbortSignal.timeout(10_000));
  await expect.poll(() => rita.chain.node.sessions().length).toBe(3);
  return { ada, rita, ben, cleo };
}

const ahead = (ms: number) => {
  for (const device of everybody) device.clock.aheadMs += ms;
};
const now = () => everybody[0]?.clock.now() ?? 0;
const look = (devices: readonly Device[]) => Promise.all(devices.map((device) => device.chain.node.lookAbout()));

/** To one o'clock of the next day; nodes look about on the way only at its end. */
const nextDay = (hour = 1) => ahead(DAY_MS - (now() % DAY_MS) + hour * HOUR_MS);

/** Rita's reservations are held for so many minutes, while everybody looks. */
async function used(devices: readonly Device[], rita: Device, minutes: number): Promise<void> {
  for (const { peer } of devices) hub().relayed(peer, rita.peer, 'reserved');
  await look(devices);
  for (let at = 0; at < minutes; at += 2) {
    ahead(2 * MINUTE_MS);
    await look(devices);
  }
  for (const { peer } of devices) hub().relayed(peer, rita.peer, { bytes: 3 * 1024 });
  await look(devices);
}

async function receiptOf(device: Device, from: Device, day: number) {
  const session = device.chain.node.sessions().find(({ peer }) => peer === from.peer);
  if (session === undefined) throw new Error('no session');
  for await (const frame of session.requestReceipt(encode(receiptRequest, { day }), AbortSignal.timeout(10_000))) {
    const read = decode(relayReceipt, frame, 1024);
    if (read.ok) return read.value;
  }
  throw new Error('no receipt');
}

describe('a relay', () => {
  test('is attested by those whom it served, wins a token, spends it, and is seated once it is approved', {
    timeout: 120_000,
  }, async () => {
    const { ada, rita, ben, cleo } = await village();
    // Members since before the day.
    nextDay();
    await used([ben, cleo], rita, 70);
    const day = dayOf(now());
    nextDay(19);
    await rita.chain.node.lookAbout();
    await expect.poll(() => rita.chain.relaying.gathered(), { timeout: 10_000 }).toBe(2);
    await rita.chain.node.lookAbout();
    const service = () => rita.chain.relaying.relays()[0];
    await expect.poll(() => service()?.uptime.length, { timeout: 10_000 }).toBe(1);
    expect(service()).toMatchObject({ active: true, uptime: [100], circuits: 2, kib: 6 });
    expect(rita.chain.node.ledger.state.get('service', rita.chain.you()?.id ?? rita.chain.id)?.last).toBe(day);
    await expect(rita.chain.relaying.spendToken()).rejects.toMatchObject({ code: 'not-earned' });
    // Later blocks decide.
    for (const text of ['one', 'two']) {
      await ada.chain.append(text);
      await until(rita.chain, () => rita.chain.pending().length === 0);
      await expect.poll(async () => (await rita.texts()).includes(text)).toBe(true);
    }
    expect(service()?.tokenUntil).toBeDefined();
    await rita.chain.relaying.spendToken();
    await until(rita.chain, () => service()?.eligibleUntil !== undefined);
    expect(service()?.tokenUntil).toBeUndefined();
    const id = await rita.chain.governance.requestRole('validator');
    await until(ada.chain, () => ada.chain.governance.request(id) !== undefined);
    await ada.chain.governance.approve(id);
    await until(rita.chain, () => rita.chain.node.isValidator);
    expect((await ada.chain.validators()).validators).toHaveLength(2);
    // Whoever replays the chain sees that it was earned.
    const { fault, admissions } = await ada.chain.audit({ signal: AbortSignal.timeout(30_000) });
    expect(fault).toBeUndefined();
    expect(admissions.filter(({ problem }) => problem !== undefined)).toEqual([]);
    expect(admissions).toMatchObject([
      { role: 'relay' },
      { role: 'writer' },
      { role: 'writer' },
      { role: 'validator', how: 'role', needed: 1 },
    ]);
    expect(rita.chain.you()?.roles).toEqual(['validator']);
  });
});

describe('a member’s node', () => {
  test('signs what it counted, the same as often as it is asked, and for nobody else', { timeout: 60_000 }, async () => {
    const { ada, rita, ben, cleo } = await village();
    nextDay();
    await used([ben], rita, 62);
    hub().relayed(ben.peer, rita.peer, 'lost');
    await look([ben]);
    const day = dayOf(now());
    await expect(receiptOf(rita, ben, day)).rejects.toMatchObject({ code: 'not-available' });
    nextDay();
    const receipt = await receiptOf(rita, ben, day);
    expect(receipt).toMatchObject({ breaks: 1, circuits: 1, kib: 3 });
    expect(receipt.minutes).toBeGreaterThanOrEqual(60);
    expect(receipt.minutes).toBeLessThanOrEqual(receipt.watched);
    expect(await receiptOf(rita, ben, day)).toEqual(receipt);
    await expect(receiptOf(rita, cleo, day), 'who saw nothing').rejects.toMatchObject({ code: 'not-available' });
    await expect(receiptOf(ada, ben, day), 'who relays nothing').rejects.toMatchObject({ code: 'receipt-refused' });
    await expect(receiptOf(rita, ada, day), 'who let the relay in').rejects.toMatchObject({ code: 'receipt-refused' });
    // What was counted outlives the process.
    await ben.off();
    await ben.on();
    await ben.chain.node.network?.connect({ peer: rita.peer, addresses: [] }, AbortSignal.timeout(10_000));
    await expect.poll(() => rita.chain.node.sessions().some(({ peer }) => peer === ben.peer)).toBe(true);
    expect(await receiptOf(rita, ben, day)).toEqual(receipt);
  });

  test('counts no time in which it slept, or was on its own', { timeout: 60_000 }, async () => {
    const { rita, ben } = await village();
    nextDay();
    await used([ben], rita, 10);
    const { counts } = ben.chain.node.duties.relaying;
    const id = rita.chain.you()?.id ?? rita.chain.id;
    const counted = () => counts.of(id, dayOf(now()))?.watchedMs ?? 0;
    const before = counted();
    ahead(5 * HOUR_MS);
    await look([ben]);
    expect(counted() - before).toBeLessThanOrEqual(2 * MINUTE_MS);
    for (const device of everybody) if (device !== ben) hub().disconnect(ben.peer, device.peer);
    hub().block(ben.peer, rita.peer);
    await expect.poll(() => ben.chain.node.sessions().length).toBe(0);
    const alone = counted();
    ahead(2 * MINUTE_MS);
    await look([ben]);
    expect(counted()).toBe(alone);
  });
});
