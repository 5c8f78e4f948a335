/** What `latchkey-relay status` says of a log while auditors are waited for, and once they have signed. */
import { expect, test } from 'vitest';
import { logLines, logView } from '../../relay/src/log-view.ts';
import { audited, comesIn } from '../support/audited.ts';
import { until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';

const ground = gathering();

test('a newcomer’s node says for whose signatures it waits', { timeout: 60_000 }, async () => {
  const { ada, aud } = await audited(ground);
  await aud.off();
  const ben = await comesIn(ground, 'Ben', ada);
  expect(logView(ben.chain).awaitingAuditors).toEqual({ signed: 0, asked: 1, auditors: 1 });
  expect(logLines(logView(ben.chain)).at(-1)).toBe('waiting for auditors before anything here is relied on: 0 of 1 signed');
  expect(logView(ada.chain).awaitingAuditors).toBeNull();
  await aud.on();
  await until(ben.chain, () => ben.chain.awaiting() === undefined);
  expect(logLines(logView(ben.chain)).join('\n')).not.toContain('waiting');
});

test('and says so where the chain has fewer auditors than it waits for', { timeout: 60_000 }, async () => {
  const { ada, aud } = await audited(ground);
  await aud.chain.leave();
  await until(ada.chain, () => ada.chain.node.ledger.trust.auditors.length === 0);
  const ben = await comesIn(ground, 'Ben', ada);
  expect(logLines(logView(ben.chain)).at(-1)).toContain('0 of 1 signed, and the chain has 0: its federation appoints others');
});
