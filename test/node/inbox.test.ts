/** What peers say faster than it can be handled. */
import { expect, test } from 'vitest';
import { INBOX_BYTES_MAX, INBOX_MESSAGES_MAX, OUTSIDERS_INBOX_MESSAGES_MAX } from '../../src/core/base/limits.ts';
import type { RefusalCode } from '../../src/core/base/result.ts';
import { Inbox } from '../../src/node/inbox.ts';
import type { AccessLevel } from '../../src/node/ports.ts';
import { sessionOf } from '../support/sessions.ts';

/** A node that does nothing until it is told to, and a peer of this level. */
function busy(access: AccessLevel) {
  const tasks: (() => Promise<void> | void)[] = [];
  const inbox = new Inbox((task) => tasks.push(task));
  const reasons: RefusalCode[] = [];
  const session = sessionOf(access, (reason) => {
    reasons.push(reason);
    inbox.closed(session, reason);
  });
  const handled: number[] = [];
  const says = (times: number, bytes = 1) => {
    for (let i = 0; i < times && reasons.length === 0; i++) inbox.take(session, bytes, () => void handled.push(i));
  };
  const works = async () => {
    for (const task of tasks.splice(0)) await task();
  };
  return { inbox, session, reasons, handled, says, works };
}

test('a member is heard out in order, also one that went; what was handled makes room', async () => {
  const { session, reasons, handled, says, works } = busy('member');
  says(INBOX_MESSAGES_MAX);
  await works();
  says(INBOX_MESSAGES_MAX);
  expect(reasons).toEqual([]);
  session.close('closed');
  await works();
  expect(handled).toHaveLength(2 * INBOX_MESSAGES_MAX);
  expect(handled.slice(0, 3)).toEqual([0, 1, 2]);
});

test('who says more than is listened to loses its session, and what waits of it', async () => {
  for (const [access, times, bytes] of [
    ['member', INBOX_MESSAGES_MAX + 1, 1],
    ['member', 17, INBOX_BYTES_MAX / 16],
    ['foreign', OUTSIDERS_INBOX_MESSAGES_MAX + 1, 1],
  ] as const) {
    const { reasons, handled, says, works } = busy(access);
    says(times, bytes);
    await works();
    expect(reasons).toEqual(['slow-down']);
    expect(handled).toEqual([]);
  }
});

test('of one that lied the rest is not looked at', async () => {
  const { session, handled, says, works } = busy('validator');
  says(10);
  session.close('wrong-answer');
  await works();
  expect(handled).toEqual([]);
});
