/** An auditor of shipped nodes: replays before it cosigns, and cosigns nothing of a chain that it finds wrong. */
import { expect, test } from 'vitest';
import { equal } from '../../src/core/base/bytes.ts';
import { encode } from '../../src/core/codec/codec.ts';
import type { InvitationLink } from '../../src/core/codec/link.ts';
import { cosignedRow } from '../../src/core/codec/stored.ts';
import { type Device, until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';
import { OPERATOR } from '../support/group.ts';
import { hashOf } from '../support/world.ts';

const { someone } = gathering();

/** Auditors say who runs them. */
async function asksAs(device: Device, link: InvitationLink): Promise<void> {
  const options = { name: device.name, operator: OPERATOR, signal: AbortSignal.timeout(30_000) };
  for await (const stage of device.latchkey.join(link, options)) if (stage.type === 'joined') return;
}

/** Ada's chain, on which Aud audits. */
async function audited() {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Harbour', yourName: 'Ada', template: 'consortium' });
  const aud = await someone('Aud');
  const joining = asksAs(aud, await ada.invites({ role: 'auditor' }));
  await until(ada.chain, () => ada.chain.governance.requests().some(({ status }) => status === 'pending'));
  await ada.chain.governance.approve(ada.chain.governance.requests()[0]?.id ?? hashOf('none'));
  await joining;
  await until(ada.chain, () => ada.chain.node.ledger.trust.auditors.length === 1);
  return { ada, aud };
}

const cosignedByAuditor = (device: Device) =>
  device.chain.log.checkpoint()?.cosigners.some(({ office, signedAt }) => office === 'auditor' && signedAt !== undefined) === true;

test('replays the chain, then cosigns the validators’ checkpoints, which everybody sees', { timeout: 60_000 }, async () => {
  const { ada, aud } = await audited();
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
  const { ada, aud } = await audited();
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
