/**
 * What peers say that they have. A height that is only claimed is worth a question and nothing else: anybody may claim any. It
 * counts once a certificate has shown it; until then a member's word counts while it is tried, a few times in all whatever
 * it claims, and a stranger's never does. Who brings nothing is asked ever more rarely, and then its claim is forgotten.
 */
import { toHex } from '../core/base/bytes.ts';
import { SECOND_MS } from '../core/base/limits.ts';
import type { Session } from './ports.ts';
import { isInside } from './session-access.ts';

/** Tries in a row that bring nothing, during which a member's mere word makes this node count as behind. */
export const CLAIM_TRIES_COUNTED = 3;
/** After so many in a row a mere word is forgotten: some minutes, in which the line of an honest peer may come back. */
export const CLAIM_TRIES_MAX = 10;
/** After a try that brought nothing; it doubles with each. */
const PAUSE_MS = 3 * SECOND_MS;
const PAUSE_MS_MAX = 30 * SECOND_MS;

interface Claim {
  /** `undefined`: nothing was claimed, the peer is to be asked what it has. */
  readonly height: number | undefined;
  /** Up to which height a certificate of this peer has shown the chain; 0 if none has. */
  readonly shown: number;
}

/** How a peer has failed since it last brought us on. */
interface Doubt {
  readonly tries: number;
  /** It is asked no sooner, ms. */
  readonly until: number;
}

export class Claims {
  readonly #claims = new Map<Session, Claim>();
  /** By node key, since a member has many sessions. Those of others go with theirs, so this is no longer than both lists. */
  readonly #doubts = new Map<string, Doubt>();
  /** Sessions by when they were last asked. */
  readonly #asked = new WeakMap<Session, number>();
  #asks = 0;

  /** A new session is asked at once if it claims something, whatever happened to the one before. */
  opened({ nodeKey }: Session): void {
    const doubt = this.#doubts.get(toHex(nodeKey));
    if (doubt !== undefined) this.#doubts.set(toHex(nodeKey), { ...doubt, until: 0 });
  }

  /** A peer says that it has a block of this height. */
  hear(session: Session, height: number): void {
    const { height: before = 0, shown = 0 } = this.#claims.get(session) ?? {};
    if (height > before) this.#claims.set(session, { height, shown });
  }

  /** A peer may have what nobody told us of: it is to be asked. What it has shown may be of no chain that is followed any more. */
  wonder(session: Session): void {
    this.#claims.set(session, { height: undefined, shown: 0 });
  }

  closed(session: Session): void {
    this.#claims.delete(session);
    if (!isInside(session.access)) this.#doubts.delete(toHex(session.nodeKey));
  }

  /** Whether the chain goes on above the tip, for all that is shown, or that members say who did not fail to show it. */
  areAbove(tip: number, sessions: readonly Session[]): boolean {
    return sessions.some((session) => {
      const { height = 0, shown = 0 } = this.#claims.get(session) ?? {};
      return shown > tip || (height > tip && isInside(session.access) && this.#tries(session) < CLAIM_TRIES_COUNTED);
    });
  }

  /**
   * Whom to ask next, and in how many milliseconds: who failed least, then who is known best, then who was not asked for the
   * longest time. How much it claims is of no matter. `undefined`: nobody claims anything above the tip.
   */
  next(tip: number, sessions: readonly Session[], now: number): { readonly session: Session; readonly waitMs: number } | undefined {
    for (const [session, { height }] of this.#claims) if (height !== undefined && height <= tip) this.#claims.delete(session);
    const asked = sessions.filter((session) => this.#claims.has(session));
    const waits = asked.map((session) => ({ session, waitMs: Math.max(0, this.#pausedUntil(session) - now) }));
    return waits.sort((a, b) => a.waitMs - b.waitMs || this.#compare(a.session, b.session))[0];
  }

  #compare(a: Session, b: Session): number {
    const asked = (session: Session) => this.#asked.get(session) ?? 0;
    return this.#tries(a) - this.#tries(b) || rankOf(a) - rankOf(b) || asked(a) - asked(b);
  }

  #pausedUntil({ nodeKey }: Session): number {
    return this.#doubts.get(toHex(nodeKey))?.until ?? 0;
  }

  #tries({ nodeKey }: Session): number {
    return this.#doubts.get(toHex(nodeKey))?.tries ?? 0;
  }

  /** It is asked now. Gives what it claims: its answer will settle that, and nothing that it says meanwhile. */
  ask(session: Session): number | undefined {
    this.#asked.set(session, ++this.#asks);
    return this.#claims.get(session)?.height;
  }

  /** Its certificate shows the chain up to this height, when it was asked for what it had claimed. */
  show(session: Session, asked: number | undefined, shown: number): void {
    const claim = this.#claims.get(session);
    if (claim !== undefined) this.#claims.set(session, { height: claim.height === asked ? shown : (claim.height ?? shown), shown });
  }

  /** It brought us on. */
  honoured({ nodeKey }: Session): void {
    this.#doubts.delete(toHex(nodeKey));
  }

  /** It brought nothing, or showed less than it had claimed. */
  failed(session: Session, now: number): void {
    const claim = this.#claims.get(session);
    if (claim === undefined && !isInside(session.access)) return; // It has gone.
    const tries = this.#tries(session) + 1;
    this.#doubts.set(toHex(session.nodeKey), { tries, until: now + Math.min(PAUSE_MS * 2 ** (tries - 1), PAUSE_MS_MAX) });
    const triesMax = claim?.height === undefined ? CLAIM_TRIES_COUNTED : CLAIM_TRIES_MAX;
    // What was shown is true, and another may bring it.
    if (claim?.shown === 0 && tries >= triesMax) this.#claims.delete(session);
  }
}

/** Who decides, then who is accountable to the others, then anybody. */
function rankOf({ access }: Session): number {
  return access === 'validator' ? 0 : isInside(access) ? 1 : 2;
}
