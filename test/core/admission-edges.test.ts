/** What no history leads to, and what is asked of the state machine all the same. */
import { expect, test } from 'vitest';
import { recoveredState } from '../../src/core/membership/apply.ts';
import { recoveryOf } from '../../src/core/membership/recovery-state.ts';
import { State } from '../../src/core/membership/state.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import { act } from '../support/admission-case.ts';
import { Machine } from '../support/admission-machine.ts';
import { entry } from '../support/admission-scene.ts';

test('a dead chain goes on with a recovery and with nothing else', () => {
  const machine = new Machine({});
  const transaction = asVerified(machine.hand.transaction(machine, act('ada', entry())));
  const facts = { ...machine.facts, height: 1 };
  expect(recoveredState(machine.state, facts, 1, transaction)).toMatchObject({ ok: false, refusal: { code: 'wrong-trust-set' } });
});

test('who knows no genesis knows no recovery keys', () => {
  expect(recoveryOf(State.empty(), undefined)).toEqual({ number: 0, keys: { threshold: 0, delayMs: 0, keys: [] }, pending: undefined });
});
