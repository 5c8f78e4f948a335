/**
 * Which signatures a transaction must carry, by which keys and over which texts: its sender's, and those of what it brings
 * along. Whether a key may say what it says is the core's to judge; that it has said it is judged here.
 */
import { toHex } from '../base/bytes.ts';
import type { PublicKey, Signature, SignatureCheck } from '../base/key.ts';
import { itemAt } from '../base/result.ts';
import { knockSignedText, type SignedKnock } from '../codec/knock.ts';
import { type RecoveryCertificate, recoverySignedText } from '../codec/recovery.ts';
import { relayReceiptText } from '../codec/relay-receipt.ts';
import {
  type ActionOf,
  invitationIdOf,
  joinCosignedText,
  officeKeyText,
  type Transaction,
  transactionSignedText,
} from '../codec/transaction.ts';
import { voteSignedText } from '../codec/vote.ts';
import { seatOf } from './former-seats.ts';
import type { StateReader } from './state.ts';

/** The signatures to check, or what is wrong with those that are there. */
export type Required = readonly SignatureCheck[] | string;

/** `inviteKeys`: of invitations that are opened beside it, by the hexadecimal of their ids. */
export function requiredSignatures(transaction: Transaction, state: StateReader, inviteKeys: ReadonlyMap<string, PublicKey>): Required {
  const { unsigned, unsignedBytes, signatures } = transaction;
  const own = { key: unsigned.sender, message: transactionSignedText(unsignedBytes), signature: itemAt(signatures, 0) };
  const rest = besideSender(transaction, signatures[1], state, inviteKeys);
  return typeof rest === 'string' ? rest : [own, ...rest];
}

function besideSender(
  { unsigned, unsignedBytes }: Transaction,
  second: Signature | undefined,
  state: StateReader,
  inviteKeys: ReadonlyMap<string, PublicKey>,
): Required {
  const { action, chain, sender } = unsigned;
  const cosigned = (key: PublicKey | undefined) => cosignature(joinCosignedText(unsignedBytes), key, second);
  if (action.type === 'join') return cosigned(state.get('invitation', action.invitation)?.key ?? inviteKeys.get(toHex(action.invitation)));
  if (action.type === 'link-device' && action.step.type === 'enter') return cosigned(action.step.key);
  if (second !== undefined) return 'one signature is needed';
  switch (action.type) {
    case 'approve':
    case 'reject':
      return action.knock === undefined ? [] : [knockSignature(action.knock)];
    case 'register-vote-key':
      return officeProofs(action, chain, sender);
    case 'evidence':
      return votes(action, state);
    case 'recover':
      return recoverySignatures(action.certificate);
    case 'relay-receipts':
      return receiptSignatures(action, chain);
    case 'entry':
    case 'invite':
    case 'revoke-invite':
    case 'request-role':
    case 'leave':
    case 'erase-body':
    case 'propose':
    case 'ready':
    case 'rotate-key':
    case 'link-device':
    case 'spend-token':
      return [];
  }
}

/** The key of a link, whose seed came to whoever enters by it. */
function cosignature(message: Uint8Array, key: PublicKey | undefined, signature: Signature | undefined): Required {
  if (signature === undefined) return 'the signature of the link’s key is needed beside the sender’s';
  return key === undefined ? 'the chain has no such invitation' : [{ key, message, signature }];
}

function knockSignature({ knock, signature }: SignedKnock): SignatureCheck {
  return { key: knock.key, message: knockSignedText(knock), signature };
}

/** By the vote key where there is one, then by the note key. */
function officeProofs(action: ActionOf<'register-vote-key'>, chain: Transaction['unsigned']['chain'], node: PublicKey): Required {
  const keys = action.vote === undefined ? [action.note] : [action.vote, action.note];
  if (action.proofs.length !== keys.length) return 'each key proves that its holder registers it';
  return keys.map((key, i) => ({ key, message: officeKeyText(chain, node, key), signature: itemAt(action.proofs, i) }));
}

/** By the keys of the seats that the state knows: of epochs long over it knows none. */
function votes({ first, second }: ActionOf<'evidence'>, state: StateReader): Required {
  const checks = [first, second].flatMap((vote) => {
    const key = seatOf(state, vote)?.vote;
    return key === undefined ? [] : [{ key, message: voteSignedText(vote.subject), signature: vote.signature }];
  });
  return checks.length === 2 ? checks : 'a vote of no seat that is known';
}

/** Each by the key that it names: whose that is, and whether it may say so, the core judges. */
function receiptSignatures({ relay, day, receipts }: ActionOf<'relay-receipts'>, chain: Transaction['unsigned']['chain']): Required {
  return receipts.map((receipt) => {
    const { node: key, signature, ...told } = receipt;
    return { key, message: relayReceiptText(chain, relay, { day, node: key, ...told }), signature };
  });
}

export function recoverySignatures({ plan, signatures }: RecoveryCertificate): readonly SignatureCheck[] {
  const message = recoverySignedText(plan);
  return signatures.map(({ key, signature }) => ({ key, message, signature }));
}

/** Keys of invitations that are opened among these transactions: a block may hold an invitation and who came by it. */
export function inviteKeysOf(transactions: readonly Transaction[]): ReadonlyMap<string, PublicKey> {
  return new Map(
    transactions.flatMap(({ unsigned: { action, chain } }) =>
      action.type === 'invite' ? [[toHex(invitationIdOf(chain, action.key)), action.key] as const] : [],
    ),
  );
}
