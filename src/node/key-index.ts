/**
 * Who is meant by a key that is no member's yet: members by the digest of their next key and by the link
 * to their devices, requests by who asks. The state
 * has no such order, so it is worked out here, bucket by bucket, and only for the buckets that a block has changed.
 */
import { toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { nextKeyDigest, type PublicKey } from '../core/base/key.ts';
import type { Member, RequestRecord } from '../core/codec/records.ts';
import { ALL_ROLES_MASK } from '../core/membership/facts.ts';
import { BUCKETS, type State, type StateRow } from '../core/membership/state.ts';

interface Found<T> {
  readonly id: Hash;
  readonly value: T;
}

/** Of one bucket: ids by what they are looked up by. */
interface Part {
  readonly rows: readonly StateRow[];
  readonly members: readonly (readonly [string, Uint8Array])[];
  readonly requests: readonly (readonly [string, Uint8Array])[];
  readonly links: readonly (readonly [string, Uint8Array])[];
}

export class KeyIndex {
  readonly #parts: Part[] = [];
  readonly #members = new Lists();
  readonly #requests = new Lists();
  readonly #links = new Lists();
  #state: State | undefined;

  /** Members whose next key this is, who registered it first before the others: whoever copied another's digest comes after it. */
  membersRecoveredBy(state: State, key: PublicKey): readonly Found<Member>[] {
    this.#follow(state);
    const found = this.#members.get(toHex(nextKeyDigest(key))).flatMap((id) => {
      const value = state.get('member', id);
      return value === undefined ? [] : [{ id: id as Hash, value }];
    });
    return found.sort((a, b) => registeredAt(state, a.value) - registeredAt(state, b.value));
  }

  /** Requests, of whatever outcome, by which this key asked to join, the newest first. */
  requestsOf(state: State, key: PublicKey): readonly Found<RequestRecord>[] {
    this.#follow(state);
    const found = this.#requests.get(toHex(key)).flatMap((id) => {
      const value = state.get('request', id);
      return value === undefined ? [] : [{ id: id as Hash, value }];
    });
    return found.sort((a, b) => b.value.opened - a.value.opened);
  }

  /** The member one of whose devices opened the link with this key. */
  memberOfDeviceLink(state: State, key: PublicKey): Hash | undefined {
    this.#follow(state);
    return this.#links.get(toHex(key))[0] as Hash | undefined;
  }

  #follow(state: State): void {
    if (state === this.#state) return;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const rows = state.bucketRows(bucket);
      const before = this.#parts[bucket];
      if (before?.rows === rows) continue;
      this.#replace(bucket, before, partOf(state, rows));
    }
    this.#state = state;
  }

  #replace(bucket: number, before: Part | undefined, after: Part): void {
    for (const [key, id] of before?.members ?? []) this.#members.remove(key, id);
    for (const [key, id] of before?.requests ?? []) this.#requests.remove(key, id);
    for (const [key, id] of before?.links ?? []) this.#links.remove(key, id);
    for (const [key, id] of after.links) this.#links.add(key, id);
    for (const [key, id] of after.members) this.#members.add(key, id);
    for (const [key, id] of after.requests) this.#requests.add(key, id);
    this.#parts[bucket] = after;
  }
}

/** When a member registered its next key: with the latest of its devices that came by no link, as it joined or when it rotated. */
function registeredAt(state: State, { devices }: Member): number {
  const own = devices.flatMap((key) => state.get('device', key) ?? []).filter(({ roleMask }) => roleMask === ALL_ROLES_MASK);
  return Math.max(...own.map(({ added }) => added));
}

function partOf(state: State, rows: readonly StateRow[]): Part {
  const members: [string, Uint8Array][] = [];
  const requests: [string, Uint8Array][] = [];
  const links: [string, Uint8Array][] = [];
  for (const { kind, id } of rows) {
    const member = kind === 'member' ? state.get('member', id) : undefined;
    if (member?.left === false) members.push([toHex(member.nextKey), id]);
    const request = kind === 'request' ? state.get('request', id) : undefined;
    if (request !== undefined && request.kind !== 'role') requests.push([toHex(request.subject), id]);
    const link = kind === 'device-link' ? state.get('device-link', id) : undefined;
    if (link !== undefined) links.push([toHex(link.key), id]);
  }
  return { rows, members, requests, links };
}

/** Ids under keys. */
class Lists {
  readonly #ids = new Map<string, readonly Uint8Array[]>();

  get(key: string): readonly Uint8Array[] {
    return this.#ids.get(key) ?? [];
  }

  add(key: string, id: Uint8Array): void {
    this.#ids.set(key, [...this.get(key), id]);
  }

  remove(key: string, id: Uint8Array): void {
    const others = this.get(key).filter((one) => one !== id);
    if (others.length > 0) this.#ids.set(key, others);
    else this.#ids.delete(key);
  }
}
