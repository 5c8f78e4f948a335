/** What a relay does with chains: hosts those of others by its rule, creates its own, invites, and tells how they stand. */
import { toHex } from '../../src/core/base/bytes.ts';
import { RefusalError } from '../../src/core/base/result.ts';
import { linkToCode, linkToJson, linkToUrl } from '../../src/core/codec/link-text.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import type { Chain, InvitationInfo } from '../../src/node/chain.ts';
import { Hosting, type HostingRule } from '../../src/node/hosting.ts';
import { Latchkey } from '../../src/node/latchkey.ts';
import type { KeyStore, Network, Store } from '../../src/node/ports.ts';
import { systemClock, systemRandom } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { Complaint } from './complaint.ts';

/** A chain's invitation must be final before its link works; the relay is the validator, so this is a matter of milliseconds. */
const FINAL_WITHIN_MS = 10_000;

export interface ChainHostOptions {
  readonly store: Store;
  readonly keys: KeyStore;
  readonly network: Network;
  readonly hosting: HostingRule;
  /** What members see the relay as. */
  readonly name: string;
  /** Where invitation links lead. */
  readonly siteUrl: string;
  /** Multiaddr texts that end in this relay's peer id. */
  endpoints(): readonly string[];
  /** Hears of chains that cannot go on. */
  failed(chain: string, error: unknown): void;
}

export interface InviteOptions {
  readonly role?: Role;
  /** 0 is unlimited. */
  readonly uses?: number;
  readonly expiresMs?: number;
}

/** An invitation in each of its forms. */
export interface InvitationForms {
  readonly chain: string;
  readonly url: string;
  readonly code: string;
  readonly json: unknown;
  readonly role: Role;
  readonly uses: number;
  readonly expires: string;
}

export interface ChainStatus {
  readonly id: string;
  readonly name: string;
  readonly height: number;
  readonly entries: number;
  readonly members: number;
  readonly validators: number;
  readonly validating: boolean;
  readonly sessions: number;
  readonly problem: string | undefined;
}

export class ChainHost {
  readonly #options: ChainHostOptions;
  readonly #latchkey: Latchkey;

  private constructor(options: ChainHostOptions, latchkey: Latchkey) {
    this.#options = options;
    this.#latchkey = latchkey;
  }

  /** Opens the chains that are there and begins to answer those who ask to be hosted. */
  static async open(options: ChainHostOptions): Promise<ChainHost> {
    const { store, keys, network, hosting } = options;
    const clock = systemClock();
    const random = systemRandom();
    const verifier = webCryptoVerifier();
    const failed = (chain: Uint8Array, error: unknown) => options.failed(toHex(chain), error);
    const latchkey = await Latchkey.open({ store, keys, network, clock, random, verifier, failed });
    const service = new Hosting({ latchkey, keys, clock, random, verifier, relayName: options.name, rule: hosting, endpoints: options.endpoints });
    network.serveHost(service);
    return new ChainHost(options, latchkey);
  }

  /** Creates a chain with this relay as founder, federation and validator. */
  async createChain(name: string): Promise<ChainStatus> {
    return statusOf(await this.#latchkey.createChain({ name, yourName: this.#options.name }));
  }

  /** The relay's own chain of this name; `undefined` if there is none. */
  find(name: string): ChainStatus | undefined {
    const chain = this.#latchkey.chains().find((one) => one.name === name);
    return chain === undefined ? undefined : statusOf(chain);
  }

  /** Opens an invitation to a chain, by its name, its id or the beginning of its id. Settles once the link works. */
  async invite(which: string, options: InviteOptions): Promise<InvitationForms> {
    const chain = this.#chain(which);
    const made = await chain.invite(options);
    await isFinal(chain, made);
    return this.#forms(chain, made);
  }

  /** A reusable invitation that was made here before and still lives, or a new one. */
  async standingInvitation(which: string): Promise<InvitationForms> {
    const chain = this.#chain(which);
    const live = chain.invitations().find(({ uses, link, role }) => uses === 0 && link !== undefined && role === 'writer');
    return live === undefined ? this.invite(which, { uses: 0 }) : this.#forms(chain, live);
  }

  #forms(chain: Chain, { link, role, uses, expiry }: InvitationInfo): InvitationForms {
    if (link === undefined) throw new Error('broken invariant: the seed of an invitation made here is here');
    return {
      chain: toHex(chain.id),
      url: linkToUrl(link, this.#options.siteUrl),
      code: linkToCode(link),
      json: JSON.parse(linkToJson(link)),
      role,
      uses,
      expires: new Date(expiry).toISOString(),
    };
  }

  #chain(which: string): Chain {
    const chains = this.#latchkey.chains();
    const exact = chains.filter((chain) => toHex(chain.id) === which || chain.name === which);
    const found = exact.length > 0 || which.length < 4 ? exact : chains.filter((chain) => toHex(chain.id).startsWith(which));
    const [only, ...others] = found;
    if (only === undefined) throw new Complaint(`There is no chain ${which} here: "latchkey-relay status" lists them.`);
    if (others.length > 0) throw new Complaint(`${found.length} chains here are called ${which}: name one by its id, which "latchkey-relay status" shows.`);
    return only;
  }

  status(): readonly ChainStatus[] {
    return this.#latchkey.chains().map(statusOf);
  }

  /** Closes every chain, the network and the store. */
  async close(): Promise<void> {
    this.#options.network.serveHost(undefined);
    await this.#latchkey.close();
  }
}

function statusOf(chain: Chain): ChainStatus {
  const { node } = chain;
  return {
    id: toHex(chain.id),
    name: chain.name,
    height: chain.height,
    entries: node.ledger.tip.header.logSize,
    members: chain.members().filter(({ left }) => !left).length,
    validators: node.ledger.trust.seats.length,
    validating: node.isValidator,
    sessions: node.sessions().length,
    problem: node.problem,
  };
}

async function isFinal(chain: Chain, { id }: InvitationInfo): Promise<void> {
  const there = () => chain.node.ledger.state.get('invitation', id) !== undefined;
  if (there()) return;
  const final = Promise.withResolvers<void>();
  const stop = chain.subscribe(() => {
    if (there()) final.resolve();
  });
  const limit = setTimeout(() => final.reject(new RefusalError({ code: 'timed-out', detail: 'the invitation did not become final' })), FINAL_WITHIN_MS);
  try {
    await final.promise;
  } finally {
    clearTimeout(limit);
    stop();
  }
}
