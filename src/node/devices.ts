/** The devices of this member: which there are, and links by which one more comes in. */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { type PublicKey, publicKeyOf } from '../core/base/key.ts';
import { DEVICE_LINK_LIFETIME_MS, INVITE_SEED_BYTES, MINUTE_MS } from '../core/base/limits.ts';
import { invariant, RefusalError } from '../core/base/result.ts';
import { fitLink, type InvitationLink, inviteKeySeed } from '../core/codec/link.ts';
import { deviceLinkToUrl } from '../core/codec/link-text.ts';
import { ROLES, type Role } from '../core/codec/primitives.ts';
import { ALL_ROLES_MASK, actorOf } from '../core/membership/facts.ts';
import { isInMask, roleMask } from '../core/policy/roles.ts';
import type { Acting } from './acting.ts';
import type { LinkPlace } from './chain-invitations.ts';
import type { ChainNode } from './chain-node.ts';
import { ownMemberId } from './persons.ts';

/** Hexadecimal digits of a key by which a person tells devices apart. */
const FINGERPRINT_DIGITS = 8;
/** The hour that a link has counts from its block, whose clock may be behind ours. */
const LINK_LIFE_MS = DEVICE_LINK_LIFETIME_MS - 5 * MINUTE_MS;
/** What a linked device may do at most, whatever its member is. */
const LINKED_ROLES: readonly Role[] = ['observer', 'writer'];

export interface DeviceInfo {
  readonly key: PublicKey;
  /** Enough of it to tell one's own devices apart. */
  readonly fingerprint: string;
  /** When it came in, ms. */
  readonly since: number;
  /** By which it may act now. */
  readonly roles: readonly Role[];
  readonly thisOne: boolean;
  /** True if it may do all that its member may. */
  readonly full: boolean;
}

export interface NewDeviceLink {
  /** What the new device may do: `observer`, `writer` or both; what this one may of these unless said. */
  readonly roles?: readonly Role[];
  /** Life from now in ms, an hour at most; 55 minutes unless said. */
  readonly expiresMs?: number;
  /** Page that the URL opens. */
  readonly siteUrl?: string;
}

export interface DeviceLinkInfo {
  readonly link: InvitationLink;
  /** `<page>#d=<code>` */
  readonly url: string;
  readonly expiry: number;
  /** The transaction that opens it: the link works once that is final. */
  readonly transaction: Hash;
}

export class Devices {
  readonly #node: ChainNode;
  readonly #acting: Acting;
  readonly #place: () => LinkPlace;

  constructor(node: ChainNode, acting: Acting, place: () => LinkPlace) {
    this.#node = node;
    this.#acting = acting;
    this.#place = place;
  }

  /** Devices of this member, oldest first. */
  list(): readonly DeviceInfo[] {
    const { state } = this.#node.ledger;
    const id = ownMemberId(this.#node);
    const member = id === undefined ? undefined : state.get('member', id);
    const found = member?.devices.flatMap((key) => {
      const actor = actorOf(state, key);
      invariant(actor !== undefined, 'a member’s devices are there');
      const { roles, device } = actor;
      const { added: since, roleMask: mask } = device;
      const thisOne = equal(key, this.#node.signer.publicKey);
      return [{ key, fingerprint: toHex(key).slice(0, FINGERPRINT_DIGITS), since, roles, thisOne, full: mask === ALL_ROLES_MASK }];
    });
    return (found ?? []).sort((a, b) => a.since - b.since);
  }

  /**
   * Opens a link for one more device, in place of any that is open. Settles once it is durable here; the link works as soon
   * as that is final. Throws `RefusalError`: `not-allowed`, `expiry-too-far`, `too-many-devices`, `suspended`.
   */
  async link(options: NewDeviceLink = {}): Promise<DeviceLinkInfo> {
    const { expiresMs = LINK_LIFE_MS, siteUrl = '' } = options;
    const { random, clock } = this.#node.ports;
    const roles = options.roles ?? this.#linkable();
    const [role] = ROLES.filter((one) => roles.includes(one)).reverse();
    if (role === undefined) throw new RefusalError({ code: 'not-allowed', detail: 'a linked device reads or writes' });
    const seed = random.bytes(INVITE_SEED_BYTES);
    const key = publicKeyOf(inviteKeySeed(seed, this.#node.chain));
    const expiry = clock.now() + expiresMs;
    const step = { type: 'open', key, roleMask: roleMask(roles), expiry } as const;
    const transaction = await this.#acting.act({ type: 'link-device', step });
    const link = fitLink({ ...this.#place(), role, reusable: false, shared: true, seed });
    return { link, url: deviceLinkToUrl(link, siteUrl), expiry, transaction };
  }

  /** Of what this device may, what a linked one may too. */
  #linkable(): readonly Role[] {
    const mask = this.#node.self()?.device.roleMask ?? 0;
    return LINKED_ROLES.filter((role) => isInMask(mask, role));
  }
}
