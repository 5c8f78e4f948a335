/** Stories of joins that nobody watches: what was asked goes on in the background, and how it ended stays until it was seen. */
import { describe, expect, test } from 'vitest';
import { equal } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import type { InvitationLink } from '../../src/core/codec/link.ts';
import { type Device, until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';

const { someone } = gathering();

/** Ada, whose approval everybody needs, and a link of hers. */
async function guarded() {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada', template: 'members-approve' });
  return { ada, link: await ada.invites() };
}

/** Asks, and looks away as soon as others must decide. Gives the request's id. */
async function asksAndLooksAway(device: Device, link: InvitationLink): Promise<Hash> {
  const stop = new AbortController();
  try {
    for await (const stage of device.latchkey.join(link, { name: device.name, signal: stop.signal })) {
      if (stage.type !== 'waiting') continue;
      stop.abort();
      return stage.request.id;
    }
  } finally {
    stop.abort();
  }
  throw new Error('a join that needs an approval waits for it');
}

/** Settles when the device's list of chains and joins is so. */
async function shows({ latchkey }: Device, isSo: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => (isSo() ? resolve() : undefined);
  const stop = latchkey.subscribe(look);
  look();
  return promise.finally(stop);
}

describe('a join that nobody watches any more', () => {
  test('goes on, is listed as waiting, and enters by itself when it is approved', async () => {
    const { ada, link } = await guarded();
    const ben = await someone('Ben');
    const request = await asksAndLooksAway(ben, link);
    await shows(ben, () => ben.latchkey.pendingJoins().some((join) => join.request !== undefined));
    expect(ben.latchkey.pendingJoins()).toMatchObject([{ by: 'invitation', request: { role: 'writer', needed: 1 }, ended: undefined }]);
    await ada.chain.governance.approve(request);
    await shows(ben, () => ben.latchkey.chains().length === 1);
    expect(ben.latchkey.pendingJoins()).toEqual([]);
    expect(ben.chain.you()?.name).toBe('Ben');
  });

  test('that was refused meanwhile says so, over a restart too, until it is put away', async () => {
    const { ada, link } = await guarded();
    const ben = await someone('Ben');
    const request = await asksAndLooksAway(ben, link);
    await ada.chain.governance.reject(request, 'Not this year');
    const isOver = () => ben.latchkey.pendingJoins()[0]?.ended === 'request-rejected';
    await shows(ben, isOver);
    await ben.off();
    await ben.on();
    await shows(ben, isOver);
    await ben.latchkey.forgetJoin(link.chain);
    expect(ben.latchkey.pendingJoins()).toEqual([]);
    await ben.off();
    await ben.on();
    expect(ben.latchkey.pendingJoins()).toEqual([]);
  });

  test('nor needs to be stopped for that: it ends as told where whoever read along just stopped reading', async () => {
    const { ada, link } = await guarded();
    const ben = await someone('Ben');
    const never = new AbortController();
    for await (const stage of ben.latchkey.join(link, { name: ben.name, signal: never.signal })) {
      if (stage.type !== 'waiting') continue;
      await ada.chain.governance.reject(stage.request.id);
      break;
    }
    await shows(ben, () => ben.latchkey.pendingJoins()[0]?.ended === 'request-rejected');
    await ben.latchkey.forgetJoin(link.chain);
    expect(ben.latchkey.pendingJoins()).toEqual([]);
  });

  test('is given up at a word, and a later link makes a new request', async () => {
    const { ada, link } = await guarded();
    const ben = await someone('Ben');
    const first = await asksAndLooksAway(ben, link);
    await ben.latchkey.forgetJoin(link.chain);
    expect(ben.latchkey.pendingJoins()).toEqual([]);
    const second = await asksAndLooksAway(ben, await ada.invites());
    expect(equal(first, second)).toBe(false);
    await until(ada.chain, () => ada.chain.governance.request(second) !== undefined);
    await ada.chain.governance.approve(second);
    await shows(ben, () => ben.latchkey.chains().length === 1);
    expect(ada.chain.governance.request(first)?.status).toBe('pending');
  });
});
