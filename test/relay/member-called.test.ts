/** Whom an operator means by a name or an id, where somebody would like to be taken for another. */
import { expect, test } from 'vitest';
import { memberCalled } from '../../relay/src/desk-changes.ts';
import { equal, toHex } from '../../src/core/base/bytes.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import { Device } from '../support/device.ts';

test('nobody is taken for another by a name that looks like its id', async () => {
  const hub = memoryHub();
  const ada = await new Device(hub, 'Ada').on();
  const chain = await ada.latchkey.createChain({ name: 'Club', yourName: 'Ada' });
  const id = memberCalled(chain, 'Ada').id;
  const hex = toHex(id);
  const mallory = await new Device(hub, hex.slice(0, 12)).on();
  await mallory.joins(await ada.invites());
  for (const called of [hex.slice(0, 12), hex.slice(0, 12).toUpperCase(), hex, 'Ada'])
    expect(equal(memberCalled(chain, called).id, id)).toBe(true);
  await Promise.all([ada.off(), mallory.off()]);
});
