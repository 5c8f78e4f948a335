/**
 * Latchkey: all chains of one device. Creates chains, opens links, joins, and takes up at the start whatever was there.
 *
 * One of these runs over one store, one key store and one network; the browser, the relay and tests differ only in the
 * ports that they pass.
 */
import { toHex, utf8 } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { CHAIN_NAME_BYTES_MAX, HOST_CODE_BYTES_MAX, NAME_BYTES_MAX } from '../core/base/limits.ts';
import { RefusalError, type Result } from '../core/base/result.ts';
import type { BackupChain } from '../core/codec/backup.ts';
import type { Recovery as RecoveryKeys } from '../core/codec/genesis.ts';
import type { InvitationLink } from '../core/codec/link.ts';
import { parseLink } from '../core/codec/link-text.ts';
import type { Operator } from '../core/codec/operator.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { OwnRow } from '../core/codec/stored.ts';
import { rulesProblem } from '../core/policy/soundness.ts';
import { rulesOfTemplate, type Template } from '../core/policy/templates.ts';
import { backupOf, isPhraseOf, type Restored, wayBack } from './backing-up.ts';
import { openBackup, sealBackup } from './backup.ts';
import type { Chain } from './chain.ts';
import { ChainShelf } from './chain-shelf.ts';
import { type FoundedChain, foundAlone, foundWithHost } from './founding.ts';
import { type JoinStage, Joins, type PendingJoin } from './joins.ts';
import type { LatchkeyPorts } from './latchkey-ports.ts';
import { Ledger } from './ledger.ts';
import { Listeners } from './listeners.ts';
import { memorySigner } from './memory-keys.ts';
import { newOwnRow, readOwn, STANDING } from './own-row.ts';
import type { Network, PeerAddress, Space } from './ports.ts';
import { properName } from './proper-name.ts';
import { Recovery } from './recovery.ts';
import { type NextKeys, nextKeys } from './recovery-phrase.ts';
import { findNextKey, nodeKeyName } from './rotating.ts';
import { nextKeyHere, rotateHere } from './rotating-here.ts';
import { textBody } from './writing.ts';

/** The founder: a relay that hosts has no say. */
const FOUNDING_FEDERATION = 1;

export interface NewChain {
  readonly name: string;
  readonly yourName: string;
  /** Hosts it as validator; without one this device is the validator until others take over. */
  readonly relay?: PeerAddress;
  /** What the relay's operator gave, where the relay hosts only for those with a code. */
  readonly hostCode?: string | undefined;
  /** Where no relay hosts it: those through which others reach this device meanwhile. */
  readonly through?: readonly PeerAddress[];
  /** `open-link` unless said. */
  readonly template?: Template;
  /** Of how many federation members a newcomer needs the approval, where the template asks for any; 1 unless said. */
  readonly approvals?: number;
  /** Whether anybody may read the record: relays then publish its log. Not unless said. */
  readonly publicRead?: boolean;
  /** Digests of keys that can recover the chain once it is broken, how many must sign, and how long others may object. */
  readonly recovery?: RecoveryKeys;
  readonly signal?: AbortSignal;
}

export interface JoinOptions {
  /** How the others will see who joined. */
  readonly name: string;
  /** What this machine is, where the role asks for it. */
  readonly operator?: Operator;
  readonly signal: AbortSignal;
}

export interface RecoverOptions {
  readonly phrase: string;
  /** Somebody else has the old key. */
  readonly stolen?: boolean;
  readonly signal: AbortSignal;
}

export interface RestoreOptions {
  /** Somebody else has the old keys. */
  readonly stolen?: boolean;
  readonly signal?: AbortSignal;
}

export class Latchkey {
  readonly #ports: LatchkeyPorts;
  readonly #shelf: ChainShelf;
  readonly #joins: Joins;
  readonly #listeners = new Listeners<void>();
  readonly #closing = new AbortController();
  readonly #recovery: Recovery;

