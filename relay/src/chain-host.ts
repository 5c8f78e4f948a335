/** What a relay does with chains, as its commands and its start see it. `node-chain-host.ts` implements it. */
import type { Role } from '../../src/core/codec/primitives.ts';
import type { VerifierKey } from '../../src/core/log/verifier-key.ts';
import type { Template } from '../../src/core/policy/templates.ts';
import type { RelayGate } from '../../src/net/relay-gate.ts';
import type { Transport } from '../../src/net/transport.ts';
import type { Chain } from '../../src/node/chain.ts';
import type { HostingRule } from '../../src/node/hosting.ts';
import type { ConsensusView } from './consensus-view.ts';
import type { OperatorView } from './desk-views.ts';
import type { EarningView } from './earning-desk.ts';
import type { ForkView } from './fork-desk.ts';
import type { NewHostCode } from './host-codes.ts';
import type { LogView } from './log-view.ts';

export type { HostingRule };

export interface NewChain {
  readonly name: string;
  readonly template: Template;
  /** Of how many federation members a newcomer needs the approval, where the template asks for any. */
  readonly approvals: number;
  /** Whether anybody may read it: the relay then publishes its log. */
  readonly publicRead: boolean;
  /** Who can recover it once it is broken: digests of keys in hexadecimal, how many must sign, how long others may object. */
  readonly recovery: { readonly threshold: number; readonly delayMs: number; readonly keys: readonly string[] } | undefined;
}

export interface BackupAnswer {
  readonly file: string;
  readonly bytes: number;
}

export interface RestoreAnswer {
  /** `refused`: code of why this node is not its member's again. */
  readonly chains: readonly { readonly chain: string; readonly name: string; readonly refused: string | null }[];
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
  /** The protocol version in force. */
  readonly protocol: number;
  /** Protocol versions that each validator has said it runs: a quorum of them decides whether an upgrade takes effect. */
  readonly versions: readonly (readonly number[])[];
  readonly sessions: number;
  /** Names of the members with whom a session is open. */
  readonly connected: readonly string[];
  /** Id of the latest final block: equal on all nodes at equal height. */
  readonly tip: string;
  /** Code of what keeps the chain from going on here. */
  readonly problem: string | undefined;
}

/** A chain with how its validators are doing. */
export interface ChainStatus extends ChainSummary {
  readonly consensus: ConsensusView;
  /** What is proved of its having two histories; `null` while it is one. */
  readonly fork: ForkView | null;
  readonly log: LogView;
  /** Past the quota nothing more is written, and the chain stops here with `storage-full`. */
  readonly disk: { readonly bytes: number; readonly quotaBytes: number };
  /** What its relays serve and earn. */
  readonly earning: EarningView;
}

export interface JoinWish {
  readonly link: string;
  /** What members are to see it as. */
  readonly name: string;
  /** Asks for this role without using the link up. */
  readonly knock: Role | undefined;
  readonly operator: OperatorView | undefined;
  /** Becomes the member again whom this phrase recovers; the link then only says where the chain is. */
  readonly phrase: string | undefined;
  /** With a phrase: the keys so far are in wrong hands, and what they left open ends. */
  readonly stolen: boolean;
}

export interface PendingSummary {
  readonly chain: string;
  readonly name: string;
  readonly role: Role;
  readonly approvals: number;
  readonly needed: number | null;
  /** Code of why it ended without admission. */
  readonly ended: string | null;
}

export interface ChainHost {
  /** Creates a chain with this relay as founder, federation and validator. */
  createChain(options: NewChain): Promise<ChainSummary>;
  /** The chain of this name; `undefined` if there is none. */
  find(name: string): ChainSummary | undefined;
  /** All chains of this node. */
  chains(): readonly Chain[];
  /** The chain by its name, its id or the beginning of its id; without one, the only chain there is. Throws `Complaint`. */
  chain(which: string | undefined): Chain;
  /** Opens an invitation to a chain. Settles once the link works. */
  invite(chain: string | undefined, options: InvitationOptions): Promise<Invitation>;
  /** A reusable invitation that was made here before and still lives, or a new one. */
  standingInvitation(chain: string): Promise<Invitation>;
  status(): Promise<readonly ChainStatus[]>;
  /** Joins by a link, a code or its JSON form; settles once admitted, after approvals if it takes any. */
  join(wish: JoinWish, heard: (line: string) => void): Promise<ChainSummary>;
  /** Chains that this node has asked to join and that have not answered yet. */
  joining(): readonly PendingSummary[];
  /** The recovery phrase of this node, while nobody has confirmed that it is kept elsewhere. */
  phrase(): Promise<string | undefined>;
  /** The phrase is kept elsewhere and leaves this machine. False if it was gone. */
  confirmPhrase(): Promise<boolean>;
  /** A code by which this relay hosts one chain; throws `Complaint` where it asks for none. */
  hostCode(lifetimeMs: number): Promise<NewHostCode>;
  /** Writes an encrypted file from which, with the phrase, all memberships come back. No key is in it. */
  backup(file: string, password: string): Promise<BackupAnswer>;
  restore(file: string, password: string, phrase: string): Promise<RestoreAnswer>;
  close(): Promise<void>;
}

export interface ChainHostParts {
  readonly transport: Transport;
  /** Of a relay: hears what sessions prove of whom. */
  readonly gate?: RelayGate;
  readonly addresses: readonly string[];
  readonly dataFolder: string;
  /** What members see this node as on chains that it makes or hosts. */
  readonly name: string;
  /** Where invitation links lead. */
  readonly siteUrl: string;
  readonly hosting: HostingRule;
  /** Room that one chain may take on the disk. */
  readonly quotaBytes: number;
  /** Public witnesses whose signatures it keeps and shows. */
  readonly witnesses: readonly VerifierKey[];
  readonly log: (line: string) => void;
}

export type OpenChainHost = (parts: ChainHostParts) => Promise<ChainHost>;
