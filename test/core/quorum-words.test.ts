/** What is said of validators, by how many there are. */
import { expect, test } from 'vitest';
import { faultsTolerated, quorumOf } from '../../src/core/policy/quorum.ts';
import { adviceWords, paceWords, toleranceWords } from '../../src/core/policy/quorum-words.ts';

test('says how many may fail, and what makes it one more', () => {
  expect(toleranceWords(1)).toContain('decides alone');
  expect(toleranceWords(3)).toBe('All 3 validators are needed: nothing becomes final while one of them is away.');
  expect(toleranceWords(4)).toBe('3 of 4 validators decide: 1 may be away or dishonest.');
  expect(adviceWords(1)).toContain('3 more members');
  expect(adviceWords(3)).toMatch(/1 more member, .*: four validators tolerate one\.$/);
  expect(adviceWords(4)).toMatch(/3 more members, .*: seven validators tolerate two\.$/);
  expect(adviceWords(7)).toBeUndefined();
});

test('following the advice leads to one fault more, and nothing less does', () => {
  for (let validators = 1; validators < 7; validators++) {
    const more = Number(/to (\d+) more/.exec(adviceWords(validators) ?? '')?.[1]);
    expect(faultsTolerated(validators + more)).toBe(faultsTolerated(validators) + 1);
    expect(faultsTolerated(validators + more - 1)).toBe(faultsTolerated(validators));
  }
});

test('a standstill is told in words, with how many are missing', () => {
  expect(paceWords('idle', 4, 4)).toBeUndefined();
  expect(paceWords('deciding', 4, 3)).toBeUndefined();
  const lacking = paceWords('no-quorum', 4, 2);
  expect(lacking).toContain(`2 of 4 validators are in reach and ${quorumOf(4)} are needed`);
  expect(lacking).toContain('once one more is back');
  expect(paceWords('no-quorum', 7, 3)).toContain('once 2 more are back');
  expect(paceWords('standstill', 4, 2)).toContain('only 2 of 4');
  expect(paceWords('standstill', 4, 4)).toContain('nothing has become final for a while');
});
