/** Keeps sessions with chosen peers: while one is away it is dialled again every few seconds, until it is no longer wanted. */
import { RefusalError } from '../core/base/result.ts';
import type { PeerAddress, PeerId, Session } from '../node/ports.ts';
import { onAbort, pause, refusalError, type Scope, scope, type Tasks } from './flow.ts';
import type { Ground } from './ground.ts';
import { HandshakeFailure } from './handshake-run.ts';
import { between } from './jitter.ts';
import { KEPT_PEERS_MAX, REDIAL_PAUSE_MS, REDIAL_REFUSED_PAUSE_MS_MAX } from './protocols.ts';
import type { LiveSession } from './session.ts';

interface Kept {
  address: PeerAddress;
  readonly life: Scope;
}

/** One request to a peer for a session; see `Dialer.once`. */
export type Dial = (address: PeerAddress, keyIndex: number, signal: AbortSignal) => Promise<LiveSession>;

export class Watchdog {
  readonly #ground: Ground;
  readonly #tasks: Tasks;
  readonly #dial: Dial;
  readonly #kept = new Map<PeerId, Kept>();

  constructor(ground: Ground, tasks: Tasks, dial: Dial) {
    this.#ground = ground;
    this.#tasks = tasks;
    this.#dial = dial;
  }

  /** Replaces the set of kept peers; at most `KEPT_PEERS_MAX` of them, the first ones. */
  keep(addresses: readonly PeerAddress[], parent: AbortSignal): void {
    const wanted = new Map(
      addresses
        .filter((address) => address.peer !== this.#ground.transport.peerId)
        .slice(0, KEPT_PEERS_MAX)
        .map((address) => [address.peer, address]),
    );
    for (const [peer, kept] of this.#kept) if (!wanted.has(peer)) kept.life.abort(refusalError('aborted', 'no longer kept'));
    for (const address of wanted.values()) this.#add(address, parent);
  }

  #add(address: PeerAddress, parent: AbortSignal): void {
    const known = this.#kept.get(address.peer);
    if (known !== undefined && !known.life.signal.aborted) {
      known.address = address;
      return;
    }
    const kept: Kept = { address, life: scope(parent) };
    this.#kept.set(address.peer, kept);
    this.#tasks.run(() => this.#watch(kept));
  }

  async #watch(kept: Kept): Promise<void> {
    const { signal } = kept.life;
    try {
      for (let tries = 0, failures = 0, refusals = 0; !signal.aborted; tries++) {
        const visit = await this.#visit(kept, tries);
        failures = visit === 'met' ? 0 : failures + 1;
        refusals = visit === 'refused' ? refusals + 1 : 0;
        await pause(this.#ground.clock, this.#pauseMs(failures, refusals), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      kept.life.end();
      if (this.#kept.get(kept.address.peer) === kept) this.#kept.delete(kept.address.peer);
    }
  }

  /** Dials once and, if it is reached, waits for its session's end. `refused`: the peer, or we, had a reason. */
  async #visit(kept: Kept, tries: number): Promise<'met' | 'missed' | 'refused'> {
    try {
      const session = await this.#dial(kept.address, tries, kept.life.signal);
      await ended(session, kept.life.signal);
      return 'met';
    } catch (error) {
      if (!(error instanceof RefusalError)) this.#ground.report(error);
      return error instanceof HandshakeFailure && error.kind === 'refused' ? 'refused' : 'missed';
    }
  }

  /** A relay that restarts is back in a second or two: the first pauses are the short ones. */
  #pauseMs(failures: number, refusals: number): number {
    const { min, max } = REDIAL_PAUSE_MS;
    const pauseMs = between(this.#ground.random, min, Math.min(max, min * (1 + failures)));
    return Math.min(pauseMs * 2 ** refusals, Math.max(pauseMs, REDIAL_REFUSED_PAUSE_MS_MAX));
  }
}

/** Settles when the session closes or the signal is aborted. */
async function ended(session: Session & { readonly signal: AbortSignal }, signal: AbortSignal): Promise<void> {
  const either = scope(session.signal, signal);
  await new Promise<void>((resolve) => onAbort(either.signal, resolve));
  either.end();
}
