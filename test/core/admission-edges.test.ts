/** What no history leads to, and what is asked of the state machine all the same. */
import { describe, expect, test } from 'vitest';
import { unwrap } from '../../src/core/base/result.ts';
import { recoveredState } from '../../src/core/membership/apply.ts';
import { trustSetOf } from '../../src/core/membership/facts.ts';
import { recoveryOf } from '../../src/core/membership/recovery-state.ts';
import { State } from '../../src/core/membership/state.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import { act } from '../support/admission-case.ts';
import { recover } from '../support/admission-keys.ts';
import { Machine } from '../support/admission-machine.ts';
import { entry, type Make } from '../support/admission-scene.ts';
import { keyOf } from '../support/world.ts';

describe('a dead chain', () => {
  const goesOn = (make: Make) => {
    const machine = new Machine({});
    const transaction = asVerified(machine.hand.transaction(machine, act('bob', make)));
    return recoveredState(machine.state, { ...machine.facts, height: 1, parent: machine.tip }, 1, transaction);
  };

  test('goes on with a recovery that names validators, and they are its trust set at once', () => {
    const state = unwrap(goesOn(recover({ validators: ['bob', 'cleo'] })));
    expect(trustSetOf(state)).toMatchObject({ epoch: 1, seats: [{}, {}] });
    expect(trustSetOf(state).seats.map(({ node }) => node)).toEqual(expect.arrayContaining([keyOf('bob'), keyOf('cleo')]));
  });

  test.each([
    ['with nothing else', entry(), 'wrong-trust-set'],
    ['with those of before', recover({ federation: ['bob'] }), 'recovery-refused'],
    ['by too few of its recovery keys', recover({ validators: ['bob'], signers: ['first'] }), 'recovery-refused'],
  ])('does not go on %s', (_, make, code) => {
    expect(goesOn(make)).toMatchObject({ ok: false, refusal: { code } });
  });
});

test('who knows no genesis knows no recovery keys', () => {
  expect(recoveryOf(State.empty(), undefined)).toEqual({ number: 0, keys: { threshold: 0, delayMs: 0, keys: [] }, pending: undefined });
});
