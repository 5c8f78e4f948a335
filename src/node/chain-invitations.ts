/** The invitations of a chain: opening and closing them, and the links of those that were made on this device. */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { publicKeyOf } from '../core/base/key.ts';
import { DAY_MS, INVITE_SEED_BYTES } from '../core/base/limits.ts';
import { invariant } from '../core/base/result.ts';
import { isAddressText } from '../core/codec/address.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { fitLink, type InvitationLink, inviteKeySeed } from '../core/codec/link.ts';
import { ROLES, type Role } from '../core/codec/primitives.ts';
import type { InvitationRecord } from '../core/codec/records.ts';
import { type IssuedRow, issuedRow, type OwnRow } from '../core/codec/stored.ts';
import { invitationIdOf } from '../core/codec/transaction.ts';
import { rulesOf } from '../core/membership/facts.ts';
import { mayInviteTo, ruleFor } from '../core/policy/roles.ts';
import type { Acting } from './acting.ts';
import type { ChainNode } from './chain-node.ts';
import { ownRoles } from './persons.ts';
import type { Network, PeerAddress } from './ports.ts';
import { validatorPeers } from './validator-reach.ts';

/** Validators that a link names where its relays are none: enough to find the others, few enough for a short link. */
const VALIDATORS_NAMED_MAX = 2;
const ISSUED_ROW_BYTES_MAX = 1024;
const ISSUED_ROWS_MAX = 10_000;
const ISSUED_PREFIX = 'issued/';

export interface InvitationInfo {
  readonly id: Hash;
  readonly role: Role;
  /** 0 is unlimited. */
  readonly uses: number;
  readonly used: number;
  readonly expiry: number;
  readonly shared: boolean;
  readonly issuer: Hash;
  /** Not final yet. */
  readonly pending: boolean;
  /** `live` also while it is not final yet. The others let nobody in any more. */
  readonly status: InvitationRecord['status'];
  /** When it stopped being live; 0 while it is. */
  readonly ended: number;
  /** Members who came through it, or wait, and have not left. */
  readonly descendants: number;
  /** What the link says, where the seed is on this device and it still lets somebody in. */
  readonly link: InvitationLink | undefined;
}

export interface NewInvitation {
  /** `writer` unless said. */
  readonly role?: Role;
  /** 1 unless said; 0 is unlimited. */
  readonly uses?: number;
  /** Life from now in ms; 7 days unless said. */
  readonly expiresMs?: number;
  /** Any member's node answers its guests. A closed one with more than one use asks its issuer to approve each join. */
  readonly shared?: boolean;
}

/** What a link says of the chain and of how to reach it, whoever it invites. */
export type LinkPlace = Pick<InvitationLink, 'chain' | 'chainName' | 'inviter' | 'anchor' | 'relays' | 'networkKey'>;

export class Invitations {
  readonly #node: ChainNode;
  readonly #network: Network;
  readonly #acting: Acting;
  readonly #own: () => OwnRow;
  readonly #issued: Map<string, IssuedRow>;

  private constructor(node: ChainNode, network: Network, acting: Acting, own: () => OwnRow, issued: Map<string, IssuedRow>) {
    this.#node = node;
    this.#network = network;
    this.#acting = acting;
    this.#own = own;
    this.#issued = issued;
  }

  /** With the seeds that this device keeps. */
  static async over(node: ChainNode, network: Network, acting: Acting, own: () => OwnRow): Promise<Invitations> {
    const rows = await node.ledger.space.range('meta', ISSUED_PREFIX, `${ISSUED_PREFIX}g`, ISSUED_ROWS_MAX);
    const issued = new Map<string, IssuedRow>();
    for (const { key, value } of rows) {
      const row = decode(issuedRow, value, ISSUED_ROW_BYTES_MAX);
      if (row.ok) issued.set(String(key).slice(ISSUED_PREFIX.length), row.value);
    }
    return new Invitations(node, network, acting, own, issued);
  }

