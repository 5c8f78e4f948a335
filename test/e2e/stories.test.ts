/** The stories that `npm run story` tells, told to the end. */
import { expect, test } from 'vitest';
import { audit } from '../stories/audit.ts';
import { consortium } from '../stories/consortium.ts';
import { doubleVoter } from '../stories/double-voter.ts';
import { recovery } from '../stories/recovery.ts';
import { splitView } from '../stories/split-view.ts';
import { tellStory } from '../stories/story.ts';
import { upgrade } from '../stories/upgrade.ts';
import { validators } from '../stories/validators.ts';

/** Under a minute on a machine of its own; several processes share two cores here. */
const STORY_MS = 900_000;

test.each([
  ['consortium', consortium, 19],
  ['recovery', recovery, 11],
  ['upgrade', upgrade, 13],
  ['double-voter', doubleVoter, 4],
  ['split-view', splitView, 11],
  ['audit', audit(), 20],
  ['validators', validators({ kills: 2, pauseSeconds: 2, seed: 4 }), 14],
] as const)('%s', { timeout: STORY_MS }, async (name, plot, length) => {
  const { steps } = await tellStory(name, plot, () => undefined);
  expect(steps.filter(({ ok }) => !ok)).toEqual([]);
  expect(steps.length).toBeGreaterThanOrEqual(length);
});
