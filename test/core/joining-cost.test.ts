/** A relay serves, earns a joining token, spends it, asks to validate and is seated; and what stands in the way of who only pretends. */
import { describe, expect, test } from 'vitest';
import {
  DAY_MINUTES,
  DAY_MS,
  ELIGIBILITY_LIFETIME_MS,
  RECEIPT_DAYS_MAX,
  RELAYS_MAX,
  SERVICE_DAYS_MAX,
  TOKEN_LIFETIME_MS,
} from '../../src/core/base/limits.ts';
import type { Rule } from '../../src/core/codec/rules.ts';
import { trustSetOf } from '../../src/core/membership/facts.ts';
import { mayWin, placesFree } from '../../src/core/membership/transitions/award.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';
import { approvals, INVITATION } from '../support/group.ts';
import { readiness, registration } from '../support/keys-world.ts';
import { EARNED, earningRules, RelayWorld } from '../support/relay-world.ts';

const THREE = ['bob', 'cid', 'ben'];
const WRITERS = ['wes', 'wil', 'wyn', 'wim', 'win', 'was'];

describe('a relay', () => {
  test('serves two days, wins a token in a later block, spends it, is approved, and takes a seat when it is ready', () => {
    const world = RelayWorld.earning();
    expect(world.requestRole('rita', 'validator')).toBe('not-earned');
    expect(world.serve('rita', THREE)).toBe('ok');
    world.draw();
    expect(world.hasToken('rita'), 'one day is too few').toBe(false);
    expect(world.serve('rita', THREE)).toBe('ok');
    expect(world.awards?.lots, 'the receipts come first').toMatchObject([{ weight: 3, day: world.today - 1 }]);
    world.block();
    expect(world.hasToken('rita')).toBe(false);
    world.block();
    expect(world.hasToken('rita'), 'a later block decides').toBe(true);
    expect(world.requestRole('rita', 'validator'), 'a token that is not spent opens nothing').toBe('not-earned');
    expect(world.act('rita', { type: 'spend-token' })).toBe('ok');
    expect(world.hasToken('rita')).toBe(false);
    expect(world.awards).toMatchObject({ tokens: [], eligible: [world.idOf('rita')] });
    expect(world.requestRole('rita', 'validator')).toBe('ok');
    const request = world.last;
    expect(world.approve('alice', request)).toBe('ok');
    expect(world.member('rita')?.roles, 'eligible is not approved').toEqual(['relay']);
    expect(world.approve('bob', request)).toBe('ok');
    expect(world.member('rita')?.roles, 'the place is the next one’s').toEqual(['validator']);
    expect(trustSetOf(world.state).seats, 'approved is not seated').toHaveLength(2);
    world.act('rita', registration('rita'));
    world.act('rita', readiness(world));
    expect(trustSetOf(world.state).seats).toHaveLength(3);
    expect(world.awards, 'the token is back in the pool').toMatchObject({ tokens: [], eligible: [] });
    world.pass(ELIGIBILITY_LIFETIME_MS + DAY_MS);
    expect(world.state.get('eligibility', world.idOf('rita')), 'a validator’s stays').toMatchObject({ until: undefined });
    world.agree({ type: 'withdraw', member: world.idOf('rita'), role: 'validator' }, 'alice', 'bob');
    expect(world.state.get('eligibility', world.idOf('rita')), 'and goes with the role').toBeUndefined();
  });

  test('that missed a day, or restarted often, begins anew; a day that is told late counts', () => {
    const world = RelayWorld.earning(earningRules({ streakDays: 3 }));
    const streak = () => world.service('rita')?.streak;
    world.serve('rita', THREE);
    expect(streak()).toBe(1);
    world.nextDay(2);
    expect(world.act('rita', world.receipts('rita', THREE, {}, world.today - 2))).toBe('ok');
    expect(streak()).toBe(2);
    expect(world.act('rita', world.receipts('rita', THREE, { breaks: 4 }))).toBe('ok');
    expect(streak(), 'many restarts').toBe(0);
    world.serve('rita', THREE);
    expect(streak()).toBe(1);
    world.nextDay();
    world.serve('rita', THREE);
    expect(streak(), 'a day that nobody tells of').toBe(1);
    expect([...(world.service('rita')?.uptime ?? [])]).toEqual([100, 100, 0, 100, 0, 100]);
    expect(world.awards).toBeUndefined();
  });

  test('that wins serves as long again before it can win another, and wins none while it has one', () => {
    const world = RelayWorld.earning();
    world.serve('rita', THREE);
    world.serve('rita', THREE);
    world.draw();
    expect(world.service('rita')?.streak).toBe(0);
    for (let day = 0; day < 4; day++) world.serve('rita', THREE);
    world.draw();
    expect(world.awards).toMatchObject({ tokens: [world.idOf('rita')], lots: [] });
    world.act('rita', { type: 'spend-token' });
    for (let day = 0; day < 3; day++) world.serve('rita', THREE);
    world.draw();
    expect(world.hasToken('rita'), 'nor while it is eligible').toBe(false);
    expect(mayWin(world.state, world.idOf('rita'))).toBe(false);
  });

  test('whose word nobody takes up is forgotten bit by bit', () => {
    const world = RelayWorld.earning();
    world.serve('rita', THREE, { minutes: 0 });
    expect(world.service('rita')).toMatchObject({ uptime: Uint8Array.of(0), streak: 0 });
    world.nextDay(RECEIPT_DAYS_MAX + 2);
    expect(world.service('rita')).toBeUndefined();
    world.serve('rita', THREE);
    expect(world.state.get('attester', world.idOf('ben'))).toBeDefined();
    world.nextDay(RECEIPT_DAYS_MAX + 1);
    expect([...(world.service('rita')?.uptime ?? [])]).toEqual([100, 0]);
    expect(world.state.get('attester', world.idOf('ben'))).toBeUndefined();
    world.nextDay(SERVICE_DAYS_MAX + 10);
    expect(world.service('rita')).toBeUndefined();
  });

  test('is remembered for a year', () => {
    const world = RelayWorld.earning(earningRules({ streakDays: 365 }));
    for (let day = 0; day < SERVICE_DAYS_MAX + 2; day++)
      expect(world.serve('rita', THREE, { minutes: day === 1 ? 0 : DAY_MINUTES })).toBe('ok');
    const { uptime, circuits, kib, streak } = world.service('rita') ?? expect.fail('no service');
    expect([uptime.length, Math.min(...uptime), circuits, kib]).toEqual([SERVICE_DAYS_MAX, 100, 3 * 367, 30 * 367]);
    expect(streak).toBe(365);
  });

  test('has one of few places', () => {
    const world = RelayWorld.earning();
    for (let place = 1; place < RELAYS_MAX; place++) world.admit(`relay ${place}`, 'relay');
    world.invite('alice', 'one more', { role: 'relay' });
    expect(world.join('zoe', 'one more')).toBe('role-full');
    world.leave('rita');
    expect(world.join('zoe', 'one more')).toBe('ok');
  });

  test('that goes, or loses the role, has earned nothing that it could still spend', () => {
    for (const how of ['leaves', 'is suspended', 'loses the role'] as const) {
      const world = RelayWorld.earning();
      world.serve('rita', THREE);
      world.serve('rita', THREE);
      world.draw();
      expect(world.hasToken('rita')).toBe(true);
      if (how === 'leaves') world.leave('rita');
      else if (how === 'is suspended') world.agree({ type: 'suspend', members: [world.idOf('rita')] }, 'alice', 'bob');
      else world.agree({ type: 'withdraw', member: world.idOf('rita'), role: 'relay' }, 'alice', 'bob');
      expect(world.awards, how).toMatchObject({ tokens: [] });
      expect(world.hasToken('rita'), how).toBe(false);
      if (how === 'leaves') expect(world.service('rita')).toBeUndefined();
    }
  });

  test('that loses the role while it is eligible may not ask any more; a validator by what it spent goes on', () => {
    const world = RelayWorld.earning();
    const earn = (name: string) => {
      world.serve(name, THREE);
      world.serve(name, THREE);
      world.draw();
      expect(world.act(name, { type: 'spend-token' })).toBe('ok');
    };
    earn('rita');
    world.agree({ type: 'withdraw', member: world.idOf('rita'), role: 'relay' }, 'alice', 'bob');
    expect(world.awards).toMatchObject({ eligible: [] });
    expect(world.state.get('eligibility', world.idOf('rita'))).toBeUndefined();
    world.admit('rolf', 'relay');
    world.nextDay();
    earn('rolf');
    world.requestRole('rolf', 'validator');
    const request = world.last;
    for (const name of ['alice', 'bob']) world.approve(name, request);
    expect(world.member('rolf')?.roles).toEqual(['validator']);
    expect(world.state.get('eligibility', world.idOf('rolf'))).toMatchObject({ until: undefined });
    // Who is granted the role besides keeps what it has.
    world.agree({ type: 'grant', member: world.idOf('rolf'), role: 'relay' }, 'alice', 'bob');
    world.agree({ type: 'withdraw', member: world.idOf('rolf'), role: 'relay' }, 'alice', 'bob');
    expect(world.state.get('eligibility', world.idOf('rolf'))).toMatchObject({ until: undefined });
  });
});

