/** Checks of the change `activate`. */
import { ACTIVATION_AHEAD_MAX } from '../../base/limits.ts';
import type { ChangeOf } from '../../codec/governance.ts';
import type { ChangeCheck } from '../changes/change.ts';
import { chainFactsOf } from '../facts.ts';
import { no } from './check.ts';

type ActivateCheck = ChangeCheck<ChangeOf<'activate'>>;

export const versionIsLater: ActivateCheck = ({ state }, { version }) => {
  const { protocol } = chainFactsOf(state);
  return version > protocol ? undefined : no('upgrade-refused', `version ${version} is no later than ${protocol}, which is in force`);
};

/** Asked again when it is agreed: what took too long to agree on is not sprung on anybody. */
export const activationIsAhead: ActivateCheck = ({ height }, change) =>
  change.height > height && change.height - height <= ACTIVATION_AHEAD_MAX
    ? undefined
    : no('upgrade-refused', `height ${change.height} is not ahead of ${height}, or too far`);
