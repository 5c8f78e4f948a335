/** What is said of validators, by how many there are. */
import { expect, test } from 'vitest';
import { faultsTolerated, quorumOf } from '../../src/core/policy/quorum.ts';
import {
  type Answers,
  adviceWords,
  faultsTolerableNow,
  nowWords,
  type Pace,
  paceWords,
  remedyWords,
  toleranceWords,
} from '../../src/core/policy/quorum-words.ts';

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

const NAMES = ['Ada', 'Ben', 'Cem', 'Dee', 'Eva', 'Fay', 'Gus'];
/** One letter a validator: answering, connected in vain, away, or not known. */
function seats(letters: string) {
  const answers = { y: 'yes', m: 'mute', n: 'no', u: 'unknown' } as const satisfies Record<string, Answers> as Record<string, Answers>;
  return [...letters].map((letter, i) => ({ name: NAMES[i] ?? '?', answers: answers[letter] ?? 'unknown' }));
}

const answersOf = (letters: string) => seats(letters).map(({ answers }) => answers);
const now = (letters: string, pace: Pace = 'idle') => nowWords(seats(letters), pace);
const remedy = (letters: string, pace: Pace = 'idle') => remedyWords(seats(letters), pace);

test('says how many more may fail now, and who must be back', () => {
  expect(now('yyyy')).toBe('4 validators, all answering. 1 may fail.');
  expect(now('yyyn')).toBe('4 validators, 3 answering. None more may fail until Dee is back.');
  expect(now('yynn')).toBe('4 validators, 2 answering. Nothing becomes final until Cem or Dee is back.');
  expect(now('ynnn')).toBe('4 validators, 1 answering. Nothing becomes final until 2 of Ben, Cem and Dee are back.');
  expect(now('yyyyyyn')).toBe('7 validators, 6 answering. 1 more may fail.');
  expect(now('yyn')).toBe('3 validators, 2 answering. Nothing becomes final until Cem is back.');
  expect(now('ynn')).toBe('3 validators, 1 answering. Nothing becomes final until Ben and Cem are back.');
  expect(now('y')).toBe('1 validator, answering. None may fail.');
});

test('says so where it does not know', () => {
  const said = now('yyyu');
  expect(said).toContain('4 validators, 3 known to be answering. This device is not connected to Dee');
  expect(said).toContain('how many may fail now is not known here');
  expect(now('yyuu')).toContain('not connected to Cem or Dee, and no recent block shows whether they answer:');
  expect(now('u')).toContain('1 validator, not known to be answering.');
  expect(now('yyu')).toMatch(/None may fail in any case\.$/);
});

test('who is connected and takes no part is told of, and counts like one who is away', () => {
  expect(now('yyym')).toBe('4 validators, 3 answering. Dee is connected, but takes no part. None more may fail until Dee is back.');
  expect(now('yymm')).toBe(
    '4 validators, 2 answering. Cem and Dee are connected, but take no part. Nothing becomes final until Cem or Dee is back.',
  );
  expect(now('yynm', 'standstill')).toContain('Nothing becomes final until Cem or Dee is back.');
});

test('while it stands still none may fail, whoever is connected', () => {
  expect(now('yyyy', 'standstill')).toBe('4 validators, all answering. None may fail while nothing becomes final.');
  expect(now('yyyu', 'standstill')).toMatch(/None may fail while nothing becomes final, and whether Dee takes part is not known here\.$/);
  expect(now('uuuu', 'standstill')).toMatch(/whether Ada, Ben, Cem and Dee take part is not known here\.$/);
  expect(faultsTolerableNow(answersOf('yyyyyyy'), 'standstill')).toBe(0);
});

test('what is not known counts only where it makes a difference', () => {
  const tolerable = (letters: string) => faultsTolerableNow(answersOf(letters), 'idle');
  expect(['yyyy', 'yyyn', 'yyym', 'yynn', 'yyyu', 'yyun'].map(tolerable)).toEqual([1, 0, 0, 0, undefined, 0]);
  expect(['u', 'yyyyyyy', 'yyyyyyn', 'yyyyyum', 'yyyyyuu'].map(tolerable)).toEqual([0, 2, 1, undefined, undefined]);
});

test('says what to do: start it, or give its place to another while that can still be decided', () => {
  expect(remedy('yyyy')).toBeUndefined();
  expect(remedy('yyyn')).toMatch(/^Start Dee again\. .*take its role validator away, and to grant the role to another/);
  expect(remedy('yyyyynn')).toMatch(/^Start Fay and Gus again\. .*take their role/);
  expect(remedy('yynn')).toMatch(/^Start Cem and Dee again\. Nothing can be decided before.*recovery keys/);
});

test('who is connected and takes no part is to be looked at; in a standstill everybody is', () => {
  expect(remedy('yyym')).toMatch(
    /^See whether its clock is right and its disk has room at Dee, and start it again\. .*take its role validator away/,
  );
  expect(remedy('yyyyymm')).toMatch(/^See whether their clocks .* room at Fay and Gus, and start them again\. If they do not come back/);
  expect(remedy('yynm')).toMatch(/^Start Cem again\. See whether its clock .* at Dee, and start it again\. Nothing can be decided before/);
  expect(remedy('yyyy', 'standstill')).toContain('See at each validator');
  expect(remedy('yyuu', 'standstill')).toContain('See at each validator');
});