describe('a lot', () => {
  /** Rita has a lot that is drawn in the block after the next. */
  function withLot(rules = earningRules()): RelayWorld {
    const world = RelayWorld.earning(rules);
    world.serve('rita', THREE);
    world.serve('rita', THREE);
    expect(world.awards?.lots).toHaveLength(1);
    return world;
  }

  test('wins nothing without a free seat', () => {
    const full = withLot(earningRules({}, { cap: 2 }));
    full.draw();
    expect([full.hasToken('rita'), placesFree(full.state)]).toEqual([false, 0]);
    const one = withLot(earningRules({}, { cap: 3 }));
    one.draw();
    expect([one.hasToken('rita'), placesFree(one.state)], 'and each is spoken for once').toEqual([true, 0]);
    one.act('rita', { type: 'spend-token' });
    expect(placesFree(one.state)).toBe(0);
    one.pass(ELIGIBILITY_LIFETIME_MS);
    expect(placesFree(one.state)).toBe(1);
  });

  test('wins nothing where who would validate needs no token', () => {
    const world = withLot(earningRules({}, { rule: approvals(2) }));
    world.draw();
    expect(world.hasToken('rita')).toBe(false);
  });

  test('wins where a token is one way of several', () => {
    const world = withLot(earningRules({}, { rule: { type: 'anyOf', rules: [approvals(3), EARNED] } }));
    world.draw();
    expect(world.hasToken('rita')).toBe(true);
  });

  test('of who relays no more wins nothing', () => {
    const world = withLot();
    world.agree({ type: 'withdraw', member: world.idOf('rita'), role: 'relay' }, 'alice', 'bob');
    world.draw();
    expect(world.hasToken('rita')).toBe(false);
    const gone = withLot();
    gone.leave('rita');
    gone.draw();
    expect(gone.hasToken('rita')).toBe(false);
  });

  test('of several in one block each makes the next one harder, and all of them see the same order', () => {
    const names = ['rita', ...Array.from({ length: 7 }, (_, i) => `relay ${i}`)];
    const world = RelayWorld.earning(earningRules({ odds: 6, tokens: 8, perSponsor: 8 }));
    for (const name of names.slice(1)) world.admit(name, 'relay');
    for (const name of WRITERS) world.admit(name);
    world.nextDay();
    for (let day = 0; day < 2; day++) {
      world.nextDay();
      // A member signs for four relays of a day.
      const told = names.map((name, i) => world.transaction(name, world.receipts(name, i < 4 ? WRITERS.slice(0, 3) : WRITERS.slice(3))));
      expect(world.block(...told)).toEqual(names.map(() => 'ok'));
    }
    expect(world.awards?.lots).toHaveLength(8);
    world.draw();
    const { tokens = [] } = world.awards ?? {};
    // The first of them at one half, the next at a quarter and so on: never all.
    expect([tokens.length > 0, tokens.length < 5]).toEqual([true, true]);
  });
});

