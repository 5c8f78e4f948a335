/**
 * One node for all tabs of a site (DESIGN §10): two would be two devices under one key.
 *
 * Every tab has an `App` that looks the same. The tab that holds the Web Lock `latchkey-node` runs the node and serves
 * the others over a BroadcastChannel. When it goes, however it goes, the browser gives the lock to the next tab, which
 * starts a node on the same stores; the other tabs then follow that one, and what they had open goes on.
 *
 * A command that a vanished tab may or may not have carried out is asked again only if that is harmless; otherwise it is
 * refused with `closed`, and the person looks before trying again. A join is always taken up again: joining twice with
 * one device is joining once.
 */
import { invariant, RefusalError, type Result, refuse } from '../core/base/result.ts';
import { type App, type AppView, type ChainIdHex, type ChainView, isLast, type JoinStage, type RunningApp } from './app.ts';
import { joinHere, perform, TabHolder } from './tab-holder.ts';
import { type CommandName, isTabMessage, REPEATABLE, TABS_VERSION, type TabId, type TabMessage } from './tab-messages.ts';
import { RemoteHolder } from './tab-remote.ts';

const CHANNEL = 'latchkey-tabs';
const NODE_LOCK = 'latchkey-node';
/** Held by every tab while it lives, so that the holder learns of its end. */
const tabLock = (tab: TabId): string => `latchkey-tab-${tab}`;

const STARTING: AppView = { phase: 'starting', problem: undefined, chains: [], relays: [], recovery: 'none' };

type Holder =
  | { readonly type: 'here'; readonly app: RunningApp }
  | { readonly type: 'elsewhere'; readonly tab: TabId; readonly remote: RemoteHolder };

interface Watch {
  readonly chain: ChainIdHex;
  readonly listener: (view: ChainView | undefined) => void;
  stop: () => void;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Gives this tab its app at once; its view is `starting` until a node runs here or answers from another tab. */
export function shareApp(makeNodeApp: () => Promise<RunningApp>): RunningApp {
  return new TabApp(makeNodeApp);
}

class TabApp implements RunningApp {
  view: AppView = STARTING;
  readonly #makeNodeApp: () => Promise<RunningApp>;
  readonly #id: TabId = crypto.randomUUID();
  readonly #channel = new BroadcastChannel(CHANNEL);
  readonly #closing = new AbortController();
  readonly #listeners = new Set<(view: AppView) => void>();
  readonly #watches = new Set<Watch>();
  #stopViews: () => void = () => {};
  #holder: Holder | undefined;
  #serving: TabHolder | undefined;
  /** Settles when there is a holder, and is made anew when it goes. */
  #reached = Promise.withResolvers<Holder>();
  /** Settles when all that was started here has ended. */
  readonly #ended: Promise<unknown>;

  constructor(makeNodeApp: () => Promise<RunningApp>) {
    this.#makeNodeApp = makeNodeApp;
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    this.#ended = Promise.all([this.#lock(tabLock(this.#id), () => this.#live()), this.#lock(NODE_LOCK, () => this.#hold())]).catch(
      (error) => {
        console.error(error);
        this.#show({ ...STARTING, phase: 'failed', problem: 'page-broken' });
      },
    );
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#ended;
    this.#channel.close();
  }

  // ------------------------------------------------------------ who runs the node

  /** Runs `held` while the lock is ours; ends quietly if this tab closes before it gets it. */
  async #lock(name: string, held: () => Promise<void>): Promise<void> {
    try {
      await navigator.locks.request(name, { signal: this.#closing.signal }, held);
    } catch (error) {
      if (!this.#closing.signal.aborted) throw error;
    }
  }

  #closed(): Promise<void> {
    return aborted(this.#closing.signal);
  }

  /** Says hello only once the lock is held by which the holder would notice our end. */
  #live(): Promise<void> {
    this.#post({ to: 'holder', from: this.#id, message: { type: 'hello' } });
    return this.#closed();
  }

  /** Runs the node until this tab closes. The lock is let go only after the node's stores are closed. */
  async #hold(): Promise<void> {
    this.#leaveHolder();
    let app: RunningApp;
    try {
      app = await this.#makeNodeApp();
    } catch (error) {
      if (!(error instanceof RefusalError)) console.error(error);
      this.#show({ ...STARTING, phase: 'failed', problem: error instanceof RefusalError ? error.code : 'page-broken' });
      return;
    }
    if (!this.#closing.signal.aborted) {
      this.#serving = new TabHolder(app, (follower, message) => this.#post({ to: 'follower', follower, message }), this.#whenGone);
      this.#follow({ type: 'here', app });
      this.#post({ to: 'all', holder: this.#id });
    }
    await this.#closed();
    this.#serving?.close();
    this.#leaveHolder();
    await app.close();
  }

