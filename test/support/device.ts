/** A device of a story: its own store, keys and peer id on a hub. What it kept is there again when it is reopened. */

import type { InvitationLink } from '../../src/core/codec/link.ts';
import type { MemoryHub } from '../../src/net/memory-transport.ts';
import { createNetwork } from '../../src/net/network.ts';
import type { Chain, Entry, NewInvitation } from '../../src/node/chain.ts';
import { textOf } from '../../src/node/chain.ts';
import { Latchkey } from '../../src/node/latchkey.ts';
import type { LatchkeyPorts } from '../../src/node/latchkey-ports.ts';
import { memoryKeyStore } from '../../src/node/memory-keys.ts';
import type { Clock, Store } from '../../src/node/ports.ts';
import { systemClock, systemRandom } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';

const random = systemRandom();
const verifier = webCryptoVerifier();
let devices = 0;

/** The system's clock, ahead by what a story says. */
export class StoryClock implements Clock {
  aheadMs = 0;
  readonly #clock = systemClock();
  now(): number {
    return this.#clock.now() + this.aheadMs;
  }
  schedule(delayMs: number, run: () => void): () => void {
    return this.#clock.schedule(delayMs, run);
  }
}

export interface DeviceOptions extends Pick<LatchkeyPorts, 'validate' | 'witnesses'> {
  readonly clock?: StoryClock;
}

export class Device {
  readonly name: string;
  readonly peer: string;
  readonly clock: StoryClock;
  readonly #hub: MemoryHub;
  readonly #options: Pick<LatchkeyPorts, 'validate' | 'witnesses'>;
  /** Its disk, for those who write on it what the shipped code would not. */
  readonly store = memoryStore();
  /** Its private keys, for those who misuse them. */
  readonly keys = memoryKeyStore(random);
  #latchkey: Latchkey | undefined;

  constructor(hub: MemoryHub, name: string, { clock = new StoryClock(), ...options }: DeviceOptions = {}) {
    this.#options = options;
    this.#hub = hub;
    this.name = name;
    this.clock = clock;
    this.peer = `device${++devices}`;
  }

  get latchkey(): Latchkey {
    if (this.#latchkey === undefined) throw new Error(`${this.name}'s device is off`);
    return this.#latchkey;
  }

  /** Its one chain. */
  get chain(): Chain {
    const [chain] = this.latchkey.chains();
    if (chain === undefined) throw new Error(`${this.name} is on no chain`);
    return chain;
  }

  async on(): Promise<this> {
    const { clock } = this;
    const network = createNetwork({ transport: this.#hub.transport(this.peer), clock, random, verifier });
    this.#latchkey = await Latchkey.open({
      ...this.#options,
      store: lasting(this.store),
      keys: this.keys,
      network,
      clock,
      random,
      verifier,
    });
    return this;
  }

  async off(): Promise<void> {
    await this.#latchkey?.close();
    this.#latchkey = undefined;
  }

  /** A link to its chain, once the invitation is final. */
  async invites(options: NewInvitation = {}): Promise<InvitationLink> {
    const { chain } = this;
    const { id, link } = await chain.invite(options);
    await until(chain, () => chain.node.ledger.state.get('invitation', id) !== undefined);
    if (link === undefined) throw new Error('the seed is on the device that invites');
    return link;
  }

  /** Joins; throws what the chain or the network refuses. */
  async joins(link: InvitationLink, signal: AbortSignal = AbortSignal.timeout(30_000)): Promise<Chain> {
    for await (const stage of this.latchkey.join(link, { name: this.name, signal })) if (stage.type === 'joined') return stage.chain;
    throw new Error('a join ends with joined or with a refusal');
  }

  async texts(): Promise<readonly string[]> {
    return (await this.chain.entries({ limit: 1000 })).map((entry: Entry) => textOf(entry) ?? '?');
  }
}

/** Settles when the condition holds, asked anew after each change of the chain. */
export async function until(chain: Chain, condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise<void>((resolve) => {
      const stop = chain.subscribe(() => {
        stop();
        resolve();
      });
    });
  }
}

/** A store that outlives the node that closes it, as a disk does. */
function lasting(store: Store): Store {
  return { space: (name) => store.space(name), spaces: () => store.spaces(), drop: (name) => store.drop(name), close: async () => {} };
}
