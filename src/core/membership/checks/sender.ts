/** Checks of every transaction: its chain, its expiry, its signatures, and who sends it. */
import { equal } from '../../base/bytes.ts';
import { isAdmissibleKey } from '../../base/key.ts';
import { actorOf, rulesOf } from '../facts.ts';
import { keyProblem } from './asking.ts';
import { type Check, no, senderOf } from './check.ts';

export const isForThisChain: Check = ({ chain, transaction }) =>
  equal(chain, transaction.unsigned.chain) ? undefined : no('wrong-chain', 'the transaction names another chain');

export const isNotExpired: Check = ({ time, transaction }) =>
  transaction.unsigned.expiry > time ? undefined : no('expired', `expired at ${transaction.unsigned.expiry}, the block is of ${time}`);

export const expiresWithinHorizon: Check = ({ state, time, transaction }) => {
  const latest = time + rulesOf(state).limits.transactionHorizonMs;
  return transaction.unsigned.expiry <= latest ? undefined : no('expiry-too-far', `expires after ${latest}`);
};

export const hasSignatures =
  (count: number): Check =>
  ({ transaction }) =>
    transaction.signatures.length === count ? undefined : no('bad-signature', `${transaction.signatures.length} signatures, not ${count}`);

export const senderIsMember: Check = ({ state, transaction }) => {
  const { sender } = transaction.unsigned;
  if (state.get('retired', sender) !== undefined) return no('key-retired', 'the sender’s key was retired');
  return actorOf(state, sender) === undefined ? no('unknown-sender', 'no member acts by the sender’s key') : undefined;
};

export const senderIsNotRetired: Check = ({ state, transaction }) =>
  state.get('retired', transaction.unsigned.sender) === undefined ? undefined : no('key-retired', 'the sender’s key was retired');

export const sequenceAdvances: Check = ({ state, transaction }) => {
  const device = state.get('device', transaction.unsigned.sender);
  const last = device?.sequence ?? -1;
  return transaction.unsigned.sequence > last
    ? undefined
    : no('stale-sequence', `sequence ${transaction.unsigned.sequence}, already at ${last}`);
};

export const joinerIsNew: Check = ({ state, transaction }) => keyProblem(state, transaction.unsigned.sender);

export const joinerKeyIsAdmissible: Check = ({ transaction }) =>
  isAdmissibleKey(transaction.unsigned.sender) ? undefined : no('bad-key', 'the joiner’s key is not a sound Ed25519 key');

/** For what takes no role of its own: a suspended member may leave, and nothing else. */
export const senderIsNotSuspended: Check = (context) =>
  senderOf(context).member.suspendedUntil === undefined ? undefined : no('suspended', 'the sender is suspended');
