/** `endpoints`: where a member who runs something can be dialled from now on; none, and nobody dials it. */
import { invariant } from '../../base/result.ts';
import { endpointsAreAddresses, memberHasOffice, memberIsHere } from '../checks/governing.ts';
import { officeOf } from '../seats.ts';
import type { Governed } from './change.ts';

export const endpoints: Governed<'endpoints'> = {
  checks: [memberIsHere, memberHasOffice, endpointsAreAddresses],
  effect: ({ draft }, change) => {
    const office = officeOf(draft, change.member);
    invariant(office !== undefined, 'memberHasOffice comes first');
    draft.put('office', change.member, { ...office, endpoints: change.endpoints });
  },
};
