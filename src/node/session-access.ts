/**
 * Access follows each final block: who may do more is told so, who lost all of it loses the session with the reason. A guest
 * keeps its level as long as its session lives: it may still wait for its answer.
 */
import type { RefusalCode } from '../core/base/result.ts';
import type { AccessLevel, ChainEndpoint, Session } from './ports.ts';

/** A session whose node key has nothing to say here any more. */
export interface LostSession {
  readonly session: Session;
  readonly code: RefusalCode;
}

/** Sets the levels that final state gives; `raised` hears of sessions that may see transactions from now on. */
export function recomputeAccess(
  sessions: readonly Session[],
  access: ChainEndpoint['access'],
  raised: (session: Session) => void,
): readonly LostSession[] {
  const lost: LostSession[] = [];
  for (const session of sessions) {
    const level = access(session.nodeKey, undefined);
    if (!level.ok) lost.push({ session, code: level.refusal.code });
    else if (level.value !== 'foreign' && level.value !== session.access) {
      const wasInside = isInside(session.access);
      session.setAccess(level.value);
      if (!wasInside && isInside(level.value)) raised(session);
    }
  }
  return lost;
}

/** Members and validators: those who may see transactions. */
export function isInside(level: AccessLevel): boolean {
  return level === 'member' || level === 'validator';
}
