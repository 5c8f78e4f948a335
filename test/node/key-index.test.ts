/** Whose a next key is, where another member has copied its digest from the chain. */
import { expect, test } from 'vitest';
import { nextKeyDigest } from '../../src/core/base/key.ts';
import { HOUR_MS } from '../../src/core/base/limits.ts';
import { KeyIndex } from '../../src/node/key-index.ts';
import { linkDevice, rotate } from '../support/keys-world.ts';
import { keyOf, World } from '../support/world.ts';

test('a next key is first of all that of the member who registered it first, however long the others have been here', () => {
  const world = new World();
  for (const name of ['ben', 'zoe']) {
    world.pass(HOUR_MS);
    world.admit(name);
  }
  world.pass(HOUR_MS);
  expect(rotate(world, 'ben', { nextKey: nextKeyDigest(keyOf('zoe, next')) })).toBe('ok');
  world.pass(HOUR_MS);
  expect(linkDevice(world, 'zoe', 'phone')).toEqual(['ok', 'ok']);
  const found = new KeyIndex().membersRecoveredBy(world.state, keyOf('zoe, next'));
  expect(found.map(({ id }) => id)).toEqual(['zoe', 'ben'].map((name) => world.idOf(name)));
});