  /** Roles that this member may invite to under the chain's rules, `writer` first. */
  roles(): readonly Role[] {
    const mine = ownRoles(this.#node);
    const rules = rulesOf(this.#node.ledger.state);
    const open = ROLES.filter((role) => mayInviteTo(rules, mine, role) && ruleFor(rules, role)?.rule.type !== 'never');
    return open.toSorted((a, b) => Number(b === 'writer') - Number(a === 'writer'));
  }

  /** Opens one; see `Chain.invite`. */
  async open(options: NewInvitation = {}): Promise<InvitationInfo> {
    const { role = 'writer', uses = 1, expiresMs = 7 * DAY_MS, shared = uses !== 1 } = options;
    const { random, clock } = this.#node.ports;
    const chain = this.#node.chain;
    const seed = random.bytes(INVITE_SEED_BYTES);
    const key = publicKeyOf(inviteKeySeed(seed, chain));
    const action = { type: 'invite', key, role, uses, expiry: clock.now() + expiresMs, shared } as const;
    await this.#acting.wouldPass(action);
    const id = invitationIdOf(chain, key);
    await this.#keepSeed({ invitation: id, seed, role, transaction: id });
    await this.#node.submit([{ action, bodies: [] }]);
    const info = this.live().find((one) => equal(one.id, id));
    invariant(info !== undefined, 'an invitation just made is among the invitations');
    return info;
  }

  async #keepSeed(row: IssuedRow): Promise<void> {
    const key = toHex(row.invitation);
    const value = encode(issuedRow, row);
    await this.#node.ledger.space.write([{ type: 'put', table: 'meta', key: `${ISSUED_PREFIX}${key}`, value }], 'strict');
    this.#issued.set(key, row);
  }

  async revoke(invitation: Hash): Promise<void> {
    await this.#acting.act({ type: 'revoke-invite', invitation });
  }

  // ---------------------------------------------------------------- reading

  /** Live invitations, and those made here that are not final yet. */
  live(): readonly InvitationInfo[] {
    return [...this.#final().filter(({ status }) => status === 'live'), ...this.#pending()];
  }

  /** Used, expired and revoked ones that the chain still knows, the latest first. */
  spent(): readonly InvitationInfo[] {
    return this.#final()
      .filter(({ status }) => status !== 'live')
      .toSorted((a, b) => b.ended - a.ended);
  }

  #final(): readonly InvitationInfo[] {
    const now = this.#node.ports.clock.now();
    return [...this.#node.ledger.state.all('invitation')].map(({ id, value: { key: _, ...record } }) => {
      // One whose time is over stays live in the state until the next block.
      const isOver = record.status === 'live' && record.expiry <= now;
      const ending = isOver ? ({ status: 'expired', ended: record.expiry } as const) : { status: record.status, ended: record.ended };
      const info = { ...record, ...ending, id: id as Hash, pending: false };
      return { ...info, link: info.status === 'live' ? this.#linkOf(info) : undefined };
    });
  }

  #pending(): readonly InvitationInfo[] {
    const self = this.#node.self();
    if (self === undefined) return [];
    return this.#node.outbox.items().flatMap(({ transaction, refused }) => {
      const { action } = transaction.unsigned;
      if (action.type !== 'invite' || refused !== undefined) return [];
      const { role, uses, expiry, shared } = action;
      const fresh = { used: 0, pending: true, status: 'live', ended: 0, descendants: 0 } as const;
      const info = { ...fresh, id: invitationIdOf(this.#node.chain, action.key), role, uses, expiry, shared, issuer: self.id };
      return [{ ...info, link: this.#linkOf(info) }];
    });
  }

  /** The link of an invitation whose seed is here, anchored at the newest final block. */
  #linkOf({ id, role, uses, shared }: Omit<InvitationInfo, 'link'>): InvitationLink | undefined {
    const issued = this.#issued.get(toHex(id));
    if (issued === undefined) return undefined;
    return fitLink({ ...this.place(), role, reusable: uses !== 1, shared, seed: issued.seed });
  }

  /** Where the chain stands now, and how to reach it. */
  place(): LinkPlace {
    const { ledger, ports, chain } = this.#node;
    return {
      chain,
      chainName: ledger.genesis.name,
      inviter: this.#own().yourName,
      anchor: { block: ledger.tip.id, height: ledger.tip.header.height, issued: ports.clock.now() },
      relays: this.relays(),
      networkKey: this.#node.networkKeys()[0],
    };
  }

  /**
   * Where newcomers may reach the chain: this process itself if it can be dialled, then the relays it knows. Where none of these
   * decides for the chain, which this device then founded alone, those who decide come first: validators, or itself through a relay.
   */
  relays(): readonly PeerAddress[] {
    const { relays } = this.#own();
    const { ledger, signer } = this.#node;
    const isAlone = ledger.trust.seats.every(({ node }) => equal(node, signer.publicKey));
    // A browser's own addresses lead through the relays, which are named anyway.
    const own = this.#network.addresses().filter((address) => isAddressText(address) && (isAlone || !address.includes('/p2p-circuit')));
    const self = own.length > 0 || relays.length === 0 ? [{ peer: this.#network.peerId, addresses: own }] : [];
    const validators = validatorPeers(ledger, signer.publicKey);
    const isNamed = validators.some(({ peer }) => relays.some((relay) => relay.peer === peer));
    return [...self, ...(isNamed ? [] : validators.slice(0, VALIDATORS_NAMED_MAX)), ...relays];
  }
}
