/** Checks of `register-vote-key` and `ready`: what somebody shows who runs something for the others, or would. */
import { equal } from '../../base/bytes.ts';
import { isAdmissibleKey } from '../../base/key.ts';
import { READY_BEHIND_MAX } from '../../base/limits.ts';
import type { Role } from '../../codec/primitives.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import { INFRASTRUCTURE_ROLES } from '../../policy/operator.ts';
import { isInMask } from '../../policy/roles.ts';
import { agendaOf, openRequestsOf, proposalOf } from '../agenda.ts';
import { chainFactsOf, holdsSeat, trustSetOf } from '../facts.ts';
import { keysOf, officeKeysBeside, officeOf } from '../seats.ts';
import type { StateReader } from '../state.ts';
import { type Check, no, senderOf } from './check.ts';
import { isEndpoint } from './endpoint.ts';

type Register = ActionOf<'register-vote-key'>;
type Ready = ActionOf<'ready'>;

/** Who has a role that runs something, or asks for one, or is proposed for it: keys and readiness may come before the role. */
export const senderRunsSomething: Check = (context) => {
  const { id, member, device } = senderOf(context);
  const may = INFRASTRUCTURE_ROLES.some(
    (role) => isInMask(device.roleMask, role) && (member.roles.includes(role) || isAskedFor(context.state, id, role)),
  );
  return may ? undefined : no('role-not-held', 'the sender neither has nor asks for a role that needs keys of its own');
};

function isAskedFor(state: StateReader, id: Uint8Array, role: Role): boolean {
  const isProposed = agendaOf(state).proposals.some((one) => {
    const { change } = proposalOf(state, one);
    return change.type === 'grant' && change.role === role && equal(change.member, id);
  });
  return isProposed || openRequestsOf(state, id, role).length > 0;
}

export const officeKeysAreAdmissible: Check<Register> = (_, action) =>
  keysOf(action).every(isAdmissibleKey) ? undefined : no('bad-key', 'a vote or note key is not a sound Ed25519 key');

/** One key in two places would be one signer in two places. A vote key that was convicted is retired as well. */
export const officeKeysAreApart: Check<Register> = ({ state }, action) => {
  const [first, second] = keysOf(action);
  const nodeKey = keysOf(action).some((key) => state.get('device', key) !== undefined || state.get('retired', key) !== undefined);
  return nodeKey || (first !== undefined && second !== undefined && equal(first, second))
    ? no('bad-key', 'a vote or note key is used in two places, or was retired')
    : undefined;
};

/** Not among those who vote, who audit, or who may do either again: a suspension ends by itself. */
export const officeKeysAreNobodyElses: Check<Register> = (context, action) => {
  const taken = officeKeysBeside(context.state, senderOf(context).id);
  return keysOf(action).some((key) => taken.some((one) => equal(one, key)))
    ? no('duplicate', 'a vote or note key is another member’s')
    : undefined;
};

/** Its seat would have no vote. */
export const seatKeepsAVoteKey: Check<Register> = (context, { vote }) =>
  vote === undefined && holdsSeat(trustSetOf(context.state), senderOf(context).id)
    ? no('bad-key', 'who holds a seat needs a vote key')
    : undefined;

/** That each is a signature by its key is checked at the border. */
export const officeKeysAreProved: Check<Register> = (_, action) =>
  action.proofs.length === keysOf(action).length ? undefined : no('bad-signature', 'each key proves that its holder registers it');

export const officeEndpointsAreAddresses: Check<Register> = (_, { endpoints }) =>
  endpoints.every(isEndpoint) ? undefined : no('malformed', 'an endpoint is not an address');

// ---------------------------------------------------------------- ready

/** The node that holds the keys speaks for itself. */
export const senderHoldsTheOffice: Check = (context) => {
  const office = officeOf(context.state, senderOf(context).id);
  return office !== undefined && equal(office.node, context.transaction.unsigned.sender)
    ? undefined
    : no('not-ready', 'the sender has registered no keys of its own');
};

export const readyNodeIsLevel: Check<Ready> = ({ height }, ready) =>
  ready.height < height && height - ready.height <= READY_BEHIND_MAX
    ? undefined
    : no('not-ready', `at height ${ready.height}, this block is at ${height}`);

/** Each once, oldest first, the one in force among them. */
export const readyVersionsAreSound: Check<Ready> = ({ state }, { versions }) => {
  const inOrder = [...new Set(versions)].sort((a, b) => a - b);
  return String(inOrder) === String(versions) && versions.includes(chainFactsOf(state).protocol)
    ? undefined
    : no('unsupported-version', 'the versions are not in order, or that in force is not among them');
};
