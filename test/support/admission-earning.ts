/** Relays in long random histories: what they and their friends try, and what must be so of service and tokens at any time. */
import { expect } from 'vitest';
import { equal, toHex } from '../../src/core/base/bytes.ts';
import { DAY_MS, RECEIPT_DAYS_MAX } from '../../src/core/base/limits.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import type { Rules } from '../../src/core/codec/rules.ts';
import type { Transaction } from '../../src/core/codec/transaction.ts';
import type { State } from '../../src/core/membership/state.ts';
import { all, type Earned, isActive, only } from './admission-oracle.ts';
import { approvals, assemblyRules, FOUNDERS, idOfMember, type Make } from './admission-scene.ts';
import { pick } from './cddl-values.ts';
import { keyOf, SIGNATURE } from './world.ts';

const ALONE = new Uint8Array(0);

/** Relays by a link; validators by a token, gateways by service; a day of two members' word wins at once. */
export function earningAssembly(): Rules {
  const rules = assemblyRules();
  const ruleOf = (role: Role, rule: Rules['roles'][number]['rule']): Rules['roles'][number]['rule'] => {
    if (role === 'relay') return { type: 'invitation' };
    if (role === 'validator') return { type: 'allOf', rules: [{ type: 'token' }, approvals(1)] };
    return role === 'gateway' ? { type: 'allOf', rules: [{ type: 'service', days: 1, percent: 60 }, approvals(1)] } : rule;
  };
  return { ...rules, roles: rules.roles.map((one) => ({ ...one, rule: ruleOf(one.role, one.rule) })), token: [1, 2, 1, 50, 0, 1, 2] };
}

// ---------------------------------------------------------------- what is tried

/** Somebody's receipts by some of these, most often of a day that can be told of. */
export function telling(relay: string, here: readonly string[], random: () => number): Make {
  // Founders are here long enough, and of no lineage.
  const among = random() < 0.8 ? here.filter((name) => name !== relay && FOUNDERS.some((one) => one === name)) : here;
  const signers = among.filter(() => random() < 0.6).slice(0, 4);
  const [ago, minutes, breaks] = [pick([1, 1, 1, 2, 2, 0, 3], random), pick([0, 720, 1440, 1440], random), pick([0, 0, 0, 9], random)];
  return (scene) => ({
    type: 'relay-receipts',
    relay: idOfMember(scene, relay),
    day: Math.floor(scene.time / DAY_MS) - ago,
    receipts: [...new Set([...signers, among[0] ?? relay])].map((name) => ({
      node: keyOf(name),
      watched: 1440,
      minutes,
      breaks,
      circuits: 1,
      kib: 1,
      signature: SIGNATURE,
    })),
  });
}

export const spend: Make = () => ({ type: 'spend-token' });

// ---------------------------------------------------------------- what must be so

/** What a member has earned that counts for the role: said once more. */
export function earnedIn(state: State, id: string, role: Role): Earned {
  const eligible = [...state.all('eligibility')].some((one) => toHex(one.id) === id);
  const service = [...state.all('service')].find((one) => toHex(one.id) === id)?.value;
  return { token: role === 'validator' && eligible, uptime: service === undefined ? [] : [...service.uptime] };
}

/** Lists are what the records are; who has earned something relays, and nobody has earned more than once. */
export function checkEarnings(state: State): void {
  const members = all(state, 'member');
  const [tokens, eligibility] = [all(state, 'token'), all(state, 'eligibility')];
  const lists = state.get('awards', ALONE) ?? { lots: [], tokens: [], eligible: [] };
  expect(lists.tokens.map(toHex).toSorted()).toEqual([...tokens.keys()].toSorted());
  const unused = [...eligibility].filter(([, { until }]) => until !== undefined);
  expect(lists.eligible.map(toHex).toSorted()).toEqual(unused.map(([id]) => id).toSorted());
  for (const id of [...tokens.keys(), ...unused.map(([one]) => one)]) {
    const member = members.get(id) ?? expect.fail('a token of nobody');
    expect([isActive(member), member.roles.includes('relay')], 'who has earned relays').toEqual([true, true]);
  }
  for (const id of tokens.keys()) expect(eligibility.has(id), 'one thing at a time').toBe(false);
  for (const [id] of eligibility)
    if (!lists.eligible.some((one) => toHex(one) === id)) expect(members.get(id)?.roles).toContain('validator');
  for (const kind of ['service', 'attester'] as const)
    for (const id of all(state, kind).keys()) expect(members.get(id)?.left, `${kind} of who left`).toBe(false);
  const named = lists.lots.map(({ member, day }) => `${toHex(member)} ${day}`);
  expect(new Set(named).size, 'a day is drawn once').toBe(named.length);
}

