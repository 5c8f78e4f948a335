/** A relay's side of hosting: answers `/latchkey/host/1` by its rules and starts what it agreed to (DESIGN §9). */
import { equal, toHex, utf8 } from '../core/base/bytes.ts';
import { HOST_MESSAGE_BYTES_MAX, MINUTE_MS } from '../core/base/limits.ts';
import { RefusalError } from '../core/base/result.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { chainIdOf, type Genesis } from '../core/codec/genesis.ts';
import { type HostAnswer, type HostOffer, type HostRequest, hostAnswer, hostRequest } from '../core/codec/host.ts';
import { certifyFirst, type HostKeys, hostChain } from './founding.ts';
import type { Latchkey } from './latchkey.ts';
import type { Ledger } from './ledger.ts';
import { genesisPoint } from './ledger-base.ts';
import { newOwnRow } from './own-row.ts';
import type { Clock, HostService, KeyStore, PeerId, Random, Verifier } from './ports.ts';
import { SerialQueue } from './queue.ts';
import { textBody } from './writing.ts';

/** Who may have a chain hosted here: everybody, those with a code from the operator, nobody. */
export const HOSTING_RULES = ['open', 'invited', 'none'] as const;
export type HostingRule = (typeof HOSTING_RULES)[number];

/** The codes that the operator gave out; each is for one chain. */
export interface HostCodes {
  /** Whether a chain could be hosted for this code now. */
  isLive(code: string): boolean;
  /** Uses it up, durably; false if it was none, used or expired. */
  spend(code: string): Promise<boolean>;
}

/** Offers that wait for their genesis; the oldest gives way. Each holds three keys. */
const OFFERS_MAX = 64;
/** A founder answers an offer in seconds; a person need not be asked in between. */
const OFFER_LIFETIME_MS = 10 * MINUTE_MS;
/** Chains that one relay hosts: each holds a state and an open database in memory. */
const HOSTED_CHAINS_MAX = 200;

interface Offer {
  readonly name: string;
  readonly offer: HostOffer;
  readonly until: number;
  readonly nextKeyIndex: number;
  /** The code that it was made for; it is used up by the chain, not by the question. */
  readonly code: string | undefined;
}

export interface HostingPorts {
  readonly latchkey: Latchkey;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly verifier: Verifier;
  /** The relay's name on the chains it hosts. */
  readonly relayName: string;
  readonly rule: HostingRule;
  /** Where the rule is `invited`. */
  readonly codes?: HostCodes;
  /** Addresses at which members find it, with its peer id. */
  endpoints(): readonly string[];
}

export class Hosting implements HostService {
  readonly #ports: HostingPorts;
  /** By the hexadecimal of the offered node key, oldest first. */
  readonly #offers = new Map<string, Offer>();
  /** One request at a time: a founder who asks again, or twice, finds what the first made. */
  readonly #turns = new SerialQueue(() => undefined);

  constructor(ports: HostingPorts) {
    this.#ports = ports;
  }