describe('a token', () => {
  test('that nobody spends goes back into the pool, and so does eligibility', () => {
    const world = RelayWorld.earning();
    world.serve('rita', THREE);
    world.serve('rita', THREE);
    world.draw();
    world.pass(TOKEN_LIFETIME_MS - DAY_MS);
    expect(world.hasToken('rita')).toBe(true);
    world.pass(DAY_MS);
    expect(world.hasToken('rita')).toBe(false);
    expect(world.awards?.tokens).toEqual([]);
  });

  test('spent and not used lapses, and what was asked by it with it', () => {
    const world = RelayWorld.earning({ ...earningRules(), limits: { ...openLinkRules().limits, requestLifetimeMs: 90 * DAY_MS } });
    world.serve('rita', THREE);
    world.serve('rita', THREE);
    world.draw();
    world.act('rita', { type: 'spend-token' });
    world.requestRole('rita', 'validator');
    const request = world.last;
    world.approve('alice', request);
    world.pass(ELIGIBILITY_LIFETIME_MS);
    expect(world.state.get('request', request)).toMatchObject({ status: 'cancelled' });
    expect(world.awards?.eligible).toEqual([]);
  });
});

describe('who would validate and has earned nothing', () => {
  test('comes in as a relay, by a link or by a knock', () => {
    const world = RelayWorld.earning();
    world.invite('alice', 'to validate', { role: 'validator' });
    expect(world.join('zoe', 'to validate')).toBe('ok');
    expect(world.member('zoe')?.roles).toEqual(['relay']);
    const knocking = (rule: Rule) => {
      const rules = earningRules();
      const other = RelayWorld.earning({ ...rules, roles: rules.roles.map((one) => (one.role === 'relay' ? { ...one, rule } : one)) });
      const knock = other.knockOf('kim', { role: 'validator' });
      const outcome = other.approve('alice', other.knockId(knock), { knock });
      return [outcome, other.member('kim')?.roles];
    };
    expect(knocking({ type: 'anyOf', rules: [INVITATION, approvals(1)] })).toEqual(['ok', ['relay']]);
    expect(knocking(INVITATION), 'where the relay’s rule takes an invitation').toEqual(['not-allowed', undefined]);
  });

  test('finds every place of a relay taken', () => {
    const world = RelayWorld.earning(
      ((rules) => ({ ...rules, roles: rules.roles.map((one) => (one.role === 'relay' ? { ...one, cap: 1 } : one)) }))(earningRules()),
    );
    world.invite('alice', 'to validate', { role: 'validator' });
    expect(world.join('zoe', 'to validate')).toBe('role-full');
  });

  test('waits as before where the rule asks for approvals alone', () => {
    const world = RelayWorld.earning(earningRules({}, { rule: approvals(2) }));
    world.invite('alice', 'to validate', { role: 'validator' });
    expect(world.join('zoe', 'to validate')).toBe('ok');
    expect(world.state.get('request', world.last)).toMatchObject({ role: 'validator', status: 'pending' });
  });
});

