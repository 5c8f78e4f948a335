/** What a day's receipts are worth, and how often a day wins a joining token. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BREAKS_FORGIVEN_MAX, DAY_MINUTES, LOT_WEIGHT_MAX } from '../../src/core/base/limits.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import type { Rule } from '../../src/core/codec/rules.ts';
import { type Attested, AWARD_DEFAULTS, awardNumbers, awardNumbersList, dayServed, wins } from '../../src/core/policy/award.ts';
import { rulesProblem } from '../../src/core/policy/soundness.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';
import { approvals } from '../support/group.ts';
import { hashOf } from '../support/world.ts';

const numbers = { ...AWARD_DEFAULTS, attesters: 3, perSponsor: 2, percent: 90, kib: 0 };
const by = (sponsor: string, minutes = DAY_MINUTES, changes: Partial<Attested> = {}): Attested => ({
  sponsor,
  watched: DAY_MINUTES,
  minutes,
  breaks: 0,
  kib: 0,
  ...changes,
});

describe('the numbers', () => {
  test('are those of the rules, or the defaults', () => {
    expect(awardNumbers({ token: [] })).toEqual(AWARD_DEFAULTS);
    expect(awardNumbers({ token: [1, 2, 3, 4, 5, 6, 7] })).toEqual({
      attesters: 1,
      perSponsor: 2,
      streakDays: 3,
      percent: 4,
      kib: 5,
      odds: 6,
      tokens: 7,
    });
    expect(awardNumbers({ token: awardNumbersList(numbers) })).toEqual(numbers);
  });

  test.each<[string, readonly number[], string]>([
    ['some of them', [1, 2], '7 numbers, or none'],
    ['one that is none', [0, 2, 7, 90, 0, 32, 4], 'attesters is from 1 to 64'],
    ['one that is too much', [1, 2, 7, 101, 0, 32, 4], 'percent is from 1 to 100'],
    ['more tokens than seats', [1, 2, 7, 90, 0, 32, 32], 'tokens is from 1 to 31'],
  ])('are not: %s', (_, token, problem) => {
    expect(rulesProblem({ ...openLinkRules(), token }, 1)).toContain(problem);
  });

  test('are sound as they are by default', () => {
    expect(rulesProblem({ ...openLinkRules(), token: awardNumbersList(AWARD_DEFAULTS) }, 1)).toBeUndefined();
  });
});

describe('rules that ask for what relays earn', () => {
  const service = (days: number): Rule => ({ type: 'service', days, percent: 95 });
  const token: Rule = { type: 'allOf', rules: [{ type: 'token' }, approvals(1)] };
  const problemOf = (role: Role, rule: Rule) => {
    const rules = openLinkRules();
    return rulesProblem({ ...rules, roles: rules.roles.map((one) => (one.role === role ? { ...one, rule } : one)) }, 1);
  };

  test('can be met, by as much of it as is remembered', () => {
    expect(problemOf('writer', service(365))).toBeUndefined();
    expect(problemOf('writer', service(366))).toContain('nobody could become writer: 95 %');
    expect(problemOf('gateway', { type: 'allOf', rules: [service(1), approvals(1)] })).toBeUndefined();
    expect(problemOf('validator', token)).toBeUndefined();
  });

  test('cannot, of relays themselves, nor by a token of anybody but who would validate', () => {
    expect(problemOf('relay', service(1))).toContain('nobody could become relay');
    expect(problemOf('auditor', token)).toContain('nobody could become auditor');
    expect(problemOf('relay', { type: 'anyOf', rules: [service(1), { type: 'invitation' }] })).toBeUndefined();
  });
});

describe('a day', () => {
  test('was as long as the least that enough members say, and weighs as many as were served', () => {
    expect(dayServed(numbers, [by('a'), by('b'), by('c')])).toEqual({ percent: 100, weight: 3 });
    expect(dayServed(numbers, [by('a'), by('b'), by('c', 1296)])).toEqual({ percent: 90, weight: 3 });
    expect(dayServed(numbers, [by('a'), by('b'), by('c', 1295)])).toEqual({ percent: 89, weight: 0 });
    expect(dayServed(numbers, [by('a'), by('b'), by('c'), by('d', 0)])).toEqual({ percent: 100, weight: 3 });
    expect(dayServed(numbers, [by('a'), by('b'), by('c'), by('d')])).toEqual({ percent: 100, weight: 4 });
  });

  test('counts for those who were there, if they were for an hour', () => {
    const seen = (watched: number, minutes: number) =>
      dayServed(
        numbers,
        ['a', 'b', 'c'].map((name) => by(name, minutes, { watched })),
      );
    expect(seen(60, 60)).toEqual({ percent: 100, weight: 3 });
    expect(seen(120, 60)).toEqual({ percent: 50, weight: 0 });
    expect(seen(59, 59)).toEqual({ percent: 0, weight: 0 });
    expect(seen(0, 0)).toEqual({ percent: 0, weight: 0 });
    expect(seen(60, 61), 'nobody has it for longer than they were there').toEqual({ percent: 100, weight: 3 });
  });

  test('of which too few say anything was not served', () => {
    expect(dayServed(numbers, [])).toEqual({ percent: 0, weight: 0 });
    expect(dayServed(numbers, [by('a'), by('b')])).toEqual({ percent: 0, weight: 0 });
  });

  test('is attested by one lineage as by few, however many there are', () => {
    const farm = Array.from({ length: 1000 }, () => by('a'));
    expect(dayServed(numbers, farm)).toEqual({ percent: 0, weight: 0 });
    expect(dayServed(numbers, [...farm, by('b')])).toEqual({ percent: 100, weight: 3 });
    expect(dayServed(numbers, [...farm, by('b', 720)])).toEqual({ percent: 50, weight: 0 });
  });

  test('of restarts, or of no work where the rules ask for some, earns nothing', () => {
    const restarted = (breaks: number) =>
      dayServed(
        numbers,
        ['a', 'b', 'c'].map((name) => by(name, DAY_MINUTES, { breaks })),
      );
    expect(restarted(BREAKS_FORGIVEN_MAX)).toEqual({ percent: 100, weight: 3 });
    expect(restarted(BREAKS_FORGIVEN_MAX + 1)).toEqual({ percent: 0, weight: 0 });
    const carried = (kib: number) =>
      dayServed(
        { ...numbers, kib: 64 },
        ['a', 'b', 'c'].map((name) => by(name, DAY_MINUTES, { kib })),
      );
    expect(carried(64)).toEqual({ percent: 100, weight: 3 });
    expect(carried(63)).toEqual({ percent: 0, weight: 0 });
  });

  const anyReceipt = fc.record({
    sponsor: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    watched: fc.nat({ max: DAY_MINUTES }),
    minutes: fc.nat({ max: DAY_MINUTES }),
    breaks: fc.nat({ max: 6 }),
    kib: fc.nat({ max: 100 }),
  });

  test('never gains by what one lineage adds more than that lineage may say', () => {
    fc.assert(
      fc.property(fc.array(anyReceipt, { maxLength: 12 }), fc.array(anyReceipt, { maxLength: 40 }), (honest, lies) => {
        const before = dayServed(numbers, honest);
        const after = dayServed(numbers, [...honest, ...lies.map((one) => ({ ...one, sponsor: 'liar' }))]);
        // Two words at most: two more of the others would have said as much, and it weighs two more at most.
        const heard = dayServed({ ...numbers, attesters: 1 }, honest);
        expect(after.weight).toBeLessThanOrEqual(heard.weight + numbers.perSponsor);
        const asked = { ...numbers, attesters: numbers.attesters - numbers.perSponsor };
        expect(after.percent).toBeLessThanOrEqual(dayServed(asked, honest).percent);
        expect(after.percent).toBeGreaterThanOrEqual(before.percent);
      }),
      { seed: 51, numRuns: 500 },
    );
  });

  test('is the same in whatever order the receipts stand', () => {
    fc.assert(
      fc.property(fc.array(anyReceipt, { maxLength: 12 }), (receipts) => {
        expect(dayServed(numbers, receipts.toReversed())).toEqual(dayServed(numbers, receipts));
      }),
      { seed: 52 },
    );
  });

  test('weighs no more than so much', () => {
    const town = Array.from({ length: 100 }, (_, i) => by(`sponsor ${i}`));
    expect(dayServed(numbers, town).weight).toBe(LOT_WEIGHT_MAX);
  });
});

describe('a lot', () => {
  const lots = Array.from({ length: 4096 }, (_, i) => hashOf(`lot ${i}`));
  const shareOf = (weight: number, unspent: number, odds: number) =>
    lots.filter((lot) => wins(lot, weight, unspent, { ...numbers, odds, tokens: 8 })).length / lots.length;

  test('wins as often as it weighs against the odds, and half as often with each token that nobody has spent', () => {
    expect(shareOf(4, 0, 16)).toBeCloseTo(1 / 4, 1);
    expect(shareOf(4, 1, 16)).toBeCloseTo(1 / 8, 1);
    expect(shareOf(4, 3, 16)).toBeCloseTo(1 / 32, 1);
    expect(shareOf(4, 0, 4)).toBe(1);
    expect(shareOf(4, 1, 4)).toBeCloseTo(1 / 2, 1);
    expect(shareOf(0, 0, 1)).toBe(0);
  });

  test('wins nothing while as many tokens are unspent as may be', () => {
    expect(shareOf(64, 7, 1)).toBeCloseTo(1 / 2, 1);
    expect(shareOf(64, 8, 1)).toBe(0);
  });

  test('that wins against a threshold wins against a lower one', () => {
    for (const lot of lots.slice(0, 500)) {
      for (const unspent of [0, 1, 2]) {
        if (wins(lot, 3, unspent + 1, numbers)) expect(wins(lot, 3, unspent, numbers)).toBe(true);
      }
    }
  });
});
