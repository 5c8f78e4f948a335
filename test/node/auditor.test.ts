/** An auditor of shipped nodes: replays before it cosigns, and cosigns nothing of a chain that it finds wrong. */
import { expect, test } from 'vitest';
import { equal } from '../../src/core/base/bytes.ts';
import { encode } from '../../src/core/codec/codec.ts';
import { cosignedRow } from '../../src/core/codec/stored.ts';
import { audited } from '../support/audited.ts';
import { type Device, until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';
import { hashOf } from '../support/world.ts';

const ground = gathering();

const cosignedByAuditor = (device: Device) =>
  device.chain.log.checkpoint()?.cosigners.some(({ office, signedAt }) => office === 'auditor' && signedAt !== undefined) === true;

test('replays the chain, then cosigns the validators’ checkpoints, which everybody sees', { timeout: 60_000 }, async () => {
  const { ada, aud } = await audited(ground);
  await ada.chain.append('something to sign');
  await until(ada.chain, () => cosignedByAuditor(ada));
  expect(aud.chain.audited?.fault).toBeUndefined();
  expect(aud.chain.audited?.admissions).toMatchObject([{ role: 'auditor', how: 'request' }]);
  const own = aud.chain.node.ledger.space;
  const [signed, found] = await Promise.all([own.get('meta', 'cosigned'), own.get('meta', 'audited')]);
  expect([signed, found].every((row) => row !== undefined)).toBe(true);
  expect(equal(aud.chain.id, ada.chain.id)).toBe(true);
});

test('cosigns nothing of a log that is not the one it found right before', { timeout: 60_000 }, async () => {
  const { ada, aud } = await audited(ground);
  await ada.chain.append('something to sign');
  await until(ada.chain, () => cosignedByAuditor(ada));
  // As if the operator had shown it another log since.
  const { logSize: size } = aud.chain.node.ledger.tip.header;
  const other = encode(cosignedRow, { version: 1, size, root: hashOf('another log'), seconds: 1 });
  await aud.chain.node.ledger.space.write([{ type: 'put', table: 'meta', key: 'audited', value: other }], 'strict');
  await aud.off();
  await aud.on();
  await ada.chain.append('more to sign');
  await expect.poll(() => aud.chain.audited?.fault !== undefined, { timeout: 20_000 }).toBe(true);
  expect(aud.chain.audited?.fault?.refusal.detail).toContain('not the one that was vouched for');
  expect(ada.chain.log.checkpoint()?.size === ada.chain.log.size && cosignedByAuditor(ada)).toBe(false);
});
