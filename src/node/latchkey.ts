/**
 * Latchkey: all chains of one device. Creates chains, opens links, joins, and takes up at the start whatever was there.
 *
 * One of these runs over one store, one key store and one network; the browser, the relay and tests differ only in the
 * ports that they pass.
 */
import { toHex, utf8 } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { CHAIN_NAME_BYTES_MAX, NAME_BYTES_MAX } from '../core/base/limits.ts';
import { type RefusalCode, RefusalError, type Result, unwrap } from '../core/base/result.ts';
import { decodeLink, encodeLink, type InvitationLink, inviteKeySeed } from '../core/codec/link.ts';
import { parseLink } from '../core/codec/link-text.ts';
import type { OwnRow } from '../core/codec/stored.ts';
import { invitationIdOf } from '../core/codec/transaction.ts';
import { anchorIsFresh } from '../core/light/finality.ts';
import { openLinkRules } from '../core/policy/templates.ts';
import { abortError, sleep } from './abort.ts';
import { Chain } from './chain.ts';
import { ChainNode } from './chain-node.ts';
import { chainSpaceName, type FoundedChain, foundAlone, foundWithHost } from './founding.ts';
import { Gate } from './gate.ts';
import { isFinalRefusal, Joining, type JoinStageName } from './joining.ts';
import { Ledger } from './ledger.ts';
import { Listeners } from './listeners.ts';
import { memorySigner } from './memory-keys.ts';
import { readOwn, STANDING, writeOwn } from './own-row.ts';
import type { Clock, KeyStore, Network, PeerAddress, Random, Signer, Space, Store, Verifier } from './ports.ts';
import { Recovery } from './recovery.ts';
import { textBody } from './writing.ts';

export interface LatchkeyPorts {
  readonly store: Store;
  readonly keys: KeyStore;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly verifier: Verifier;
  /** Signs with the key that a link derives; in JavaScript unless said. */
  readonly seedSigner?: (seed: Uint8Array) => Signer | Promise<Signer>;
  /** Hears of relays that links, chains and the person name, before they are dialled. */
  readonly relayKnown?: (relay: PeerAddress) => void;
  /** Hears of errors that end a chain's work on this device. Nothing secret is in them. */
  readonly failed?: (chain: Hash, error: unknown) => void;
}

/** Where a chain that is being joined stands. */
export interface PendingJoin {
  readonly chain: Hash;
  readonly link: InvitationLink;
}

export type JoinStage =
  | { readonly type: 'stage'; readonly stage: JoinStageName; readonly elapsedMs: number }
  | { readonly type: 'joined'; readonly chain: Chain; readonly elapsedMs: number };

/** After this a resumed join tries again. */
const RESUME_PAUSE_MS = 3_000;

interface Attempt {
  readonly link: InvitationLink;
  readonly stop: AbortController;
  readonly over: Promise<void>;
}

export class Latchkey {
  readonly #ports: LatchkeyPorts;
  readonly #chains = new Map<string, Chain>();
  readonly #joins = new Map<string, Attempt>();
  readonly #listeners = new Listeners<void>();
  readonly #closing = new AbortController();
  readonly #recovery: Recovery;

  private constructor(ports: LatchkeyPorts, space: Space) {
    this.#ports = ports;
    this.#recovery = new Recovery(space, ports.random, () => this.#tell());
  }

  /** Opens every chain of this device, and goes on with joins that a reload interrupted. */
  static async open(ports: LatchkeyPorts): Promise<Latchkey> {
    const latchkey = new Latchkey(ports, await ports.store.space('node'));
    for (const name of await ports.store.spaces()) if (name.startsWith('chain-')) await latchkey.#takeUp(name);
    return latchkey;
  }