/** From one block to the next: tokens come from lots, eligibility from tokens, service from receipts. */
export function checkEarning(before: State, begun: State, after: State, time: number, transaction: Transaction | undefined): void {
  const by = transaction?.unsigned;
  const sender = by === undefined ? undefined : begun.get('device', by.sender)?.member;
  const isSenders = (id: string) => sender !== undefined && toHex(sender) === id;
  const lots = before.get('awards', ALONE)?.lots ?? [];
  const had = all(before, 'token');
  for (const id of all(begun, 'token').keys())
    if (!had.has(id))
      expect(
        lots.some(({ member }) => toHex(member) === id),
        'a token is won by a lot of before',
      ).toBe(true);
  for (const id of all(after, 'token').keys()) expect(all(begun, 'token').has(id), 'and at the start of a block').toBe(true);
  for (const id of all(after, 'eligibility').keys()) {
    if (all(before, 'eligibility').has(id)) continue;
    expect(by?.action.type === 'spend-token' && isSenders(id) && all(begun, 'token').has(id), 'a token was spent').toBe(true);
  }
  checkService(begun, after, time, by, isSenders);
}

function checkService(
  begun: State,
  after: State,
  time: number,
  by: Transaction['unsigned'] | undefined,
  isSenders: (id: string) => boolean,
): void {
  const was = all(begun, 'service');
  for (const [id, { last }] of all(after, 'service')) {
    if (was.get(id)?.last === last) continue;
    const told = by?.action.type === 'relay-receipts' && isSenders(id) ? by.action : undefined;
    expect(told?.day, 'service is told of').toBe(last);
    const today = Math.floor(time / DAY_MS);
    expect([last < today, last >= today - RECEIPT_DAYS_MAX, last > (was.get(id)?.last ?? -1)]).toEqual([true, true, true]);
    const signers = (told?.receipts ?? []).map(({ node }) => toHex(begun.get('device', node)?.member ?? expect.fail('nobody signed')));
    expect(new Set(signers).size, 'each once').toBe(signers.length);
    for (const signer of signers) expect(isForeign(begun, signer, id), 'by members of other lineages').toBe(true);
  }
  for (const lot of after.get('awards', ALONE)?.lots ?? []) {
    const known = (begun.get('awards', ALONE)?.lots ?? []).some(({ member, day }) => day === lot.day && equal(member, lot.member));
    if (!known) expect(by?.action.type === 'relay-receipts' && isSenders(toHex(lot.member)), 'a lot by receipts').toBe(true);
  }
  expect(only(after, 'rules').token.length === 0 || only(after, 'rules').token.length === 7).toBe(true);
}

/** Neither let the other in. */
function isForeign(state: State, one: string, other: string): boolean {
  const members = all(state, 'member');
  const above = (id: string): readonly string[] => {
    const { invitation, request } = members.get(id) ?? expect.fail('nobody signed');
    const byLink = invitation === undefined ? undefined : state.get('invitation', invitation)?.issuer;
    const byKnock = invitation !== undefined || request === undefined ? undefined : state.get('request', request)?.yes[0]?.member;
    const host = byLink ?? byKnock;
    return host === undefined ? [] : [toHex(host), ...above(toHex(host))];
  };
  return one !== other && !above(one).includes(other) && !above(other).includes(one);
}
