/** What a relay does with chains, as its commands and its start see it. `node-chain-host.ts` implements it. */
import type { Role } from '../../src/core/codec/primitives.ts';
import type { Transport } from '../../src/net/transport.ts';
import type { Chain } from '../../src/node/chain.ts';
import type { HostingRule } from '../../src/node/hosting.ts';

export type { HostingRule };

export interface NewChain {
  readonly name: string;
}

export interface InvitationOptions {
  readonly role: Role;
  /** 0 is unlimited. */
  readonly uses: number;
  readonly lifetimeMs: number;
  /** Any member's node answers its guests. */
  readonly shared: boolean;
}

/** An invitation in each of its forms. */
export interface Invitation {
  readonly chain: string;
  readonly id: string;
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
  createChain(options: NewChain): Promise<ChainSummary>;
  /** The chain of this name; `undefined` if there is none. */
  find(name: string): ChainSummary | undefined;
  /** The chain by its name, its id or the beginning of its id; without one, the only chain there is. Throws `Complaint`. */
  chain(which: string | undefined): Chain;
  /** Opens an invitation to a chain. Settles once the link works. */
  invite(chain: string | undefined, options: InvitationOptions): Promise<Invitation>;
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
