/**
 * The joins of one device: one try a chain at a time, in whichever tab. What was asked goes on in the background, after a
 * reload or once nobody watches any more, until it has an answer; how it ended stays until somebody has seen it.
 */
import { toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { NAME_BYTES_MAX } from '../core/base/limits.ts';
import { type RefusalCode, RefusalError, unwrap } from '../core/base/result.ts';
import { decodeLink, type InvitationLink } from '../core/codec/link.ts';
import type { OwnRow } from '../core/codec/stored.ts';
import { anchorIsFresh } from '../core/light/finality.ts';
import { abortError, sleep } from './abort.ts';
import type { Chain } from './chain.ts';
import {
  type AttemptPorts,
  attemptJoin,
  forgetJoin,
  isTheEnd,
  type JoinPlan,
  keptRow,
  planJoin,
  type Wish,
  wishIn,
} from './join-attempt.ts';
import type { JoinStageName, JoinStep } from './joining.ts';
import { properName } from './proper-name.ts';
import { Steps } from './steps.ts';
import type { RequestProgress } from './waiting.ts';

/** Where a chain that is being joined stands. */
export interface PendingJoin {
  readonly chain: Hash;
  readonly link: InvitationLink;
  readonly by: Wish['type'];
  /** Who decided so far, while others must approve and once a member's node has said. */
  readonly request: RequestProgress | undefined;
  /** Why it ended without admission, while nobody watched; `undefined` while it goes on. */
  readonly ended: RefusalCode | undefined;
}

export type JoinStage =
  | { readonly type: 'stage'; readonly stage: JoinStageName; readonly elapsedMs: number }
  /** Others must approve: who has decided so far. */
  | { readonly type: 'waiting'; readonly request: RequestProgress; readonly elapsedMs: number }
  | { readonly type: 'joined'; readonly chain: Chain; readonly elapsedMs: number };

/** After this a join in the background tries again. */
const RESUME_PAUSE_MS = 3_000;

/** A join that is under way, or ended unseen. */
interface Tracked {
  readonly link: InvitationLink;
  readonly by: Wish['type'];
  readonly stop: AbortController;
  over: Promise<void>;
  request: RequestProgress | undefined;
  ended: RefusalCode | undefined;
  /** Somebody reads its steps and will be told how it ends. */
  watched: boolean;
}

export class Joins {
  readonly #with: AttemptPorts;
  readonly #closing: AbortSignal;
  readonly #changed: () => void;
  readonly #tracked = new Map<string, Tracked>();

  constructor(attempts: AttemptPorts, closing: AbortSignal, changed: () => void) {
    this.#with = attempts;
    this.#closing = closing;
    this.#changed = changed;
  }

  pending(): readonly PendingJoin[] {
    return [...this.#tracked.values()].map(({ link, by, request, ended }) => ({ chain: link.chain, link, by, request, ended }));
  }

  /** Tries in the foreground: yields what happens, and throws why it failed. See `Latchkey.join`. */
  async *join(link: InvitationLink, wish: Wish, name: string, until: AbortSignal): AsyncGenerator<JoinStage> {
    const { clock } = this.#with.ports;
    const started = clock.now();
    const there = this.#with.shelf.get(link.chain);
    if (there !== undefined) {
      const { networkKey } = link;
      if (networkKey !== undefined) await there.node.run(() => there.node.keyring.ofLink(networkKey));
      return yield { type: 'joined', chain: there, elapsedMs: 0 };
    }
    unwrap(anchorIsFresh(link.anchor, started));
    const yourName = properName(name, NAME_BYTES_MAX);
    const steps = new Steps<JoinStep>();
    const { work, tracked } = this.#begin(link, wish, yourName, until, (step) => steps.add(step));
    try {
      for await (const step of steps.until(work)) yield { ...step, elapsedMs: clock.now() - started };
      yield { type: 'joined', chain: await work, elapsedMs: clock.now() - started };
    } finally {
      tracked.watched = false;
    }
  }

  /** Goes on with a join that a reload interrupted; false if there was none to go on with. */
  resume(own: OwnRow): boolean {
    const link = own.link === undefined ? undefined : decodeLink(own.link);
    const wish = wishIn(own);
    if (link?.ok !== true || wish === undefined) return false;
    this.#goOn({ link: link.value, wish, own });
    return true;
  }

  /** Gives up a join for good, under way or ended: nothing of it stays on this device. */
  async forget(chain: Hash): Promise<void> {
    const tracked = this.#tracked.get(toHex(chain));
    if (tracked === undefined) return;
    this.#tracked.delete(toHex(chain));
    tracked.stop.abort(new RefusalError({ code: 'aborted', detail: 'given up' }));
    await tracked.over;
    if (this.#with.shelf.get(chain) === undefined) await forgetJoin(this.#with.ports, tracked.link);
    this.#changed();
  }

  /** Settles once no try is under way; they end when the device's node closes. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#tracked.values()].map(({ over }) => over));
  }

  // ---------------------------------------------------------------- in the foreground

  /** One try a chain: the next one, in whichever tab, ends the one before it. */
  #begin(link: InvitationLink, wish: Wish, yourName: string, until: AbortSignal, tell: (step: JoinStep) => void) {
    const before = this.#tracked.get(toHex(link.chain));
    const tracked = this.#track(link, wish);
    tracked.watched = true;
    const signal = AbortSignal.any([until, tracked.stop.signal, this.#closing]);
    const work = this.#tryAfter(before, tracked, { wish, yourName }, signal, (step) => {
      this.#note(tracked, step);
      tell(step);
    });
    this.#follow(tracked, work, () => this.#goOnUnwatched(link, tracked));
    return { work, tracked };
  }

  async #tryAfter(
    before: Tracked | undefined,
    tracked: Tracked,
    { wish, yourName }: { readonly wish: Wish; readonly yourName: string },
    signal: AbortSignal,
    tell: (step: JoinStep) => void,
  ): Promise<Chain> {
    const { ports, shelf } = this.#with;
    const { link } = tracked;
    before?.stop.abort(new RefusalError({ code: 'aborted', detail: 'another try has begun' }));
    await before?.over;
    const there = shelf.get(link.chain);
    if (there !== undefined) return there;
    if (signal.aborted) throw abortError(signal);
    // Connecting takes as long as getting ready here, and neither needs the other. Who cannot be reached is told of later.
    shelf.relaysKnown(link.relays);
    for (const relay of link.relays) ports.network.reach(relay, signal).catch(() => undefined);
    try {
      return await attemptJoin(this.#with, await planJoin(this.#with, link, wish, yourName), signal, tell);
    } catch (error) {
      if (isTheEnd(error) && !tracked.watched) tracked.ended = error.code;
      else if (isTheEnd(error)) await forgetJoin(ports, link); // Whoever watches is told now, and need not be told again.
      throw error;
    }
  }

  /** Nobody watches any more, but what was asked has no answer yet. */
  async #goOnUnwatched(link: InvitationLink, tracked: Tracked): Promise<void> {
    if (tracked.stop.signal.aborted || this.#closing.aborted || this.#with.shelf.get(link.chain) !== undefined) return;
    const own = await keptRow(this.#with.ports, link.chain);
    if (own !== undefined && !this.#tracked.has(toHex(link.chain))) this.resume(own);
  }

  // ---------------------------------------------------------------- in the background

  #goOn(plan: JoinPlan): void {
    const tracked = this.#track(plan.link, plan.wish);
    this.#follow(tracked, this.#keepTrying(plan, tracked), async () => undefined);
  }

  async #keepTrying(plan: JoinPlan, tracked: Tracked): Promise<void> {
    const signal = AbortSignal.any([tracked.stop.signal, this.#closing]);
    while (!signal.aborted) {
      try {
        await attemptJoin(this.#with, plan, signal, (step) => this.#note(tracked, step));
        return;
      } catch (error) {
        if (isTheEnd(error)) {
          // What was asked stays on the disk, so that the same is found out after a restart.
          tracked.ended = error.code;
          return;
        }
        await sleep(this.#with.ports.clock, RESUME_PAUSE_MS, signal).catch(() => undefined);
      }
    }
  }

  // ---------------------------------------------------------------- keeping track

  #track(link: InvitationLink, { type }: Wish): Tracked {
    const tracked: Tracked = {
      link,
      by: type,
      stop: new AbortController(),
      over: Promise.resolve(),
      request: undefined,
      ended: undefined,
      watched: false,
    };
    this.#tracked.set(toHex(link.chain), tracked);
    return tracked;
  }

  /** Lets go of a try that is over, unless it ended in a way that somebody must still see. */
  #follow(tracked: Tracked, work: Promise<unknown>, after: () => Promise<void>): void {
    const hex = toHex(tracked.link.chain);
    const ended = async () => {
      if (this.#tracked.get(hex) === tracked && tracked.ended === undefined) this.#tracked.delete(hex);
      await after().catch(() => undefined);
      this.#changed();
    };
    tracked.over = work.then(ended, ended);
    this.#changed();
  }

  #note(tracked: Tracked, step: JoinStep): void {
    if (step.type !== 'waiting') return;
    tracked.request = step.request;
    this.#changed();
  }
}
