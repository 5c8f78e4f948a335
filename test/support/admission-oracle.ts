/**
 * What must be so of a chain's membership at any time, said once more and apart from the code that keeps it: plain loops
 * over all records, slow and without a shortcut.
 */
import { expect } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { ROLES, type Role } from '../../src/core/codec/primitives.ts';
import type { Member, RecordKind, RecordOf, TrustSet } from '../../src/core/codec/records.ts';
import type { Rule, Rules } from '../../src/core/codec/rules.ts';
import type { State } from '../../src/core/membership/state.ts';

const ALONE = new Uint8Array(0);

export function all<K extends RecordKind>(state: State, kind: K): ReadonlyMap<string, RecordOf<K>> {
  return new Map([...state.all(kind)].map(({ id, value }) => [toHex(id), value]));
}

export function only<K extends 'rules' | 'trust' | 'chain'>(state: State, kind: K): RecordOf<K> {
  return state.get(kind, ALONE) ?? expect.fail(`no ${kind}`);
}

const isHere = ({ left }: Member) => !left;
/** Whether the member may do anything now. */
export const isActive = ({ left, suspendedUntil }: Member) => !left && suspendedUntil === undefined;
export const decides = (member: Member | undefined) => member !== undefined && isActive(member) && member.roles.includes('federation');

/** Federation members who can decide now. */
export function deciders(state: State): ReadonlySet<string> {
  return new Set([...all(state, 'member')].filter(([, member]) => decides(member)).map(([id]) => id));
}

function approvalsIn(rule: Rule): readonly number[] {
  if (rule.type === 'approvals') return [rule.approvals];
  return rule.type === 'allOf' || rule.type === 'anyOf' ? rule.rules.flatMap(approvalsIn) : [];
}

/** Every number of approvals that the rules ask for anywhere; more than half of the federation where they say nothing for a change. */
export function everyM(rules: Rules, federation: number): readonly number[] {
  const kinds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const set = rules.governance.map(({ approvals }) => approvals);
  const majority = kinds.every((kind) => rules.governance.some((one) => one.kind === kind)) ? [] : [Math.floor(federation / 2) + 1];
  return [1, ...set, ...majority, ...rules.roles.flatMap(({ rule }) => approvalsIn(rule))];
}

/** Whether a rule is met: an invitation or not, and so many approvals. */
export function isMet(rule: Rule, invited: boolean, approvals: number): boolean {
  switch (rule.type) {
    case 'invitation':
      return invited;
    case 'approvals':
      return approvals >= rule.approvals;
    case 'allOf':
      return rule.rules.every((one) => isMet(one, invited, approvals));
    case 'anyOf':
      return rule.rules.some((one) => isMet(one, invited, approvals));
    case 'never':
    case 'token':
    case 'service':
      return false;
  }
}

/** Of one state, whatever led to it. */
export function checkState(state: State): void {
  const members = all(state, 'member');
  checkCounts(state, members);
  checkKeys(state, members);
  checkFederation(state, members);
  checkSeats(state, members, only(state, 'trust'));
  checkWaiting(state, members);
}

function checkCounts(state: State, members: ReadonlyMap<string, Member>): void {
  const here = [...members.values()].filter(isHere);
  const invitations = all(state, 'invitation');
  const requests = [...all(state, 'request').values()];
  expect(state.get('erasure-count', ALONE)?.count ?? 0).toBe(all(state, 'erasure').size);
  const live = [...invitations.values()].filter(({ status }) => status === 'live');
  expect(state.get('census', ALONE)).toEqual({
    members: here.length,
    byRole: ROLES.map((role) => here.filter(({ roles }) => roles.includes(role)).length),
    liveInvitations: live.length,
  });
  for (const [id, member] of members) {
    expect(member.invitations, 'live links of one issuer').toBe(live.filter(({ issuer }) => toHex(issuer) === id).length);
    if (member.left) expect([member.roles, member.suspendedUntil, member.invitations]).toEqual([[], undefined, 0]);
  }
  for (const [id, { status, ended, uses, used, descendants, issuer }] of invitations) {
    if (uses > 0) expect(used, 'uses of a link').toBeLessThanOrEqual(uses);
    expect(status === 'live').toBe(ended === 0);
    const through = [...here, ...requests.filter((one) => one.status === 'pending')].filter(({ invitation }) => toHexOf(invitation) === id);
    expect(descendants, 'who came through a link').toBe(through.length);
    if (status === 'live') expect(isActive(members.get(toHex(issuer)) ?? expect.fail('no issuer')), 'an issuer who may invite').toBe(true);
  }
}

const toHexOf = (id: Hash | undefined) => (id === undefined ? undefined : toHex(id));

