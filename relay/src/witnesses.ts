/**
 * Asks public witnesses to cosign the checkpoints of public chains (C2SP tlog-witness, `add-checkpoint`). What is published
 * waits for their answers, but not for long: a witness that is away delays nothing but its own signature.
 */
import { fromUtf8, toHex } from '../../src/core/base/bytes.ts';
import { SECOND_MS } from '../../src/core/base/limits.ts';
import { readDecimal } from '../../src/core/log/decimal.ts';
import { decodeSignatureLines, encodeNote, type NoteSignature, withSignatures } from '../../src/core/log/note.ts';
import { decodeVerifierKey, isSameKey, type VerifierKey } from '../../src/core/log/verifier-key.ts';
import { encodeAddCheckpoint } from '../../src/core/log/witness.ts';
import type { Chain } from '../../src/node/chain.ts';
import type { SignedLog } from '../../src/node/checkpoint-gathering.ts';
import { bytesOf } from './answer-bytes.ts';
import { Complaint } from './complaint.ts';

/** How often newer checkpoints are looked for. */
const LOOK_INTERVAL_MS = SECOND_MS;
/** Public witnesses serve many logs: a checkpoint is brought to them no more often. */
const ASK_INTERVAL_MS = 5 * SECOND_MS;
const ANSWER_TIMEOUT_MS = 5 * SECOND_MS;
/** Some lines; the largest signature there is takes 5 KB. */
const ANSWER_BYTES_MAX = 64 * 1024;

export interface Witness {
  readonly key: VerifierKey;
  /** Its submission prefix, without a slash at the end; `undefined` where others ask it, and its signatures are only shown here. */
  readonly url: string | undefined;
}

/** `--witness KEY=URL`, or `--witness KEY`. Throws `Complaint`. */
export function readWitness(text: string): Witness {
  const [, keyText = text, url] = /^(.+?)=(https?:\/\/[^\s]+?)\/*$/.exec(text) ?? [];
  const key = decodeVerifierKey(keyText);
  if (!key.ok || key.value.type !== 'cosignature' || (url !== undefined && URL.parse(url) === null))
    throw new Complaint(
      `--witness ${text} is no witness: give its verifier key and its address as NAME+HASH+KEY=https://witness.example, or the key alone where others ask it.`,
    );
  return { key: key.value, url };
}

/** One that is asked from here. */
type AskedWitness = Witness & { readonly url: string };

/** What is known of one chain. */
interface Asked {
  readonly signed: SignedLog;
  readonly at: number;
}

export class Witnesses {
  readonly #witnesses: readonly AskedWitness[];
  readonly #chains: () => readonly Chain[];
  readonly #log: (line: string) => void;
  readonly #asked = new Map<string, Asked>();
  readonly #published = new Map<string, SignedLog>();
  readonly #underWay = new Set<string>();
  /** Those that did not answer the last time: said once. */
  readonly #silent = new Set<string>();
  readonly #closing = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(witnesses: readonly Witness[], chains: () => readonly Chain[], log: (line: string) => void) {
    this.#witnesses = witnesses.flatMap(({ key, url }) => (url === undefined ? [] : [{ key, url }]));
    this.#chains = chains;
    this.#log = log;
    this.#timer = this.#witnesses.length === 0 ? undefined : setInterval(() => this.#look(), LOOK_INTERVAL_MS).unref();
  }

  /** What to publish of a chain: the newest that witnesses were asked about, where there are any. */
  published(chain: Chain): SignedLog | undefined {
    return this.#published.get(toHex(chain.id)) ?? chain.log.published();
  }

  #look(): void {
    for (const chain of this.#chains()) {
      const id = toHex(chain.id);
      const signed = chain.log.published();
      const before = this.#asked.get(id);
      if (signed === undefined || !chain.log.isPublic || this.#underWay.has(id)) continue;
      if (before !== undefined && (before.signed.checkpoint.size >= signed.checkpoint.size || Date.now() - before.at < ASK_INTERVAL_MS))
        continue;
      this.#asked.set(id, { signed, at: Date.now() });
      this.#underWay.add(id);
      void this.#publish(chain, signed).finally(() => this.#underWay.delete(id));
    }
  }

  async #publish(chain: Chain, signed: SignedLog): Promise<void> {
    const { checkpoints } = chain.node.duties;
    const answers = await Promise.all(this.#witnesses.map((witness) => this.#ask(chain, signed, witness)));
    const lines = answers.flat();
    if (this.#closing.signal.aborted) return;
    // Taken in as anybody's would be: what does not verify does not count.
    const text = { text: signed.note.text, signatures: lines };
    if (lines.length > 0) await chain.node.run(() => checkpoints.take(encodeNote(text), undefined));
    const kept = checkpoints
      .seen()
      .filter((seen) => seen.text === signed.note.text && lines.some((line) => isSameKey(line, seen.signer.key)));
    const note = withSignatures(
      signed.note,
      kept.map(({ signer }) => signer.line),
    );
    this.#published.set(toHex(chain.id), { ...signed, note });
  }

  /** Its signature lines over the checkpoint; none where it does not give them. */
  async #ask(chain: Chain, signed: SignedLog, witness: AskedWitness): Promise<readonly NoteSignature[]> {
    try {
      const known = chain.node.duties.checkpoints.seen().find(({ signer }) => isSameKey(signer.key, witness.key));
      const lines = await this.#addCheckpoint(chain, signed, witness, known?.checkpoint.size ?? 0);
      if (this.#silent.delete(witness.key.name)) this.#log(`The witness ${witness.key.name} answers again.`);
      return lines.filter((line) => isSameKey(line, witness.key));
    } catch (error) {
      if (this.#closing.signal.aborted) return [];
      const why = error instanceof Error ? error.message : String(error);
      if (!this.#silent.has(witness.key.name)) this.#log(`The witness ${witness.key.name} has not cosigned: ${why}`);
      this.#silent.add(witness.key.name);
      return [];
    }
  }

  async #addCheckpoint(
    chain: Chain,
    signed: SignedLog,
    witness: AskedWitness,
    oldSize: number,
    again = true,
  ): Promise<readonly NoteSignature[]> {
    const { size } = signed.checkpoint;
    if (oldSize > size) throw new Error(`it knows a log of ${oldSize}, which is ${size} here`);
    const proof = oldSize === 0 ? { ok: true as const, value: [] } : await chain.node.ledger.history.consistency(oldSize, size);
    if (!proof.ok) throw new Error(proof.refusal.detail);
    const body = encodeAddCheckpoint({ oldSize, proof: proof.value, note: signed.note });
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
    const answer = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body: new Uint8Array(body), redirect: 'error', signal });
    const text = await textOf(answer);
    // It knows another size than we thought, and says which.
    const theirs = answer.status === 409 ? readDecimal(text.trimEnd()) : undefined;
    if (again && theirs !== undefined && theirs !== oldSize) return this.#addCheckpoint(chain, signed, witness, theirs, false);
    if (answer.status !== 200) throw new Error(`it answers ${answer.status}`);
    const lines = decodeSignatureLines(text);
    if (!lines.ok) throw new Error(lines.refusal.detail);
    return lines.value;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#closing.abort();
  }
}

/** The text of an answer, up to a bound. */
async function textOf(answer: Response): Promise<string> {
  const bytes = await bytesOf(answer, ANSWER_BYTES_MAX);
  if (bytes === undefined) throw new Error('its answer is too long');
  return fromUtf8(bytes) ?? '';
}
