/**
 * Bugs that a hand might slip into the admission machine. Each is one edit of a check or a transition, and says in its
 * name what then happens that must not.
 */
import type { PlantedBug } from './mutant.ts';

const CORE = 'src/core/membership';

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'a suspended member keeps its roles',
    file: `${CORE}/facts.ts`,
    find: 'member.suspendedUntil === undefined ? rolesWithin(member.roles, device.roleMask) : []',
    replace: 'rolesWithin(member.roles, device.roleMask)',
  },
];
