/** Checks of `leave`. */
import { type Check, senderOf } from './check.ts';
import { federationGuard, seatsGuard } from './guards.ts';

export const leavesASeat: Check = (context) => seatsGuard(context.state, [senderOf(context).id]);

export const leavesEnoughFederation: Check = (context) => federationGuard(context.state, [senderOf(context).id], 'gone');
