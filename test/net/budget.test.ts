import { describe, expect, test } from 'vitest';
import { PeerBook, TokenBucket } from '../../src/net/budget.ts';
import { PEERS_REMEMBERED_MAX, PROTOCOLS, SCORE_BAN_MS, SCORE_COSTS, SCORE_DECAY_PER_SECOND, SCORE_MAX } from '../../src/net/protocols.ts';

describe('a token bucket', () => {
  test('gives its burst at once, then its rate', () => {
    const bucket = new TokenBucket({ burst: 3, perSecond: 2 }, 0);
    expect([1, 2, 3, 4].map(() => bucket.take(1, 0))).toEqual([true, true, true, false]);
    expect(bucket.take(1, 499)).toBe(false);
    expect(bucket.take(1, 500)).toBe(true);
    expect(bucket.take(1, 500)).toBe(false);
  });

  test('holds no more than its burst, however long it waits', () => {
    const bucket = new TokenBucket({ burst: 3, perSecond: 2 }, 0);
    expect(bucket.take(4, 1e9)).toBe(false);
    expect(bucket.take(3, 1e9)).toBe(true);
    expect(bucket.take(1, 1e9)).toBe(false);
  });

  test('takes nothing for what it refuses, and is not confused by a clock that goes back', () => {
    const bucket = new TokenBucket({ burst: 10, perSecond: 1 }, 1_000);
    expect(bucket.take(11, 1_000)).toBe(false);
    expect(bucket.take(9, 0)).toBe(true);
    expect(bucket.take(1, 0)).toBe(true);
    expect(bucket.take(1, 0)).toBe(false);
  });
});

describe('the peers’ book', () => {
  test('a peer is banned for a while once its score is bad', () => {
    const book = new PeerBook();
    const enough = Math.ceil(SCORE_MAX / SCORE_COSTS.malformed);
    for (let i = 1; i < enough; i++) expect(book.penalise('mallory', 'malformed', 0)).toBe(false);
    expect(book.isBanned('mallory', 0)).toBe(false);
    expect(book.penalise('mallory', 'malformed', 0)).toBe(true);
    expect(book.isBanned('mallory', SCORE_BAN_MS - 1)).toBe(true);
    expect(book.isBanned('alice', 0)).toBe(false);
    expect(book.isBanned('mallory', SCORE_BAN_MS)).toBe(false);
  });

  test('what was done long ago counts no more', () => {
    const book = new PeerBook();
    const decayedMs = (1_000 * SCORE_COSTS.malformed) / SCORE_DECAY_PER_SECOND;
    for (let i = 0; i < 100; i++) expect(book.penalise('alice', 'malformed', i * decayedMs)).toBe(false);
  });

  test('an honest peer that asks for what is not here every three seconds never gets a bad score', () => {
    const book = new PeerBook();
    for (let i = 0; i < 10_000; i++) expect(book.penalise('alice', 'unanswered', i * 3_000)).toBe(false);
  });

  test('each peer has its own budget for each protocol', () => {
    const book = new PeerBook();
    const { burst } = PROTOCOLS.host.budget.streams;
    for (let i = 0; i < burst; i++) expect(book.takeStream('alice', 'host', 0)).toBe(true);
    expect(book.takeStream('alice', 'host', 0)).toBe(false);
    expect(book.takeStream('alice', 'sync', 0)).toBe(true);
    expect(book.takeStream('bob', 'host', 0)).toBe(true);
  });

  test('a message counts as one and by its bytes', () => {
    const { messages, bytes } = PROTOCOLS.host.budget;
    const many = new PeerBook();
    for (let i = 0; i < messages.burst; i++) expect(many.takeMessage('alice', 'host', 1, 0)).toBe(true);
    expect(many.takeMessage('alice', 'host', 1, 0)).toBe(false);
    const large = new PeerBook();
    expect(large.takeMessage('alice', 'host', bytes.burst, 0)).toBe(true);
    expect(large.takeMessage('alice', 'host', 1, 0)).toBe(false);
  });

  test('it forgets who was not heard the longest, and so does not grow', () => {
    const book = new PeerBook();
    for (let i = 0; i < SCORE_MAX; i++) book.penalise('mallory', 'malformed', 0);
    for (let i = 1; i < PEERS_REMEMBERED_MAX; i++) book.takeStream(`peer ${i}`, 'sync', 0);
    expect(book.isBanned('mallory', 0)).toBe(true);
    book.takeStream('one more', 'sync', 0);
    expect(book.isBanned('mallory', 0)).toBe(false);
  });
});
