/** What people of the cases do with keys: offices, rotation, devices, knocks, evidence, recovery. Signatures under them are real. */
import { equal } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { nextKeyDigest } from '../../src/core/base/key.ts';
import { DAY_MS, HOUR_MS } from '../../src/core/base/limits.ts';
import { type Knock, knockIdOf, knockSignedText, type SignedKnock } from '../../src/core/codec/knock.ts';
import { ROLE_NUMBERS, type Role } from '../../src/core/codec/primitives.ts';
import { type RecoveryPlan, recoverySignedText } from '../../src/core/codec/recovery.ts';
import { ruleHash } from '../../src/core/codec/rules.ts';
import { officeKeyText } from '../../src/core/codec/transaction.ts';
import { type Vote, type VoteSubject, voteSignedText } from '../../src/core/codec/vote.ts';
import { chainFactsOf, rulesOf, trustSetOf } from '../../src/core/membership/facts.ts';
import { ruleFor } from '../../src/core/policy/roles.ts';
import { bodyOf, cosigned, idOfMember, type Make, type Scene, signedBy } from './admission-scene.ts';
import { withWork } from './knock-work.ts';
import { hashOf, keyOf } from './world.ts';

/** Registers `whose, vote` and `whose, note`, proved by those keys. */
export const registerKeys =
  (name: string, whose = name): Make =>
  ({ chain }) => {
    const [vote, note] = [`${whose}, vote`, `${whose}, note`];
    const proofs = [vote, note].map((key) => signedBy(key, officeKeyText(chain, keyOf(name), keyOf(key))));
    return { type: 'register-vote-key', vote: keyOf(vote), note: keyOf(note), endpoints: [], proofs };
  };

export const ready: Make = ({ height }) => ({ type: 'ready', versions: [1], height });

export interface Rotation {
  readonly stolen?: boolean;
  readonly retire?: readonly string[];
}

/** Sent by `name, next`; the key after it is `name, next next`. */
export const rotate =
  (name: string, { stolen = false, retire = [name] }: Rotation = {}): Make =>
  (scene) => ({
    type: 'rotate-key',
    member: idOfMember(scene, name),
    retire: retire.map(keyOf),
    nextKey: nextKeyDigest(keyOf(`${name}, next next`)),
    stolen,
  });

const maskOf = (roles: readonly Role[]) => roles.reduce((mask, role) => mask | (1 << ROLE_NUMBERS[role]), 0);

export const openDeviceLink =
  (link: string, roles: readonly Role[] = ['observer', 'writer'], lifeMs: number = HOUR_MS / 2): Make =>
  ({ time }) => ({ type: 'link-device', step: { type: 'open', key: keyOf(link), roleMask: maskOf(roles), expiry: time + lifeMs } });

export const enterDeviceLink =
  (name: string, link: string): Make =>
  (scene) =>
    cosigned({ type: 'link-device', step: { type: 'enter', member: idOfMember(scene, name), key: keyOf(link) } }, link);

// ---------------------------------------------------------------- knocks

const KNOCK_LIFE_MS = 10 * DAY_MS;
const KNOCKS = new Map<string, SignedKnock>();

/** A knock with its work done: the same one for the same chain, name and role. */
export function knockOf({ chain }: Pick<Scene, 'chain'>, name: string, role: Role, expiry: number): SignedKnock {
  const key = [chain, name, role, expiry].join();
  const made = KNOCKS.get(key) ?? makeKnock({ chain, key: keyOf(name), role, expiry }, name);
  KNOCKS.set(key, made);
  return made;
}

function makeKnock(wanted: Pick<Knock, 'chain' | 'key' | 'role' | 'expiry'>, name: string): SignedKnock {
  const rest = { name: bodyOf(name), nextKey: nextKeyDigest(keyOf(`${name}, next`)), operator: undefined };
  const knock = withWork({ ...wanted, ...rest });
  return { knock, signature: signedBy(name, knockSignedText(knock)) };
}

/** A decision that carries in a knock, which was made when the chain began. */
const decideKnock =
  (type: 'approve' | 'reject') =>
  (name: string, role: Role): Make =>
  (scene) => {
    const knock = knockOf(scene, name, role, chainFactsOf(scene.state).genesisTime + KNOCK_LIFE_MS);
    const rule = ruleFor(rulesOf(scene.state), role)?.rule;
    return {
      type,
      subject: knockIdOf(knock.knock),
      basis: rule === undefined ? hashOf('no rule') : ruleHash(rule),
      reason: undefined,
      knock,
    };
  };

export const approveKnock = decideKnock('approve');
export const rejectKnock = decideKnock('reject');

// ---------------------------------------------------------------- evidence and recovery

/** Two notarize votes by one seat for different blocks in one view; with `other`, the second by another seat. */
export const accuse =
  (name: string, { epoch, other = name }: { readonly epoch?: number; readonly other?: string } = {}): Make =>
  (scene) => {
    const subject = (block: Hash): VoteSubject => ({
      kind: 'notarize',
      chain: scene.chain,
      epoch: epoch ?? trustSetOf(scene.state).epoch,
      view: 3,
      block,
    });
    return { type: 'evidence', first: voteBy(scene, name, subject(hashOf('one'))), second: voteBy(scene, other, subject(hashOf('other'))) };
  };

function voteBy(scene: Scene, name: string, subject: VoteSubject): Vote {
  const seat = trustSetOf(scene.state).seats.findIndex(({ node }) => equal(node, keyOf(name)));
  return { subject, seat: Math.max(0, seat), signature: signedBy(`${name}, vote`, voteSignedText(subject)) };
}

export interface Takeover {
  readonly number?: number;
  readonly signers?: readonly string[];
  readonly federation?: readonly string[];
  /** Members who have the seats from then on, by their keys for it. */
  readonly validators?: readonly string[];
  readonly chain?: Hash;
}

/** A recovery certificate by which others are the federation. */
export const recover =
  ({ number = 1, signers = ['first', 'second'], federation = [], validators = [], chain }: Takeover = {}): Make =>
  (scene) => {
    const plan: RecoveryPlan = {
      chain: chain ?? scene.chain,
      number,
      base: scene.tip,
      height: scene.height,
      newcomers: [],
      federation: federation.map(keyOf),
      validators: validators.map((name) => ({ node: keyOf(name), vote: keyOf(`${name}, vote`), note: keyOf(`${name}, note`) })),
      keys: undefined,
    };
    const signatures = signers.map((name) => {
      const key = `${name} recovery key`;
      return { key: keyOf(key), signature: signedBy(key, recoverySignedText(plan)) };
    });
    return { type: 'recover', certificate: { plan, signatures } };
  };
