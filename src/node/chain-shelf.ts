/** The chains of one device that run: started over their ledgers, attached to the network, found again by id. */
import { toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { RefusalError } from '../core/base/result.ts';
import type { OwnRow } from '../core/codec/stored.ts';
import { Chain } from './chain.ts';
import { ChainNode } from './chain-node.ts';
import { chainSpaceName, type FoundedChain } from './founding.ts';
import { Gate } from './gate.ts';
import type { LatchkeyPorts } from './latchkey-ports.ts';
import { Ledger } from './ledger.ts';
import { readOwn, STANDING, writeOwn } from './own-row.ts';
import type { ChainNetwork, PeerAddress, Signer, Space } from './ports.ts';
import { mayPass, orClose, Reopening } from './reopening.ts';
import { Validating } from './validating.ts';

const KEY_KINDS = ['node', 'vote', 'note'] as const;

export class ChainShelf {
  readonly #ports: LatchkeyPorts;
  readonly #changed: () => void;
  readonly #chains = new Map<string, Chain>();
  readonly #reopenings = new Map<string, Reopening>();

  constructor(ports: LatchkeyPorts, changed: () => void) {
    this.#ports = ports;
    this.#changed = changed;
  }

  all(): readonly Chain[] {
    return [...this.#chains.values()];
  }

  get(id: Hash): Chain | undefined {
    return this.#chains.get(toHex(id));
  }

  /** Writes and starts a chain that was just founded; its keys have a temporary name until now. */
  async adopt(founded: FoundedChain, own: OwnRow, temporary: string): Promise<Chain> {
    const { keys, store } = this.#ports;
    const hex = toHex(founded.chain);
    for (const kind of KEY_KINDS)
      if ((await keys.get(`${temporary}/${kind}`)) !== undefined) await keys.rename(`${temporary}/${kind}`, `${hex}/${kind}`);
    const space = await store.space(chainSpaceName(founded.chain));
    const ledger = await Ledger.create(space, founded.genesisLeaf, founded.certificate, founded.bodies);
    await writeOwn(space, own);
    return this.start(ledger, own);
  }

  /** Starts a chain over its ledger. One that was joined just now has a gate, and sessions behind it, already. */
  async start(ledger: Ledger, own: OwnRow, joined?: { readonly gate: Gate; readonly attached: ChainNetwork }): Promise<Chain> {
    const { keys, network } = this.#ports;
    this.relaysKnown(own.relays);
    const hex = toHex(ledger.chain);
    const [signer, vote] = await Promise.all([this.#nodeKey(hex), keys.get(`${hex}/vote`)]);
    const { networkKeys } = own;
    const node = await ChainNode.start(ledger, {
      ...this.#ports,
      signer,
      voteSigner: vote,
      officeKeys: { vote: () => keys.make(`${hex}/vote`), note: () => keys.make(`${hex}/note`) },
      validating: await Validating.open(ledger.space, this.#ports.validate ?? true),
      reachedAt: () => ({ peer: network.peerId, addresses: network.addresses() }),
      relays: () => own.relays,
      networkKeys,
      failed: (error) => this.#failed(ledger.chain, error),
    });
    const chain = await orClose(node, () => Chain.over(node, network, own));
    const gate = joined?.gate ?? new Gate({ chain: ledger.chain, signer, networkKeys, firstTip: node.tip() });
    gate.open(node);
    const attached = joined?.attached ?? network.attach(gate);
    // Nobody talks to a key that is out.
    if (own.standing === STANDING.member) attached.keep(own.relays);
    node.connect(attached);
    this.#chains.set(hex, chain);
    this.#changed();
    return chain;
  }

  /** Starts a chain anew, with what changes of this device's part in it: by another key, for one. */
  async restart(chain: Chain, changes: () => Promise<Partial<OwnRow>>): Promise<Chain> {
    const { space } = chain.node.ledger;
    await this.#take(chain.id);
    const own = { ...(await ownRowIn(space)), ...(await changes()) };
    await writeOwn(space, own);
    return this.#openAnew(space, own);
  }

  async #openAnew(space: Space, own: OwnRow): Promise<Chain> {
    const ledger = await Ledger.open(space);
    if (ledger === undefined) throw new RefusalError({ code: 'storage-corrupt', detail: 'the copy of the chain is gone' });
    return this.start(ledger, own);
  }

  // ---------------------------------------------------------------- a disk that fails

  #failed(id: Hash, error: unknown): void {
    const isNews = !mayPass(error) || this.#reopeningOf(id).failed();
    if (isNews) this.#ports.failed?.(id, error);
  }

  #reopeningOf(id: Hash): Reopening {
    const hex = toHex(id);
    const known = this.#reopenings.get(hex);
    if (known !== undefined) return known;
    const reopening = new Reopening({
      clock: this.#ports.clock,
      reopen: () => this.#reopen(id),
      stuck: (error) => this.#ports.failed?.(id, error),
    });
    this.#reopenings.set(hex, reopening);
    return reopening;
  }

  /** True once the chain runs anew, and its disk has not failed again meanwhile. */
  async #reopen(id: Hash): Promise<boolean> {
    const before = this.get(id);
    if (before === undefined) return true;
    const { space } = before.node.ledger;
    const rewrite = async () => {
      const own = await ownRowIn(space);
      await writeOwn(space, own);
      return own;
    };
    // A disk that takes no write yet leaves the chain as it is: readable, and served to others. Once it is closed, nobody else writes.
    await before.node.run(rewrite).catch((error: unknown) => {
      if (!(error instanceof RefusalError) || error.code !== 'closed') throw error;
    });
    await before.close();
    const own = await rewrite();
    const chain = await this.#openAnew(space, own);
    if (chain.node.isHalted) return false;
    this.#ports.resumed?.(id);
    return true;
  }

  /** Takes a chain off the shelf, closed; what was seen to for it has ended. */
  async #take(id: Hash): Promise<void> {
    const hex = toHex(id);
    await this.#reopeningOf(id).close();
    await this.get(id)?.close();
    this.#chains.delete(hex);
    this.#reopenings.delete(hex);
  }

  /** Takes a chain off this device, its copy and its key. */
  async drop(chain: Chain): Promise<void> {
    await this.#take(chain.id);
    await this.#ports.store.drop(chainSpaceName(chain.id));
    await this.#ports.keys.delete(`${toHex(chain.id)}/node`);
    this.#changed();
  }

  relaysKnown(relays: readonly PeerAddress[]): void {
    for (const relay of relays) this.#ports.relayKnown?.(relay);
  }

  async #nodeKey(hex: string): Promise<Signer> {
    const signer = await this.#ports.keys.get(`${hex}/node`);
    if (signer === undefined) throw new RefusalError({ code: 'storage-corrupt', detail: 'the node key of a chain is gone' });
    return signer;
  }

  async close(): Promise<void> {
    // First of all, so that what fails while they are closed brings none of them back.
    await Promise.all(this.all().map(({ id }) => this.#reopeningOf(id).close()));
    await Promise.all(this.all().map((chain) => chain.close()));
    this.#chains.clear();
  }
}

async function ownRowIn(space: Space): Promise<OwnRow> {
  const own = await readOwn(space);
  if (own === undefined) throw new RefusalError({ code: 'storage-corrupt', detail: 'this device’s part in the chain is gone' });
  return own;
}
