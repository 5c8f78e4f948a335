/**
 * Trust policies (C2SP tlog-policy): whose signatures make a checkpoint count. What they mean; `policy-text.ts` reads and
 * writes them.
 *
 * https://c2sp.org/tlog-policy
 */
import { ok, type Result, refuse } from '../base/result.ts';
import type { Checkpoint } from './checkpoint.ts';
import { readCheckpoint } from './checkpoint.ts';
import type { NoteSigner, OpenedNote } from './open-note.ts';
import { isSameKey, type VerifierKey } from './verifier-key.ts';

export interface PolicyLog {
  /** Of type `note`; its name is the origin of the log's checkpoints. */
  readonly key: VerifierKey;
  readonly url: string | undefined;
}

export interface PolicyWitness {
  /** For use in this policy alone; one character an octet, as the file has it. */
  readonly name: string;
  /** Of type `cosignature`. */
  readonly key: VerifierKey;
  readonly url: string | undefined;
}

export interface PolicyGroup {
  readonly name: string;
  /** How many of the members must have witnessed a checkpoint for the group to have. */
  readonly threshold: number;
  /** Names of witnesses and of groups before this one, each in one group only. */
  readonly members: readonly string[];
}

/** In place of a name in the quorum: no cosignature is asked for. */
export const NO_QUORUM = 'none';

export interface Policy {
  /** One of them must have signed. */
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  readonly groups: readonly PolicyGroup[];
  /** Name of the witness or group that must have witnessed the checkpoint, or `NO_QUORUM`. */
  readonly quorum: string;
}

/** The keys to open a checkpoint with, that is to be judged by this policy. */
export function policyKeys({ logs, witnesses }: Policy): readonly VerifierKey[] {
  return [...logs, ...witnesses].map(({ key }) => key);
}

/** A checkpoint that the policy takes. */
export interface AcceptedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** Whose log it is. */
  readonly log: PolicyLog;
  /** Who of the policy's witnesses cosigned, and when. */
  readonly cosigners: readonly Cosigner[];
}

export interface Cosigner {
  readonly witness: PolicyWitness;
  /** Seconds since 1970. */
  readonly time: number;
}

/**
 * Judges a checkpoint: `malformed` if the note is none; `wrong-origin` if it is of a log that the policy does not name;
 * `policy-unmet` if its log has not signed it, or too few witnesses have.
 */
export function acceptCheckpoint(policy: Policy, opened: OpenedNote): Result<AcceptedCheckpoint> {
  const checkpoint = readCheckpoint(opened.note.text);
  if (!checkpoint.ok) return checkpoint;
  const { origin } = checkpoint.value;
  const logs = policy.logs.filter(({ key }) => key.name === origin);
  if (logs.length === 0) return refuse('wrong-origin', `the policy does not name the log ${origin}`);
  const log = logs.find(({ key }) => signerOf(opened, key) !== undefined);
  if (log === undefined) return refuse('policy-unmet', `the log ${origin} has not signed its checkpoint`);
  const cosigners = cosignersOf(policy, opened);
  const names = new Set(cosigners.map(({ witness }) => witness.name));
  if (!isWitnessed(policy, names)) return refuse('policy-unmet', `${names.size} of ${policy.witnesses.length} witnesses are no quorum`);
  return ok({ checkpoint: checkpoint.value, log, cosigners });
}

function cosignersOf({ witnesses }: Policy, opened: OpenedNote): readonly Cosigner[] {
  return witnesses.flatMap((witness) => {
    const time = signerOf(opened, witness.key)?.time;
    return time === undefined ? [] : [{ witness, time }];
  });
}

function signerOf({ signers }: OpenedNote, key: VerifierKey): NoteSigner | undefined {
  return signers.find((signer) => isSameKey(signer.key, key));
}

/** True if these witnesses, by their names, are a quorum. */
export function isWitnessed({ groups, quorum }: Policy, witnesses: ReadonlySet<string>): boolean {
  const witnessed = new Set(witnesses);
  // A group names only what stands before it, so one pass in order is enough.
  for (const { name, threshold, members } of groups) {
    if (members.filter((member) => witnessed.has(member)).length >= threshold) witnessed.add(name);
  }
  return quorum === NO_QUORUM || witnessed.has(quorum);
}
