/** Making a knock: the request to join of somebody without a live invitation, with the work that keeps inboxes from filling. */
import { concat } from '../core/base/bytes.ts';
import { type Hash, TAGS, taggedHash } from '../core/base/hash.ts';
import { KNOCK_LIFETIME_MS } from '../core/base/limits.ts';
import { invariant } from '../core/base/result.ts';
import { bodyRefOf } from '../core/codec/body.ts';
import { encode } from '../core/codec/codec.ts';
import { hasWork, type Knock, knock, knockSignedText } from '../core/codec/knock.ts';
import type { Operator } from '../core/codec/operator.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { CarriedKnock } from '../core/codec/session-message.ts';
import { sleep } from './abort.ts';
import type { Clock, Signer } from './ports.ts';

/** Hashes in one go: a few milliseconds, so that a page stays alive meanwhile. */
const HASHES_AT_ONCE = 1024;
/** Numbers from here on take four bytes in their shortest form, up to 2³² − 1: only these bytes change from try to try. */
const FIRST_WORK = 2 ** 16;
const WORK_BYTES = 4;

export interface NewKnock {
  readonly chain: Hash;
  readonly role: Role;
  /** Body with the knocker's name. */
  readonly name: Uint8Array;
  readonly nextKey: Hash;
  readonly operator: Operator | undefined;
}

/** Makes a knock and signs it. Gives way to whatever else runs between its tries; throws what the signal was aborted with. */
export async function makeKnock(signer: Signer, clock: Clock, options: NewKnock, signal: AbortSignal): Promise<CarriedKnock> {
  const { chain, role, name, nextKey, operator } = options;
  const expiry = clock.now() + KNOCK_LIFETIME_MS;
  const plain: Knock = { chain, key: signer.publicKey, role, name: bodyRefOf(name), nextKey, operator, expiry, work: FIRST_WORK };
  const worked = { ...plain, work: await findWork(plain, clock, signal) };
  return { signed: { knock: worked, signature: await signer.sign(knockSignedText(worked)) }, name };
}

async function findWork(plain: Knock, clock: Clock, signal: AbortSignal): Promise<number> {
  const bytes = concat(encode(knock, plain));
  const tail = new DataView(bytes.buffer, bytes.length - WORK_BYTES);
  invariant(tail.getUint32(0) === FIRST_WORK, 'the work is the last of a knock');
  for (let from = FIRST_WORK; ; from += HASHES_AT_ONCE) {
    for (let work = from; work < from + HASHES_AT_ONCE; work++) {
      tail.setUint32(0, work);
      if (hasWork(taggedHash(TAGS.knock, bytes))) return work;
    }
    await sleep(clock, 0, signal);
  }
}
