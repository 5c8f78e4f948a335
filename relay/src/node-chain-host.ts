/** What a relay does with chains: hosts those of others by its rule, creates its own, invites, and tells how they stand. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '../../src/core/base/bytes.ts';
import { DAY_MS } from '../../src/core/base/limits.ts';
import { RefusalError, unwrap } from '../../src/core/base/result.ts';
import { isDeviceLinkText, linkToCode, linkToJson, linkToUrl } from '../../src/core/codec/link-text.ts';
import { chainFactsOf } from '../../src/core/membership/facts.ts';
import { officeOf } from '../../src/core/membership/seats.ts';
import { createNetwork } from '../../src/net/network.ts';
import type { Chain, InvitationInfo } from '../../src/node/chain.ts';
import { Hosting } from '../../src/node/hosting.ts';
import type { JoinStage } from '../../src/node/joins.ts';
import { Latchkey } from '../../src/node/latchkey.ts';
import type { Network } from '../../src/node/ports.ts';
import { mayPass } from '../../src/node/reopening.ts';
import { systemClock, systemRandom } from '../../src/node/system-ports.ts';

import type { RequestProgress } from '../../src/node/waiting.ts';
import { holdsInTime } from './chain-actions.ts';
import type {
  BackupAnswer,
  ChainHost,
  ChainStatus,
  ChainSummary,
  Invitation,
  InvitationOptions,
  JoinWish,
  NewChain,
  OpenChainHost,
  PendingSummary,
  RestoreAnswer,
} from './chain-host.ts';
import { Complaint } from './complaint.ts';
import { consensusView } from './consensus-view.ts';
import { hashOf } from './desk-changes.ts';
import { operatorOf } from './desk-views.ts';
import { bytesBelow } from './disk-use.ts';
import { earningOf } from './earning-desk.ts';
import { fileKeyStore } from './file-keys.ts';
import { forkView } from './fork-desk.ts';
import { HostCodeBook, type NewHostCode } from './host-codes.ts';
import { logView } from './log-view.ts';
import { nodeVerifier } from './node-verifier.ts';
import { sqliteStore } from './sqlite-store.ts';

/** Opens the chains that are there and begins to answer those who ask to be hosted. */
export const openChainHost: OpenChainHost = async ({
  transport,
  gate,
  addresses,
  dataFolder,
  name,
  siteUrl,
  hosting,
  quotaBytes,
  witnesses,
  log,
}) => {
  const clock = systemClock();
  const random = systemRandom();
  const verifier = nodeVerifier();
  const network = createNetwork({ transport, clock, random, verifier, ...(gate && { gate }) });
  const keys = fileKeyStore(join(dataFolder, 'keys'));
  const chainsFolder = join(dataFolder, 'chains');
  const store = sqliteStore(chainsFolder, { spaceBytesMax: quotaBytes });
  const failed = (chain: Uint8Array, error: unknown) => {
    const then = mayPass(error) ? ' now: it is tried again by itself' : '';
    log(`chain ${toHex(chain).slice(0, 8)} cannot go on${then}: ${error instanceof Error ? error.message : String(error)}`);
  };
  const resumed = (chain: Uint8Array) => log(`chain ${toHex(chain).slice(0, 8)} goes on: the disk works again`);
  const latchkey = await Latchkey.open({ store, keys, network, clock, random, verifier, witnesses, failed, resumed });
  const codes = new HostCodeBook(dataFolder, () => clock.now());
  const endpoints = () => addresses.map((address) => (address.includes('/p2p/') ? address : `${address}/p2p/${network.peerId}`));
  network.serveHost(new Hosting({ latchkey, keys, clock, random, verifier, relayName: name, rule: hosting, codes, endpoints }));
  const diskOf = ({ id }: Chain) => ({ bytes: bytesBelow(chainsFolder, (file) => file.includes(toHex(id))), quotaBytes });
  return new NodeChainHost({ name, siteUrl, network, latchkey, diskOf, codes: hosting === 'invited' ? codes : undefined });
};

const STANDING_INVITATION = { role: 'writer', uses: 0, lifetimeMs: 30 * DAY_MS, shared: true } as const;

interface HostParts {
  readonly name: string;
  readonly siteUrl: string;
  readonly network: Network;
  readonly latchkey: Latchkey;
  readonly diskOf: (chain: Chain) => ChainStatus['disk'];
  readonly codes: HostCodeBook | undefined;
}