  readonly #whenGone = (follower: TabId, then: () => void): void => {
    void this.#lock(tabLock(follower), async () => then());
  };

  #hear(data: unknown): void {
    if (!isTabMessage(data)) return;
    switch (data.to) {
      case 'all':
        return this.#followTab(data.holder);
      case 'holder':
        if (this.#serving === undefined) return;
        if (data.message.type === 'hello') this.#post({ to: 'all', holder: this.#id });
        return this.#serving.take(data.from, data.message);
      case 'follower':
        if (data.follower === this.#id && this.#holder?.type === 'elsewhere') this.#holder.remote.take(data.message);
        return;
    }
  }

  #followTab(tab: TabId): void {
    if (this.#holder?.type === 'here' || (this.#holder?.type === 'elsewhere' && this.#holder.tab === tab)) return;
    this.#leaveHolder();
    const remote = new RemoteHolder((message) => this.#post({ to: 'holder', from: this.#id, message }));
    this.#follow({ type: 'elsewhere', tab, remote });
  }

  #follow(holder: Holder): void {
    this.#holder = holder;
    const show = (view: AppView) => this.#show(view);
    this.#stopViews = holder.type === 'here' ? holder.app.subscribe(show) : holder.remote.watchApp(show);
    if (holder.type === 'here') this.#show(holder.app.view);
    for (const watch of this.#watches) this.#startWatch(watch, holder);
    this.#reached.resolve(holder);
  }

  #leaveHolder(): void {
    if (this.#holder === undefined) return;
    const holder = this.#holder;
    this.#holder = undefined;
    this.#reached = Promise.withResolvers<Holder>();
    this.#stopViews();
    for (const watch of this.#watches) watch.stop();
    if (holder.type === 'elsewhere') holder.remote.end();
  }

  #post(message: { [K in TabMessage['to']]: Omit<Extract<TabMessage, { to: K }>, 'version'> }[TabMessage['to']]): void {
    if (!this.#closing.signal.aborted) this.#channel.postMessage({ version: TABS_VERSION, ...message });
  }

  // ------------------------------------------------------------ what is shown

  #show(view: AppView): void {
    this.view = view;
    for (const listener of this.#listeners) listener(view);
  }

  subscribe(listener: (view: AppView) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  watchChain(chain: ChainIdHex, listener: (view: ChainView | undefined) => void): () => void {
    const watch: Watch = { chain, listener, stop: () => {} };
    this.#watches.add(watch);
    if (this.#holder !== undefined) this.#startWatch(watch, this.#holder);
    return () => {
      this.#watches.delete(watch);
      watch.stop();
    };
  }

  #startWatch(watch: Watch, holder: Holder): void {
    watch.stop = (holder.type === 'here' ? holder.app : holder.remote).watchChain(watch.chain, watch.listener);
  }

  // ------------------------------------------------------------ commands

  /** The holder there is, or the next one; a refusal if the node failed, or this tab closes or the caller stops meanwhile. */
  async #reach(signal?: AbortSignal): Promise<Result<Holder>> {
    if (this.#holder !== undefined) return { ok: true, value: this.#holder };
    const { problem } = this.view;
    if (problem !== undefined)
      return refuse(problem === 'page-broken' || problem === 'page-insecure' ? 'failed' : problem, 'the node does not run');
    const ends = AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])]);
    const holder = await Promise.race([this.#reached.promise, aborted(ends)]);
    if (holder !== undefined) return { ok: true, value: holder };
    return this.#closing.signal.aborted ? refuse('closed', 'this tab was closed') : refuse('aborted', 'stopped before it began');
  }

  async #command(name: CommandName, args: readonly unknown[]): Promise<Result<unknown>> {
    for (;;) {
      const reached = await this.#reach();
      if (!reached.ok) return reached;
      const holder = reached.value;
      const answer = await (holder.type === 'here' ? perform(holder.app, name, args) : holder.remote.command(name, args));
      if (answer !== undefined) return answer;
      if (!REPEATABLE.has(name)) return refuse('closed', 'the tab that was asked went away');
    }
  }

  // The holder is the same page on the same site, so its answer has the shape that the command promises.
  #ask<K extends CommandName>(name: K, ...args: Parameters<App[K]>): ReturnType<App[K]> {
    return this.#command(name, args) as ReturnType<App[K]>;
  }

  async *join(text: string, options: Parameters<App['join']>[1]): AsyncGenerator<JoinStage, void, undefined> {
    const began = performance.now();
    for (;;) {
      const reached = await this.#reach(options.signal);
      const sinceMs = performance.now() - began;
      if (!reached.ok) return yield { type: 'refused', ...reached.refusal, elapsedMs: sinceMs };
      const holder = reached.value;
      const stages = holder.type === 'here' ? joinHere(holder.app, text, options) : holder.remote.join(text, options);
      for await (const stage of stages) {
        yield { ...stage, elapsedMs: stage.elapsedMs + sinceMs };
        if (isLast(stage)) return;
      }
      // A node that runs here always says how a join ended; one elsewhere may have gone with its tab.
      invariant(holder.type === 'elsewhere', 'a join ended without an outcome');
    }
  }

  createChain: App['createChain'] = (options) => this.#ask('createChain', options);
  newRecoveryKey: App['newRecoveryKey'] = () => this.#ask('newRecoveryKey');
  openInvitation: App['openInvitation'] = (text) => this.#ask('openInvitation', text);
  openRequest: App['openRequest'] = (text) => this.#ask('openRequest', text);
  append: App['append'] = (chain, text) => this.#ask('append', chain, text);
  dismissEntry: App['dismissEntry'] = (chain, id) => this.#ask('dismissEntry', chain, id);
  erase: App['erase'] = (chain, entry) => this.#ask('erase', chain, entry);
  loadEntries: App['loadEntries'] = (chain, range) => this.#ask('loadEntries', chain, range);
  invite: App['invite'] = (chain, options) => this.#ask('invite', chain, options);
  revoke: App['revoke'] = (chain, invitation) => this.#ask('revoke', chain, invitation);
  addRelay: App['addRelay'] = (text) => this.#ask('addRelay', text);
  recoveryPhrase: App['recoveryPhrase'] = () => this.#ask('recoveryPhrase');
  confirmRecoveryPhrase: App['confirmRecoveryPhrase'] = () => this.#ask('confirmRecoveryPhrase');
  forgetJoin: App['forgetJoin'] = (chain) => this.#ask('forgetJoin', chain);
  recover: App['recover'] = (options) => this.#ask('recover', options);
  approve: App['approve'] = (chain, id, reason) => this.#ask('approve', chain, id, reason);
  reject: App['reject'] = (chain, id, reason) => this.#ask('reject', chain, id, reason);
  propose: App['propose'] = (chain, change, reason) => this.#ask('propose', chain, change, reason);
  requestRole: App['requestRole'] = (chain, role, operator) => this.#ask('requestRole', chain, role, operator);
  letValidate: App['letValidate'] = (chain, wanted) => this.#ask('letValidate', chain, wanted);
  leave: App['leave'] = (chain) => this.#ask('leave', chain);
  consequence: App['consequence'] = (chain, of) => this.#ask('consequence', chain, of);
  why: App['why'] = (chain, member) => this.#ask('why', chain, member);
  lineage: App['lineage'] = (chain, invitation) => this.#ask('lineage', chain, invitation);
  linkDevice: App['linkDevice'] = (chain) => this.#ask('linkDevice', chain);
  backup: App['backup'] = (password) => this.#ask('backup', password);
  restore: App['restore'] = (file, password, words) => this.#ask('restore', file, password, words);
  pauseVerification: App['pauseVerification'] = (chain, paused) => this.#ask('pauseVerification', chain, paused);
  receipt: App['receipt'] = (chain, member) => this.#ask('receipt', chain, member);
  forkProof: App['forkProof'] = (chain) => this.#ask('forkProof', chain);
  seeCertificate: App['seeCertificate'] = (chain, text) => this.#ask('seeCertificate', chain, text);
  confirmCertificate: App['confirmCertificate'] = (chain) => this.#ask('confirmCertificate', chain);
  dismissCertificate: App['dismissCertificate'] = (chain) => this.#ask('dismissCertificate', chain);
  readLog: App['readLog'] = (chain, filter, range) => this.#ask('readLog', chain, filter, range);
  proveLogged: App['proveLogged'] = (chain, index) => this.#ask('proveLogged', chain, index);
  listLogFiles: App['listLogFiles'] = (chain) => this.#ask('listLogFiles', chain);
  readLogFiles: App['readLogFiles'] = (chain, paths) => this.#ask('readLogFiles', chain, paths);
  auditAgain: App['auditAgain'] = (chain) => this.#ask('auditAgain', chain);
}
