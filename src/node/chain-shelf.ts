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
import type { ChainNetwork, PeerAddress, Signer } from './ports.ts';
import { Validating } from './validating.ts';

const KEY_KINDS = ['node', 'vote', 'note'] as const;

export class ChainShelf {
  readonly #ports: LatchkeyPorts;
  readonly #changed: () => void;
  readonly #chains = new Map<string, Chain>();

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
      failed: (error) => this.#ports.failed?.(ledger.chain, error),
    });
    const gate = joined?.gate ?? new Gate({ chain: ledger.chain, signer, networkKeys, firstTip: node.tip() });
    gate.open(node);
    const attached = joined?.attached ?? network.attach(gate);
    // Nobody talks to a key that is out.
    if (own.standing === STANDING.member) attached.keep(own.relays);
    node.connect(attached);
    const chain = await Chain.over(node, network, own);
    this.#chains.set(hex, chain);
    this.#changed();
    return chain;
  }

  /** Starts a chain anew, with what changes of this device's part in it: by another key, for one. */
  async restart(chain: Chain, changes: () => Promise<Partial<OwnRow>>): Promise<Chain> {
    const { space } = chain.node.ledger;
    await chain.close();
    this.#chains.delete(toHex(chain.id));
    const row = await readOwn(space);
    if (row === undefined) throw new RefusalError({ code: 'storage-corrupt', detail: 'this device’s part in the chain is gone' });
    const own = { ...row, ...(await changes()) };
    await writeOwn(space, own);
    const ledger = await Ledger.open(space);
    if (ledger === undefined) throw new RefusalError({ code: 'storage-corrupt', detail: 'the copy of the chain is gone' });
    return this.start(ledger, own);
  }

  /** Takes a chain off this device, its copy and its key. */
  async drop(chain: Chain): Promise<void> {
    await chain.close();
    this.#chains.delete(toHex(chain.id));
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
    await Promise.all(this.all().map((chain) => chain.close()));
    this.#chains.clear();
  }
}
