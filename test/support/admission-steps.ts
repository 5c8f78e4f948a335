/**
 * What may change from one block to the next, said once more and apart from the code that changes it: nobody acts, joins,
 * gains a role, loses one, is suspended or has other keys without what the rules ask for.
 */
import { expect } from 'vitest';
import { equal, toHex } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { nextKeyDigest } from '../../src/core/base/key.ts';
import type { Change } from '../../src/core/codec/governance.ts';
import { CHANGE_NUMBERS } from '../../src/core/codec/governance.ts';
import { ROLE_NUMBERS, type Role } from '../../src/core/codec/primitives.ts';
import type { Decision, Member, ProposalRecord, RequestRecord } from '../../src/core/codec/records.ts';
import { type Rule, type Rules, ruleHash } from '../../src/core/codec/rules.ts';
import type { Transaction } from '../../src/core/codec/transaction.ts';
import type { State } from '../../src/core/membership/state.ts';
import { checkEarning, earnedIn } from './admission-earning.ts';
import { all, decides, isMet, only } from './admission-oracle.ts';

const BY_LINK_ALONE: readonly Role[] = ['observer', 'writer', 'relay'];

/** One block: the state before it, after its time-driven changes, and after all of it. */
export interface Step {
  readonly before: State;
  readonly begun: State;
  readonly after: State;
  readonly time: number;
  /** What entered, if anything did. */
  readonly transaction: Transaction | undefined;
}

export function checkStep(step: Step): void {
  checkSender(step);
  const [before, after] = [all(step.before, 'member'), all(step.after, 'member')];
  for (const [id, member] of after) {
    const was = before.get(id);
    for (const role of member.roles) if (!was?.roles.includes(role)) checkGain(step, id, member, role, was === undefined);
    for (const role of was?.roles ?? []) if (!member.roles.includes(role)) checkLoss(step, id, role);
    if (member.suspendedUntil !== undefined && member.suspendedUntil !== was?.suspendedUntil) checkSuspension(step, id);
    if (was !== undefined) checkKeys(step, id, was, member);
  }
  for (const id of before.keys()) expect(after.has(id), 'members are never forgotten').toBe(true);
  for (const key of all(step.before, 'retired').keys()) expect(all(step.after, 'retired').has(key), 'a tombstone stays').toBe(true);
  checkEpoch(step);
  checkEarning(step.before, step.begun, step.after, step.time, step.transaction);
  if (!equalRules(step))
    expect(
      tookEffect(step, (change) => change.type === 'rules'),
      'rules change by governance',
    ).toBe(true);
}

// ---------------------------------------------------------------- who acts

/** Roles by which a key acts, in the state in which the block's transactions find it. */
function rolesOf(state: State, key: Uint8Array): readonly Role[] {
  const device = state.get('device', key);
  const member = device === undefined ? undefined : state.get('member', device.member);
  if (device === undefined || member === undefined || member.suspendedUntil !== undefined) return [];
  const allows = (role: Role) => (device.roleMask & (1 << ROLE_NUMBERS[role])) !== 0;
  // Who is in the federation may write, and so may a device of theirs that is let write.
  const writes = member.roles.includes('federation') && allows('writer');
  return [...member.roles.filter(allows), ...(writes ? (['writer'] as const) : [])];
}

function checkSender({ begun, after, transaction, time }: Step): void {
  if (transaction === undefined) return;
  const { sender, sequence, expiry, action } = transaction.unsigned;
  expect(expiry, 'nothing expired enters').toBeGreaterThan(time);
  expect(begun.get('retired', sender), 'no retired key acts').toBeUndefined();
  const device = begun.get('device', sender);
  const roles = rolesOf(begun, sender);
  const enters = action.type === 'join' || action.type === 'rotate-key' || (action.type === 'link-device' && action.step.type === 'enter');
  if (action.type === 'recover') return;
  expect(device === undefined, `${action.type}: a new key`).toBe(enters);
  if (device === undefined) return;
  expect(sequence, 'sequences advance').toBeGreaterThan(device.sequence);
  if (after.get('device', sender) !== undefined) expect(after.get('device', sender)?.sequence).toBe(sequence);
  if (action.type === 'entry') expect(roles.includes('writer') || roles.includes('federation'), 'who writes').toBe(true);
  if (action.type === 'propose') expect(roles, 'who proposes').toContain('federation');
  if (action.type === 'invite') checkInviter(begun, roles, action.role);
  if (action.type === 'approve' || action.type === 'reject') {
    expect(roles.includes('federation') || isIssuerOf(begun, action.subject, device.member), 'who decides').toBe(true);
  }
  if (action.type !== 'leave' && action.type !== 'evidence') {
    expect(begun.get('member', device.member)?.suspendedUntil, `${action.type} while suspended`).toBeUndefined();
  }
}

