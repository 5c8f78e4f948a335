/**
 * An `App` without a node: holds what a test puts into it, answers commands as told, and records nothing it is not asked.
 * It behaves as the real one does towards the page: views are replaced, listeners hear of changes later, not within a call.
 */

import { ok, type Refusal, type RefusalCode, type Result, refuse } from '../../src/core/base/result.ts';
import type {
  App,
  AppView,
  ChainIdHex,
  ChainView,
  EntriesPage,
  EntryView,
  InvitationPreview,
  InvitationView,
  JoinStage,
  NewChain,
  NewInvitation,
  RelayView,
  RunningApp,
} from '../../src/ui/app.ts';

export const CHAIN_ID = 'a3'.repeat(32);
export const RELAY: RelayView = {
  peerId: '12D3KooWRelay',
  addresses: ['/dns4/relay.example.org/tcp/443/tls/ws'],
  label: 'relay.example.org',
  source: 'site',
};
export const PHRASE = [
  'orbit',
  'canvas',
  'thunder',
  'maple',
  'quiz',
  'lantern',
  'velvet',
  'harbor',
  'pencil',
  'sunset',
  'ribbon',
  'glacier',
] as const;
export const LINK_TEXT = `https://latchkey.example/#j=${'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ'.repeat(9)}`;

const YOU = { memberId: '11'.repeat(32), name: 'Ada', you: true };

/** A final entry by its place; older ones lie further back in time. */
export function finalEntry(
  index: number,
  text: string,
  author: EntryView['author'] = YOU,
  at = 1_795_000_000_000 + index * 60_000,
): EntryView {
  return { id: index.toString(16).padStart(64, '0'), index, author, at, content: { type: 'text', text }, state: { type: 'final' } };
}

export function chainView(change: Partial<ChainView> = {}): ChainView {
  return {
    id: CHAIN_ID,
    name: 'Garden cooperative',
    standing: 'member',
    status: { height: 42, sync: { type: 'final' }, validators: 1, relay: 'connected', problem: undefined },
    newest: { entries: [], earlier: false },
    members: [{ id: YOU.memberId, name: YOU.name, roles: ['federation'], you: true }],
    peers: [{ peerId: RELAY.peerId, name: RELAY.label, path: 'relay' }],
    invitations: [],
    permissions: { canAppend: true, canInvite: true, inviteRoles: ['writer', 'observer', 'federation'] },
    ...change,
  };
}

export function appView(change: Partial<AppView> = {}): AppView {
  return { phase: 'ready', problem: undefined, chains: [], relays: [RELAY], recovery: 'none', ...change };
}

export function preview(change: Partial<InvitationPreview> = {}): InvitationPreview {
  return {
    chain: CHAIN_ID,
    chainName: 'Garden cooperative',
    inviter: 'Ada',
    role: 'writer',
    relays: ['relay.example.org'],
    issuedAt: 1_795_000_000_000,
    known: false,
    ...change,
  };
}

/** What a fake app does when asked; a test replaces what it is about. */
export interface Script {
  createChain: (options: NewChain) => Promise<Result<ChainIdHex>>;
  openInvitation: (text: string) => Promise<Result<InvitationPreview>>;
  join: (text: string, options: Parameters<App['join']>[1]) => AsyncIterable<JoinStage>;
  append: (text: string) => Promise<Result<void>>;
  invite: (options: NewInvitation) => Promise<Result<void>>;
  addRelay: (text: string) => Promise<Result<RelayView>>;
}

/** Stages that come one after the other, until the end or a refusal. */
export async function* stages(...events: readonly JoinStage[]): AsyncGenerator<JoinStage> {
  for (const event of events) {
    await Promise.resolve();
    yield event;
  }
}

export function refusedWith(code: RefusalCode): { readonly ok: false; readonly refusal: Refusal } {
  return refuse(code, 'by the fake');
}

export class FakeApp implements RunningApp {
  view: AppView;
  closed = false;
  readonly script: Script;
  readonly #chains = new Map<ChainIdHex, ChainView>();
  readonly #earlier = new Map<ChainIdHex, readonly EntryView[]>();
  readonly #listeners = new Set<(view: AppView) => void>();
  readonly #watchers = new Map<(view: ChainView | undefined) => void, ChainIdHex>();
  #invitations = 0;

  constructor(view: Partial<AppView> = {}) {
    this.view = appView(view);
    this.script = {
      createChain: async ({ name }) => {
        this.setChain(chainView({ name }));
        this.setView({ recovery: 'unconfirmed' });
        return ok(CHAIN_ID);
      },
      openInvitation: async (text) => (text.includes('damaged') ? refusedWith('damaged-link') : ok(preview())),
      join: () => this.#joinAtOnce(),
      append: async (text) => this.#keep(text),
      invite: async () => ok(undefined),
      addRelay: async (text) =>
        text.includes('/p2p/')
          ? ok({ ...RELAY, peerId: '12D3KooWOther', label: 'other.example.org', source: 'added' })
          : refusedWith('malformed'),
    };
  }

