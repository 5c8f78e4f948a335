/** Floods of certificates and votes that nobody signed, by a stranger, a member and a validator: the others go on. */
import { expect, test } from 'vitest';
import { OUTSIDERS_INBOX_MESSAGES_MAX } from '../../src/core/base/limits.ts';
import { encodeSessionMessage } from '../../src/core/codec/session-message.ts';
import { bitmapOf, type Certificate } from '../../src/core/codec/vote.ts';
import { grown, writes } from '../support/council.ts';
import type { Device } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';
import { mallory } from '../support/mallory.ts';
import { hashOf, SIGNATURE } from '../support/world.ts';

const { someone, hub } = gathering();
const SIGNERS = [0, 1, 2, 3];

/** A tip far ahead, by a block that nobody has, under a certificate that nobody signed. */
function bogusTip({ chain }: Device, i: number): Uint8Array {
  const { tip, trust } = chain.node.ledger;
  const header = { ...tip.header, height: tip.header.height + 1_000 + i, parent: hashOf(`parent ${i}`) };
  const certificate: Certificate = {
    subject: { kind: 'finalize', chain: chain.id, epoch: trust.epoch, view: 1_000_000 + i, block: hashOf(`block ${i}`) },
    signers: bitmapOf(SIGNERS),
    signatures: SIGNERS.map(() => SIGNATURE),
  };
  return encodeSessionMessage({ type: 'tip', header, certificate, ids: [] });
}

/** Votes that nobody gave, of a view that may come. */
function bogusVotes({ chain }: Device, i: number): Uint8Array {
  const { trust, certificate } = chain.node.ledger;
  const view = (certificate.subject.epoch === trust.epoch ? certificate.subject.view : 0) + 14;
  const votes = Array.from({ length: 64 }, (_, k) => ({
    subject: { kind: 'notarize' as const, chain: chain.id, epoch: trust.epoch, view, block: hashOf(`block ${i}/${k}`) },
    seat: k % 4,
    signature: SIGNATURE,
  }));
  return encodeSessionMessage({ type: 'votes', votes });
}

test('a stranger’s certificates are not looked at, and no more of them wait than there is room for', { timeout: 60_000 }, async () => {
  const [ada] = await grown(someone, 3);
  if (ada === undefined) throw new Error('somebody begins');
  const { session, ended } = await mallory(hub(), ada);
  for (let i = 0; i < 10 * OUTSIDERS_INBOX_MESSAGES_MAX; i++) session.send(bogusTip(ada, i));
  await writes(ada, 'meanwhile');
  await expect.poll(() => ended).toEqual(['slow-down']);
});

test('a member who tells of a tip that nobody signed loses its session', { timeout: 60_000 }, async () => {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  const ben = await someone('Ben');
  await ben.joins(await ada.invites());
  const [session] = ben.chain.node.sessions();
  const before = ada.chain.node.sessions()[0]?.id;
  for (let i = 0; i < 100; i++) session?.send(bogusTip(ada, i));
  await expect.poll(() => ada.chain.node.sessions().some(({ id }) => id === before)).toBe(false);
  await writes(ada, 'meanwhile');
});

test('a validator whose votes nobody gave loses its sessions, and the others decide without it', { timeout: 60_000 }, async () => {
  const [ada, , , dee] = await grown(someone, 3);
  if (ada === undefined || dee === undefined) throw new Error('four decide');
  const before = new Set(dee.chain.node.sessions().map(({ id }) => id));
  const messages = Array.from({ length: 100 }, (_, i) => bogusVotes(dee, i));
  for (const session of dee.chain.node.sessions()) for (const message of messages) session.send(message);
  await writes(ada, 'meanwhile');
  await expect.poll(() => dee.chain.node.sessions().filter(({ id }) => before.has(id))).toEqual([]);
});
