/** Which changes stand only under the trust set that was previewed: those that add to those who vote, or take from them (DESIGN §5). */
import type { Change } from '../codec/governance.ts';
import { holdsSeat, trustSetOf } from './facts.ts';
import type { StateReader } from './state.ts';

export function bindsTrust(state: StateReader, change: Change): boolean {
  switch (change.type) {
    case 'grant':
    case 'withdraw':
      return change.role === 'validator';
    case 'remove':
    case 'suspend':
      return change.members.some((id) => holdsSeat(trustSetOf(state), id));
    case 'rules':
    case 'activate':
    case 'endpoints':
    case 'erase':
    case 'recovery-keys':
    case 'cancel-recovery':
      return false;
  }
}
