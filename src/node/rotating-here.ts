/**
 * Rotating on the device that is a member still: its key was stolen, or another device lost. The next key's transaction goes
 * out over the sessions of the key that it retires; once it is final the next key is this device's own.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { nextKeyDigest } from '../core/base/key.ts';
import { RefusalError } from '../core/base/result.ts';
import { encodeSessionMessage } from '../core/codec/session-message.ts';
import type { Transaction } from '../core/codec/transaction.ts';
import { abortError } from './abort.ts';
import type { Chain } from './chain.ts';
import type { Signer } from './ports.ts';
import type { NextKeys } from './recovery-phrase.ts';
import { isInside } from './session-access.ts';
import { makeTransaction } from './writing.ts';

/**
 * Index of the phrase's key that this device's member has registered, or goes by since it was rotated; `undefined` where
 * this copy of the chain, which may be behind, knows none.
 */
export function nextKeyHere(chain: Chain, { publicKeys }: NextKeys): number | undefined {
  const { state } = chain.node.ledger;
  const you = chain.you();
  const member = you === undefined ? undefined : state.get('member', you.id);
  if (member === undefined || member.left) return undefined;
  const index = publicKeys.findIndex(
    (key) => equal(nextKeyDigest(key), member.nextKey) || member.devices.some((device) => equal(device, key)),
  );
  return index === -1 ? undefined : index;
}

/** Has the next key take over from all keys of the member; settles once that is final. Throws what the chain refuses, or the abort. */
export async function rotateHere(
  chain: Chain,
  next: Signer,
  { nextKey, stolen }: { readonly nextKey: Hash; readonly stolen: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { node } = chain;
  const { state } = node.ledger;
  if (state.get('device', next.publicKey) !== undefined) return;
  const member = chain.you()?.id;
  const retire = member === undefined ? undefined : state.get('member', member)?.devices;
  if (member === undefined || retire === undefined) throw new RefusalError({ code: 'not-a-member', detail: 'this device is nobody’s' });
  const action = { type: 'rotate-key', member, retire, nextKey, stolen } as const;
  const transaction = await makeTransaction(next, { chain: node.chain, sequence: 1, now: node.ports.clock.now(), action });
  await untilFinal(node, transaction, signal);
}

/** Sends it to whoever lets us in, now and whenever a session opens, until the chain has it. */
function untilFinal(node: Chain['node'], { bytes, unsigned }: Transaction, signal: AbortSignal): Promise<void> {
  const message = encodeSessionMessage({ type: 'transactions', items: [{ leaf: bytes, bodies: [] }] });
  const told = new Set<number>();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = () => {
    if (signal.aborted) return reject(abortError(signal));
    if (node.ledger.state.get('device', unsigned.sender) !== undefined) return resolve();
    for (const session of node.sessions()) {
      if (told.has(session.id) || !isInside(session.grantedAccess)) continue;
      told.add(session.id);
      session.send(message);
    }
  };
  const stop = node.subscribe(look);
  signal.addEventListener('abort', look);
  look();
  return promise.finally(() => {
    stop();
    signal.removeEventListener('abort', look);
  });
}
