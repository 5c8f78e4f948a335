/** Bugs that are planted elsewhere, in stories, mutations and the simulator, still fit the code: each replaces what stands there once. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/command.ts';
import { plant } from '../mutations/mutant.ts';
import { PLANTED_BUGS } from '../mutations/planted.ts';
import { CONSENSUS_BUGS } from '../sim/consensus-bugs.ts';
import { HEARS_NO_REJECTION } from '../stories/audit.ts';
import { PUBLISHES_ALONE } from '../stories/audit-scene.ts';
import { WITHOUT_LOCK } from '../stories/double-voter.ts';
import { SEES_NO_FORK } from '../stories/split-view.ts';

const STORIES = { HEARS_NO_REJECTION, PUBLISHES_ALONE, SEES_NO_FORK, WITHOUT_LOCK };

test('every list of edits that a story makes is looked at here', () => {
  const folder = join(ROOT, 'test/stories');
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const named = texts.flatMap((text) => [...text.matchAll(/const (\w+): readonly Edit\[\]/g)].map(([, name]) => name));
  expect(named.toSorted()).toEqual(Object.keys(STORIES).toSorted());
});

describe.each(Object.entries(STORIES))('the edits %s of a story', (list, edits) => {
  test.each(edits.map((edit, i) => ({ ...edit, name: `${list} ${i}` })))('$name fits $file', ({ name, file, from, to }) => {
    expect(plant(ROOT, { name, file, find: from, replace: to }).text).toContain(to);
  });
});

test.each([...PLANTED_BUGS, ...CONSENSUS_BUGS])('“$name” fits $file', (bug) => {
  expect(plant(ROOT, bug).name).toBe(bug.name);
});

test('no two planted bugs have one name', () => {
  for (const bugs of [PLANTED_BUGS, CONSENSUS_BUGS]) expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length);
});
