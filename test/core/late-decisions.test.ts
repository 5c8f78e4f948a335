/** What comes after its time: decisions about what is over, and effects of what nobody closed in time. */
import { expect, test } from 'vitest';
import { DAY_MS } from '../../src/core/base/limits.ts';
import { CHANGE_NUMBERS } from '../../src/core/codec/governance.ts';
import { Group, INVITATION, twoApprove } from '../support/group.ts';

test('what waits takes no effect after its time, even where more runs out than one block closes and fewer approvals are enough by then', () => {
  const governance = [{ kind: CHANGE_NUMBERS.rules, approvals: 1 }];
  const group = Group.of(twoApprove({ governance }), [['dan', ['federation']]]);
  const proposals = ['alice', 'bob'].flatMap((name) =>
    Array.from({ length: 8 }, () => group.proposed(name, { type: 'withdraw', member: group.idOf('ben'), role: 'writer' })),
  );
  for (const id of proposals) group.approve('cid', id);
  group.invite('alice', 'link', { uses: 200 });
  const requests = Array.from({ length: 16 }, (_, i) => group.asks(`zoe ${i}`, 'link'));
  for (const id of requests) group.approve('bob', id);
  const over = group.time + 14 * DAY_MS;
  group.time = over - DAY_MS;
  for (const name of ['alice', 'bob', 'cid']) for (let i = 0; i < 120; i++) group.invite(name, `link ${i} of ${name}`, { expiry: over });
  group.time = over;
  const rules = twoApprove({ governance }, { writer: { rule: INVITATION } });
  const lettingIn = group.transaction('alice', group.proposal({ type: 'rules', rules }));
  expect(group.block(lettingIn, group.transaction('dan', { type: 'leave' }))).toEqual(['ok', 'ok']);
  expect(group.member('ben')?.roles).toEqual(['writer']);
  for (const id of proposals) expect(group.proposalOf(id)?.status).toBe('expired');
  for (const id of requests) expect(group.request(id)?.status).toBe('expired');
});

test('a decision about what was closed, and whose invitation is forgotten, is refused to who may not decide', () => {
  const group = Group.of();
  group.invite('alice', 'link');
  const id = group.asks('zoe', 'link');
  group.pass(13 * DAY_MS);
  for (const name of ['alice', 'bob']) group.reject(name, id);
  group.pass(80 * DAY_MS);
  expect(group.invitation('link')).toBeUndefined();
  expect(group.request(id)?.status).toBe('rejected');
  for (const name of ['ben', 'olga']) expect(group.approve(name, id)).toBe('not-allowed');
});
