/**
 * Who let whom in: the members above a member, by the invitations through which they came; above who knocked stands whoever
 * approved first. What a lineage says of its own relay counts for nothing, and of another's as the word of few (`policy/award.ts`).
 */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { ANCESTORS_MAX } from '../base/limits.ts';
import { invariant } from '../base/result.ts';
import type { Member } from '../codec/records.ts';
import { memberOf } from './facts.ts';
import type { StateReader } from './state.ts';

/** The nearest first. `whole`: nobody let in the last of them, or the member itself if there are none: it founded the chain, or recovered it. */
export interface Ancestry {
  readonly above: readonly Hash[];
  readonly whole: boolean;
}

export function ancestryOf(state: StateReader, id: Hash): Ancestry {
  const above: Hash[] = [];
  let member = memberOf(state, id);
  while (member.invitation !== undefined || member.request !== undefined) {
    const host = above.length < ANCESTORS_MAX ? hostOf(state, member) : undefined;
    if (host === undefined) return { above, whole: false };
    above.push(host);
    member = memberOf(state, host);
  }
  return { above, whole: true };
}

/** Who let the member in. The invitation of somebody who left may be forgotten. */
function hostOf(state: StateReader, { invitation, request }: Member): Hash | undefined {
  if (invitation !== undefined) return state.get('invitation', invitation)?.issuer;
  invariant(request !== undefined, 'who came by no invitation came by a request');
  const [first] = state.get('request', request)?.yes ?? [];
  return first?.member;
}

/** Whether one of the two let the other in, through however many others; nobody is foreign to itself. */
export function isOfOneLineage(state: StateReader, one: Hash, other: Hash): boolean {
  const isAbove = (upper: Hash, lower: Hash) => ancestryOf(state, lower).above.some((id) => equal(id, upper));
  return equal(one, other) || isAbove(one, other) || isAbove(other, one);
}

/**
 * For whom a member speaks: the nearest of the federation above it, itself included; where there is none, whoever is first.
 * `undefined` where that is not known any more.
 */
export function sponsorOf(state: StateReader, id: Hash): Hash | undefined {
  const { above, whole } = ancestryOf(state, id);
  const line = [id, ...above];
  return line.find((one) => memberOf(state, one).roles.includes('federation')) ?? (whole ? line.at(-1) : undefined);
}
