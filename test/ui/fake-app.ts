/**
 * An `App` without a node: holds what a test puts into it, answers commands as told, and records nothing it is not asked.
 * It behaves as the real one does towards the page: views are replaced, listeners hear of changes later, not within a call.
 */

import { ok, type Refusal, type RefusalCode, type Result, refuse } from '../../src/core/base/result.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import type {
  App,
  AppView,
  ChainIdHex,
  ChainView,
  InvitationPreview,
  InvitationView,
  JoinStage,
  NewChain,
  NewInvitation,
  Recovering,
  RecoveryKeyView,
  RelayView,
  RestoredView,
  RunningApp,
} from '../../src/ui/app.ts';
import type { EntriesPage, EntryView } from '../../src/ui/entry-views.ts';
import type { CertificateView, ChangeView, ConsequenceView, Decidable, DeviceLinkView, StoryView } from '../../src/ui/governance-views.ts';
import { FakeLog } from './fake-log.ts';
import {
  appView,
  BALANCE,
  CHAIN_ID,
  chainItem,
  chainView,
  LINK_TEXT,
  PHRASE,
  pendingEntry,
  preview,
  proposalView,
  RELAY,
  recoveryKeyLink,
  requestView,
  story,
  withErased,
  withValidating,
  YOU,
} from './fake-views.ts';

/** What a fake app does when asked; a test replaces what it is about. */
export interface Script {
  createChain: (options: NewChain) => Promise<Result<ChainIdHex>>;
  openInvitation: (text: string) => Promise<Result<InvitationPreview>>;
  join: (text: string, options: Parameters<App['join']>[1]) => AsyncIterable<JoinStage>;
  append: (text: string) => Promise<Result<void>>;
  invite: (options: NewInvitation) => Promise<Result<void>>;
  addRelay: (text: string) => Promise<Result<RelayView>>;
  why: (member: string) => Promise<Result<StoryView>>;
  consequence: (of: ChangeView | string) => Promise<Result<ConsequenceView>>;
  recover: (options: Recovering) => Promise<Result<ChainIdHex>>;
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

export class FakeApp extends FakeLog implements RunningApp {
  view: AppView;
  closed = false;
  readonly decided: { readonly item: string; readonly yes: boolean; readonly reason: string }[] = [];
  readonly script: Script;
  readonly #chains = new Map<ChainIdHex, ChainView>();
  readonly #earlier = new Map<ChainIdHex, readonly EntryView[]>();
  readonly #listeners = new Set<(view: AppView) => void>();
  readonly #watchers = new Map<(view: ChainView | undefined) => void, ChainIdHex>();
  #invitations = 0;

