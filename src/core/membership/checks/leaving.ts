/** Checks of `leave`. */
import { actsFully } from '../facts.ts';
import { type Check, no, senderOf } from './check.ts';
import { federationGuard, seatsGuard } from './guards.ts';

/** A device that reads and writes for a member does not give up what it could not use: leaving is for good. */
export const deviceActsInEveryRole: Check = (context) =>
  actsFully(senderOf(context)) ? undefined : no('not-allowed', 'a linked device does not leave for a member of more roles than its own');

export const leavesASeat: Check = (context) => seatsGuard(context.state, [senderOf(context).id]);

export const leavesEnoughFederation: Check = (context) => federationGuard(context.state, [senderOf(context).id], 'gone');