class NodeChainHost implements ChainHost {
  readonly #name: string;
  readonly #siteUrl: string;
  readonly #network: Network;
  readonly #latchkey: Latchkey;
  readonly #diskOf: (chain: Chain) => ChainStatus['disk'];
  readonly #codes: HostCodeBook | undefined;
  readonly #closing = new AbortController();

  constructor({ name, siteUrl, network, latchkey, diskOf, codes }: HostParts) {
    this.#name = name;
    this.#siteUrl = siteUrl;
    this.#network = network;
    this.#latchkey = latchkey;
    this.#diskOf = diskOf;
    this.#codes = codes;
  }

  /** Creates a chain with this relay as founder, federation and validator. */
  async createChain({ recovery: named, ...options }: NewChain): Promise<ChainSummary> {
    const recovery = named && { ...named, keys: named.keys.map(hashOf) };
    return statusOf(await this.#latchkey.createChain({ ...options, yourName: this.#name, ...(recovery && { recovery }) }));
  }

  /** The relay's own chain of this name; `undefined` if there is none. */
  find(name: string): ChainSummary | undefined {
    const chain = this.#latchkey.chains().find((one) => one.name === name);
    return chain === undefined ? undefined : statusOf(chain);
  }

  /** Opens an invitation to a chain, by its name, its id or the beginning of its id. Settles once the link works. */
  async invite(which: string | undefined, options: InvitationOptions): Promise<Invitation> {
    const chain = this.chain(which);
    const { role, uses, lifetimeMs, shared } = options;
    const made = await chain.invite({ role, uses, expiresMs: lifetimeMs, shared });
    await isFinal(chain, made);
    return this.#forms(chain, made);
  }

  /** A reusable invitation that was made here before and still lives, or a new one. */
  async standingInvitation(which: string): Promise<Invitation> {
    const chain = this.chain(which);
    const live = chain.invitations().find(({ uses, link, role }) => uses === 0 && link !== undefined && role === 'writer');
    return live === undefined ? this.invite(which, STANDING_INVITATION) : this.#forms(chain, live);
  }

  #forms(chain: Chain, { id, link, role, uses, expiry }: InvitationInfo): Invitation {
    if (link === undefined) throw new Error('broken invariant: the seed of an invitation made here is here');
    return {
      chain: toHex(chain.id),
      id: toHex(id),
      url: linkToUrl(link, this.#siteUrl),
      code: linkToCode(link),
      readable: JSON.parse(linkToJson(link)),
      role,
      uses,
      expires: new Date(expiry).toISOString(),
    };
  }

  chains(): readonly Chain[] {
    return this.#latchkey.chains();
  }

  /** The chain by its name, its id or the beginning of its id; without one, the only chain there is. */
  chain(which: string | undefined): Chain {
    const chains = this.#latchkey.chains();
    if (which === undefined) return onlyChain(chains);
    // An id is nobody's to choose, so that no chain's name stands in its way.
    const byId = which.length < 4 ? [] : chains.filter((chain) => toHex(chain.id).startsWith(which));
    const found = byId.length > 0 ? byId : chains.filter((chain) => chain.name === which);
    const [only, ...others] = found;
    if (only === undefined) throw new Complaint(`There is no chain ${which} here: "latchkey-relay status" lists them.`);
    if (others.length > 0)
      throw new Complaint(`${found.length} chains here are called ${which}: name one by its id, which "latchkey-relay status" shows.`);
    return only;
  }

  status(): Promise<readonly ChainStatus[]> {
    return Promise.all(
      this.#latchkey.chains().map(async (chain) => ({
        ...statusOf(chain),
        consensus: await consensusView(chain),
        fork: forkView(chain),
        log: logView(chain),
        disk: this.#diskOf(chain),
        earning: earningOf(chain),
      })),
    );
  }

  async join(wish: JoinWish, heard: (line: string) => void): Promise<ChainSummary> {
    for await (const stage of this.#stagesOf(wish)) {
      if (stage.type === 'joined') return statusOf(stage.chain);
      heard(stage.type === 'stage' ? `Joining: ${stage.stage}` : progressLine(stage.request));
    }
    throw new RefusalError({ code: 'closed', detail: 'the join ended without an answer' });
  }

  #stagesOf({ link: text, name, knock, operator: told, phrase, stolen }: JoinWish): AsyncGenerator<JoinStage> {
    const link = unwrap(this.#latchkey.openInvitation(text));
    const { signal } = this.#closing;
    const operator = told && operatorOf(told);
    const options = { name, signal, ...(operator === undefined ? {} : { operator }) };
    if (phrase !== undefined) return this.#latchkey.recover(link, { phrase, stolen, signal });
    if (isDeviceLinkText(text)) return this.#latchkey.linkDevice(link, { signal });
    return knock === undefined ? this.#latchkey.join(link, options) : this.#latchkey.knock(link, { ...options, role: knock });
  }

  joining(): readonly PendingSummary[] {
    return this.#latchkey.pendingJoins().map(({ chain, link, request, ended }) => ({
      chain: toHex(chain),
      name: link.chainName,
      role: link.role,
      approvals: approvalsOf(request),
      needed: request?.needed ?? null,
      ended: ended ?? null,
    }));
  }

  phrase(): Promise<string | undefined> {
    return this.#latchkey.recovery.phrase();
  }

  confirmPhrase(): Promise<boolean> {
    return this.#latchkey.recovery.confirm();
  }

  async hostCode(lifetimeMs: number): Promise<NewHostCode> {
    if (this.#codes === undefined) throw new Complaint('This relay asks nobody for a code: start it with --host-chains invited.');
    return this.#codes.make(lifetimeMs);
  }

  async backup(file: string, password: string): Promise<BackupAnswer> {
    const bytes = await this.#latchkey.backup(password);
    await writeFile(file, bytes, { mode: 0o600 }).catch(() => {
      throw new Complaint(`The file ${file} cannot be written: name another one.`);
    });
    return { file, bytes: bytes.length };
  }

  async restore(file: string, password: string, phrase: string): Promise<RestoreAnswer> {
    const bytes = await readFile(file).catch(() => {
      throw new Complaint(`The file ${file} cannot be read: name the backup's.`);
    });
    const restored = await this.#latchkey.restore(new Uint8Array(bytes), password, phrase, { signal: this.#closing.signal });
    return { chains: restored.map(({ chain, chainName: name, refused }) => ({ chain: toHex(chain), name, refused: refused ?? null })) };
  }

  /** Closes every chain, the network and the store. */
  async close(): Promise<void> {
    this.#closing.abort(new RefusalError({ code: 'closed', detail: 'this node was stopped' }));
    this.#network.serveHost(undefined);
    await this.#latchkey.close();
  }
}

