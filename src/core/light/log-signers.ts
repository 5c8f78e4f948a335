/**
 * Who signs the checkpoints of a chain's log during an epoch, under which names, and how many of them must (DESIGN §7). All
 * follows from the trust set, so that there is one policy an epoch and everybody can make it.
 *
 * ```
 * log key       origin of the log                    note key of a validator: any of them may publish
 * cosigner      origin of the log / member id        note key of a validator or of an auditor
 * ```
 *
 * One note key signs as both: the texts differ from their first byte, and a verifier key's id binds what it is used for.
 */
import { equal, toHex } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import type { TrustSet } from '../codec/records.ts';
import { originOf } from '../log/checkpoint.ts';
import { isWitnessed, type Policy, type PolicyGroup } from '../log/policy.ts';
import { isSameKey, type NamedKey, type VerifierKey, verifierKey } from '../log/verifier-key.ts';
import { quorumOf } from '../policy/quorum.ts';

export interface LogSigner {
  readonly member: Hash;
  readonly office: 'validator' | 'auditor';
  /** Within the epoch's policy. */
  readonly name: string;
  readonly cosigner: VerifierKey;
  /** As which it publishes; auditors never do. */
  readonly log: VerifierKey | undefined;
}

/** Of trust sets that were asked about: each is asked about with every checkpoint, and none ever changes. */
const known = new WeakMap<TrustSet, { readonly chain: Hash; readonly signers: readonly LogSigner[]; readonly policy: Policy }>();

/** Validators in the order of their seats, then auditors. */
export function logSigners(chain: Hash, trust: TrustSet): readonly LogSigner[] {
  return knownOf(chain, trust).signers;
}

/** Whose signatures make a checkpoint count in an epoch: of any validator as the log, of a quorum of them, and of the auditors theirs. */
export function policyOf(chain: Hash, trust: TrustSet): Policy {
  return knownOf(chain, trust).policy;
}

function knownOf(chain: Hash, trust: TrustSet) {
  const before = known.get(trust);
  if (before !== undefined && equal(before.chain, chain)) return before;
  const signers = signersOf(chain, trust);
  const made = { chain, signers, policy: policyFor(trust, signers) };
  known.set(trust, made);
  return made;
}

function signersOf(chain: Hash, { seats, auditors }: TrustSet): readonly LogSigner[] {
  return [
    ...seats.map((seat, i) => signerOf(chain, 'validator', seat, i)),
    ...auditors.map((auditor, i) => signerOf(chain, 'auditor', auditor, i)),
  ];
}

function signerOf(
  chain: Hash,
  office: LogSigner['office'],
  { member, note }: Pick<TrustSet['seats'][number], 'member' | 'note'>,
  i: number,
): LogSigner {
  const origin = originOf(chain);
  return {
    member,
    office,
    name: `${office}-${i + 1}`,
    cosigner: verifierKey(`${origin}/${toHex(member)}`, 'cosignature', note),
    log: office === 'validator' ? verifierKey(origin, 'note', note) : undefined,
  };
}

const BOTH = 'validators-and-auditors';

function policyFor(trust: TrustSet, signers: readonly LogSigner[]): Policy {
  const group = (office: LogSigner['office'], threshold: number): PolicyGroup => ({
    name: `${office}s`,
    threshold,
    members: signers.filter((one) => one.office === office).map(({ name }) => name),
  });
  const groups = [group('validator', quorumOf(trust.seats.length))];
  const auditors = auditorsInPolicy(trust);
  if (auditors > 0) groups.push(group('auditor', auditors));
  const names = groups.map(({ name }) => name);
  return {
    logs: signers.flatMap(({ log }) => (log === undefined ? [] : [{ key: log, url: undefined }])),
    witnesses: signers.map(({ name, cosigner }) => ({ name, key: cosigner, url: undefined })),
    groups: names.length === 1 ? groups : [...groups, { name: BOTH, threshold: names.length, members: names }],
    quorum: names.length === 1 ? 'validators' : BOTH,
  };
}

/** A policy asks for no more auditors than there are, or it could not be read; newcomers wait for as many as the trust set says. */
export function auditorsInPolicy({ auditors, auditorsQuorum }: TrustSet): number {
  return Math.min(auditorsQuorum, auditors.length);
}

/** How many auditors of an epoch have signed with these keys. */
export function auditorsAmong(chain: Hash, trust: TrustSet, signed: readonly NamedKey[]): number {
  const auditors = logSigners(chain, trust).filter(({ office }) => office === 'auditor');
  return auditors.filter(({ cosigner }) => signed.some((one) => isSameKey(one, cosigner))).length;
}

/** Whether signatures by these keys are what the epoch asks for. */
export function isVouchedFor(chain: Hash, trust: TrustSet, signed: readonly NamedKey[]): boolean {
  const policy = policyOf(chain, trust);
  const by = ({ key }: { readonly key: VerifierKey }) => signed.some((one) => isSameKey(one, key));
  return policy.logs.some(by) && isWitnessed(policy, new Set(policy.witnesses.filter(by).map(({ name }) => name)));
}
