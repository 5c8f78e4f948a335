import { expect, test } from 'vitest';
import { certificateToText, parseCertificate } from '../../src/core/codec/recovery-text.ts';
import { certificateOfRecovery } from '../support/vector-governance.ts';

test('a recovery certificate reads back from its text, broken lines and all', () => {
  const text = certificateToText(certificateOfRecovery);
  expect(text).toMatch(/^[\w-]+$/);
  const broken = text.replace(/(.{60})/g, '$1\r\n');
  expect(parseCertificate(`  ${broken}\n`)).toEqual({ ok: true, value: certificateOfRecovery });
});

test.each([
  ['nothing', '', 'malformed'],
  ['a text', 'not a certificate!', 'malformed'],
  ['a part of one', certificateToText(certificateOfRecovery).slice(0, -8), 'malformed'],
  ['more than any certificate', 'A'.repeat(200_000), 'too-large'],
])('%s is refused', (_, text, code) => {
  const read = parseCertificate(text);
  expect(read.ok ? 'taken' : read.refusal.code).toBe(code);
});
