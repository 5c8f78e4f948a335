/** The devices of this member: which there are, and links by which one more comes in. */
import type { Hash } from '../core/base/hash.ts';
import type { PublicKey } from '../core/base/key.ts';
import { RefusalError } from '../core/base/result.ts';
import type { InvitationLink } from '../core/codec/link.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { Acting } from './acting.ts';
import type { ChainNode } from './chain-node.ts';

export interface DeviceInfo {
  readonly key: PublicKey;
  /** Eight hexadecimal digits, enough to tell one's own devices apart. */
  readonly fingerprint: string;
  /** When it came in, ms. */
  readonly since: number;
  /** What it may do of what the member may. */
  readonly roles: readonly Role[];
  readonly thisOne: boolean;
  /** True if it may do all that its member may. */
  readonly full: boolean;
}

export interface NewDeviceLink {
  /** What the new device may do: `observer`, `writer` or both; both unless said. */
  readonly roles?: readonly Role[];
  /** Life from now in ms; an hour unless said, which is the most. */
  readonly expiresMs?: number;
  /** Page that the URL opens. */
  readonly siteUrl?: string;
}

export interface DeviceLinkInfo {
  readonly link: InvitationLink;
  /** `<site>#d=<code>` */
  readonly url: string;
  readonly expiry: number;
  /** The transaction that opens it: the link works once that is final. */
  readonly transaction: Hash;
}

export class Devices {
  readonly #node: ChainNode;
  readonly #acting: Acting;

  constructor(node: ChainNode, acting: Acting) {
    this.#node = node;
    this.#acting = acting;
  }

  /** Devices of this member, oldest first. */
  list(): readonly DeviceInfo[] {
    void this.#node;
    return [];
  }

  /** Opens a link for one more device. Settles once it is durable here; the link works as soon as that is final. */
  async link(_options: NewDeviceLink = {}): Promise<DeviceLinkInfo> {
    void this.#acting;
    throw new RefusalError({ code: 'failed', detail: 'this comes with the next commits' });
  }
}
