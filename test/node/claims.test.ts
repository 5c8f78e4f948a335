/** What peers claim to have: worth a question, and nothing until it is shown. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CLAIM_TRIES_COUNTED, CLAIM_TRIES_MAX, Claims } from '../../src/node/claims.ts';
import type { Ledger } from '../../src/node/ledger.ts';
import type { AccessLevel, Session } from '../../src/node/ports.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { sessionWith } from '../support/fake-session.ts';
import { LongChain } from '../support/long-chain.ts';

const TIP = 10;
const TALL = 1_000_000;
/** Longer than any pause. */
const LATER_MS = 60_000;

let ledger: Ledger;
let claims: Claims;
let now: number;

beforeAll(async () => {
  ledger = await (await LongChain.create(1)).grown(await memoryStore().space('claims'), 1);
});

beforeEach(() => {
  claims = new Claims();
  now = 0;
});

const peer = (name: string, level: AccessLevel = 'member'): Session => sessionWith(ledger, { peer: name, level });

/** Asks whoever is next, once it may be asked. */
function asks(sessions: readonly Session[]): Session | undefined {
  const next = claims.next(TIP, sessions, now);
  if (next === undefined) return undefined;
  now += next.waitMs;
  claims.ask(next.session);
  return next.session;
}

function fails(session: Session, times: number): void {
  for (let i = 0; i < times; i++) {
    expect(asks([session])).toBe(session);
    claims.failed(session, now);
  }
}

describe('a height that is only claimed', () => {
  test('by a stranger is asked for, and makes nobody count as behind', () => {
    for (const level of ['guest', 'knocker', 'foreign'] as const) {
      const stranger = peer(`a ${level}`, level);
      claims.hear(stranger, TALL);
      expect(claims.areAbove(TIP, [stranger])).toBe(false);
      expect(asks([stranger])).toBe(stranger);
    }
  });

  test('by a member counts for a few tries in all, however often and in however many sessions it is claimed', () => {
    const first = peer('Mallory');
    claims.hear(first, TALL);
    fails(first, CLAIM_TRIES_COUNTED - 1);
    expect(claims.areAbove(TIP, [first])).toBe(true);
    fails(first, 1);
    expect(claims.areAbove(TIP, [first])).toBe(false);
    claims.closed(first);
    const second = peer('Mallory');
    claims.opened(second);
    claims.hear(second, 2 * TALL);
    expect(claims.areAbove(TIP, [second])).toBe(false);
    expect(claims.next(TIP, [second], now)).toMatchObject({ session: second, waitMs: 0 });
  });

  test('is forgotten after so many tries, at growing intervals', () => {
    const liar = peer('Mallory');
    claims.hear(liar, TALL);
    fails(liar, CLAIM_TRIES_MAX);
    expect(now).toBeGreaterThan(LATER_MS);
    expect(claims.next(TIP, [liar], now + LATER_MS)).toBeUndefined();
  });

  test('counts as unkept where less is shown: what is there is true, and no more', () => {
    const liar = peer('Mallory');
    for (let i = 0; i < CLAIM_TRIES_COUNTED; i++) {
      claims.hear(liar, TALL + i);
      expect(asks([liar])).toBe(liar);
      claims.show(liar, TALL + i, TIP);
      claims.failed(liar, now);
      expect(claims.next(TIP, [liar], now)).toBeUndefined();
    }
    claims.hear(liar, 2 * TALL);
    expect(claims.areAbove(TIP, [liar])).toBe(false);
  });

  test('does not put whoever claims it first: who failed comes after all others, and those in turn', () => {
    const [liar, ann, bob, guest] = [peer('Mallory'), peer('Ann'), peer('Bob'), peer('Gil', 'guest')];
    const all = [guest, liar, ann, bob];
    for (const session of [ann, bob, guest]) claims.hear(session, TIP + 1);
    claims.hear(liar, TALL);
    expect(asks(all)).toBe(liar); // Nobody knows it yet.
    claims.failed(liar, now);
    now += LATER_MS;
    expect([asks(all), asks(all), asks(all)]).toEqual([ann, bob, ann]);
    claims.closed(ann);
    claims.closed(bob);
    expect(asks(all)).toBe(guest);
  });
});

describe('a height that a certificate shows', () => {
  test('counts, whoever shows it, until the chain is here', () => {
    const stranger = peer('a stranger', 'foreign');
    claims.hear(stranger, TIP + 5);
    asks([stranger]);
    claims.show(stranger, TIP + 5, TIP + 5);
    for (let i = 0; i <= CLAIM_TRIES_MAX; i++) claims.failed(stranger, now);
    expect(claims.areAbove(TIP, [stranger])).toBe(true);
    expect(claims.areAbove(TIP + 5, [stranger])).toBe(false);
    expect(claims.next(TIP + 5, [stranger], now)).toBeUndefined();
  });

  test('gives its bearer a clean slate once it is brought', () => {
    const member = peer('Ann');
    claims.hear(member, TIP + 1);
    fails(member, CLAIM_TRIES_COUNTED);
    claims.honoured(member);
    claims.hear(member, TIP + 2);
    expect(claims.areAbove(TIP, [member])).toBe(true);
  });

  test('leaves what was claimed meanwhile to be asked for', () => {
    const member = peer('Ann');
    claims.hear(member, TIP + 1);
    asks([member]);
    claims.hear(member, TIP + 2);
    claims.show(member, TIP + 1, TIP + 1);
    expect(claims.next(TIP + 1, [member], now)).toMatchObject({ session: member });
  });
});

test('whoever is only to be asked what it has is asked, counts for nothing, and is left after a few tries', () => {
  const member = peer('Ann');
  claims.wonder(member);
  expect(claims.areAbove(TIP, [member])).toBe(false);
  fails(member, CLAIM_TRIES_COUNTED);
  expect(claims.next(TIP, [member], now + LATER_MS)).toBeUndefined();
});