  async *#joinAtOnce(): AsyncGenerator<JoinStage> {
    yield* stages(
      { type: 'stage', stage: 'reaching-relay', elapsedMs: 0 },
      { type: 'stage', stage: 'verifying', elapsedMs: 210 },
      { type: 'stage', stage: 'asking', elapsedMs: 340 },
      { type: 'stage', stage: 'admitted', elapsedMs: 610 },
    );
    this.setChain(chainView());
    yield { type: 'usable', chain: CHAIN_ID, elapsedMs: 700 };
  }

  #keep(text: string): Result<void> {
    const chain = this.chain(CHAIN_ID);
    const id = `pending-${chain.newest.entries.length}`;
    const entry: EntryView = {
      id,
      index: undefined,
      author: YOU,
      at: Date.now(),
      content: { type: 'text', text },
      state: { type: 'pending' },
    };
    this.setChain({ ...chain, newest: { ...chain.newest, entries: [...chain.newest.entries, entry] } });
    return ok(undefined);
  }

  // ------------------------------------------------------------ what a test does

  setView(change: Partial<AppView>): void {
    this.view = { ...this.view, ...change };
    for (const listener of this.#listeners) queueMicrotask(() => listener(this.view));
  }

  setChain(view: ChainView, earlier?: readonly EntryView[]): void {
    this.#chains.set(view.id, view);
    if (earlier !== undefined) this.#earlier.set(view.id, earlier);
    const item = { id: view.id, name: view.name, unread: 0, pending: 0, standing: view.standing };
    this.setView({ chains: [...this.view.chains.filter(({ id }) => id !== view.id), item] });
    for (const [watcher, id] of this.#watchers) if (id === view.id) queueMicrotask(() => watcher(view));
  }

  chain(id: ChainIdHex): ChainView {
    const view = this.#chains.get(id);
    if (view === undefined) throw new Error(`the fake has no chain ${id}`);
    return view;
  }

  get watching(): number {
    return this.#watchers.size;
  }

  /** All that is pending becomes final, as it does when the relay answers. */
  finalise(): void {
    const chain = this.chain(CHAIN_ID);
    const entries = chain.newest.entries.map((entry, index): EntryView => ({ ...entry, index, state: { type: 'final' } }));
    this.setChain({ ...chain, newest: { ...chain.newest, entries } });
  }

  // ------------------------------------------------------------ what the page asks

  subscribe(listener: (view: AppView) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  watchChain(id: ChainIdHex, listener: (view: ChainView | undefined) => void): () => void {
    this.#watchers.set(listener, id);
    queueMicrotask(() => {
      if (this.#watchers.has(listener)) listener(this.#chains.get(id));
    });
    return () => this.#watchers.delete(listener);
  }

  createChain(options: NewChain): Promise<Result<ChainIdHex>> {
    return this.script.createChain(options);
  }

  openInvitation(text: string): Promise<Result<InvitationPreview>> {
    return this.script.openInvitation(text);
  }

  join(text: string, options: Parameters<App['join']>[1]): AsyncIterable<JoinStage> {
    return this.script.join(text, options);
  }

  append(_chain: ChainIdHex, text: string): Promise<Result<void>> {
    return this.script.append(text);
  }

  async dismissEntry(id: ChainIdHex, entry: string): Promise<Result<void>> {
    const chain = this.chain(id);
    this.setChain({ ...chain, newest: { ...chain.newest, entries: chain.newest.entries.filter((one) => one.id !== entry) } });
    return ok(undefined);
  }

  async loadEntries(id: ChainIdHex, range: { readonly before: number; readonly limit: number }): Promise<Result<EntriesPage>> {
    const from = Math.max(0, range.before - range.limit);
    return ok({ entries: (this.#earlier.get(id) ?? []).slice(from, range.before), earlier: from > 0 });
  }

  async invite(id: ChainIdHex, options: NewInvitation): Promise<Result<InvitationView>> {
    const answer = await this.script.invite(options);
    if (!answer.ok) return answer;
    const number = ++this.#invitations;
    const link = LINK_TEXT.replace('#j=', `#j=n${number}`);
    const { role, uses, shared, expiresMs } = options;
    const invitation: InvitationView = {
      id: `made-${number}`,
      role,
      uses,
      used: 0,
      expiresAt: Date.now() + expiresMs,
      shared,
      issuer: { name: YOU.name, you: true },
      state: 'live',
      canRevoke: true,
      link,
      json: JSON.stringify(
        { 'blockchain id': id, 'peer ids': [RELAY.peerId], key: 'q83vEjRWeJCrze8SNFZ4kA', reusable: uses !== 1, shared, role },
        undefined,
        2,
      ),
    };
    const chain = this.chain(id);
    this.setChain({ ...chain, invitations: [...chain.invitations, invitation] });
    return ok(invitation);
  }

  async revoke(id: ChainIdHex, invitation: string): Promise<Result<void>> {
    const chain = this.chain(id);
    this.setChain({ ...chain, invitations: chain.invitations.filter((one) => one.id !== invitation) });
    return ok(undefined);
  }

  async addRelay(text: string): Promise<Result<RelayView>> {
    const added = await this.script.addRelay(text);
    if (added.ok) this.setView({ relays: [added.value, ...this.view.relays] });
    return added;
  }

  async recoveryPhrase(): Promise<Result<readonly string[]>> {
    return ok(PHRASE);
  }

  async confirmRecoveryPhrase(): Promise<Result<void>> {
    this.setView({ recovery: 'confirmed' });
    return ok(undefined);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
