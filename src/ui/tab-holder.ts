/**
 * The holder's side: serves the other tabs from the app that runs here.
 *
 * A follower has at most one view of each watch on its way: the next is sent when it has said that it saw the last, and
 * is then the newest. A tab that sleeps or is slow therefore costs one view a watch, however much happens. A follower
 * that is gone is noticed by the lock that it held.
 */
import { type Refusal, RefusalError, type Result, refuse } from '../core/base/result.ts';
import type { App, JoinStage } from './app.ts';
import type { CommandName, TabId, ToFollower, ToHolder } from './tab-messages.ts';

/** Watches, joins and commands that one tab may have open; a page needs two or three. */
export const OPEN_PER_TAB_MAX = 64;

/** A refusal that was thrown, as one. All else is a mistake of our own, which must not pass for an answer of the network. */
function refusalFrom(error: unknown): Refusal {
  if (error instanceof RefusalError) return { code: error.code, detail: error.message };
  reportError(error);
  return { code: 'failed', detail: 'a mistake in the page' };
}

/** Carries out a command. A refusal that was thrown comes back as one; a mistake of our own is reported and ends as `failed`. */
export async function perform(app: App, name: CommandName, args: readonly unknown[]): Promise<Result<unknown>> {
  try {
    const result: Promise<Result<unknown>> = Reflect.apply(app[name], app, args);
    return await result;
  } catch (error) {
    return { ok: false, refusal: refusalFrom(error) };
  }
}

/** Joins, and says how that ended even where a mistake of our own ended it. */
export async function* joinHere(app: App, text: string, options: Parameters<App['join']>[1]): AsyncGenerator<JoinStage, void, undefined> {
  try {
    yield* app.join(text, options);
  } catch (error) {
    yield { type: 'refused', ...refusalFrom(error), elapsedMs: 0 };
  }
}

/** One tab that follows. */
class Follower {
  readonly #app: App;
  readonly #send: (message: ToFollower) => void;
  readonly #watches = new Map<number, () => void>();
  readonly #joins = new Map<number, AbortController>();
  readonly #unseen = new Set<number>();
  readonly #next = new Map<number, ToFollower>();
  #commands = 0;

  constructor(app: App, send: (message: ToFollower) => void) {
    this.#app = app;
    this.#send = send;
  }

  take(message: ToHolder): void {
    switch (message.type) {
      case 'hello':
        return;
      case 'command':
        return void this.#command(message);
      case 'join':
        return void this.#join(message);
      case 'abort':
        return this.#joins.get(message.id)?.abort();
      case 'watch':
        return this.#watch(message);
      case 'unwatch':
        return this.#unwatch(message.id);
      case 'seen':
        return this.#seen(message.id);
    }
  }

  close(): void {
    for (const stop of this.#watches.values()) stop();
    for (const join of this.#joins.values()) join.abort();
    this.#watches.clear();
    this.#next.clear();
  }

  async #command({ id, name, args }: Extract<ToHolder, { type: 'command' }>): Promise<void> {
    if (this.#commands >= OPEN_PER_TAB_MAX)
      return this.#send({ type: 'answer', id, result: refuse('slow-down', 'too many commands at once') });
    this.#commands++;
    const result = await perform(this.#app, name, args);
    this.#commands--;
    this.#send({ type: 'answer', id, result });
  }

  async #join({ id, text, options }: Extract<ToHolder, { type: 'join' }>): Promise<void> {
    if (this.#joins.size >= OPEN_PER_TAB_MAX) {
      return this.#send({
        type: 'stage',
        id,
        stage: { type: 'refused', code: 'slow-down', detail: 'too many joins at once', elapsedMs: 0 },
      });
    }
    const stop = new AbortController();
    this.#joins.set(id, stop);
    for await (const stage of joinHere(this.#app, text, { ...options, signal: stop.signal })) this.#send({ type: 'stage', id, stage });
    this.#joins.delete(id);
  }

  #watch({ id, chain }: Extract<ToHolder, { type: 'watch' }>): void {
    if (this.#watches.size >= OPEN_PER_TAB_MAX || this.#watches.has(id)) return;
    if (chain !== undefined) {
      this.#watches.set(
        id,
        this.#app.watchChain(chain, (view) => this.#show({ type: 'chain', id, view })),
      );
      return;
    }
    this.#watches.set(
      id,
      this.#app.subscribe((view) => this.#show({ type: 'app', id, view })),
    );
    this.#show({ type: 'app', id, view: this.#app.view });
  }

  #unwatch(id: number): void {
    this.#watches.get(id)?.();
    this.#watches.delete(id);
    this.#unseen.delete(id);
    this.#next.delete(id);
  }

  #show(message: ToFollower): void {
    if (this.#unseen.has(message.id)) {
      this.#next.set(message.id, message);
      return;
    }
    this.#unseen.add(message.id);
    this.#send(message);
  }

  #seen(id: number): void {
    this.#unseen.delete(id);
    const next = this.#next.get(id);
    this.#next.delete(id);
    if (next !== undefined) this.#show(next);
  }
}

/** Serves all tabs that follow. */
export class TabHolder {
  readonly #app: App;
  readonly #send: (follower: TabId, message: ToFollower) => void;
  readonly #whenGone: (follower: TabId, then: () => void) => void;
  readonly #followers = new Map<TabId, Follower>();

  /** `whenGone` calls back once when a tab is no more. */
  constructor(app: App, send: (follower: TabId, message: ToFollower) => void, whenGone: (follower: TabId, then: () => void) => void) {
    this.#app = app;
    this.#send = send;
    this.#whenGone = whenGone;
  }

  take(from: TabId, message: ToHolder): void {
    const follower = this.#followers.get(from) ?? this.#admit(from);
    follower.take(message);
  }

  close(): void {
    for (const follower of this.#followers.values()) follower.close();
    this.#followers.clear();
  }

  #admit(from: TabId): Follower {
    const follower = new Follower(this.#app, (message) => this.#send(from, message));
    this.#followers.set(from, follower);
    this.#whenGone(from, () => {
      follower.close();
      this.#followers.delete(from);
    });
    return follower;
  }
}
