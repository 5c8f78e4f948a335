/** What a relay does with chains, as its commands and its start see it. `node-chain-host.ts` implements it. */
import type { Role } from '../../src/core/codec/primitives.ts';
import type { Transport } from '../../src/net/transport.ts';

import type { HostingRule } from '../../src/node/hosting.ts';

export type { HostingRule };

/** Roles that may be gained by an invitation alone (DESIGN §5). */
export const INVITATION_ROLES = ['writer', 'observer', 'relay'] as const satisfies readonly Role[];
export type InvitationRole = (typeof INVITATION_ROLES)[number];

export interface InvitationOptions {
  readonly role: InvitationRole;
  /** 0 is unlimited. */
  readonly uses: number;
  readonly lifetimeMs: number;
  /** Any member's node answers its guests; more than one use makes it so. */
  readonly shared: boolean;
}

/** An invitation in each of its forms. */
export interface Invitation {
  readonly chain: string;
  readonly url: string;
  readonly code: string;
  readonly readable: unknown;
  readonly role: Role;
  readonly uses: number;
  /** ISO 8601. */
  readonly expires: string;
}

export interface ChainSummary {
  readonly chain: string;
  readonly name: string;
  readonly height: number;
  /** Leaves of the log: all transactions, the genesis included. */
  readonly transactions: number;
  readonly members: number;
  readonly validators: number;
  readonly validating: boolean;
  readonly sessions: number;
  /** Code of what keeps the chain from going on here. */
  readonly problem: string | undefined;
}

export interface ChainHost {
  /** Creates a chain with this relay as founder, federation and validator. */
  createChain(name: string): Promise<ChainSummary>;
  /** The chain of this name; `undefined` if there is none. */
  find(name: string): ChainSummary | undefined;
  /** Opens an invitation to a chain, by its name, its id or the beginning of its id. Settles once the link works. */
  invite(chain: string, options: InvitationOptions): Promise<Invitation>;
  /** A reusable invitation that was made here before and still lives, or a new one. */
  standingInvitation(chain: string): Promise<Invitation>;
  status(): readonly ChainSummary[];
  close(): Promise<void>;
}

export interface ChainHostParts {
  readonly transport: Transport;
  readonly addresses: readonly string[];
  readonly dataFolder: string;
  /** Where invitation links lead. */
  readonly siteUrl: string;
  readonly hosting: HostingRule;
  readonly log: (line: string) => void;
}

export type OpenChainHost = (parts: ChainHostParts) => Promise<ChainHost>;
