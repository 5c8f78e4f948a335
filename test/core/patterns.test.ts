/** Patterns worth a look: each is found at its threshold, and not below; and admissions are held against the rule of their time. */
import { describe, expect, test } from 'vitest';
import { equal } from '../../src/core/base/bytes.ts';
import { type SeenAdmission, seeBlock } from '../../src/core/light/admissions.ts';
import { patternWords } from '../../src/core/light/audit-words.ts';
import {
  BURST_JOINS,
  BURST_MS,
  FEDERATION_PEAK_MIN,
  HASTE_MS,
  HASTY_ADMISSIONS,
  ONE_APPROVER_ADMISSIONS,
  type Pattern,
  patternsIn,
  type Seen,
} from '../../src/core/light/patterns.ts';
import { State, StateDraft } from '../../src/core/membership/state.ts';
import { Group, OPERATOR, twoApprove } from '../support/group.ts';
import { hashOf, refOf } from '../support/world.ts';

const alice = hashOf('alice');
const bob = hashOf('bob');

function admission(time: number, changes: Partial<SeenAdmission> = {}): SeenAdmission {
  const base = { member: hashOf(`member ${time}`), name: refOf('x'), role: 'writer', how: 'request', height: 1, asked: time } as const;
  return { ...base, time, needed: 1, approvals: [], problem: undefined, ...changes };
}

function seen(changes: Partial<Seen>, federation = 4): Seen {
  const draft = new StateDraft(State.empty());
  draft.put('census', new Uint8Array(0), { members: 10, byRole: [0, 0, federation, 0, 0, 0, 0], liveInvitations: 0 });
  return { admissions: [], federation: [], state: draft.freeze(), ...changes };
}

const types = (patterns: readonly Pattern[]) => patterns.map(({ type }) => type);
const words = { nameOf: (id: Uint8Array) => (equal(id, alice) ? 'Alice' : 'Bob'), when: (time: number) => `t${time}` };

describe('a pattern is found at its threshold and not below', () => {
  test('nothing in a chain where nothing happens', () => {
    expect(patternsIn(seen({}))).toEqual([]);
  });

  test('bursts of joins, each once', () => {
    const joins = (count: number, from: number) =>
      Array.from({ length: count }, (_, i) => admission(from + i * 1000, { how: 'invitation' }));
    expect(patternsIn(seen({ admissions: joins(BURST_JOINS - 1, 0) }))).toEqual([]);
    const two = [...joins(BURST_JOINS + 3, 0), ...joins(BURST_JOINS, 10 * BURST_MS)];
    const found = patternsIn(seen({ admissions: two }));
    expect(found).toMatchObject([
      { type: 'burst', joins: BURST_JOINS + 3, from: 0 },
      { joins: BURST_JOINS, from: 10 * BURST_MS },
    ]);
    const spread = Array.from({ length: 3 * BURST_JOINS }, (_, i) => admission((i * BURST_MS) / (BURST_JOINS - 2), { how: 'invitation' }));
    expect(patternsIn(seen({ admissions: spread }))).toEqual([]);
  });

  test('one approver behind all', () => {
    const by = (members: readonly Uint8Array[], i: number, needed = 1) =>
      admission(i * BURST_MS, {
        needed,
        approvals: members.map((one) => ({ member: one as typeof alice, leaf: i, time: i * BURST_MS + 60_000 })),
      });
    const all = Array.from({ length: ONE_APPROVER_ADMISSIONS }, (_, i) => by(i % 2 === 0 ? [alice, bob] : [alice], i));
    const found = patternsIn(seen({ admissions: all }));
    expect(found).toEqual([{ type: 'one-approver', member: alice, admissions: ONE_APPROVER_ADMISSIONS, federation: 4 }]);
    expect(found.map((one) => patternWords(one, words)).join()).toContain('Alice approved every one of 5 admissions');
    expect(patternsIn(seen({ admissions: all.slice(1) }))).toEqual([]);
    expect(patternsIn(seen({ admissions: all }, 1))).toEqual([]);
    expect(patternsIn(seen({ admissions: all.map((_, i) => by([alice, bob], i, 2)) }, 2))).toEqual([]);
    expect(patternsIn(seen({ admissions: [...all, by([bob], 9)] }))).toEqual([]);
  });

  test('approvals within seconds', () => {
    const decided = (ms: number, i: number, how: SeenAdmission['how'] = 'request') =>
      admission(i * BURST_MS, { how, approvals: [{ member: alice, leaf: i, time: i * BURST_MS + ms }] });
    const times = Array.from({ length: HASTY_ADMISSIONS }, (_, i) => i);
    const hasty = patternsIn(seen({ admissions: times.map((i) => decided(HASTE_MS, i)) }));
    expect(hasty).toEqual([{ type: 'haste', member: alice, admissions: HASTY_ADMISSIONS, withinMs: HASTE_MS }]);
    expect(patternsIn(seen({ admissions: times.map((i) => decided(HASTE_MS + 1, i)) }))).toEqual([]);
    expect(patternsIn(seen({ admissions: times.map((i) => decided(0, i, 'knock')) }))).toEqual([]);
  });

  test('a federation that shrinks', () => {
    const change = (before: number, count: number) => ({ height: 1, time: 7, before, count });
    const peak = FEDERATION_PEAK_MIN;
    expect(types(patternsIn(seen({ federation: [change(peak, peak / 2)] }, peak / 2)))).toEqual(['federation-shrank']);
    expect(patternsIn(seen({ federation: [change(peak, peak / 2 + 1)] }, peak / 2 + 1))).toEqual([]);
    expect(patternsIn(seen({ federation: [change(peak - 1, 1)] }, 1))).toEqual([]);
  });

  test('operators in common', () => {
    const group = Group.of(twoApprove());
    const state = group.state;
    const draft = new StateDraft(state);
    for (const { id, value } of [...state.all('member')].slice(0, 2)) draft.put('member', id, { ...value, operator: OPERATOR });
    const found = patternsIn(seen({ state: draft.freeze() }));
    expect(found).toMatchObject([{ type: 'shared-operator', members: [{}, {}] }]);
    expect(patternWords(found[0] ?? { type: 'haste', member: alice, admissions: 0, withinMs: 0 }, words)).toContain(
      'name the same operator',
    );
  });
});

test('a block in which nobody comes or goes says nothing', () => {
  const group = Group.of(twoApprove());
  const point = { state: group.state } as Parameters<typeof seeBlock>[0];
  expect(seeBlock(point, point, [])).toEqual({ admissions: [], federation: undefined });
});
