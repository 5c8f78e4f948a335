/** Whose signatures make a checkpoint count: one policy an epoch, made from its trust set alone. */
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { unwrap } from '../../src/core/base/result.ts';
import type { TrustSet } from '../../src/core/codec/records.ts';
import { isVouchedFor, logSigners, policyOf } from '../../src/core/light/log-signers.ts';
import { originOf } from '../../src/core/log/checkpoint.ts';
import { decodePolicy, encodePolicy } from '../../src/core/log/policy-text.ts';
import { quorumOf } from '../../src/core/policy/quorum.ts';
import { hashOf, keyOf } from '../support/world.ts';

const CHAIN = hashOf('chain');

function trustOf(validators: number, auditors = 0, auditorsQuorum = 0): TrustSet {
  const named = (kind: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({ member: hashOf(`${kind} ${i}`), note: keyOf(`${kind} ${i}, note`) }));
  const seats = named('validator', validators).map((one, i) => ({
    ...one,
    node: keyOf(`node ${i}`),
    vote: keyOf(`vote ${i}`),
    software: [1],
    ready: 0,
  }));
  return { epoch: 0, base: CHAIN, seats, auditors: named('auditor', auditors), auditorsQuorum };
}

/** Cosignatures of the first so many of each, and of the first validator as the log. */
function signedBy(trust: TrustSet, validators: number, auditors: number) {
  const signers = logSigners(CHAIN, trust);
  const first = (office: string, count: number) => signers.filter((one) => one.office === office).slice(0, count);
  const [publisher] = signers;
  const cosigners = [...first('validator', validators), ...first('auditor', auditors)].map(({ cosigner }) => cosigner);
  return publisher?.log === undefined ? cosigners : [publisher.log, ...cosigners];
}

describe('the policy of an epoch', () => {
  test.each([1, 2, 3, 4, 7, 31])('of %i validators asks for a quorum of them', (count) => {
    const trust = trustOf(count);
    const quorum = quorumOf(count);
    expect(isVouchedFor(CHAIN, trust, signedBy(trust, quorum, 0))).toBe(true);
    expect(isVouchedFor(CHAIN, trust, signedBy(trust, quorum - 1, 0))).toBe(false);
  });

  test('asks for the auditors’ quorum besides, where the chain does', () => {
    const trust = trustOf(4, 3, 2);
    expect(isVouchedFor(CHAIN, trust, signedBy(trust, 3, 2))).toBe(true);
    expect(isVouchedFor(CHAIN, trust, signedBy(trust, 4, 1))).toBe(false);
    expect(isVouchedFor(CHAIN, trust, signedBy(trust, 2, 3))).toBe(false);
    expect(isVouchedFor(CHAIN, trustOf(4, 3, 0), signedBy(trustOf(4, 3, 0), 3, 0))).toBe(true);
  });

  test('asks for a validator’s signature as the log, whichever it is', () => {
    const trust = trustOf(4);
    const cosigners = logSigners(CHAIN, trust).map(({ cosigner }) => cosigner);
    expect(isVouchedFor(CHAIN, trust, cosigners)).toBe(false);
    for (const { log } of logSigners(CHAIN, trust)) expect(log !== undefined && isVouchedFor(CHAIN, trust, [...cosigners, log])).toBe(true);
  });

  test('is a C2SP policy with 31 validators and 32 auditors too, and is read as it was meant', () => {
    const policy = policyOf(CHAIN, trustOf(31, 32, 20));
    expect(unwrap(decodePolicy(encodePolicy(policy)))).toEqual(policy);
  });

  test('names the log by the chain, and each cosigner by the member', () => {
    const [first] = logSigners(CHAIN, trustOf(1));
    expect(first?.log?.name).toBe(originOf(CHAIN));
    expect(first?.cosigner.name).toBe(`${originOf(CHAIN)}/${toHex(hashOf('validator 0'))}`);
  });
});
