/**
 * Recovery of a dead chain, on one node (DESIGN §5, *Broken chain*). A certificate is kept with the time at which it was
 * first seen here, durably, since the chain's delay counts from then over any restart. A final block above its base voids
 * it. Once the delay has passed and the person has confirmed it, the node follows those whom it appoints, and nobody
 * else: who validated until then votes no more, for good; who is appointed starts.
 *
 * All of it runs in the node's queue.
 */
import { equal } from '../core/base/bytes.ts';
import { RefusalError } from '../core/base/result.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { type RecoveryCertificate, type RecoveryPlan, recoverySignedText } from '../core/codec/recovery.ts';
import { RECOVERY_SIGHT_BYTES_MAX, type RecoverySightRow, recoverySightRow } from '../core/codec/stored.ts';
import { judgeRecovery, type RecoveryVerdict } from '../core/light/recovery.ts';
import { recoverySignatures } from '../core/membership/required-signatures.ts';
import { asVerified } from '../core/membership/verified.ts';
import type { Ledger } from './ledger.ts';
import type { Clock, Signer, Verifier, WriteOperation } from './ports.ts';

const ROW = 'recovery-sight';

export interface RecoveringPorts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly verifier: Verifier;
  /** What this node knows of a recovery has changed. */
  changed(): void;
  /** The chain goes on under others from now on. */
  decided(): Promise<void>;
}

/** What this node knows of a recovery of a dead chain. */
export interface RecoverySighting {
  readonly plan: RecoveryPlan;
  /** By this device's clock, ms. */
  readonly firstSeen: number;
  readonly confirmed: boolean;
  readonly verdict: RecoveryVerdict;
}

export class Recovering {
  readonly #ports: RecoveringPorts;
  #sight: RecoverySightRow | undefined;

  constructor(ports: RecoveringPorts) {
    this.#ports = ports;
  }

  /** Reads what was seen before; a decision of then stands. */
  async takeUp(): Promise<void> {
    const row = await this.#ports.ledger.space.get('meta', ROW);
    const read = row === undefined ? undefined : decode(recoverySightRow, row, RECOVERY_SIGHT_BYTES_MAX);
    if (read?.ok === false) throw new RefusalError({ code: 'storage-corrupt', detail: `a recovery that was seen: ${read.refusal.detail}` });
    this.#sight = read?.value;
    const verdict = this.#verdict();
    if (verdict?.type === 'go' && this.#sight?.decided === true) this.#follow(this.#sight, verdict);
  }

  sighting(): RecoverySighting | undefined {
    const verdict = this.#verdict();
    if (this.#sight === undefined || verdict === undefined) return undefined;
    const { certificate, firstSeen, confirmed } = this.#sight;
    return { plan: certificate.plan, firstSeen, confirmed, verdict };
  }

  /**
   * Takes note of a certificate. Throws `bad-signature`, `duplicate` while another one counts, and the chain's refusal where
   * it is void; a final block above the base is such.
   */
  async see(certificate: RecoveryCertificate): Promise<void> {
    if (this.#sight !== undefined && isSamePlan(this.#sight.certificate, certificate)) return;
    const verdicts = await this.#ports.verifier.verify(recoverySignatures(certificate), 'agreement');
    if (!verdicts.every(Boolean)) throw new RefusalError({ code: 'bad-signature', detail: 'a recovery key has not signed' });
    const sight = { certificate: asVerified(certificate), firstSeen: this.#ports.clock.now(), confirmed: false, decided: false };
    const verdict = judgeRecovery(this.#ports.ledger.tip, sight, sight.firstSeen);
    if (verdict.type === 'void') throw new RefusalError(verdict.refusal);
    if (this.#sight !== undefined) throw new RefusalError({ code: 'duplicate', detail: 'another recovery of this chain was seen before' });
    await this.#keep(sight);
  }

  /** The person at this device agrees. It counts once the delay has passed; what was decided then is not taken back. */
  async confirm(): Promise<void> {
    if (this.#sight === undefined) throw new RefusalError({ code: 'recovery-refused', detail: 'no recovery was seen' });
    if (!this.#sight.confirmed) await this.#keep({ ...this.#sight, confirmed: true });
    await this.reconsider();
  }

  /** The person does not agree: the certificate is forgotten, and its delay with it. Throws once it was decided. */
  async dismiss(): Promise<void> {
    if (this.#sight?.decided === true) throw new RefusalError({ code: 'recovery-refused', detail: 'it was decided already' });
    await this.#forget();
  }

  /** Time has passed, or a block came. */
  async reconsider(): Promise<void> {
    const verdict = this.#verdict();
    if (this.#sight === undefined || verdict === undefined) return;
    if (verdict.type === 'void') return this.#forget();
    if (verdict.type !== 'go' || this.#sight.decided) return;
    const decided = { ...this.#sight, decided: true };
    await this.#keep(decided);
    this.#follow(decided, verdict);
    await this.#ports.decided();
  }

  #verdict(): RecoveryVerdict | undefined {
    const { ledger, clock } = this.#ports;
    if (this.#sight === undefined) return undefined;
    const sight = { ...this.#sight, certificate: asVerified(this.#sight.certificate) };
    // A clock that was set back does not undo what was decided.
    return judgeRecovery(ledger.tip, sight, sight.decided ? Number.POSITIVE_INFINITY : clock.now());
  }

  #follow({ certificate }: RecoverySightRow, { trust }: Extract<RecoveryVerdict, { readonly type: 'go' }>): void {
    this.#ports.ledger.goOnBy({ certificate: asVerified(certificate), trust });
  }

  async #keep(sight: RecoverySightRow): Promise<void> {
    await this.#write({ type: 'put', table: 'meta', key: ROW, value: encode(recoverySightRow, sight) });
    this.#sight = sight;
    this.#ports.changed();
  }

  async #forget(): Promise<void> {
    if (this.#sight === undefined) return;
    await this.#write({ type: 'delete', table: 'meta', key: ROW });
    this.#sight = undefined;
    this.#ports.changed();
  }

  #write(operation: WriteOperation): Promise<void> {
    return this.#ports.ledger.space.write([operation], 'strict');
  }
}

/** Whoever signed: two certificates for one plan are one. */
export function isSamePlan(a: RecoveryCertificate, b: RecoveryCertificate): boolean {
  return equal(recoverySignedText(a.plan), recoverySignedText(b.plan));
}

/** One recovery key's signature under a plan. */
export async function signRecoveryPlan(signer: Signer, plan: RecoveryPlan): Promise<RecoveryCertificate['signatures'][number]> {
  return { key: signer.publicKey, signature: await signer.sign(recoverySignedText(plan)) };
}

/** A plan under the signatures that came together for it, each key once. */
export function recoveryCertificateOf(
  plan: RecoveryPlan,
  signatures: readonly RecoveryCertificate['signatures'][number][],
): RecoveryCertificate {
  const distinct = signatures.filter(({ key }, i) => !signatures.slice(0, i).some((one) => equal(one.key, key)));
  return { plan, signatures: distinct };
}