function statusOf(chain: Chain): ChainSummary {
  const { node } = chain;
  return {
    chain: toHex(chain.id),
    name: chain.name,
    height: chain.height,
    transactions: node.ledger.tip.header.logSize,
    members: chain.members().filter(({ left }) => !left).length,
    validators: node.ledger.trust.seats.length,
    validating: node.isValidator,
    protocol: chainFactsOf(node.ledger.state).protocol,
    versions: node.ledger.trust.seats.map(({ member }) => officeOf(node.ledger.state, member)?.versions ?? []),
    sessions: node.sessions().length,
    connected: chain.peers().map(({ name }) => name),
    tip: toHex(node.ledger.tip.id),
    problem: node.problem,
  };
}

function approvalsOf(request: RequestProgress | undefined): number {
  return request?.decisions.filter(({ yes }) => yes).length ?? 0;
}

function progressLine(request: RequestProgress): string {
  const said = request.decisions.map(({ name, yes }) => `${name ?? 'A member'} ${yes ? 'approved' : 'rejected'}`);
  return `Waiting: ${approvalsOf(request)} of ${request.needed} approvals${said.length === 0 ? '' : ` (${said.join(', ')})`}`;
}

function onlyChain(chains: readonly Chain[]): Chain {
  const [only, ...others] = chains;
  if (only === undefined) throw new Complaint('There is no chain here yet: "latchkey-relay chain create NAME" makes one.');
  if (others.length > 0) throw new Complaint('There are several chains here: name one with --chain. "latchkey-relay status" lists them.');
  return only;
}

async function isFinal(chain: Chain, { id }: InvitationInfo): Promise<void> {
  if (await holdsInTime(chain, () => chain.node.ledger.state.get('invitation', id) !== undefined)) return;
  throw new RefusalError({ code: 'timed-out', detail: 'the invitation did not become final' });
}
