/** Checks of `leave`. */
import { federationNeeded } from '../../policy/soundness.ts';
import { censusOf, countOf, holdsSeat, rulesOf, trustSetOf } from '../facts.ts';
import { type Check, no, senderOf } from './check.ts';

/** A seat is given up by a change of the trust set, of which this version knows none. */
export const leavesAValidator: Check = (context) =>
  holdsSeat(trustSetOf(context.state), senderOf(context).member)
    ? no('last-validator', 'the chain would be left without this validator')
    : undefined;

export const leavesEnoughFederation: Check = (context) => {
  if (!senderOf(context).member.roles.includes('federation')) return undefined;
  const left = countOf(censusOf(context.state), 'federation') - 1;
  const needed = federationNeeded(rulesOf(context.state));
  return left >= needed ? undefined : no('last-federation', `${left} federation members would be left, ${needed} are needed`);
};
