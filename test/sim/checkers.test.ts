/** What the checks say is told apart from crashes and from time-outs of the run itself. */
import { expect, test } from 'vitest';
import { checkerOf } from './checkers.ts';
import { simulateCouncil } from './council/council.ts';

test.each([
  ['alice has block ca2cd1d8 final at height 3, another has ec67120f', 'agreement'],
  ['two final blocks on cf1e6bf8', 'agreement'],
  ['dave finalized a block in view 5 that it did not notarize', 'votes'],
  ['bob sends a vote of view 1 that is not on its disk', 'durability'],
  ['leaf 11: an invitation for 1 let in 2', 'admission'],
  ['leaf 11 is in the log twice', 'log'],
  ['dave: block 45 of view 68 is by seat 1, which does not lead it', 'log'],
  ['carol has evidence against seat 2 of epoch 0, who is honest', 'evidence'],
  ['bob holds two votes by 63492fad of view 0/119 that contradict each other, and nobody is convicted', 'evidence'],
  ['all is calm, and yet: heidi joins', 'progress'],
])('“%s”: %s', (failure, checker) => {
  expect(checkerOf(failure)).toBe(checker);
});

test.each([
  'nobody handles: TypeError: x is not a function',
  'heidi joins: Error: link race was refused for bad-signature',
  '3000000 events, and no end',
  'left running: {"streams":1,"timers":0}',
  'the audit does not come to an end',
  'alice: the chain cannot go on: Error: broken invariant',
])('“%s” is by none of them', (failure) => {
  expect(checkerOf(failure)).toBeUndefined();
});

test('a council whose time by the wall is over ends, and no check has told', async () => {
  const { failure = '' } = await simulateCouncil({ seed: 1, limitMs: 0 });
  expect(failure).toBe('its time is over, and no end');
  expect(checkerOf(failure)).toBeUndefined();
});
