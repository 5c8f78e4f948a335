/**
 * What peers said that waits for its turn here. Bounded for each session: whoever says more than is listened to loses its
 * session, and what waits of one who lost it for what it said is not looked at any more.
 */
import { INBOX_BYTES_MAX, INBOX_MESSAGES_MAX, OUTSIDERS_INBOX_BYTES_MAX, OUTSIDERS_INBOX_MESSAGES_MAX } from '../core/base/limits.ts';
import type { RefusalCode } from '../core/base/result.ts';
import type { Session } from './ports.ts';
import { isInside } from './session-access.ts';

type Task = () => Promise<void> | void;

interface Waiting {
  readonly bytes: number;
  readonly task: Task;
}

interface Line {
  readonly waiting: Waiting[];
  bytes: number;
}

export class Inbox {
  /** Runs a task in the node's order. */
  readonly #push: (task: Task) => void;
  readonly #lines = new WeakMap<Session, Line>();

  constructor(push: (task: Task) => void) {
    this.#push = push;
  }

  /** A message of so many bytes waits to be handled; over the bounds its session is closed. */
  take(session: Session, bytes: number, task: Task): void {
    const line = this.#lineOf(session);
    const { messagesMax, bytesMax } = boundsOf(session);
    if (line.waiting.length >= messagesMax || line.bytes + bytes > bytesMax) return session.close('slow-down');
    line.waiting.push({ bytes, task });
    line.bytes += bytes;
    this.#push(() => this.#next(line));
  }

  /** The session has ended. One that ended in good order is heard out. */
  closed(session: Session, reason: RefusalCode): void {
    if (UNHEARD.has(reason)) this.#lines.get(session)?.waiting.splice(0);
  }

  #lineOf(session: Session): Line {
    const line = this.#lines.get(session) ?? { waiting: [], bytes: 0 };
    this.#lines.set(session, line);
    return line;
  }

  #next(line: Line): Promise<void> | void {
    const next = line.waiting.shift();
    if (next === undefined) return;
    line.bytes -= next.bytes;
    return next.task();
  }
}

/** Why a session ends whose peer said too much, or what no honest one says. */
const UNHEARD: ReadonlySet<RefusalCode> = new Set(['slow-down', 'wrong-answer', 'malformed']);

function boundsOf({ access }: Session): { readonly messagesMax: number; readonly bytesMax: number } {
  return isInside(access)
    ? { messagesMax: INBOX_MESSAGES_MAX, bytesMax: INBOX_BYTES_MAX }
    : { messagesMax: OUTSIDERS_INBOX_MESSAGES_MAX, bytesMax: OUTSIDERS_INBOX_BYTES_MAX };
}