  async hostRequested(_peer: PeerId, request: Uint8Array): Promise<Uint8Array> {
    try {
      const read = decode(hostRequest, request, HOST_MESSAGE_BYTES_MAX);
      if (!read.ok) throw new RefusalError(read.refusal);
      return encode(hostAnswer, await this.#turns.run(() => this.#answer(read.value)));
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      return encode(hostAnswer, { type: 'refused', code: error.code });
    }
  }

  async #answer(request: HostRequest): Promise<HostAnswer> {
    if (this.#ports.rule === 'none') throw refused('this relay hosts no chains for others');
    if (this.#ports.latchkey.chains().length >= HOSTED_CHAINS_MAX)
      throw new RefusalError({ code: 'relays-full', detail: `${HOSTED_CHAINS_MAX} chains are hosted` });
    if (request.type === 'found') return this.#found(request);
    const code = request.type === 'keys-by-code' ? request.code : undefined;
    this.#checkCode(code);
    return { type: 'offer', offer: await this.#offer(code) };
  }

  #checkCode(code: string | undefined): void {
    const { rule, codes } = this.#ports;
    if (rule !== 'invited') return;
    if (code === undefined) throw new RefusalError({ code: 'host-code-missing', detail: 'this relay hosts for those with a code' });
    if (codes?.isLive(code) !== true) throw codeRefused();
  }

  async #offer(code: string | undefined): Promise<HostOffer> {
    const { keys, random, clock, latchkey, relayName } = this.#ports;
    await this.#forgetOld();
    const name = `offer-${toHex(random.bytes(16))}`;
    const [node, vote, note] = [await keys.make(`${name}/node`), await keys.make(`${name}/vote`), await keys.make(`${name}/note`)];
    const next = await latchkey.recovery.takeNextKey();
    const offer: HostOffer = {
      node: node.publicKey,
      vote: vote.publicKey,
      note: note.publicKey,
      nextKey: next.digest,
      name: textBody(random, relayName),
      endpoints: this.#ports.endpoints().map(utf8),
    };
    this.#offers.set(toHex(node.publicKey), { name, offer, until: clock.now() + OFFER_LIFETIME_MS, nextKeyIndex: next.index, code });
    return offer;
  }

  async #forgetOld(): Promise<void> {
    const now = this.#ports.clock.now();
    for (const [key, { name, until }] of this.#offers) {
      if (until > now && this.#offers.size < OFFERS_MAX) return;
      this.#offers.delete(key);
      for (const kind of ['node', 'vote', 'note']) await this.#ports.keys.delete(`${name}/${kind}`);
    }
  }

  async #found(request: Extract<HostRequest, { type: 'found' }>): Promise<HostAnswer> {
    const { latchkey, verifier, clock } = this.#ports;
    const there = latchkey.chain(chainIdOf(request.genesis));
    // The founder may not have heard our first answer.
    if (there !== undefined) return this.#firstAnswer(there.node.ledger);
    const found = this.#offerFor(request.genesis);
    if (found === undefined) throw refused('this relay made no such offer, or long ago');
    const [key, { name, offer, nextKeyIndex, code }] = found;
    const founded = await hostChain(request, await this.#keysOf(name, offer), { verifier, now: clock.now() });
    if (this.#ports.rule === 'invited' && (code === undefined || (await this.#ports.codes?.spend(code)) !== true)) throw codeRefused();
    this.#offers.delete(key);
    const own = newOwnRow({ name: request.genesis.name, yourName: this.#ports.relayName, nextKeyIndex, relays: [] });
    const chain = await latchkey.adoptFounded(founded, own, name);
    return this.#firstAnswer(chain.node.ledger);
  }

  #offerFor({ founders }: Genesis): [string, Offer] | undefined {
    return [...this.#offers].find(([, { offer }]) => founders.some(({ node }) => equal(node, offer.node)));
  }

  async #keysOf(name: string, offer: HostOffer): Promise<HostKeys> {
    const [node, vote] = [await this.#ports.keys.get(`${name}/node`), await this.#ports.keys.get(`${name}/vote`)];
    if (node === undefined || vote === undefined)
      throw new RefusalError({ code: 'storage-failed', detail: 'the keys of an offer are gone' });
    return { offer, node, vote };
  }

  /** Genesis and the certificate of header 0: the vote key signs the very same vote again, Ed25519 being deterministic. */
  async #firstAnswer({ chain, genesisLeaf }: Ledger): Promise<HostAnswer> {
    const vote = await this.#ports.keys.get(`${toHex(chain)}/vote`);
    if (vote === undefined) throw new RefusalError({ code: 'storage-failed', detail: 'the vote key of a hosted chain is gone' });
    return { type: 'live', genesis: genesisLeaf, certificate: await certifyFirst(genesisPoint(genesisLeaf).header, vote) };
  }
}

function codeRefused(): RefusalError {
  return new RefusalError({ code: 'host-code-refused', detail: 'no such code, or it is used or expired' });
}

function refused(detail: string): RefusalError {
  return new RefusalError({ code: 'hosting-refused', detail });
}
