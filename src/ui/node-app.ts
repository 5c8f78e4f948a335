/**
 * The real `App`: what the page shows and commands, over the node of this tab. Refusals become results, changes become
 * views; a burst of changes becomes one view.
 */

import { fromUtf8, toHex, utf8 } from '../core/base/bytes.ts';
import { invariant, ok, RefusalError, type Result, unwrap } from '../core/base/result.ts';
import { parseLink } from '../core/codec/link-text.ts';
import { recoveryKeyToUrl } from '../core/codec/recovery-key-text.ts';
import { parseRequestLink } from '../core/codec/request-link.ts';
import { anchorIsFresh } from '../core/light/finality.ts';
import { type Chain, chainIdFromHex } from '../node/chain.ts';
import type { ChainEvent } from '../node/chain-node.ts';
import type { Latchkey } from '../node/latchkey.ts';
import type { PeerAddress, Space } from '../node/ports.ts';
import { newRecoveryKeys } from '../node/recovery-key.ts';
import { systemRandom } from '../node/system-ports.ts';
import type {
  AppView,
  ChainIdHex,
  ChainListItem,
  ChainView,
  InvitationPreview,
  InvitationView,
  JoinOptions,
  JoinStage,
  NewChain,
  NewInvitation,
  Recovering,
  RecoveryKeyView,
  RelayView,
  RestoredView,
  RunningApp,
} from './app.ts';
import { chainView, entryView, invitationView, NewestEntries, previewOf, standingOf } from './chain-view.ts';
import { DeepVerifications, type Replayer } from './deep-verification.ts';
import type { EntriesPage, EntryView } from './entry-views.ts';

import { settle } from './governing-app.ts';
import { idOf } from './governing-view.ts';
import { entering, joiningItem, sortOfLink } from './joining-view.ts';
import { LogApp } from './log-app.ts';
import { RelayBook } from './relay-book.ts';

/** The least time from one view to the next: under what an eye tells apart. The first change after a pause is shown at once. */
const VIEW_PAUSE_MS = 40;
/** The same for how far copying is: drawing it takes time from the copying. */
const PROGRESS_PAUSE_MS = 200;
/** How soon a chain on which something waits is looked at again. */
const LOOK_AGAIN_MS = 3_000;

export interface NodeAppOptions {
  readonly latchkey: Latchkey;
  /** A space for what the page alone remembers: added relays, what was read. */
  readonly space: Space;
  /** Relays that this copy of the site names. */
  readonly siteRelays: readonly PeerAddress[];
  /** Where invitation links lead: this copy of the site, without a fragment. */
  readonly siteUrl: string;
  readonly now: () => number;
  /** Replays chains beside the page; without one they stay verified by quorum. */
  readonly replayer?: Replayer;
}

export class NodeApp extends LogApp implements RunningApp {
  protected override readonly siteUrl: string;
  view: AppView = { phase: 'ready', problem: undefined, chains: [], relays: [], recovery: 'none' };
  readonly #options: NodeAppOptions;
  readonly #listeners = new Set<(view: AppView) => void>();
  readonly #watches = new Map<(view: ChainView | undefined) => void, ChainIdHex>();
  /** By chain: log index up to which its entries were looked at. */
  readonly #read = new Map<ChainIdHex, number>();
  readonly #unread = new Map<ChainIdHex, number>();
  readonly #watched = new Map<ChainIdHex, { readonly chain: Chain; readonly stop: () => void }>();
  readonly #newest = new Map<ChainIdHex, NewestEntries>();
  readonly #changed = new Set<ChainIdHex>();
  #shownAt = 0;
  #next: { readonly due: number; readonly timer: ReturnType<typeof setTimeout> } | undefined;
  #updating: Promise<void> = Promise.resolve();
  #stopChains: () => void = () => undefined;
  readonly #closing = new AbortController();
  readonly #verifications: DeepVerifications;

  readonly #relays: RelayBook;

