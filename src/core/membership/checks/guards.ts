/**
 * Guards (DESIGN §5, *must*): nothing leaves a chain without validators, or with fewer active federation members than the
 * rules ask for anywhere. Every check that takes somebody away asks them, when it is proposed and when it takes effect.
 */
import type { Hash } from '../../base/hash.ts';
import type { Refusal } from '../../base/result.ts';
import { federationNeeded } from '../../policy/soundness.ts';
import { holdsSeat, memberOf, rulesOf, trustSetOf } from '../facts.ts';
import { activeFederation, federationOf } from '../federation.ts';
import type { StateReader } from '../state.ts';
import { no } from './check.ts';

/** Whether a seat is left when these members give up theirs. */
export function seatsGuard(state: StateReader, gone: readonly Hash[]): Refusal | undefined {
  const trust = trustSetOf(state);
  const left = trust.seats.length - gone.filter((id) => holdsSeat(trust, id)).length;
  return left > 0 ? undefined : no('last-validator', 'the chain would be left without validators');
}

/** Whether enough of the federation are left to decide when these have left it, or are suspended. */
export function federationGuard(state: StateReader, members: readonly Hash[], how: 'gone' | 'suspended'): Refusal | undefined {
  const some = members.filter((id) => memberOf(state, id).roles.includes('federation'));
  if (some.length === 0) return undefined;
  const total = federationOf(state) - (how === 'gone' ? some.length : 0);
  const left = activeFederation(state, some);
  const needed = federationNeeded(rulesOf(state), total);
  return left >= needed ? undefined : no('last-federation', `${left} federation members would be left to decide, ${needed} are needed`);
}