function checkInviter(state: State, roles: readonly Role[], role: Role): void {
  const rule = only(state, 'rules').roles.find((one) => one.role === role);
  const writers = (role === 'observer' || role === 'writer') && ((rule?.inviters ?? 0) & (1 << ROLE_NUMBERS.writer)) !== 0;
  expect(rule !== undefined && (roles.includes('federation') || (roles.includes('writer') && writers)), `who invites to ${role}`).toBe(
    true,
  );
}

function isIssuerOf(state: State, request: Hash, member: Hash): boolean {
  const invitation = state.get('request', request)?.invitation;
  const link = invitation === undefined ? undefined : state.get('invitation', invitation);
  return link !== undefined && !link.shared && link.uses !== 1 && equal(link.issuer, member);
}

// ---------------------------------------------------------------- who gains, and who loses

function checkGain(step: Step, id: string, member: Member, role: Role, isNew: boolean): void {
  const granted = tookEffect(step, (change) => change.type === 'grant' && change.role === role && toHex(change.member) === id);
  const ok = granted || requestGranted(step, id, member, role, isNew) || (isNew && joined(step, id, member, role)) || recovered(step);
  expect(ok, `${id} is ${role} by what the rules ask for`).toBe(true);
}

/** By a link alone, where the rule asks for nothing else. */
function joined({ begun, transaction }: Step, id: string, { invitation, request, devices }: Member, role: Role): boolean {
  if (transaction?.unsigned.action.type !== 'join' || request !== undefined || invitation === undefined) return false;
  const [key] = devices;
  const link = begun.get('invitation', invitation);
  // Who would validate and has to earn it begins as a relay.
  const isFirst = role === 'relay' && link?.role === 'validator' && asksToken(ruleOf(begun, 'validator'));
  expect([link?.status, link?.role], `the link of ${id}`).toEqual(['live', isFirst ? 'validator' : role]);
  expect(link?.shared === true || link?.uses === 1, 'a closed link asks its issuer').toBe(true);
  return (
    key !== undefined && equal(key, transaction.unsigned.sender) && BY_LINK_ALONE.includes(role) && isMet(ruleOf(begun, role), true, 0)
  );
}

function asksToken(rule: Rule): boolean {
  return rule.type === 'token' || ((rule.type === 'allOf' || rule.type === 'anyOf') && rule.rules.some(asksToken));
}

function ruleOf(state: State, role: Role): Rule {
  return only(state, 'rules').roles.find((one) => one.role === role)?.rule ?? { type: 'never' };
}

function requestGranted(step: Step, id: string, member: Member, role: Role, isNew: boolean): boolean {
  const { after, time } = step;
  for (const [requestId, request] of all(after, 'request')) {
    if (request.status !== 'approved' || request.ended !== time || request.role !== role) continue;
    const isTheirs = isNew
      ? member.request !== undefined && toHex(member.request) === requestId && member.devices.some((key) => equal(key, request.subject))
      : request.kind === 'role' && toHex(request.subject) === id;
    if (isTheirs) return approvalsSuffice(step, request);
  }
  return false;
}

/** By distinct members who may decide, under the rule whose hash the request bears. */
function approvalsSuffice({ begun, after, time }: Step, request: RequestRecord): boolean {
  const { role, ruleHash: under, yes, kind, invitation, subject } = request;
  const rule = [ruleOf(begun, role), ruleOf(after, role)].find((one) => equal(ruleHash(one), under));
  if (rule === undefined) return false;
  const byFederation = distinctDeciders(begun, yes);
  const link = invitation === undefined ? undefined : begun.get('invitation', invitation);
  if (link !== undefined && !link.shared && link.uses !== 1) {
    if (!yes.some(({ member }) => equal(member, link.issuer))) return false;
  }
  expect(Math.max(...yes.map((one) => one.time), 0)).toBeLessThanOrEqual(time);
  const alone = kind === 'join' && BY_LINK_ALONE.includes(role);
  return (alone || byFederation > 0) && isMet(rule, invitation !== undefined, byFederation, earnedIn(begun, toHex(subject), role));
}

function distinctDeciders(state: State, yes: readonly Decision[]): number {
  const members = all(state, 'member');
  return new Set(yes.map(({ member }) => toHex(member)).filter((id) => decides(members.get(id)))).size;
}

/** Whether a proposal of this kind was carried out in this block, by as many approvals as the rules ask for. */
function tookEffect(step: Step, wanted: (change: Change) => boolean): boolean {
  const { after, time } = step;
  return [...all(after, 'proposal').values()].some(
    (proposal) => proposal.status === 'approved' && proposal.ended === time && wanted(proposal.change) && wasAgreed(step, proposal),
  );
}