  constructor(view: Partial<AppView> = {}) {
    super();
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
      why: async (member) => ok(story(member)),
      consequence: async () => ok({ before: BALANCE, after: BALANCE, problem: undefined }),
      recover: async () => refusedWith('no-relay'),
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
    const entry = pendingEntry(id, text);
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
    const toDecide = [...view.requests, ...view.proposals].filter(({ yoursToDecide }) => yoursToDecide).length;
    const item = chainItem({ id: view.id, name: view.name, toDecide, standing: view.standing });
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

  async openRequest(text: string): ReturnType<App['openRequest']> {
    return text.includes('damaged') ? refusedWith('damaged-link') : ok({ chain: CHAIN_ID, id: text });
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

  async erase(id: ChainIdHex, { id: entry }: Pick<EntryView, 'id'>): Promise<Result<void>> {
    return ok(this.setChain(withErased(this.chain(id), entry)));
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
      issuer: { id: YOU.memberId, name: YOU.name, you: true },
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

  async newRecoveryKey(): Promise<Result<RecoveryKeyView>> {
    return ok({ words: PHRASE, link: recoveryKeyLink() });
  }

  async recoveryPhrase(): Promise<Result<readonly string[]>> {
    return ok(PHRASE);
  }

  async confirmRecoveryPhrase(): Promise<Result<void>> {
    this.setView({ recovery: 'confirmed' });
    return ok(undefined);
  }

  async forgetJoin(id: ChainIdHex): Promise<Result<void>> {
    this.setView({ chains: this.view.chains.filter((chain) => chain.id !== id) });
    return ok(undefined);
  }

  approve(id: ChainIdHex, item: string, reason: string): Promise<Result<void>> {
    return this.#decide(id, item, true, reason);
  }

  reject(id: ChainIdHex, item: string, reason: string): Promise<Result<void>> {
    return this.#decide(id, item, false, reason);
  }

  async #decide(id: ChainIdHex, item: string, yes: boolean, reason: string): Promise<Result<void>> {
    this.decided.push({ item, yes, reason });
    const chain = this.chain(id);
    const by = { id: YOU.memberId, name: YOU.name, you: true };
    const now = Date.now();
    const after = <T extends Decidable>(one: T): T => {
      if (one.id !== item) return one;
      const decisions = [...one.decisions, { by, yes, at: now, reason }];
      const status = decisions.filter((each) => each.yes).length >= one.needed ? 'approved' : yes ? 'pending' : 'rejected';
      return { ...one, decisions, status, endedAt: status === 'pending' ? 0 : now, yoursToDecide: false };
    };
    this.setChain({ ...chain, requests: chain.requests.map(after), proposals: chain.proposals.map(after) });
    return ok(undefined);
  }

  async propose(id: ChainIdHex, change: ChangeView, reason: string): Promise<Result<string>> {
    const chain = this.chain(id);
    const proposal = proposalView({ id: `${chain.proposals.length}`.padStart(64, 'd'), change, reason });
    this.setChain({ ...chain, proposals: [...chain.proposals, proposal] });
    return ok(proposal.id);
  }

  async requestRole(id: ChainIdHex, role: Role): Promise<Result<string>> {
    const chain = this.chain(id);
    const request = requestView({
      id: 'ab'.repeat(32),
      kind: 'role',
      name: YOU.name,
      member: YOU.memberId,
      role,
      invitedBy: undefined,
      yoursToDecide: false,
    });
    this.setChain({ ...chain, requests: [...chain.requests, request] });
    return ok(request.id);
  }

  async letValidate(id: ChainIdHex, wanted: boolean): Promise<Result<void>> {
    return ok(this.setChain(withValidating(this.chain(id), wanted)));
  }

  async leave(id: ChainIdHex): Promise<Result<void>> {
    this.setChain({ ...this.chain(id), standing: 'left' });
    return ok(undefined);
  }

  consequence(_id: ChainIdHex, of: ChangeView | string): Promise<Result<ConsequenceView>> {
    return this.script.consequence(of);
  }

  why(_id: ChainIdHex, member: string): Promise<Result<StoryView>> {
    return this.script.why(member);
  }

  async lineage(id: ChainIdHex, invitation: string): Promise<Result<readonly string[]>> {
    return ok(
      this.chain(id)
        .members.filter((member) => member.invitation === invitation)
        .map((member) => member.id),
    );
  }

  async linkDevice(): Promise<Result<DeviceLinkView>> {
    return ok({ link: LINK_TEXT.replace('#j=', '#d='), expiresAt: Date.now() + 3_600_000 });
  }

  recover(options: Recovering): Promise<Result<ChainIdHex>> {
    return this.script.recover(options);
  }

  async backup(password: string): Promise<Result<Uint8Array>> {
    return ok(new TextEncoder().encode(password));
  }

  async restore(): Promise<Result<readonly RestoredView[]>> {
    return ok([
      { chain: CHAIN_ID, name: 'Garden cooperative', refused: undefined },
      { chain: 'b4'.repeat(32), name: 'Choir', refused: 'no-relay' },
    ]);
  }

  async pauseVerification(id: ChainIdHex, paused: boolean): Promise<Result<void>> {
    const chain = this.chain(id);
    const { verification } = chain.status;
    if (verification.type === 'running')
      this.setChain({ ...chain, status: { ...chain.status, verification: { ...verification, paused } } });
    return ok(undefined);
  }

  async seeCertificate(id: ChainIdHex, text: string): Promise<Result<void>> {
    if (text === 'damaged') return refusedWith('malformed');
    return this.#setSeen(id, {
      number: 2,
      baseHeight: 4210,
      newcomers: 0,
      federation: 2,
      validators: 1,
      state: 'ready',
      until: undefined,
      confirmed: false,
    });
  }

  async confirmCertificate(id: ChainIdHex): Promise<Result<void>> {
    const { seen } = this.chain(id).broken;
    return this.#setSeen(id, seen === undefined ? undefined : { ...seen, confirmed: true });
  }

  async dismissCertificate(id: ChainIdHex): Promise<Result<void>> {
    return this.#setSeen(id, undefined);
  }

  #setSeen(id: ChainIdHex, seen: CertificateView | undefined): Result<void> {
    const chain = this.chain(id);
    this.setChain({ ...chain, broken: { ...chain.broken, seen } });
    return ok(undefined);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
