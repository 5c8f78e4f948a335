/** The stories that `npm run story` tells, told to the end. */
import { expect, test } from 'vitest';
import { consortium } from '../stories/consortium.ts';
import { tellStory } from '../stories/story.ts';

test('a consortium admits, promotes, suspends and removes', async () => {
  const { steps } = await tellStory('consortium', consortium, () => undefined);
  expect(steps.filter(({ ok }) => !ok)).toEqual([]);
  expect(steps.length).toBeGreaterThan(15);
});
