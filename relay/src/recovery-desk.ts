/** What commands do about the recovery of a broken chain: what is named and seen, a plan for the keys to sign, a certificate, a word. */
import { fromHex, toHex } from '../../src/core/base/bytes.ts';
import { TRANSACTION_BYTES_MAX } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { type Codec, decode, encode } from '../../src/core/codec/codec.ts';
import { type RecoveryCertificate, type RecoveryPlan, recoveryCertificate, recoveryPlan } from '../../src/core/codec/recovery.ts';
import type { Chain } from '../../src/node/chain.ts';
import { recoveryCertificateOf, signRecoveryPlan } from '../../src/node/recovering.ts';
import { recoveryKeyOf } from '../../src/node/recovery-key.ts';
import { Complaint } from './complaint.ts';
import { timeView } from './desk-views.ts';

export interface RecoveryAnswer {
  readonly chain: string;
  readonly threshold: number;
  readonly keys: readonly string[];
  readonly delayMs: number;
  /** On the chain: takes effect then, unless governance cancels it. */
  readonly waiting: { readonly number: number; readonly effective: string } | null;
  /** Seen by this node, for the case that the chain is dead. */
  readonly seen: { readonly number: number; readonly firstSeen: string; readonly confirmed: boolean; readonly verdict: string } | null;
  /** This node follows those whom a certificate appoints. */
  readonly goingOn: boolean;
}

export interface PlanAnswer {
  readonly chain: string;
  readonly number: number;
  readonly height: number;
  /** For the recovery keys to sign, in hexadecimal. */
  readonly plan: string;
}

export function recoveryOf(chain: Chain): RecoveryAnswer {
  const { keys, waiting, seen, goingOn } = chain.recovery.info();
  return {
    chain: chain.name,
    threshold: keys.threshold,
    keys: keys.keys.map(toHex),
    delayMs: keys.delayMs,
    waiting: waiting === undefined ? null : { number: waiting.plan.number, effective: timeView(waiting.effective) },
    seen:
      seen === undefined
        ? null
        : { number: seen.plan.number, firstSeen: timeView(seen.firstSeen), confirmed: seen.confirmed, verdict: seen.verdict.type },
    goingOn,
  };
}

/** A plan by which this node is the only validator from its newest final block on and, if `federation`, its member the federation. */
export async function planHere(chain: Chain, federation: boolean): Promise<PlanAnswer> {
  const seat = await chain.recovery.seat();
  const plan = chain.recovery.plan({ validators: [seat], ...(federation ? { federation: [seat.node] } : {}) });
  return { chain: chain.name, number: plan.number, height: plan.height, plan: toHex(encode(recoveryPlan, plan)) };
}

/** One recovery key's signature under a plan; needs no relay. Both in hexadecimal. */
export async function signPlan(plan: string, phrase: string): Promise<string> {
  const read = readPlan(plan);
  const signature = await signRecoveryPlan(await recoveryKeyOf(phrase), read);
  return toHex(encode(recoveryCertificate, recoveryCertificateOf(read, [signature])));
}

/** Brings signatures under one plan together and to the chain. */
export async function submitRecovery(chain: Chain, signed: readonly string[]): Promise<RecoveryAnswer> {
  const certificates = signed.map((text) => read(recoveryCertificate, text, 'a signed plan'));
  const [first] = certificates;
  if (first === undefined) throw new Complaint('Give the signed plans.');
  const same = ({ plan }: RecoveryCertificate) => toHex(encode(recoveryPlan, plan)) === toHex(encode(recoveryPlan, first.plan));
  if (!certificates.every(same)) throw new Complaint('The signatures are under different plans: all must sign the same one.');
  const all = certificates.flatMap(({ signatures }) => signatures);
  await chain.recovery.submit(recoveryCertificateOf(first.plan, all));
  return recoveryOf(chain);
}

export async function confirmRecovery(chain: Chain): Promise<RecoveryAnswer> {
  await chain.recovery.confirm();
  return recoveryOf(chain);
}

export async function dismissRecovery(chain: Chain): Promise<RecoveryAnswer> {
  await chain.recovery.dismiss();
  return recoveryOf(chain);
}

function readPlan(text: string): RecoveryPlan {
  return read(recoveryPlan, text, 'a recovery plan');
}

function read<T>(codec: Codec<T>, text: string, what: string): T {
  const bytes = fromHex(text.trim());
  if (bytes === undefined) throw new Complaint(`That is not ${what}: it has hexadecimal digits alone.`);
  return unwrap(decode(codec, bytes, TRANSACTION_BYTES_MAX));
}
