/** A disk that is full for a moment stops nobody for longer than that: the chain is opened anew from what was written. */
import { expect, test, vi } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { RefusalError } from '../../src/core/base/result.ts';
import { REOPEN_PAUSE_MS, REOPEN_PAUSE_MS_MAX, Reopening } from '../../src/node/reopening.ts';
import { ManualClock } from '../net/manual-clock.ts';
import { grown, settled, writes } from '../support/council.ts';
import { type Device, until } from '../support/device.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { gathering } from '../support/gathering.ts';

const { someone } = gathering();

/** Until the condition holds, whichever chain the device has meanwhile. */
const eventually = (condition: () => boolean) => vi.waitFor(() => expect(condition()).toBe(true), { timeout: 60_000, interval: 20 });

const isFinal = ({ chain }: Device, id: Hash) => !chain.pending().some((entry) => toHex(entry.id) === toHex(id));
const isWell = ({ chain }: Device) => chain.node.problem === undefined;

for (const { of, full } of [
  { of: 1, full: 1 },
  { of: 2, full: 1 },
  { of: 4, full: 2 },
])
  test(`${full} of ${of} validators cannot write votes for a while: all goes on once they can`, { timeout: 120_000 }, async () => {
    const all = await grown(someone, of - 1);
    const [ada] = all;
    if (ada === undefined) throw new Error('Ada founds it');
    await writes(ada, 'all is well');
    await settled(all);
    const struck = all.slice(-full);
    const disks = struck.map(failingDisk);
    // Who is alone could not even write what waits for a vote.
    for (const disk of disks) of === full ? disk.fill('votes') : disk.fill();
    const before = struck.map(({ chain }) => chain);
    const id = await ada.chain.append('written meanwhile');
    await eventually(() => struck.every(({ chain }) => chain.node.problem === 'storage-full'));
    // Asked again, and full still: what is here is read as before, nobody votes, and it stays said why.
    const counts = disks.map(({ refused }) => refused);
    await eventually(() => disks.every(({ refused }, at) => refused > (counts[at] ?? 0)));
    expect(isFinal(ada, id)).toBe(false);
    for (const device of struck) expect(await device.texts()).toEqual(['all is well']);
    for (const disk of disks) disk.free();
    await eventually(() => struck.every(isWell) && isFinal(ada, id));
    expect(struck.some(({ chain }) => before.includes(chain))).toBe(false);
    await eventually(() => all.every(({ chain }) => chain.height === ada.chain.height && chain.node.mempool.size === 0));
    await writes(ada, 'and afterwards');
    await settled(all);
    for (const device of all) expect(await device.texts()).toEqual(['all is well', 'written meanwhile', 'and afterwards']);
  });

test('a final block that the disk does not take is taken later, and whoever told of it told no lie', { timeout: 60_000 }, async () => {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  const ben = await someone('Ben');
  await ben.joins(await ada.invites());
  await writes(ada, 'all is well');
  await until(ben.chain, () => ben.chain.height === ada.chain.height);
  const closed: string[] = [];
  const [session] = ben.chain.node.sessions();
  if (session === undefined) throw new Error('they have met');
  const close = session.close.bind(session);
  session.close = (code) => {
    closed.push(code);
    close(code);
  };
  const disk = failingDisk(ben);
  disk.fill();
  await writes(ada, 'written meanwhile');
  await eventually(() => ben.chain.node.problem === 'storage-full');
  expect(closed).not.toContain('wrong-answer');
  disk.free();
  await eventually(() => isWell(ben) && ben.chain.height === ada.chain.height);
  expect(await ben.texts()).toEqual(['all is well', 'written meanwhile']);
});

test('a chain that cannot be opened anew stays in reach, and is tried again', { timeout: 60_000 }, async () => {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  await writes(ada, 'all is well');
  const { space } = ada.chain.node.ledger;
  const get = space.get.bind(space);
  const unread = vi.spyOn(space, 'get').mockImplementation((table, key) => {
    // Its own part in the chain is read first; then the chain is closed, and cannot be opened.
    return key === 'genesis' ? Promise.reject(new Error('the disk could not be read')) : get(table, key);
  });
  const disk = failingDisk(ada);
  disk.fill('votes');
  const id = await ada.chain.append('written meanwhile');
  await eventually(() => unread.mock.calls.filter(([, key]) => key === 'genesis').length > 1);
  expect(ada.chain.node.problem).toBe('storage-full');
  disk.free();
  unread.mockRestore();
  await eventually(() => isWell(ada) && isFinal(ada, id));
});

test('the pauses grow while the disk fails, and begin anew once it has held for long', async () => {
  const clock = new ManualClock();
  let works = false;
  const opened: number[] = [];
  const stuck = vi.fn();
  const reopening = new Reopening({
    clock,
    reopen: async () => {
      opened.push(clock.now());
      return works;
    },
    stuck,
  });
  expect(reopening.failed()).toBe(true);
  expect(reopening.failed()).toBe(false);
  for (let minutes = 0; minutes < 10 * 60; minutes++) await clock.advance(REOPEN_PAUSE_MS);
  const pauses = opened.slice(1).map((time, at) => time - (opened[at] ?? 0));
  expect(pauses.slice(0, 3)).toEqual([2, 4, 8].map((times) => times * REOPEN_PAUSE_MS));
  expect(pauses.at(-1)).toBe(REOPEN_PAUSE_MS_MAX);
  works = true;
  await clock.advance(REOPEN_PAUSE_MS_MAX);
  const tries = opened.length;
  expect(reopening.failed()).toBe(true);
  await clock.advance(REOPEN_PAUSE_MS_MAX - 1);
  expect(opened.length).toBe(tries);
  await clock.advance(10 * REOPEN_PAUSE_MS_MAX);
  expect(reopening.failed()).toBe(true);
  await clock.advance(REOPEN_PAUSE_MS);
  expect(opened.length).toBe(tries + 2);
  expect(reopening.failed()).toBe(true);
  await reopening.close();
  await clock.advance(10 * REOPEN_PAUSE_MS_MAX);
  expect(opened.length).toBe(tries + 2);
  expect(stuck).not.toHaveBeenCalled();
});

test('what does not pass by itself is told each time, and what passes is not', async () => {
  const clock = new ManualClock();
  const full = new RefusalError({ code: 'storage-full', detail: 'no room' });
  const corrupt = new RefusalError({ code: 'storage-corrupt', detail: 'a row cannot be read' });
  const errors = [full, corrupt, corrupt];
  const told: unknown[] = [];
  const reopening = new Reopening({
    clock,
    reopen: async () => {
      const error = errors.shift();
      if (error !== undefined) throw error;
      return true;
    },
    stuck: (error) => void told.push(error),
  });
  reopening.failed();
  await clock.advance(REOPEN_PAUSE_MS);
  expect(told).toEqual([]);
  for (let i = 0; i < 3; i++) await clock.advance(REOPEN_PAUSE_MS_MAX);
  expect(told).toEqual([corrupt, corrupt]);
  await reopening.close();
});
