/** One try to come into a chain: from a link to a started chain. What was asked is found again by the next try. */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { type RefusalCode, RefusalError } from '../core/base/result.ts';
import { encodeLink, type InvitationLink, inviteKeySeed } from '../core/codec/link.ts';
import type { Operator } from '../core/codec/operator.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { OwnRow } from '../core/codec/stored.ts';
import { decodeTransaction, invitationIdOf } from '../core/codec/transaction.ts';
import { actorOf } from '../core/membership/facts.ts';
import type { Chain } from './chain.ts';
import type { ChainShelf } from './chain-shelf.ts';
import { chainSpaceName } from './founding.ts';
import { Gate } from './gate.ts';
import { Joining, type JoinStep } from './joining.ts';
import type { LatchkeyPorts } from './latchkey-ports.ts';
import type { Ledger } from './ledger.ts';
import { memorySigner } from './memory-keys.ts';
import { newOwnRow, readOwn, STANDING, writeOwn } from './own-row.ts';
import type { Signer } from './ports.ts';
import type { Recovery } from './recovery.ts';
import { isFinalRefusal } from './refusals.ts';
import { RotationWay } from './rotating.ts';
import { DeviceWay, InvitationWay, KnockWay, type Way, type WayPorts } from './ways.ts';

/**
 * By what somebody would come in: the link's invitation, a knock, as one more device of the member who made the link, or as
 * a member whose next key this device has.
 */
export type Wish =
  | { readonly type: 'invitation'; readonly operator: Operator | undefined }
  | { readonly type: 'knock'; readonly role: Role; readonly operator: Operator | undefined }
  | { readonly type: 'device' }
  | { readonly type: 'recover'; readonly stolen: boolean };

/** What a device would join, and what is kept of it. */
export interface JoinPlan {
  readonly link: InvitationLink;
  readonly wish: Wish;
  readonly own: OwnRow;
}

export interface AttemptPorts {
  readonly ports: LatchkeyPorts;
  readonly shelf: ChainShelf;
  readonly recovery: Recovery;
}

/** What was asked before a reload; `undefined` if nothing was. */
export function wishIn(own: OwnRow): Wish | undefined {
  const knock = own.knock?.signed.knock;
  if (knock !== undefined) return { type: 'knock', role: knock.role, operator: knock.operator };
  const asked = own.join === undefined ? undefined : decodeTransaction(own.join.leaf);
  if (asked?.ok !== true) return undefined;
  const { action } = asked.value.unsigned;
  if (action.type === 'rotate-key') return { type: 'recover', stolen: action.stolen };
  return action.type === 'join' ? { type: 'invitation', operator: action.operator } : { type: 'device' };
}

/** This device's row of a chain that it would join, once something was asked. */
export async function keptRow({ store }: LatchkeyPorts, chain: Hash): Promise<OwnRow | undefined> {
  return readOwn(await store.space(chainSpaceName(chain)));
}

/** What is kept of an earlier try with the same link and the same wish, or a new row; nothing is on disk before the question is. */
export async function planJoin({ ports, recovery }: AttemptPorts, link: InvitationLink, wish: Wish, yourName: string): Promise<JoinPlan> {
  const kept = await keptRow(ports, link.chain);
  if (kept?.link !== undefined && wishIn(kept)?.type === wish.type && equal(kept.link, encodeLink(link))) return { link, wish, own: kept };
  // One more device comes under the next key that its member has already.
  const nextKeyIndex = wish.type === 'device' ? 0 : (await recovery.takeNextKey()).index;
  const own = {
    ...newOwnRow({ name: link.chainName, yourName, nextKeyIndex, relays: link.relays }),
    standing: STANDING.joining,
    link: encodeLink(link),
    networkKeys: link.networkKey === undefined ? [] : [link.networkKey],
  };
  return { link, wish, own };
}

/** From attaching to the network to a started chain. Leaves nothing behind unless the question was asked. */
export async function attemptJoin(
  { ports, shelf, recovery }: AttemptPorts,
  { link, wish, own }: JoinPlan,
  signal: AbortSignal,
  tell: (step: JoinStep) => void,
): Promise<Chain> {
  const { keys, store, network, clock, random } = ports;
  shelf.relaysKnown(link.relays);
  const [space, signer] = await Promise.all([store.space(chainSpaceName(link.chain)), keys.make(`${toHex(link.chain)}/node`)]);
  const way = await wayOf(ports, { chain: link.chain, signer, clock, random, space }, { link, wish, own });
  const firstTip = { height: link.anchor.height, block: link.anchor.block };
  const gate = new Gate({ chain: link.chain, signer, networkKeys: own.networkKeys, invite: way.invite, firstTip });
  const attached = network.attach(gate);
  const joining = new Joining({ ...ports, space, gate, network: attached }, link, way, signal, tell);
  try {
    const ledger = await joining.run(() => recovery.digestAt(own.nextKeyIndex));
    const yourName = nameOn(ledger, signer) ?? own.yourName;
    const admitted: OwnRow = { ...way.own, yourName, standing: STANDING.member, link: undefined, join: undefined, knock: undefined };
    await writeOwn(space, admitted);
    return await shelf.start(ledger, admitted, { gate, attached });
  } catch (error) {
    await attached.close();
    if (!joining.hasAsked) await forgetJoin(ports, link);
    throw error;
  }
}

/** How the chain calls the member for whom this device acts: who recovers, or adds a device, says no name. */
function nameOn(ledger: Ledger, { publicKey }: Signer): string | undefined {
  const actor = actorOf(ledger.state, publicKey);
  return actor === undefined ? undefined : ledger.name(actor.member.name);
}

export function isTheEnd(error: unknown): error is RefusalError & { readonly code: RefusalCode } {
  return error instanceof RefusalError && isFinalRefusal(error.code);
}

/** Takes what was kept of a join off this device, its key included. */
export async function forgetJoin({ store, keys }: LatchkeyPorts, { chain }: InvitationLink): Promise<void> {
  await store.drop(chainSpaceName(chain));
  await keys.delete(`${toHex(chain)}/node`);
}

async function wayOf({ seedSigner = memorySigner }: LatchkeyPorts, ways: WayPorts, { link, wish, own }: JoinPlan): Promise<Way> {
  if (wish.type === 'knock') return new KnockWay(ways, own, wish);
  if (wish.type === 'recover') return new RotationWay(ways, own, wish);
  const signer = await seedSigner(inviteKeySeed(link.seed, link.chain));
  const invite = { invitation: invitationIdOf(link.chain, signer.publicKey), signer };
  if (wish.type === 'device') return new DeviceWay(ways, own, invite);
  return new InvitationWay(ways, own, { invite, role: link.role, operator: wish.operator });
}
