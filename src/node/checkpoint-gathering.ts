/**
 * Signatures under one and the same checkpoint of this node's log, gathered until they are as many as the epoch asks for:
 * auditors and witnesses sign later than validators, who have signed a larger one by then. Bounded: the largest few.
 */
import type { Hash } from '../core/base/hash.ts';
import type { TrustSet } from '../core/codec/records.ts';
import { isVouchedFor, type LogSigner, logSigners } from '../core/light/log-signers.ts';
import type { Checkpoint } from '../core/log/checkpoint.ts';
import { type Note, withSignatures } from '../core/log/note.ts';
import { isSameKey, type NamedKey } from '../core/log/verifier-key.ts';

/** A checkpoint every second for a quarter of a minute: whoever takes longer to sign is late. */
const GATHERED_MAX = 16;

/** A checkpoint with all signatures that are known under it. */
export interface SignedLog {
  readonly checkpoint: Checkpoint;
  readonly note: Note;
  /** Who of the epoch in force has cosigned it. */
  readonly cosigners: readonly LogSigner[];
  /** Whether they are as many as the epoch asks for. */
  readonly vouched: boolean;
}

interface Signed extends Pick<SignedLog, 'checkpoint' | 'note'> {
  /** What it comes to under a trust set, once that was asked. */
  judged?: { readonly trust: TrustSet; readonly log: SignedLog };
}

export class Gathering {
  readonly #chain: Hash;
  /** By text. */
  readonly #gathered = new Map<string, Signed>();
  #whole: SignedLog | undefined;

  constructor(chain: Hash) {
    this.#chain = chain;
  }

  /** More signatures, which were verified, under a checkpoint that is of this node's log. */
  add(checkpoint: Checkpoint, { text, signatures }: Note): void {
    const before = this.#gathered.get(text)?.note ?? { text, signatures: [] };
    this.#gathered.set(text, { checkpoint, note: withSignatures(before, signatures) });
  }

  /** Whether a checkpoint is being gathered that this key's signature is missing under. */
  lacks(text: string, key: NamedKey): boolean {
    const note = this.#gathered.get(text)?.note;
    return note !== undefined && !note.signatures.some((line) => isSameKey(line, key));
  }

  /** The largest that enough have signed, of their epoch: what may be published. It never gets smaller, whoever signs later on. */
  get whole(): SignedLog | undefined {
    return this.#whole;
  }

  /** The newest that enough of the epoch have signed or, while there is none, the one that most have. Lets go of those before it. */
  newest(trust: TrustSet): SignedLog | undefined {
    const all = [...this.#gathered.values()]
      .map((one) => this.#signedLog(one, trust))
      .sort((a, b) => b.checkpoint.size - a.checkpoint.size);
    const whole = all.find(({ vouched }) => vouched);
    if (whole !== undefined && whole.checkpoint.size >= (this.#whole?.checkpoint.size ?? 0)) this.#whole = whole;
    const dropped = whole === undefined ? all.slice(GATHERED_MAX) : all.filter((one, i) => i >= GATHERED_MAX && one !== whole);
    const outdone = all.filter(({ checkpoint }) => whole !== undefined && checkpoint.size < whole.checkpoint.size);
    for (const { note } of [...dropped, ...outdone]) this.#gathered.delete(note.text);
    return whole ?? all.sort((a, b) => b.cosigners.length - a.cosigners.length)[0];
  }

  #signedLog(gathered: Signed, trust: TrustSet): SignedLog {
    if (gathered.judged?.trust === trust) return gathered.judged.log;
    const log = this.#judge(gathered, trust);
    gathered.judged = { trust, log };
    return log;
  }

  #judge({ checkpoint, note }: Signed, trust: TrustSet): SignedLog {
    const signed = ({ cosigner }: LogSigner) => note.signatures.some((line) => isSameKey(line, cosigner));
    return {
      checkpoint,
      note,
      cosigners: logSigners(this.#chain, trust).filter(signed),
      vouched: isVouchedFor(this.#chain, trust, note.signatures),
    };
  }
}