  private constructor(ports: LatchkeyPorts, space: Space) {
    const changed = () => this.#listeners.tell();
    this.#ports = ports;
    this.#recovery = new Recovery(space, ports.random, changed);
    this.#shelf = new ChainShelf(ports, changed);
    this.#joins = new Joins({ ports, shelf: this.#shelf, recovery: this.#recovery }, this.#closing.signal, changed);
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
    if (own !== undefined && own.standing !== STANDING.joining) {
      const ledger = await Ledger.open(space);
      if (ledger !== undefined) await this.#shelf.start(ledger, own);
      return;
    }
    // A founding or joining that never got as far as asking leaves nothing.
    if (own === undefined || !this.#joins.resume(own)) await this.#ports.store.drop(name);
  }

  chains(): readonly Chain[] {
    return this.#shelf.all();
  }
  chain(id: Hash): Chain | undefined {
    return this.#shelf.get(id);
  }
  pendingJoins(): readonly PendingJoin[] {
    return this.#joins.pending();
  }
  get network(): Network {
    return this.#ports.network;
  }

  /** Calls back when a chain comes or goes, or is opened anew (see `Chain`). Returns what ends it. */
  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  // ---------------------------------------------------------------- creating

  /**
   * Creates a chain with its founder as federation, by the rules of a template. Throws `RefusalError`:
   * `rules-unsatisfiable` for more approvals than the founder alone can give (raise them with `governance.setTemplate` once
   * others are in the federation), `wrong-genesis` for recovery keys that recover nothing, `hosting-refused`,
   * `host-code-missing`, `host-code-refused`, `no-relay`, …
   */
  async createChain(options: NewChain): Promise<Chain> {
    const name = properName(options.name, CHAIN_NAME_BYTES_MAX);
    const yourName = properName(options.yourName, NAME_BYTES_MAX);
    const { keys, random, clock, network, verifier } = this.#ports;
    const rules = { ...rulesOfTemplate(options.template ?? 'open-link', options.approvals ?? 1), publicRead: options.publicRead ?? false };
    const unsound = rulesProblem(rules, FOUNDING_FEDERATION);
    if (unsound !== undefined) throw new RefusalError({ code: 'rules-unsatisfiable', detail: unsound });
    const code = options.hostCode;
    if (code !== undefined && utf8(code).length > HOST_CODE_BYTES_MAX)
      throw new RefusalError({ code: 'host-code-refused', detail: 'longer than any code' });
    if (options.relay !== undefined) this.#shelf.relaysKnown([options.relay]);
    const temporary = `new-${toHex(random.bytes(16))}`;
    const next = await this.#recovery.takeNextKey();
    const plan = {
      name,
      rules,
      recovery: options.recovery,
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
        : await foundWithHost(plan, { network, relay: options.relay, verifier, code }, signal);
    const relays = options.relay === undefined ? (options.through ?? []) : [options.relay];
    return this.adoptFounded(founded, newOwnRow({ name, yourName, nextKeyIndex: next.index, relays }), temporary);
  }

  /** Writes and starts a chain that was just founded; its keys have a temporary name until now. */
  adoptFounded(founded: FoundedChain, own: OwnRow, temporary: string): Promise<Chain> {
    return this.#shelf.adopt(founded, own, temporary);
  }

  // ---------------------------------------------------------------- joining

  /** Reads a link, a bare code or the JSON form. No network; what a join needs of this device alone is made ready meanwhile. */
  openInvitation(text: string): Result<InvitationLink> {
    this.#recovery.prepare().catch(() => undefined);
    return parseLink(text);
  }

  /**
   * Joins by a link. Yields each stage as it begins, who has decided where others must approve, and `joined` at the end;
   * throws `RefusalError` with the chain's or the relay's typed reason. Aborting stops the watching: what was already asked
   * for goes on in the background, over restarts, until it is granted or refused (`pendingJoins`).
   */
  join(link: InvitationLink, options: JoinOptions): AsyncGenerator<JoinStage> {
    return this.#joins.join(link, { type: 'invitation', operator: options.operator }, options.name, options.signal);
  }

  /**
   * Asks to join without a live invitation: the link, spent or not, only says where the chain is. Waits until the
   * federation has decided, as `join` does. Throws `knocks-closed` where the chain takes no knocks.
   */
  knock(link: InvitationLink, options: JoinOptions & { readonly role?: Role }): AsyncGenerator<JoinStage> {
    const { role = link.role, operator, name, signal } = options;
    return this.#joins.join(link, { type: 'knock', role, operator }, name, signal);
  }

  /** Makes this device one more of the member whose other device made the link (`chain.devices.link`). */
  linkDevice(link: InvitationLink, options: { readonly signal: AbortSignal }): AsyncGenerator<JoinStage> {
    return this.#joins.join(link, { type: 'device' }, link.inviter, options.signal);
  }

  /**
   * Becomes the member of the link's chain again whom this phrase recovers: its next key takes over from all keys that acted
   * for it. `stolen` ends what was left open under them. Yields what `join` does. Throws `malformed` for what is no phrase,
   * `member-unknown` where it recovers nobody.
   */
  async *recover(link: InvitationLink, options: RecoverOptions): AsyncGenerator<JoinStage> {
    const { phrase, stolen = false, signal } = options;
    // Another way in that is under way has the chain's place on the network, and its key.
    await this.#joins.forget(link.chain);
    const there = this.#shelf.get(link.chain);
    if (there !== undefined) await withNextKeys(phrase, (keys) => this.#recoverHere(there, keys, options));
    if (this.#shelf.get(link.chain) === undefined) await withNextKeys(phrase, (keys) => this.#takeUpKey(link, keys, 0, signal));
    yield* this.#joins.join(link, { type: 'recover', stolen }, link.inviter, signal);
  }

  /**
   * On the device that has the chain already: rotates, and goes on by the next key. Where this copy is behind, because others
   * have put the device out, the chain is taken off it to be found anew.
   */
  async #recoverHere(chain: Chain, keys: NextKeys, { stolen = false, signal }: RecoverOptions): Promise<void> {
    const index = nextKeyHere(chain, keys);
    const isIn = chain.standing.type === 'member' || chain.standing.type === 'suspended';
    if (index === undefined && !isIn) return this.#shelf.drop(chain);
    const seed = keys.seeds[index ?? keys.seeds.length];
    if (index === undefined || seed === undefined)
      throw new RefusalError({ code: 'member-unknown', detail: 'this member is not recovered by this phrase' });
    const { seedSigner = memorySigner, keys: store } = this.#ports;
    await this.#recovery.adopt(keys, index);
    const next = await this.#recovery.takeNextKey();
    const closing = AbortSignal.any([signal, this.#closing.signal]);
    await rotateHere(chain, await seedSigner(seed), { nextKey: next.digest, stolen }, closing);
    await this.#shelf.restart(chain, async () => {
      await store.adopt(nodeKeyName(chain.id), seed);
      return { standing: STANDING.member, nextKeyIndex: next.index };
    });
  }

  /** Makes the phrase's key that the chain knows this device's own there; `first` is the likeliest. */
  async #takeUpKey(link: InvitationLink, keys: NextKeys, first: number, signal: AbortSignal): Promise<void> {
    const index = await findNextKey(this.#ports, link, keys, AbortSignal.any([signal, this.#closing.signal]), first);
    await this.#ports.keys.adopt(nodeKeyName(link.chain), keys.seeds[index] ?? new Uint8Array(0));
    await this.#recovery.adopt(keys, index);
  }

  /** Gives up a join, under way or ended: nothing of it stays on this device. What was asked may still be granted. */
  forgetJoin(chain: Hash): Promise<void> {
    return this.#joins.forget(chain);
  }

  // ---------------------------------------------------------------- recovery

  /** The recovery phrase of this device and the next keys that it derives. */
  get recovery(): Recovery {
    return this.#recovery;
  }

  /**
   * An encrypted file from which, with the phrase, all chains of this device are found again. No private key and no phrase
   * is in it. Throws `malformed` for a password of fewer than eight characters.
   */
  async backup(password: string): Promise<Uint8Array> {
    const { random, clock } = this.#ports;
    return sealBackup(random, await backupOf(this.chains(), this.#recovery, clock.now()), password);
  }

  /**
   * Becomes the members again that a backup names, by the phrase: on each chain its next key takes over. One chain after the
   * other; what became of each is told. Throws `wrong-password`, `malformed`, and `member-unknown` for another phrase than
   * the one that the backup was made under.
   */
  async restore(file: Uint8Array, password: string, phrase: string, options: RestoreOptions = {}): Promise<readonly Restored[]> {
    const content = await openBackup(file, password);
    return withNextKeys(phrase, async (keys) => {
      if (!isPhraseOf(content, keys))
        throw new RefusalError({ code: 'member-unknown', detail: 'the backup was made under another phrase' });
      await this.#recovery.adopt(keys, content.nextIndex - 1);
      const outcomes: Restored[] = [];
      for (const chain of content.chains) outcomes.push(await this.#restore(chain, keys, options));
      return outcomes;
    });
  }

  async #restore(from: BackupChain, keys: NextKeys, { stolen = false, signal }: RestoreOptions): Promise<Restored> {
    const { chain, chainName, nextKeyIndex } = from;
    const either = signal ?? this.#closing.signal;
    try {
      const link = wayBack(this.#ports.random, from);
      if (this.#shelf.get(chain) === undefined) await this.#takeUpKey(link, keys, nextKeyIndex, either);
      for await (const _ of this.#joins.join(link, { type: 'recover', stolen }, link.inviter, either));
      return { chain, chainName, refused: undefined };
    } catch (error) {
      if (!(error instanceof RefusalError) || either.aborted) throw error;
      return { chain, chainName, refused: error.code };
    }
  }

  // ---------------------------------------------------------------- ending

  /** Closes every chain, the network and the store. Nothing is left running. */
  async close(): Promise<void> {
    this.#closing.abort(new RefusalError({ code: 'closed', detail: 'this device’s node was closed' }));
    try {
      await this.#joins.settled();
      await this.#shelf.close();
      await this.#ports.network.close();
      await this.#ports.store.close();
    } finally {
      this.#ports.release?.();
    }
    this.#listeners.clear();
  }
}

/** The keys of a phrase, while the work lasts. */
async function withNextKeys<T>(phrase: string, work: (keys: NextKeys) => Promise<T>): Promise<T> {
  const keys = await nextKeys(phrase);
  try {
    return await work(keys);
  } finally {
    for (const seed of keys.seeds) seed.fill(0);
  }
}
