/** The stories that `npm run story` tells, told to the end. */
import { expect, test } from 'vitest';
import { consortium } from '../stories/consortium.ts';
import { recovery } from '../stories/recovery.ts';
import { tellStory } from '../stories/story.ts';
import { upgrade } from '../stories/upgrade.ts';

test.each([
  ['consortium', consortium, 19],
  ['recovery', recovery, 11],
  ['upgrade', upgrade, 13],
] as const)('%s', async (name, plot, length) => {
  const { steps } = await tellStory(name, plot, () => undefined);
  expect(steps.filter(({ ok }) => !ok)).toEqual([]);
  expect(steps.length).toBeGreaterThanOrEqual(length);
});
