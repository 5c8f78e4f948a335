import { expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/core/base/bytes.ts';
import { makeWorld, NEVER, NOTHING_LEFT } from './kit.ts';

test('two nodes of a chain shake hands and hear each other, in order', async () => {
  const world = makeWorld();
  const [alice, bob] = [world.node('alice'), world.node('bob')];
  const session = await world.clock.run(alice.net.connect(bob.address, NEVER));
  await world.clock.advance(50);
  expect(session).toMatchObject({ peer: 'bob', access: 'member', grantedAccess: 'member', path: 'direct', claimedRoles: ['writer'] });
  expect(bob.opened).toHaveLength(1);
  for (const word of ['one', 'two', 'three']) session.send(utf8(word));
  bob.opened[0]?.send(utf8('back'));
  await world.clock.advance(100);
  expect(bob.messages.map(fromUtf8)).toEqual(['one', 'two', 'three']);
  expect(alice.messages.map(fromUtf8)).toEqual(['back']);
  expect(await world.end()).toEqual(NOTHING_LEFT);
});
