/** The log of a chain, for whoever uses it: its newest signed checkpoint and who stands behind it, and its files. */
import type { Hash } from '../core/base/hash.ts';
import { logSigners, policyOf } from '../core/light/log-signers.ts';
import { decodeCosignature } from '../core/log/cosignature.ts';
import { encodeNote } from '../core/log/note.ts';
import type { Policy } from '../core/log/policy.ts';
import { isSameKey, type VerifierKey } from '../core/log/verifier-key.ts';
import { rulesOf } from '../core/membership/facts.ts';
import type { ChainNode } from './chain-node.ts';
import type { SignedLog } from './checkpoint-gathering.ts';
import { makeLogProof } from './log-proofs.ts';
import { type LogPage, type LogQuery, readLog } from './log-reading.ts';
import { type Person, personOf } from './persons.ts';
import { type PublishedFile, publishedFile, publishedPaths } from './published-log.ts';
import { type SeenLog, seenCheckpoints } from './seen-checkpoints.ts';

export interface CosignerInfo extends Person {
  readonly office: 'validator' | 'auditor';
  /** When it signed this checkpoint, in ms; `undefined` if it has not. */
  readonly signedAt: number | undefined;
}

export interface CheckpointInfo {
  /** Leaves that it covers. */
  readonly size: number;
  readonly root: Hash;
  /** The signed note (C2SP tlog-checkpoint). */
  readonly note: Uint8Array;
  /** Whether as many have signed as the epoch asks for. */
  readonly vouched: boolean;
  /** Everybody who may sign, validators first. */
  readonly cosigners: readonly CosignerInfo[];
  /** Public witnesses that this node asks, and that signed it. */
  readonly witnesses: readonly { readonly name: string; readonly signedAt: number }[];
}

/** A checkpoint that is not of this device's record. */
export interface ContradictionInfo {
  readonly size: number;
  readonly root: Hash;
  /** The signed note. */
  readonly note: Uint8Array;
  /** Those of its signers who are validators or auditors today. */
  readonly signers: readonly Person[];
}

export class ChainLog {
  readonly #node: ChainNode;

  constructor(node: ChainNode) {
    this.#node = node;
  }

  /** Leaves of the finalised log. */
  get size(): number {
    return this.#node.ledger.tip.header.logSize;
  }

  /** Whether the rules declare it public: relays then publish it to anybody. */
  get isPublic(): boolean {
    return rulesOf(this.#node.ledger.state).publicRead;
  }

  /** Whose signatures make a checkpoint count in the epoch in force. */
  get policy(): Policy {
    const { chain, trust } = this.#node.ledger;
    return policyOf(chain, trust);
  }

  /** The newest checkpoint that enough have signed or, until there is one, that most have; `undefined` while nobody has. */
  checkpoint(): CheckpointInfo | undefined {
    const signed = this.signed();
    if (signed === undefined) return undefined;
    const { checkpoint, note, vouched } = signed;
    const { chain, trust } = this.#node.ledger;
    const cosigners = logSigners(chain, trust).map(({ member, office, cosigner }) => ({
      ...personOf(this.#node, member),
      office,
      signedAt: signedAt(signed, cosigner),
    }));
    const witnesses = this.#node.duties.checkpoints.witnesses.flatMap((key) => {
      const at = signedAt(signed, key);
      return at === undefined ? [] : [{ name: key.name, signedAt: at }];
    });
    return { size: checkpoint.size, root: checkpoint.root, note: encodeNote(note), vouched, cosigners, witnesses };
  }

  /** The newest checkpoint of each signer, those of one text together, the largest first. */
  seen(): readonly SeenLog[] {
    return seenCheckpoints(this.#node);
  }

  /** Checkpoints by keys of the chain that are not of this log: who signed them has signed another history. */
  contradictions(): readonly ContradictionInfo[] {
    const { chain, trust } = this.#node.ledger;
    const signers = logSigners(chain, trust);
    return this.#node.duties.checkpoints.contradictions().map(({ checkpoint, note }) => {
      const has = (key: VerifierKey | undefined) => key !== undefined && note.signatures.some((line) => isSameKey(line, key));
      const known = signers.filter(({ cosigner, log }) => has(cosigner) || has(log));
      return {
        size: checkpoint.size,
        root: checkpoint.root,
        note: encodeNote(note),
        signers: known.map(({ member }) => personOf(this.#node, member)),
      };
    });
  }

  /** The transactions of the log, the newest first, a page at a time. Throws as `readLog` does. */
  read(query: LogQuery): Promise<LogPage> {
    return readLog(this.#node.ledger, query);
  }

  /**
   * The proof that a leaf was logged (C2SP tlog-proof), as a file that anybody checks without us (`checkLogProof`). Throws
   * `not-available` while no checkpoint that enough have signed covers it.
   */
  proof(index: number): Promise<Uint8Array> {
    return makeLogProof(this.#node.ledger, this.signed(), index);
  }

  /** The same as others verify it. */
  signed(): SignedLog | undefined {
    return this.#node.duties.checkpoints.newest();
  }

  /** What may be published: the largest checkpoint that enough have signed, which never gets smaller; `undefined` until there is one. */
  published(): SignedLog | undefined {
    return this.#node.duties.checkpoints.whole();
  }

  /**
   * Paths of the log's files up to a signed checkpoint, or of those alone that a copy up to `before` leaves lacks; the
   * checkpoint comes last. Throws `not-available` where history is missing.
   */
  paths(signed: SignedLog, before = 0): Promise<readonly string[]> {
    return publishedPaths(this.#node.ledger, signed, before);
  }

  /** A file of the log up to a signed checkpoint, by its path below the log's prefix; `undefined` if there is none. */
  file(signed: SignedLog, path: string): Promise<PublishedFile | undefined> {
    return publishedFile(this.#node.ledger, signed, path);
  }
}

function signedAt({ note }: SignedLog, key: VerifierKey): number | undefined {
  const line = note.signatures.find((one) => isSameKey(one, key));
  const read = line && decodeCosignature(line.signature);
  return read?.ok === true ? read.value.time * 1000 : undefined;
}
