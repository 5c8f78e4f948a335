/** Members as others speak of them: by the name that they gave, which is free text, and by the id, which is theirs alone. */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { plainName } from '../core/base/shown-name.ts';
import type { BodyRef } from '../core/codec/body.ts';
import type { Role } from '../core/codec/primitives.ts';
import { memberOfKey } from '../core/membership/facts.ts';
import type { ChainNode } from './chain-node.ts';

export interface Person {
  readonly id: Hash;
  readonly name: string;
  readonly you: boolean;
}

/** One who is unknown, or whose name has not arrived, goes by the beginning of the id. */
export function personOf(node: ChainNode, id: Hash): Person {
  const member = node.ledger.state.get('member', id);
  return { id, name: nameOf(node, member?.name, id), you: isYou(node, id) };
}

/** Fit for a sentence, whatever was written into the chain. */
export function nameOf(node: ChainNode, ref: BodyRef | undefined, id: Uint8Array): string {
  const name = ref === undefined ? undefined : node.ledger.name(ref);
  return name === undefined ? `Member ${toHex(id).slice(0, 8)}` : plainName(name);
}

/** Whether this is the member for whom this device acts, or acted until it left. */
export function isYou(node: ChainNode, id: Uint8Array): boolean {
  const you = ownMemberId(node);
  return you !== undefined && equal(you, id);
}

/** The member to whom this device's key belongs or, after leaving, belonged. */
export function ownMemberId(node: ChainNode): Hash | undefined {
  return memberOfKey(node.ledger.state, node.signer.publicKey);
}

/** Roles by which this device may act now. */
export function ownRoles(node: ChainNode): readonly Role[] {
  return node.self()?.roles ?? [];
}