/** What else takes effect in the block may change how many they are: as before it, as after it, or those of before who are left. */
function wasAgreed({ begun, after }: Step, { change, yes, proposer }: ProposalRecord): boolean {
  const enough = (rules: Rules, federation: number) => {
    const set = rules.governance.find(({ kind }) => kind === CHANGE_NUMBERS[change.type])?.approvals;
    return distinctDeciders(begun, yes) >= (set ?? Math.floor(federation / 2) + 1);
  };
  const [were, are] = [federationOf(begun), federationOf(after)];
  const federations = [were.length, are.length, were.filter((id) => are.includes(id)).length];
  expect(yes.length === 0 || begun.get('member', proposer) !== undefined).toBe(true);
  return [begun, after].some((state) => federations.some((federation) => enough(only(state, 'rules'), federation)));
}

function federationOf(state: State): readonly string[] {
  return [...all(state, 'member')].flatMap(([id, { roles }]) => (roles.includes('federation') ? [id] : []));
}

function checkLoss(step: Step, id: string, role: Role): void {
  const by = step.transaction?.unsigned;
  const left = by?.action.type === 'leave' && toHex(step.begun.get('device', by.sender)?.member ?? new Uint8Array(0)) === id;
  const convicted = by?.action.type === 'evidence' && role === 'validator';
  const decided = tookEffect(step, (change) => {
    if (change.type === 'remove') return change.members.some((one) => toHex(one) === id);
    return change.type === 'withdraw' && change.role === role && toHex(change.member) === id;
  });
  const promoted = role === 'relay' && earnedIn(step.begun, id, 'validator').token && isNewValidator(step, id);
  expect(left || convicted || decided || promoted || recovered(step), `${id} is no longer ${role} for a reason`).toBe(true);
}

/** It asked to validate, and has just been let. */
function isNewValidator({ before, after }: Step, id: string): boolean {
  const validates = (state: State) => all(state, 'member').get(id)?.roles.includes('validator') === true;
  return !validates(before) && validates(after);
}

function checkSuspension(step: Step, id: string): void {
  const decided = tookEffect(step, (change) => change.type === 'suspend' && change.members.some((one) => toHex(one) === id));
  expect(decided, `${id} is suspended by governance`).toBe(true);
}

/** A recovery that waited was due at the start of this block. */
function recovered({ before, begun, time }: Step): boolean {
  const pending = before.get('recovery', new Uint8Array(0))?.pending;
  return pending !== undefined && pending.effective <= time && begun.get('recovery', new Uint8Array(0))?.pending === undefined;
}

// ---------------------------------------------------------------- keys, epochs, rules

/** The next key changes only by itself, and devices only by rotation, by a link, or by going. */
function checkKeys({ begun, transaction }: Step, id: string, was: Member, is: Member): void {
  const by = transaction?.unsigned;
  const rotated = by?.action.type === 'rotate-key' && toHex(by.action.member) === id;
  if (!equal(was.nextKey, is.nextKey))
    expect(rotated && equal(nextKeyDigest(by.sender), was.nextKey), 'a next key changes under itself').toBe(true);
  expect(is.rotations).toBe(was.rotations + (rotated ? 1 : 0));
  const [fewer, more] = [was.devices, is.devices].map((keys, i, [a = [], b = []]) =>
    keys.filter((key) => !(i === 0 ? b : a).some((one) => equal(one, key))),
  );
  if (fewer !== undefined && fewer.length > 0) expect(rotated || is.left, 'a key goes').toBe(true);
  const [added] = more ?? [];
  if (added === undefined) return;
  const link =
    by?.action.type === 'link-device' && by.action.step.type === 'enter' ? begun.get('device-link', by.action.step.member) : undefined;
  expect(by !== undefined && equal(added, by.sender) && (rotated || link !== undefined), 'a key comes').toBe(true);
}

function checkEpoch({ before, after }: Step): void {
  const [was, is] = [only(before, 'trust'), only(after, 'trust')];
  const { epoch: _, base: __, ...rest } = was;
  const { epoch, base: ___, ...now } = is;
  const same = JSON.stringify(rest, asText) === JSON.stringify(now, asText);
  expect(epoch, 'an epoch a change of the trust set').toBe(was.epoch + (same ? 0 : 1));
}

function equalRules({ before, after }: Step): boolean {
  return JSON.stringify(only(before, 'rules'), asText) === JSON.stringify(only(after, 'rules'), asText);
}

const asText = (_: string, value: unknown) => (value instanceof Uint8Array ? toHex(value) : value);
