/** Auditors of a chain, and how many of them newcomers wait for. */
import { expect, test } from 'vitest';
import { DAY_MS, SECOND_MS } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { policyOf } from '../../src/core/light/log-signers.ts';
import { decodePolicy, encodePolicy } from '../../src/core/log/policy-text.ts';
import { trustSetOf } from '../../src/core/membership/facts.ts';
import { Group, twoApprove } from '../support/group.ts';
import { registration } from '../support/keys-world.ts';
import { keyOf, SIGNATURE } from '../support/world.ts';

test('whoever has the role and a note key is listed, and the rules say how many must sign, whoever leaves', () => {
  const group = Group.of(twoApprove({ auditorsQuorum: 2 }), [
    ['aud', ['auditor']],
    ['vera', ['auditor']],
  ]);
  expect(trustSetOf(group.state).auditorsQuorum).toBe(2);
  group.agree({ type: 'withdraw', member: group.idOf('aud'), role: 'auditor' }, 'alice', 'bob');
  expect(trustSetOf(group.state)).toMatchObject({ auditorsQuorum: 2, auditors: [{ member: group.idOf('vera') }] });
  // The key that it had is its office still.
  group.agree({ type: 'grant', member: group.idOf('aud'), role: 'auditor' }, 'alice', 'bob');
  expect(trustSetOf(group.state).auditorsQuorum).toBe(2);
  group.agree({ type: 'rules', rules: twoApprove({ auditorsQuorum: 1 }) }, 'alice', 'bob');
  expect(trustSetOf(group.state).auditorsQuorum).toBe(1);
  // Another note key takes the place of the one before; the same once more changes nothing.
  for (let times = 0; times < 2; times++) {
    group.act('aud', registration('aud', { vote: undefined, note: keyOf('another'), proofs: [SIGNATURE] }));
    expect(trustSetOf(group.state).auditors.map(({ note }) => note)).toEqual([keyOf('vera, note'), keyOf('another')]);
  }
  // Who has registered no note key is not listed.
  group.agree({ type: 'grant', member: group.idOf('ben'), role: 'auditor' }, 'alice', 'bob');
  expect(group.member('ben')?.roles).toContain('auditor');
  expect(trustSetOf(group.state).auditors).toHaveLength(2);
});

test('while the rules ask for more than there are, as many must sign as there have been, until the rules change', () => {
  const quorum = () => trustSetOf(group.state).auditorsQuorum;
  const group = Group.of(twoApprove({ auditorsQuorum: 3 }), [
    ['aud', ['auditor']],
    ['vera', ['auditor']],
  ]);
  const policy = () => unwrap(decodePolicy(encodePolicy(policyOf(group.chain, trustSetOf(group.state)))));
  expect([quorum(), policy().groups.length]).toEqual([2, 3]);
  group.agree({ type: 'suspend', members: [group.idOf('aud')] }, 'alice', 'bob');
  expect([quorum(), policy().groups[1]?.threshold]).toEqual([2, 1]);
  expect(group.leave('vera')).toBe('ok');
  // Nobody who is left can sign, and the policy can be read still.
  expect([quorum(), policy().quorum]).toEqual([2, 'validators']);
  group.agree({ type: 'rules', rules: twoApprove() }, 'alice', 'bob');
  expect(quorum()).toBe(0);
  group.agree({ type: 'rules', rules: twoApprove({ auditorsQuorum: 3 }) }, 'alice', 'bob');
  expect(quorum()).toBe(0);
  group.pass(7 * DAY_MS);
  group.pass(SECOND_MS);
  expect([quorum(), policy().groups[1]?.threshold]).toEqual([1, 1]);
});
