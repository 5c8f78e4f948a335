/** Who validates: a machine that stays on does unasked, a browser only where its person insists, and a founder's own device until others can. */
import { expect, test } from 'vitest';
import { officeOf } from '../../src/core/membership/seats.ts';
import type { Chain } from '../../src/node/chain.ts';
import { becomesValidator, idOf, settled, trustOf, writes } from '../support/council.ts';
import { type Device, until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';

const { someone, browser } = gathering();

const partOf = async (chain: Chain) => (await chain.validators()).ownPart;
const isValidator = (chain: Chain, device: Device) =>
  chain.members().some(({ id, roles }) => id.join() === idOf(device).join() && roles.includes('validator'));

test('a browser that is given the role registers nothing until its person lets it, and remembers that over restarts', async () => {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  const ben = await browser('Ben');
  await ben.joins(await ada.invites());
  expect(await partOf(ben.chain)).toBe('none');
  await ada.chain.governance.propose({ type: 'grant', member: idOf(ben), role: 'validator' });
  await until(ben.chain, () => isValidator(ben.chain, ben));
  await writes(ada, 'a block, and another chance to offer itself');
  await settled([ada, ben]);
  await ben.chain.node.lookAbout();
  expect(await partOf(ben.chain)).toBe('asked');
  expect(ben.chain.pendingActions()).toEqual([]);
  expect(officeOf(ben.chain.node.ledger.state, idOf(ben))).toBeUndefined();

  await ben.chain.letValidate(true);
  await until(ben.chain, () => trustOf(ben.chain).seats.length === 2);
  expect(await partOf(ben.chain)).toBe('seated');
  await ben.off();
  await ben.on();
  expect(ben.chain.node.isValidator).toBe(true);
  await writes(ada, 'both of them agree');
});

test('it says no again while it waits: it is no candidate any more, and after a restart neither', async () => {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  const ben = await browser('Ben');
  await ben.joins(await ada.invites());
  await ben.chain.letValidate(true);
  await ben.chain.letValidate(false);
  await ada.chain.governance.propose({ type: 'grant', member: idOf(ben), role: 'validator' });
  await until(ben.chain, () => isValidator(ben.chain, ben));
  await ben.off();
  await ben.on();
  await ben.chain.node.lookAbout();
  expect(await partOf(ben.chain)).toBe('asked');
  expect(trustOf(ada.chain).seats.length).toBe(1);
});

test('a founder’s browser validates alone, hands over to a machine that stays on, and is missed no more', async () => {
  const ada = await browser('Ada');
  await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  expect(await partOf(ada.chain)).toBe('seated');
  await expect(ada.chain.governance.propose({ type: 'withdraw', member: idOf(ada), role: 'validator' })).rejects.toThrow('last-validator');
  const relay = await someone('Relay');
  await relay.joins(await ada.invites());
  await becomesValidator(ada, relay);
  // At once: the relay may not have heard yet that it has a seat.
  await ada.chain.governance.propose({ type: 'withdraw', member: idOf(ada), role: 'validator' });
  for (const { chain } of [ada, relay]) await until(chain, () => trustOf(chain).seats.length === 1);
  expect(await partOf(ada.chain)).toBe('none');
  expect(ada.chain.members().find(({ you }) => you)?.roles).toEqual(['federation']);
  await settled([ada, relay]);
  await ada.off();
  await writes(relay, 'without Ada');
  await ada.on();
  await settled([ada, relay]);
  expect(await ada.texts()).toEqual(['without Ada']);
  await writes(ada, 'Ada writes on');
});