describe('attested uptime', () => {
  const served = (days: number, percent: number) => {
    const rules = earningRules();
    const rule = { type: 'allOf', rules: [{ type: 'service', days, percent }, approvals(1)] } as const;
    return { ...rules, roles: rules.roles.map((one) => (one.role === 'gateway' ? { ...one, rule } : one)) };
  };

  test('opens a role that asks for it', () => {
    const world = RelayWorld.earning(served(3, 80));
    world.serve('rita', THREE);
    world.serve('rita', THREE, { minutes: DAY_MINUTES / 2 });
    expect(world.requestRole('rita', 'gateway')).toBe('not-earned');
    world.serve('rita', THREE);
    expect(world.requestRole('rita', 'gateway')).toBe('ok');
    world.approve('alice', world.last);
    expect(world.member('rita')?.roles).toEqual(['relay', 'gateway']);
    expect(world.requestRole('ben', 'gateway'), 'nobody else’s').toBe('not-earned');
  });

  test('that has gone by the time of the decision opens it no more', () => {
    const world = RelayWorld.earning(served(2, 80));
    world.serve('rita', THREE);
    world.serve('rita', THREE);
    world.requestRole('rita', 'gateway');
    const request = world.last;
    world.nextDay(RECEIPT_DAYS_MAX + 2);
    expect(world.approve('alice', request)).toBe('ok');
    expect(world.state.get('request', request)).toMatchObject({ status: 'cancelled' });
  });
});
