/** Whether a node goes on by a recovery certificate, and how whoever did not execute it accepts the epoch that it began. */
import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import type { TrustSet } from '../../src/core/codec/records.ts';
import type { RecoveryPlan } from '../../src/core/codec/recovery.ts';
import type { EpochFragment } from '../../src/core/codec/sync-message.ts';
import { recoveredTrust } from '../../src/core/consensus/execute.ts';
import { epochSignatures, recoveriesAreBelow } from '../../src/core/light/epochs.ts';
import { judgeRecovery } from '../../src/core/light/recovery.ts';
import { proveRecord } from '../../src/core/membership/proof.ts';
import { SINGLETON } from '../../src/core/membership/state.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import { appointed, certificateOf, recovering, recoveryOf } from '../support/keys-world.ts';
import { certificateOf as finality, firstPoint, nextPoint, trustOf, Writer } from '../support/points.ts';
import { founderOf, genesisOf, hashOf } from '../support/world.ts';

const DELAY_MS = 2 * DAY_MS;
const founders = [founderOf('alice', ['federation', 'validator']), founderOf('ben', ['federation']), founderOf('ann', ['auditor'])];
const genesis = genesisOf(founders, { recovery: recoveryOf(['r1', 'r2', 'r3'], 2, DELAY_MS) });
const writer = new Writer(genesis);
const first = firstPoint(genesis);
const base = nextPoint(first, [writer.entry('alice', 'the last one')]);
const plan: RecoveryPlan = {
  chain: base.header.chain,
  number: 1,
  base: base.id,
  height: 1,
  newcomers: [],
  federation: [],
  validators: [appointed('ben')],
  keys: undefined,
};
const verified = (changes: Partial<RecoveryPlan> = {}, signers?: readonly string[]) =>
  asVerified(certificateOf({ ...plan, ...changes }, signers));

describe('going on by a certificate', () => {
  const sight = { certificate: verified(), firstSeen: 1000, confirmed: false };

  test('waits for the delay, then for the person, then goes', () => {
    expect(judgeRecovery(base, sight, 1000)).toEqual({ type: 'waiting', until: 1000 + DELAY_MS });
    expect(judgeRecovery(base, { ...sight, confirmed: true }, 999 + DELAY_MS)).toMatchObject({ type: 'waiting' });
    expect(judgeRecovery(base, sight, 1000 + DELAY_MS)).toEqual({ type: 'unconfirmed' });
    const verdict = judgeRecovery(base, { ...sight, confirmed: true }, 1000 + DELAY_MS);
    expect(verdict).toEqual({ type: 'go', trust: unwrap(recoveredTrust(base, verified())) });
  });

  test('is void above the base, for another block, another chain, or by too few', () => {
    const later = nextPoint(base, [writer.entry('alice', 'alive')]);
    const sibling = nextPoint(first, [writer.entry('alice', 'another')]);
    for (const tip of [later, sibling]) expect(judgeRecovery(tip, sight, 0)).toMatchObject({ type: 'void' });
    const other = { ...sight, certificate: verified({ chain: hashOf('other') }) };
    expect(judgeRecovery(base, other, 0)).toMatchObject({ type: 'void' });
    expect(judgeRecovery(base, { ...sight, certificate: verified({}, ['r1']) }, 0)).toMatchObject({ type: 'void' });
  });

  test('a node that lacks the base is behind, and counts the delay meanwhile', () => {
    expect(judgeRecovery(first, sight, 0)).toEqual({ type: 'behind' });
  });
});

describe('an epoch that a recovery began', () => {
  const fragment: EpochFragment = {
    header: base.header,
    certificate: finality(base),
    next: unwrap(recoveredTrust(base, verified())),
    recovery: { certificate: certificateOf(plan), ...proveRecord(base.state, 'recovery', SINGLETON) },
  };
  const recoveredBy = (changes: Partial<RecoveryPlan>, signers?: readonly string[]): Partial<EpochFragment> => ({
    recovery: { ...proveRecord(base.state, 'recovery', SINGLETON), certificate: certificateOf({ ...plan, ...changes }, signers) },
  });
  const next = (changes: Partial<TrustSet>): Partial<EpochFragment> => ({ next: { ...fragment.next, ...changes } });
  const [seat] = fragment.next.seats;

  test('is the chain’s under the signatures of the recovery keys, beside those that make the base final', () => {
    const checks = unwrap(epochSignatures(fragment, trustOf(base), genesis.recovery));
    expect(checks.length).toBe(1 + 2);
  });

  test('also under keys that the chain has named since', () => {
    const waiting = nextPoint(base, [writer.act('zoe', recovering(plan))]);
    const again: RecoveryPlan = { ...plan, number: 2, base: waiting.id, height: 2 };
    const told: EpochFragment = {
      header: waiting.header,
      certificate: finality(waiting),
      next: unwrap(recoveredTrust(waiting, asVerified(certificateOf(again)))),
      recovery: { certificate: certificateOf(again), ...proveRecord(waiting.state, 'recovery', SINGLETON) },
    };
    expect(epochSignatures(told, trustOf(base), genesis.recovery)).toMatchObject({ ok: true });
  });

  test.each<[string, Partial<EpochFragment>, string]>([
    ['a base that nobody finalised', { certificate: finality(first) }, 'no-quorum'],
    ['another base', recoveredBy({ base: hashOf('other') }), 'recovery-refused'],
    ['another height', recoveredBy({ height: 0 }), 'recovery-refused'],
    ['another chain', recoveredBy({ chain: hashOf('other') }), 'recovery-refused'],
    ['too few keys', recoveredBy({}, ['r1']), 'recovery-refused'],
    ['a key twice', recoveredBy({}, ['r1', 'r1']), 'recovery-refused'],
    ['a key that nobody named', recoveredBy({}, ['r1', 'thief']), 'recovery-refused'],
    ['a number that is not next', recoveredBy({ number: 2 }), 'recovery-refused'],
    ['a proof of another state', { recovery: { certificate: certificateOf(plan), value: undefined, bucket: [], path: [] } }, 'bad-proof'],
    ['an epoch further', next({ epoch: 2 }), 'wrong-trust-set'],
    ['another beginning', next({ base: hashOf('other') }), 'wrong-trust-set'],
    ['a seat more', next({ seats: [...fragment.next.seats, ...trustOf(base).seats] }), 'wrong-trust-set'],
    ['seats of those before', next({ seats: trustOf(base).seats }), 'wrong-trust-set'],
    ['another vote key', next({ seats: seat === undefined ? [] : [{ ...seat, vote: appointed('eve').vote }] }), 'wrong-trust-set'],
    ['other auditors', next({ auditors: [] }), 'wrong-trust-set'],
    ['nobody with a seat', { ...recoveredBy({ validators: [] }), ...next({ seats: [] }) }, 'wrong-trust-set'],
  ])('refused: %s', (_, changes, code) => {
    expect(epochSignatures({ ...fragment, ...changes }, trustOf(base), genesis.recovery)).toMatchObject({ refusal: { code } });
  });

  test('a link that was made after vouches for it, none from before', () => {
    expect(recoveriesAreBelow(2, [fragment])).toMatchObject({ ok: true });
    expect(recoveriesAreBelow(1, [fragment])).toMatchObject({ refusal: { code: 'recovery-refused' } });
    expect(recoveriesAreBelow(0, [{ ...fragment, recovery: undefined }])).toMatchObject({ ok: true });
  });
});
