/** A chain that asks for its auditors' signatures: a newcomer relies on nothing until they have signed what it took over. */
import { expect, test } from 'vitest';
import { encodeSessionMessage } from '../../src/core/codec/session-message.ts';
import { logSigners } from '../../src/core/light/log-signers.ts';
import { checkpointText, originOf } from '../../src/core/log/checkpoint.ts';
import { cosignedText } from '../../src/core/log/cosignature.ts';
import { encodeNote } from '../../src/core/log/note.ts';
import { cosignatureLine } from '../../src/core/log/open-note.ts';
import { memorySigner } from '../../src/node/memory-keys.ts';
import { audited, auditsToo, comesIn } from '../support/audited.ts';
import { type Device, until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';
import { hashOf } from '../support/world.ts';

const ground = gathering();

const isTrusted = ({ chain }: Device) => chain.awaiting() === undefined;
const trusts = (device: Device) => until(device.chain, () => isTrusted(device));

async function writes({ chain }: Device, text: string): Promise<void> {
  await chain.append(text);
  await until(chain, () => chain.pending().length === 0);
}

test('a newcomer waits for the auditors’ signatures, and goes on once they have signed', { timeout: 60_000 }, async () => {
  const { ada } = await audited(ground);
  const ben = await comesIn(ground, 'Ben', ada);
  await trusts(ben);
  const { checkpoint } = ben.chain.log.signed() ?? expect.fail('a checkpoint');
  expect(ben.chain.log.checkpoint()?.vouched).toBe(true);
  expect(checkpoint.size).toBeGreaterThan(0);
  await writes(ben, 'vouched for');
});

test('while the auditor is away nothing is relied on, a restart changes nothing, and it ends by itself', { timeout: 60_000 }, async () => {
  const { ada, aud } = await audited(ground);
  await aud.off();
  const ben = await comesIn(ground, 'Ben', ada);
  await until(ben.chain, () => ben.chain.log.checkpoint() !== undefined);
  const waits = { asked: 1, signed: 0 };
  expect(ben.chain.awaiting()).toMatchObject(waits);
  await expect(ben.chain.append('too early')).rejects.toMatchObject({ code: 'awaiting-auditors' });
  await expect(ben.chain.invite()).rejects.toMatchObject({ code: 'awaiting-auditors' });
  expect(isTrusted(ada)).toBe(true);
  await ben.off();
  await ben.on();
  expect(ben.chain.awaiting()).toMatchObject(waits);
  await aud.on();
  await trusts(ben);
  await writes(ben, 'now');
  await ben.off();
  await ben.on();
  expect(isTrusted(ben)).toBe(true);
});

test('a signature that is not the auditor’s is refused, and ends the session', { timeout: 60_000 }, async () => {
  const { ada, aud } = await audited(ground);
  await aud.off();
  const ben = await comesIn(ground, 'Ben', ada);
  const { node, id } = ada.chain;
  const { logSize: size, logRoot: root } = node.ledger.tip.header;
  const auditor = logSigners(id, node.ledger.trust).find(({ office }) => office === 'auditor') ?? expect.fail('an auditor');
  const text = checkpointText({ origin: originOf(id), size, root });
  const forger = await memorySigner(hashOf('not the auditor’s key'));
  const line = cosignatureLine(auditor.cosigner, 1_700_000_000, await forger.sign(cosignedText(1_700_000_000, text)));
  const session = node.sessions().find(({ peer }) => peer === ben.peer) ?? expect.fail('no session');
  session.send(encodeSessionMessage({ type: 'checkpoints', notes: [encodeNote({ text, signatures: [line] })] }));
  await until(ben.chain, () => !ben.chain.node.sessions().some((one) => one.peer === ada.peer));
  expect(ben.chain.awaiting()).toMatchObject({ asked: 1, signed: 0 });
});

test('auditors whom the link vouches for are not talked away: who follows without them replays everything', {
  timeout: 60_000,
}, async () => {
  const { ada, aud } = await audited(ground);
  const link = await ada.invites();
  await aud.off();
  await ada.chain.governance.propose({ type: 'rules', rules: { ...ada.chain.governance.rules(), auditorsQuorum: 0 } });
  await until(ada.chain, () => ada.chain.node.ledger.trust.auditorsQuorum === 0);
  const ben = await comesIn(ground, 'Ben', ada, link);
  expect(ben.chain.audited).toBeUndefined();
  await trusts(ben);
  expect(ben.chain.audited?.fault).toBeUndefined();
  expect(ben.chain.audited?.header?.logSize).toBeGreaterThan(0);
});

test('an auditor who left is waited for, until another has taken its place and signed', { timeout: 60_000 }, async () => {
  const { ada, aud } = await audited(ground);
  await aud.chain.leave();
  await until(ada.chain, () => ada.chain.node.ledger.trust.auditors.length === 0);
  const ben = await comesIn(ground, 'Ben', ada);
  await until(ben.chain, () => ben.chain.log.checkpoint()?.vouched === true);
  expect(ben.chain.awaiting()).toMatchObject({ asked: 1, signed: 0 });
  await expect(ben.chain.append('too early')).rejects.toMatchObject({ code: 'awaiting-auditors' });
  await auditsToo(ground, 'Eve', ada);
  await trusts(ben);
  await writes(ben, 'now');
});

test('the federation can lift the rule where its auditors are gone, from a device that waits too', { timeout: 60_000 }, async () => {
  const { ada, aud } = await audited(ground);
  await aud.off();
  const ben = await comesIn(ground, 'Ben', ada);
  await ada.chain.governance.propose({ type: 'rules', rules: { ...ada.chain.governance.rules(), auditorsQuorum: 0 } });
  await trusts(ben);
  await writes(ben, 'without auditors');
});