  async #takeUp(name: string): Promise<void> {
    const space = await this.#ports.store.space(name);
    const own = await readOwn(space);
    if (own === undefined) return this.#ports.store.drop(name); // A founding or joining that never got as far as asking.
    if (own.standing === STANDING.member) {
      const ledger = await Ledger.open(space);
      if (ledger !== undefined) await this.#start(ledger, own);
      return;
    }
    const link = own.link === undefined ? undefined : decodeLink(own.link);
    if (link?.ok !== true || own.join === undefined) return this.#ports.store.drop(name);
    this.#resume(link.value, own);
  }

  chains(): readonly Chain[] {
    return [...this.#chains.values()];
  }
  chain(id: Hash): Chain | undefined {
    return this.#chains.get(toHex(id));
  }
  pendingJoins(): readonly PendingJoin[] {
    return [...this.#joins.values()].map(({ link }) => ({ chain: link.chain, link }));
  }
  get network(): Network {
    return this.#ports.network;
  }

  /** Calls back when a chain comes or goes. Returns what ends it. */
  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  #tell(): void {
    this.#listeners.tell();
  }

  // ---------------------------------------------------------------- creating

  /**
   * Creates a chain with its founder as federation. With `relay`, that relay hosts it as validator; without, this device
   * is the validator until others take over. Throws `RefusalError`: `hosting-refused`, `no-relay`, `timed-out`, …
   */
  async createChain(options: {
    readonly name: string;
    readonly yourName: string;
    readonly relay?: PeerAddress;
    readonly signal?: AbortSignal;
  }): Promise<Chain> {
    const name = properName(options.name, CHAIN_NAME_BYTES_MAX);
    const yourName = properName(options.yourName, NAME_BYTES_MAX);
    const { keys, random, clock, network, verifier } = this.#ports;
    if (options.relay !== undefined) this.#relaysKnown([options.relay]);
    const temporary = `new-${toHex(random.bytes(16))}`;
    const next = await this.#recovery.takeNextKey();
    const plan = {
      name,
      rules: openLinkRules(),
      now: clock.now(),
      random,
      signer: await keys.make(`${temporary}/node`),
      nameBody: textBody(random, yourName),
      nextKeyDigest: next.digest,
    };
    const signal = AbortSignal.any([this.#closing.signal, ...(options.signal === undefined ? [] : [options.signal])]);
    const founded =
      options.relay === undefined
        ? await foundAlone(plan, { vote: await keys.make(`${temporary}/vote`), note: await keys.make(`${temporary}/note`) })
        : await foundWithHost(plan, { network, relay: options.relay, verifier }, signal);
    const own = ownRow({ name, yourName, nextKeyIndex: next.index, relays: options.relay === undefined ? [] : [options.relay] });
    return this.adoptFounded(founded, own, temporary);
  }

  /** Writes and starts a chain that was just founded; its keys have a temporary name until now. */
  async adoptFounded(founded: FoundedChain, own: OwnRow, temporary: string): Promise<Chain> {
    const { keys, store } = this.#ports;
    const hex = toHex(founded.chain);
    for (const kind of KEY_KINDS)
      if ((await keys.get(`${temporary}/${kind}`)) !== undefined) await keys.rename(`${temporary}/${kind}`, `${hex}/${kind}`);
    const space = await store.space(chainSpaceName(founded.chain));
    const ledger = await Ledger.create(space, founded.genesisLeaf, founded.certificate, founded.bodies);
    await writeOwn(space, own);
    const chain = await this.#start(ledger, own);
    this.#tell();
    return chain;
  }

  async #start(ledger: Ledger, own: OwnRow, gate?: Gate, attached?: ReturnType<Network['attach']>): Promise<Chain> {
    const { keys, network } = this.#ports;
    this.#relaysKnown(own.relays);
    const hex = toHex(ledger.chain);
    const [signer, vote] = await Promise.all([this.#nodeKey(hex), keys.get(`${hex}/vote`)]);
    const { networkKeys } = own;
    const seated = vote !== undefined && ledger.trust.seats.some((seat) => toHex(seat.vote) === toHex(vote.publicKey));
    const node = await ChainNode.start(ledger, {
      ...this.#ports,
      signer,
      voteSigner: seated ? vote : undefined,
      networkKeys,
      failed: (error) => this.#ports.failed?.(ledger.chain, error),
    });
    const behind = gate ?? new Gate({ chain: ledger.chain, signer, networkKeys, firstTip: node.tip() });
    behind.open(node);
    const reached = attached ?? network.attach(behind);
    node.connect(reached);
    reached.keep(own.relays);
    const chain = await Chain.over(node, network, own);
    this.#chains.set(hex, chain);
    return chain;
  }

  #relaysKnown(relays: readonly PeerAddress[]): void {
    for (const relay of relays) this.#ports.relayKnown?.(relay);
  }

  async #nodeKey(hex: string): Promise<Signer> {
    const signer = await this.#ports.keys.get(`${hex}/node`);
    if (signer === undefined) throw new RefusalError({ code: 'storage-corrupt', detail: 'the node key of a chain is gone' });
    return signer;
  }

  // ---------------------------------------------------------------- joining

  /** Reads a link, a bare code or the JSON form. No network; what a join needs of this device alone is made ready meanwhile. */
  openInvitation(text: string): Result<InvitationLink> {
    this.#recovery.prepare().catch(() => undefined);
    return parseLink(text);
  }

  /**
   * Joins by a link. Yields each stage as it begins and `joined` at the end; throws `RefusalError` with the chain's or the
   * relay's typed reason. Aborting stops the wait; what was already asked for may still be granted, and is taken up when
   * the same link is opened again.
   */
  async *join(link: InvitationLink, options: { readonly name: string; readonly signal: AbortSignal }): AsyncGenerator<JoinStage> {
    const { clock } = this.#ports;
    const hex = toHex(link.chain);
    const there = this.#chains.get(hex);
    const started = clock.now();
    if (there !== undefined) return yield { type: 'joined', chain: there, elapsedMs: 0 };
    unwrap(anchorIsFresh(link.anchor, started));
    const yourName = properName(options.name, NAME_BYTES_MAX);
    const stages: JoinStageName[] = [];
    let wake: () => void = () => undefined;
    const stop = new AbortController();
    const attempt = this.#attemptAfter(this.#joins.get(hex), link, yourName, AbortSignal.any([options.signal, stop.signal]), (stage) => {
      stages.push(stage);
      wake();
    });
    this.#track(link, stop, attempt);
    let chain: Chain | undefined;
    const done = attempt.then((joined) => {
      chain = joined;
    });
    done.catch(() => undefined).finally(() => wake());
    while (chain === undefined) {
      const stage = stages.shift();
      if (stage !== undefined) yield { type: 'stage', stage, elapsedMs: clock.now() - started };
      else
        await Promise.race([
          done,
          new Promise<void>((resolve) => {
            wake = resolve;
          }),
        ]);
    }
    yield* stages.map((stage) => ({ type: 'stage', stage, elapsedMs: clock.now() - started }) as const);
    yield { type: 'joined', chain, elapsedMs: clock.now() - started };
  }

  async #attemptAfter(
    before: Attempt | undefined,
    link: InvitationLink,
    yourName: string,
    signal: AbortSignal,
    stage: (stage: JoinStageName) => void,
  ): Promise<Chain> {
    before?.stop.abort(new RefusalError({ code: 'aborted', detail: 'another try has begun' }));
    await before?.over;
    const there = this.chain(link.chain);
    if (there !== undefined) return there;
    if (signal.aborted) throw abortError(signal);
    // Connecting takes as long as getting ready here, and neither needs the other. Who cannot be reached is told of later.
    this.#relaysKnown(link.relays);
    for (const relay of link.relays) this.#ports.network.reach(relay, signal).catch(() => undefined);
    return this.#attempt(link, await this.#ownToJoin(link, yourName), signal, stage);
  }

  /** What is kept of an earlier try with the same link, or a new row; nothing is on disk before the question is. */
  async #ownToJoin(link: InvitationLink, yourName: string): Promise<OwnRow> {
    const space = await this.#ports.store.space(chainSpaceName(link.chain));
    const kept = await readOwn(space);
    if (kept?.join !== undefined && kept.link !== undefined && toHex(kept.link) === toHex(encodeLink(link))) return kept;
    const next = await this.#recovery.takeNextKey();
    return {
      ...ownRow({ name: link.chainName, yourName, nextKeyIndex: next.index, relays: link.relays }),
      standing: STANDING.joining,
      link: encodeLink(link),
      networkKeys: link.networkKey === undefined ? [] : [link.networkKey],
    };
  }

  /** One whole try: from attaching to the network to a started chain. Leaves nothing behind unless the question was asked. */
  async #attempt(link: InvitationLink, own: OwnRow, signal: AbortSignal, stage: (stage: JoinStageName) => void): Promise<Chain> {
    const { keys, store, network, seedSigner = memorySigner } = this.#ports;
    this.#relaysKnown(link.relays);
    const [space, signer, inviteKey] = await Promise.all([
      store.space(chainSpaceName(link.chain)),
      keys.make(`${toHex(link.chain)}/node`),
      seedSigner(inviteKeySeed(link.seed, link.chain)),
    ]);
    const invite = { invitation: invitationIdOf(link.chain, inviteKey.publicKey), signer: inviteKey };
    const firstTip = { height: link.anchor.height, block: link.anchor.block };
    const gate = new Gate({
      chain: link.chain,
      signer,
      networkKeys: link.networkKey === undefined ? [] : [link.networkKey],
      invite,
      firstTip,
    });
    const attached = network.attach(gate);
    const either = AbortSignal.any([signal, this.#closing.signal]);
    const joining = new Joining({ ...this.#ports, space, gate, invite, network: attached }, link, own, either, stage);
    try {
      const ledger = await joining.run(await this.#recovery.digestAt(own.nextKeyIndex));
      const admitted: OwnRow = { ...own, standing: STANDING.member, link: undefined, join: undefined };
      await writeOwn(space, admitted);
      const chain = await this.#start(ledger, admitted, gate, attached);
      this.#tell();
      return chain;
    } catch (error) {
      await attached.close();
      const code: RefusalCode | undefined = error instanceof RefusalError ? error.code : undefined;
      if (!joining.hasAsked || (code !== undefined && isFinalRefusal(code))) await this.#forget(link.chain);
      throw error;
    }
  }

  async #forget(chain: Hash): Promise<void> {
    await this.#ports.store.drop(chainSpaceName(chain));
    await this.#ports.keys.delete(`${toHex(chain)}/node`);
  }

  /** Goes on with a join in the background until it has an answer. */
  #resume(link: InvitationLink, own: OwnRow): void {
    const stop = new AbortController();
    this.#track(link, stop, this.#keepTrying(link, own, stop.signal));
  }

  /** One try a chain: the next one, in whichever tab, ends it first. */
  #track(link: InvitationLink, stop: AbortController, work: Promise<unknown>): void {
    const hex = toHex(link.chain);
    const ended = () => {
      if (this.#joins.get(hex)?.stop === stop) this.#joins.delete(hex);
      this.#tell();
    };
    this.#joins.set(hex, { link, stop, over: work.then(ended, ended) });
    this.#tell();
  }

  async #keepTrying(link: InvitationLink, own: OwnRow, signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#closing.signal]);
    while (!either.aborted) {
      try {
        await this.#attempt(link, own, signal, () => undefined);
        return;
      } catch (error) {
        if (error instanceof RefusalError && isFinalRefusal(error.code)) return;
        await sleep(this.#ports.clock, RESUME_PAUSE_MS, either).catch(() => undefined);
      }
    }
  }

  // ---------------------------------------------------------------- recovery

  /** The recovery phrase of this device and the next keys that it derives. */
  get recovery(): Recovery {
    return this.#recovery;
  }

  // ---------------------------------------------------------------- ending

  /** Closes every chain, the network and the store. Nothing is left running. */
  async close(): Promise<void> {
    this.#closing.abort(new RefusalError({ code: 'closed', detail: 'this device’s node was closed' }));
    await Promise.allSettled([...this.#joins.values()].map(({ over }) => over));
    await Promise.all(this.chains().map((chain) => chain.close()));
    await this.#ports.network.close();
    await this.#ports.store.close();
    this.#chains.clear();
    this.#listeners.clear();
  }
}

const KEY_KINDS = ['node', 'vote', 'note'] as const;

export function ownRow(options: { name: string; yourName: string; nextKeyIndex: number; relays: readonly PeerAddress[] }): OwnRow {
  const { name, yourName, nextKeyIndex, relays } = options;
  return {
    version: 2,
    standing: STANDING.member,
    yourName,
    link: undefined,
    join: undefined,
    nextKeyIndex,
    relays,
    chainName: name,
    networkKeys: [],
    knock: undefined,
  };
}

/** A name without stray spaces. Throws `malformed` if nothing is left or it is too long. */
function properName(text: string, bytesMax: number): string {
  const name = text.trim().normalize('NFC');
  if (name === '' || !name.isWellFormed() || utf8(name).length > bytesMax)
    throw new RefusalError({ code: 'malformed', detail: `a name has 1 to ${bytesMax} bytes` });
  return name;
}