  private constructor(options: NodeAppOptions, relays: RelayBook) {
    super();
    this.#options = options;
    this.siteUrl = options.siteUrl;
    this.#verifications = new DeepVerifications(options.replayer, options.space, (id) => this.#later(id, PROGRESS_PAUSE_MS));
    this.#relays = relays;
  }

  static async open(options: NodeAppOptions): Promise<NodeApp> {
    const app = new NodeApp(options, await RelayBook.open(options.space, options.siteRelays));
    await app.#readOwn();
    app.#stopChains = options.latchkey.subscribe(() => app.#chainsChanged());
    app.#chainsChanged();
    await app.#update();
    return app;
  }

  async #readOwn(): Promise<void> {
    const { space } = this.#options;
    for (const { key, value } of await space.range('meta', 'read/', 'read/g', 10_000)) {
      this.#read.set(String(key).slice('read/'.length), Number(fromUtf8(value)));
    }
  }

  // ---------------------------------------------------------------- views

  subscribe(listener: (view: AppView) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  watchChain(chain: ChainIdHex, listener: (view: ChainView | undefined) => void): () => void {
    this.#watches.set(listener, chain);
    this.#later(chain);
    return () => this.#watches.delete(listener);
  }

  #chainsChanged(): void {
    for (const chain of this.#options.latchkey.chains()) {
      const id = toHex(chain.id);
      if (this.#watched.get(id)?.chain === chain) continue;
      // Opened anew, it is another.
      this.#watched.get(id)?.stop();
      const pauseMs = (event: ChainEvent) => (event === 'sync' && !chain.node.ledger.complete ? PROGRESS_PAUSE_MS : VIEW_PAUSE_MS);
      this.#watched.set(id, { chain, stop: chain.subscribe((event) => this.#later(id, pauseMs(event))) });
      this.#later(id);
    }
    this.#later(undefined);
  }

  #later(chain: ChainIdHex | undefined, pauseMs = VIEW_PAUSE_MS): void {
    if (this.#closing.signal.aborted) return;
    if (chain !== undefined) this.#changed.add(chain);
    const now = this.#options.now();
    const due = Math.max(now, this.#shownAt + pauseMs);
    if (this.#next !== undefined && this.#next.due <= due) return;
    clearTimeout(this.#next?.timer);
    this.#next = { due, timer: setTimeout(() => this.#show(), due - now) };
  }

  #show(): void {
    this.#next = undefined;
    this.#shownAt = this.#options.now();
    this.#updating = this.#updating.then(() => this.#update()).catch(() => undefined);
  }

  async #update(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const id of changed) await this.#updateChain(id);
    const { latchkey } = this.#options;
    this.view = {
      phase: 'ready',
      problem: undefined,
      chains: [...latchkey.chains().map((chain) => this.#listItem(chain)), ...latchkey.pendingJoins().map(joiningItem)],
      relays: this.#relays.views(),
      recovery: await latchkey.recovery.state(),
    };
    for (const listener of this.#listeners) listener(this.view);
  }

  async #updateChain(id: ChainIdHex): Promise<void> {
    const chain = this.#chain(id);
    const watchers = [...this.#watches].filter(([, watched]) => watched === id).map(([listener]) => listener);
    if (chain === undefined) {
      for (const listener of watchers) listener(undefined);
      return;
    }
    if (watchers.length > 0) {
      const view = await chainView(chain, this.#newestOf(id, chain), this.#options.siteUrl, await this.#verifications.look(chain));
      for (const listener of watchers) listener(view);
      // Nothing else tells that something has waited for too long.
      if (view.validators.pace === 'deciding') this.#later(id, LOOK_AGAIN_MS);
    }
    await this.#countUnread(chain, watchers.length > 0);
  }

  #newestOf(id: ChainIdHex, chain: Chain): NewestEntries {
    const known = this.#newest.get(id);
    if (known?.chain === chain) return known;
    const made = new NewestEntries(chain);
    this.#newest.set(id, made);
    return made;
  }

  async #countUnread(chain: Chain, isShown: boolean): Promise<void> {
    const id = toHex(chain.id);
    const size = chain.node.ledger.tip.header.logSize;
    const before = this.#read.get(id);
    if (isShown || before === undefined) {
      this.#unread.set(id, 0);
      if (before === size) return;
      this.#read.set(id, size);
      await this.#options.space.write([{ type: 'put', table: 'meta', key: `read/${id}`, value: utf8(String(size)) }], 'relaxed');
      return;
    }
    const newest = await chain.entries({ limit: 100 });
    this.#unread.set(
      id,
      newest.filter(({ index, author }) => index !== undefined && index >= before && chain.member(author)?.you !== true).length,
    );
  }

  #listItem(chain: Chain): ChainListItem {
    const id = toHex(chain.id);
    const own = chain.node.outbox.items();
    const pending = own.filter(({ refused, transaction }) => refused === undefined && transaction.unsigned.action.type === 'entry');
    return {
      id,
      name: chain.name,
      unread: this.#unread.get(id) ?? 0,
      pending: pending.length,
      toDecide: [...chain.governance.requests(), ...chain.governance.proposals(), ...chain.governance.knocks()].filter(
        ({ yoursToDecide }) => yoursToDecide,
      ).length,
      standing: standingOf(chain),
      waiting: undefined,
    };
  }

  #chain(id: ChainIdHex): Chain | undefined {
    const hash = chainIdFromHex(id);
    return hash === undefined ? undefined : this.#options.latchkey.chain(hash);
  }

  // ---------------------------------------------------------------- creating and joining

  newRecoveryKey(): Promise<Result<RecoveryKeyView>> {
    return settle(async () => {
      const [made] = await newRecoveryKeys(systemRandom(), 1);
      invariant(made !== undefined, 'as many keys are made as were asked for');
      return { words: made.phrase.split(' '), link: recoveryKeyToUrl(made.digest, this.#options.siteUrl) };
    });
  }

  createChain({ relay, alone = false, hostCode, recovery, ...options }: NewChain): Promise<Result<ChainIdHex>> {
    return settle(async () => {
      const found = this.#relays.find(relay);
      if (found === undefined && !alone) throw new RefusalError({ code: 'no-relay', detail: 'no such relay is known on this device' });
      const hosted = found === undefined ? {} : alone ? { through: [found] } : { relay: found, hostCode };
      const recovered = recovery === undefined ? {} : { recovery };
      const chain = await this.#options.latchkey.createChain({ ...options, ...hosted, ...recovered });
      return toHex(chain.id);
    });
  }

  async openInvitation(text: string): Promise<Result<InvitationPreview>> {
    const { as, code } = sortOfLink(text);
    const link = this.#options.latchkey.openInvitation(code);
    if (!link.ok) return link;
    const known = this.#options.latchkey.chain(link.value.chain) !== undefined;
    const fresh = anchorIsFresh(link.value.anchor, this.#options.now());
    if (!fresh.ok && !known) return fresh;
    return ok({ ...previewOf(link.value, () => known), as });
  }

  async openRequest(text: string): ReturnType<RunningApp['openRequest']> {
    const link = parseRequestLink(text);
    return link.ok ? ok({ chain: toHex(link.value.chain), id: toHex(link.value.request) }) : link;
  }

  async *join(text: string, options: JoinOptions): AsyncIterable<JoinStage> {
    const { now, latchkey } = this.#options;
    const started = now();
    const { as, code } = sortOfLink(text);
    const link = parseLink(code);
    if (!link.ok) return yield { type: 'refused', ...link.refusal, elapsedMs: 0 };
    try {
      yield* entering(latchkey, link.value, as, options);
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      yield { type: 'refused', code: error.code, detail: error.message, elapsedMs: now() - started };
    }
  }

  recover({ words, link, stolen }: Recovering): Promise<Result<ChainIdHex>> {
    return settle(async () => {
      const parsed = unwrap(parseLink(sortOfLink(link).code));
      const stages = this.#options.latchkey.recover(parsed, { phrase: words, stolen, signal: this.#closing.signal });
      for await (const stage of stages) if (stage.type === 'joined') return toHex(stage.chain.id);
      throw new RefusalError({ code: 'aborted', detail: 'the recovery ended before it was done' });
    });
  }

  forgetJoin(id: ChainIdHex): Promise<Result<void>> {
    return settle(() => this.#options.latchkey.forgetJoin(idOf(id)));
  }

  // ---------------------------------------------------------------- one chain

  append(id: ChainIdHex, text: string): Promise<Result<void>> {
    return this.on(id, async (chain) => {
      await chain.append(text);
    });
  }

  dismissEntry(id: ChainIdHex, entry: string): Promise<Result<void>> {
    return this.on(id, (chain) => chain.dismiss(idOf(entry)));
  }

  erase(id: ChainIdHex, entry: Pick<EntryView, 'id' | 'index'>): Promise<Result<void>> {
    return this.on(id, async (chain) => {
      await chain.erase({ id: idOf(entry.id), index: entry.index });
    });
  }

  loadEntries(id: ChainIdHex, { before, limit }: { readonly before: number; readonly limit: number }): Promise<Result<EntriesPage>> {
    return this.on(id, async (chain) => {
      const found = await chain.entries({ before, limit: limit + 1 });
      return { entries: found.slice(-limit).map((entry) => entryView(chain, entry)), earlier: found.length > limit };
    });
  }

  invite(id: ChainIdHex, options: NewInvitation): Promise<Result<InvitationView>> {
    return this.on(id, async (chain) => invitationView(chain, await chain.invite(options), this.#options.siteUrl));
  }

  revoke(id: ChainIdHex, invitation: string): Promise<Result<void>> {
    return this.on(id, (chain) => chain.revoke(idOf(invitation)));
  }

  async pauseVerification(id: ChainIdHex, paused: boolean): Promise<Result<void>> {
    this.#verifications.setPaused(id, paused);
    return ok(undefined);
  }

  async auditAgain(id: ChainIdHex): Promise<Result<void>> {
    return this.on(id, async (chain) => this.#verifications.again(chain));
  }

  protected override on<T>(id: ChainIdHex, command: (chain: Chain) => Promise<T>): Promise<Result<T>> {
    return settle(async () => {
      const chain = this.#chain(id);
      if (chain === undefined) throw new RefusalError({ code: 'unknown-chain', detail: 'the chain is not on this device' });
      return command(chain);
    });
  }

  // ---------------------------------------------------------------- relays and recovery

  addRelay(text: string): Promise<Result<RelayView>> {
    return settle(async () => {
      const added = await this.#relays.add(text);
      this.#later(undefined);
      return added;
    });
  }

  recoveryPhrase(): Promise<Result<readonly string[]>> {
    return settle(async () => {
      const phrase = await this.#options.latchkey.recovery.phrase();
      if (phrase === undefined) throw new RefusalError({ code: 'not-available', detail: 'the words are not on this device' });
      return phrase.split(' ');
    });
  }

  confirmRecoveryPhrase(): Promise<Result<void>> {
    return settle(async () => {
      if (!(await this.#options.latchkey.recovery.confirm()))
        throw new RefusalError({ code: 'not-available', detail: 'the words are not on this device' });
    });
  }

  backup(password: string): Promise<Result<Uint8Array>> {
    return settle(() => this.#options.latchkey.backup(password));
  }

  restore(file: Uint8Array, password: string, words: string): Promise<Result<readonly RestoredView[]>> {
    return settle(async () => {
      const restored = await this.#options.latchkey.restore(file, password, words);
      return restored.map(({ chain, chainName, refused }) => ({ chain: toHex(chain), name: chainName, refused }));
    });
  }
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#next?.timer);
    this.#stopChains();
    for (const { stop } of this.#watched.values()) stop();
    this.#verifications.close();
    await this.#updating;
    this.#listeners.clear();
    this.#watches.clear();
    await this.#options.latchkey.close();
  }
}
