/** The federation: who decides. A suspended member still counts towards what a majority is, and cannot decide. */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import type { Decision, Member } from '../codec/records.ts';
import { censusOf, countOf, memberOf } from './facts.ts';
import type { StateReader } from './state.ts';

/** All members of the federation, the suspended included. */
export function federationOf(state: StateReader): number {
  return countOf(censusOf(state), 'federation');
}

/** Whether the member decides now. */
export function decides(state: StateReader, id: Uint8Array): boolean {
  return isActive(memberOf(state, id));
}

function isActive({ roles, suspendedUntil }: Member): boolean {
  return roles.includes('federation') && suspendedUntil === undefined;
}

/** Those who decide now, without these. Linear in the whole state. */
export function activeFederation(state: StateReader, without: readonly Hash[] = []): number {
  return [...state.all('member')].filter(({ id, value }) => isActive(value) && !without.some((one) => equal(one, id))).length;
}

/** Of these decisions those by members who decide now: only they count. */
export function counting(state: StateReader, decisions: readonly Decision[]): readonly Decision[] {
  return decisions.filter(({ member }) => decides(state, member));
}