function checkKeys(state: State, members: ReadonlyMap<string, Member>): void {
  const devices = all(state, 'device');
  const retired = all(state, 'retired');
  const listed = [...members].flatMap(([id, { devices: keys }]) => keys.map((key) => [toHex(key), id] as const));
  expect(new Set(listed.map(([key]) => key)).size, 'one member a key').toBe(listed.length);
  expect(new Map([...devices].map(([key, { member }]) => [key, toHex(member)]))).toEqual(new Map(listed));
  for (const [key] of devices) expect(retired.has(key), 'a retired key acts').toBe(false);
  for (const [id, member] of members) if (isHere(member)) expect(member.devices.length, `devices of ${id}`).toBeGreaterThan(0);
}

function checkFederation(state: State, members: ReadonlyMap<string, Member>): void {
  const federation = [...members.values()].filter(({ roles }) => roles.includes('federation')).length;
  const needed = Math.max(...everyM(only(state, 'rules'), federation));
  expect(deciders(state).size, 'federation members who can decide').toBeGreaterThanOrEqual(needed);
}

function checkSeats(state: State, members: ReadonlyMap<string, Member>, trust: TrustSet): void {
  expect(trust.seats.length).toBeGreaterThan(0);
  expect(only(state, 'chain').epoch).toBe(trust.epoch);
  const holds = (id: Hash, role: Role) => {
    const member = members.get(toHex(id)) ?? expect.fail('a seat of nobody');
    expect([isActive(member), member.roles], role).toEqual([true, expect.arrayContaining([role])]);
    return member;
  };
  for (const { member, node } of trust.seats) expect(holds(member, 'validator').devices.map(toHex)).toContain(toHex(node));
  for (const { member } of trust.auditors) holds(member, 'auditor');
  expect(new Set(trust.seats.map(({ vote }) => toHex(vote))).size, 'one seat a vote key').toBe(trust.seats.length);
  const notes = [...trust.seats, ...trust.auditors].map(({ note }) => toHex(note));
  expect(new Set(notes).size, 'one signer a note key').toBe(notes.length);
  const asked = only(state, 'rules').auditorsQuorum;
  expect(trust.auditorsQuorum).toBeLessThanOrEqual(asked);
  expect(trust.auditorsQuorum).toBeGreaterThanOrEqual(Math.min(asked, trust.auditors.length));
  for (const { roles } of members.values()) {
    expect(roles.includes('validator') && roles.includes('auditor')).toBe(false);
    expect(new Set(roles).size).toBe(roles.length);
  }
}

function checkWaiting(state: State, members: ReadonlyMap<string, Member>): void {
  const [requests, proposals] = [all(state, 'request'), all(state, 'proposal')];
  const agenda = state.get('agenda', ALONE) ?? { requests: [], proposals: [], candidates: [] };
  const pending = (records: ReadonlyMap<string, { readonly status: string }>) =>
    [...records].filter(([, { status }]) => status === 'pending').map(([id]) => id);
  expect(agenda.requests.map(toHex).toSorted()).toEqual(pending(requests).toSorted());
  expect(agenda.proposals.map(toHex).toSorted()).toEqual(pending(proposals).toSorted());
  const seated = new Set(only(state, 'trust').seats.map(({ member }) => toHex(member)));
  const candidates = [...members].filter(([id, member]) => isActive(member) && member.roles.includes('validator') && !seated.has(id));
  expect(agenda.candidates.map(toHex).toSorted()).toEqual(candidates.map(([id]) => id).toSorted());
  const issuers = all(state, 'invitation');
  for (const [id, { status, kind, subject, yes, no, invitation, ended }] of requests) {
    expect(status === 'pending', id).toBe(ended === 0);
    if (status !== 'pending') continue;
    if (kind === 'role') expect(isActive(members.get(toHex(subject)) ?? expect.fail('who asks is nobody'))).toBe(true);
    const link = invitation === undefined ? undefined : issuers.get(toHex(invitation));
    const issuer = link !== undefined && !link.shared && link.uses !== 1 ? toHex(link.issuer) : undefined;
    checkDecisions(members, [...yes, ...no], issuer);
  }
  for (const { status, proposer, yes, no } of proposals.values()) {
    if (status !== 'pending') continue;
    expect(isActive(members.get(toHex(proposer)) ?? expect.fail('who proposes is nobody'))).toBe(true);
    checkDecisions(members, [...yes, ...no], undefined);
  }
}

/** Decisions that count are by distinct members who may still decide. */
function checkDecisions(
  members: ReadonlyMap<string, Member>,
  decisions: readonly { readonly member: Hash }[],
  issuer: string | undefined,
): void {
  const by = decisions.map(({ member }) => toHex(member));
  expect(new Set(by).size).toBe(by.length);
  for (const id of by)
    expect(decides(members.get(id)) || (id === issuer && isActive(members.get(id) ?? expect.fail('no issuer')))).toBe(true);
}
