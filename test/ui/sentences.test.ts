import { expect, test } from 'vitest';
import { REFUSAL_CODES } from '../../src/core/base/result.ts';
import { sentenceFor } from '../../src/ui/sentences.ts';

test('every refusal says what happened and what to do next, in whole sentences', () => {
  for (const code of REFUSAL_CODES) {
    const { what, next } = sentenceFor(code);
    expect(what, code).toMatch(/^[A-Z“].*[.]$/);
    expect(next, code).toMatch(/^[A-Z“].*[.]$/);
  }
});

test('no two refusals read alike', () => {
  const whats = REFUSAL_CODES.map((code) => sentenceFor(code).what);
  expect(new Set(whats).size).toBe(REFUSAL_CODES.length);
});

test('no sentence speaks in codes', () => {
  for (const code of REFUSAL_CODES) {
    const { what, next } = sentenceFor(code);
    if (code.includes('-')) expect(`${what} ${next}`).not.toContain(code);
  }
});

test('what a guest can meet while joining is told apart, and trying again is offered only where it may help', () => {
  const hopeless = ['invitation-used', 'invitation-expired', 'invitation-revoked', 'wrong-chain', 'damaged-link', 'stale-anchor'] as const;
  for (const code of hopeless) expect(sentenceFor(code).retry, code).toBe(false);
  for (const code of ['no-relay', 'relays-full', 'timed-out', 'slow-down'] as const) expect(sentenceFor(code).retry, code).toBe(true);
});
