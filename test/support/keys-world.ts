/** What people do with keys in a `World`: link devices, rotate, register vote keys, say that they are ready, recover. */
import { utf8 } from '../../src/core/base/bytes.ts';
import { nextKeyDigest, type PublicKey } from '../../src/core/base/key.ts';
import { HOUR_MS } from '../../src/core/base/limits.ts';
import type { RefusalCode } from '../../src/core/base/result.ts';
import type { Change } from '../../src/core/codec/governance.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import { type Seat, type TrustSet, trustSetDigest } from '../../src/core/codec/records.ts';
import { type RecoveryCertificate, type RecoveryPlan, recoveryKeyDigest } from '../../src/core/codec/recovery.ts';
import type { Action, ActionOf } from '../../src/core/codec/transaction.ts';
import type { Vote, VoteKind } from '../../src/core/codec/vote.ts';
import { officeOf } from '../../src/core/membership/seats.ts';
import { roleMask } from '../../src/core/policy/roles.ts';
import { hashOf, keyOf, refOf, SIGNATURE, type World } from './world.ts';

type Outcome = 'ok' | RefusalCode;

export const READS_AND_WRITES = roleMask(['observer', 'writer']);

// ---------------------------------------------------------------- devices

export function openLink(world: World, link: string, changes: object = {}): Action {
  const step = { type: 'open', key: keyOf(link), roleMask: READS_AND_WRITES, expiry: world.time + HOUR_MS, ...changes } as const;
  return { type: 'link-device', step };
}

export function enterLink(world: World, name: string, link: string): Action {
  return { type: 'link-device', step: { type: 'enter', member: world.idOf(name), key: keyOf(link) } };
}

/** One more device of a member, in two blocks. */
export function linkDevice(world: World, name: string, device: string): readonly Outcome[] {
  const link = `link to ${device}`;
  return [world.act(name, openLink(world, link)), world.act(device, enterLink(world, name, link), { signatures: 2 })];
}

export function rotation(world: World, name: string, changes: Partial<ActionOf<'rotate-key'>> = {}): Action {
  const nextKey = nextKeyDigest(keyOf(`${name}, after next`));
  return { type: 'rotate-key', member: world.idOf(name), retire: [keyOf(name)], nextKey, stolen: false, ...changes };
}

/** By the key of the recovery phrase. */
export function rotate(world: World, name: string, changes: Partial<ActionOf<'rotate-key'>> = {}): Outcome {
  return world.act(`${name}, next`, rotation(world, name, changes));
}

// ---------------------------------------------------------------- offices and seats

export function registration(name: string, changes: Partial<ActionOf<'register-vote-key'>> = {}): Action {
  const keys = { vote: keyOf(`${name}, vote`), note: keyOf(`${name}, note`) };
  return {
    type: 'register-vote-key',
    ...keys,
    endpoints: [utf8('/dns4/a.example/tcp/443/wss')],
    proofs: [SIGNATURE, SIGNATURE],
    ...changes,
  };
}

export function readiness(world: World, changes: Partial<ActionOf<'ready'>> = {}): Action {
  return { type: 'ready', versions: [1], height: world.height, ...changes };
}

export function change(world: World, what: Change): Action {
  return { type: 'propose', change: what, trust: trustSetDigest(trustOf(world)), reason: undefined };
}

export function grant(world: World, name: string, role: Role): Action {
  return change(world, { type: 'grant', member: world.idOf(name), role });
}

/** A writer who becomes a validator, in as many blocks as that takes; `by` decide alone. */
export function seat(world: World, name: string, by = 'alice'): readonly Outcome[] {
  return [world.act(by, grant(world, name, 'validator')), world.act(name, registration(name)), world.act(name, readiness(world))];
}

export function trustOf(world: World): TrustSet {
  const trust = world.state.get('trust', new Uint8Array(0));
  if (trust === undefined) throw new Error('no trust set');
  return trust;
}

export function seatOf(world: World, name: string): Seat | undefined {
  const id = String(world.idOf(name));
  return trustOf(world).seats.find(({ member }) => String(member) === id);
}

/** Names of those who hold a seat, of these. */
export function seated(world: World, names: readonly string[]): readonly string[] {
  return names.filter((name) => seatOf(world, name) !== undefined);
}

export function office(world: World, name: string) {
  return officeOf(world.state, world.idOf(name));
}

// ---------------------------------------------------------------- evidence

/** A vote by whoever holds the seat, in the epoch of now; `block` is left out of a nullification. */
export function voteBy(world: World, name: string, kind: VoteKind, block: string | undefined, changes: object = {}): Vote {
  const { epoch, seats } = trustOf(world);
  const id = String(world.idOf(name));
  const subject = { kind, chain: world.chain, epoch, view: 7, block: block === undefined ? undefined : hashOf(block), ...changes };
  return { subject, seat: seats.findIndex(({ member }) => String(member) === id), signature: SIGNATURE };
}

export function evidenceOf(first: Vote, second: Vote): Action {
  return { type: 'evidence', first, second };
}

// ---------------------------------------------------------------- recovery

export const RECOVERY_DELAY_MS = 48 * HOUR_MS;

/** Two of three. */
export function recoveryOf(names: readonly string[] = ['r1', 'r2', 'r3'], threshold = 2, delayMs = RECOVERY_DELAY_MS) {
  return { threshold, delayMs, keys: names.map((name) => recoveryKeyDigest(keyOf(name))) };
}

export function appointed(name: string, node: PublicKey = keyOf(name)) {
  return { node, vote: keyOf(`${name}, new vote`), note: keyOf(`${name}, new note`) };
}

export function newcomer(name: string) {
  return { node: keyOf(name), name: refOf(name), nextKey: nextKeyDigest(keyOf(`${name}, next`)) };
}

/** On the last block of the world, which replaces nothing unless said. */
export function planOf(world: World, changes: Partial<RecoveryPlan> = {}): RecoveryPlan {
  const base = { number: 1, base: hashOf(`block ${world.height}`), height: world.height };
  return { chain: world.chain, ...base, newcomers: [], federation: [], validators: [], keys: undefined, ...changes };
}

export function certificateOf(plan: RecoveryPlan, signers: readonly string[] = ['r1', 'r2']): RecoveryCertificate {
  return { plan, signatures: signers.map((name) => ({ key: keyOf(name), signature: SIGNATURE })) };
}

export function recovering(plan: RecoveryPlan, signers?: readonly string[]): Action {
  return { type: 'recover', certificate: certificateOf(plan, signers) };
}
