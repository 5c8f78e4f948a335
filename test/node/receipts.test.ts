/** Join receipts: made by any whole copy, checked with nothing but the file, and refused with one bit of it changed. */
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { unwrap } from '../../src/core/base/result.ts';
import type { InvitationLink } from '../../src/core/codec/link.ts';
import { decodeReceipt, encodeReceipt, isReceipt, type Receipt, receiptFromLink, receiptToUrl } from '../../src/core/codec/receipt.ts';
import type { ReceiptStory } from '../../src/core/light/receipt.ts';
import { receiptWords } from '../../src/core/light/receipt-words.ts';
import { checkReceipt } from '../../src/node/receipt-check.ts';
import { makeReceipt } from '../../src/node/receipts.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { grownChain } from '../support/chain.ts';
import { type Device, until } from '../support/device.ts';
import { expectEachFlipRefused } from '../support/flips.ts';
import { gathering } from '../support/gathering.ts';
import { hashOf } from '../support/world.ts';

const verifier = webCryptoVerifier();
const { someone } = gathering();
const idOf = (device: Device, name: string): Hash => {
  const found = device.chain.members().find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} is no member`);
  return found.id;
};

async function receiptOf(device: Device, name: string): Promise<{ readonly file: Uint8Array; readonly story: ReceiptStory }> {
  await until(device.chain, () => device.chain.node.ledger.certified && device.chain.node.ledger.complete);
  const file = await makeReceipt(device.chain.node.ledger, idOf(device, name));
  return { file, story: unwrap(await checkReceipt(file, verifier)) };
}

async function knocks(device: Device, link: InvitationLink): Promise<void> {
  const options = { name: device.name, role: 'writer', signal: AbortSignal.timeout(30_000) } as const;
  for await (const stage of device.latchkey.knock(link, options)) if (stage.type === 'joined') return;
}

const when = (time: number) => new Date(time).toISOString();

describe('a receipt says how somebody became a member', () => {
  test('founders, and whoever came by an invitation alone', async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const ben = await someone('Ben');
    await ben.joins(await ada.invites());
    for (const device of [ada, ben]) {
      const { story } = await receiptOf(device, 'Ada');
      expect(story).toMatchObject({
        how: 'founder',
        chainName: 'Garden club',
        member: { name: 'Ada' },
        leaf: 0,
        signers: 1,
        validators: 1,
      });
    }
    const { story, file } = await receiptOf(ben, 'Ben');
    expect(story).toMatchObject({
      how: 'invitation',
      member: { name: 'Ben' },
      invitedBy: { name: 'Ada' },
      admittedAs: 'writer',
      roles: ['writer'],
    });
    expect(toHex(story.chain)).toBe(toHex(ada.chain.id));
    const { proves, provesNot } = receiptWords(story, when);
    expect(proves[1]).toBe(`Ben was invited by Ada as writer and signed the request to join: leaf ${story.leaf} of the log.`);
    expect(provesNot.join(' ')).toContain('Who Ben is');
    const link = receiptToUrl(file, 'https://site.example/page#old');
    expect(unwrap(receiptFromLink(link ?? ''))).toEqual(file);
  });

  test('a consortium: who approved, when, and where they signed it; also after they left', { timeout: 60_000 }, async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Harbour', yourName: 'Ada', template: 'consortium' });
    const ben = await someone('Ben');
    const joining = ben.joins(await ada.invites({ role: 'federation' }));
    await until(ada.chain, () => ada.chain.governance.requests().some(({ status }) => status === 'pending'));
    const [request] = ada.chain.governance.requests();
    await ada.chain.governance.approve(request?.id ?? hashOf('none'), 'We know Ben');
    await joining;
    const { story } = await receiptOf(ada, 'Ben');
    expect(story).toMatchObject({ how: 'request', admittedAs: 'federation', approvals: [{ name: 'Ada' }], invitedBy: { name: 'Ada' } });
    expect(receiptWords(story, when).proves[2]).toContain('Ada approved it on ');
  });

  test('somebody who knocked, carried in by a member’s yes', { timeout: 60_000 }, async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Harbour', yourName: 'Ada', template: 'members-approve' });
    const cem = await someone('Cem');
    const knocking = knocks(cem, await ada.invites());
    await until(ada.chain, () => ada.chain.governance.knocks().length > 0);
    const [knock] = ada.chain.governance.knocks();
    await ada.chain.governance.approve(knock?.id ?? hashOf('none'));
    await knocking;
    const { story } = await receiptOf(ada, 'Cem');
    expect(story).toMatchObject({
      how: 'knock',
      admittedAs: 'writer',
      approvals: [{ name: 'Ada', leaf: story.leaf }],
      invitedBy: undefined,
    });
  });

  test('a change of validators is passed over on the way', { timeout: 60_000 }, async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const ben = await someone('Ben');
    await ben.joins(await ada.invites());
    await ada.chain.governance.propose({ type: 'grant', member: idOf(ada, 'Ben'), role: 'validator' });
    await until(ada.chain, () => ada.chain.node.ledger.trust.seats.length === 2);
    await ada.chain.append('together');
    await until(ada.chain, () => ada.chain.node.ledger.tip.header.epoch === 1);
    const { story, file } = await receiptOf(ada, 'Ben');
    expect(story).toMatchObject({ validators: 2, signers: 2, roles: ['writer', 'validator'] });
    const read = unwrap(decodeReceipt(file));
    const without = encodeReceipt({ ...read, lineage: { ...read.lineage, epochs: [] } });
    expect(await checkReceipt(without, verifier)).toMatchObject({ ok: false, refusal: { code: 'wrong-trust-set' } });
  });
});

describe('what was touched proves nothing', () => {
  async function some(): Promise<{ readonly file: Uint8Array; readonly founder: Receipt; readonly ben: Receipt }> {
    const { ledger, chain } = await grownChain(await memoryStore().space('receipts'), { blocks: 3, entriesPerBlock: 2, members: ['Ben'] });
    const members = [...ledger.state.all('member')].map(({ id }) => id as Hash);
    const files = await Promise.all(members.map((id) => makeReceipt(ledger, id)));
    const all = files.map((file) => unwrap(decodeReceipt(file)));
    const founderId = [...chain.tip.state.all('member')].find(({ value }) => value.invitation === undefined)?.id ?? new Uint8Array(0);
    const founder = all.find(({ member }) => toHex(member) === toHex(founderId));
    const ben = all.find(({ member }) => toHex(member) !== toHex(founderId));
    const file = files.find((one) => toHex(unwrap(decodeReceipt(one)).member) !== toHex(founderId));
    if (founder === undefined || ben === undefined || file === undefined) throw new Error('two members');
    return { file, founder, ben };
  }

  test('any bit of it', { timeout: 240_000 }, async () => {
    const { file } = await some();
    await expectEachFlipRefused(file, (flipped) => checkReceipt(flipped, verifier));
  });

  test('a piece left out, put in, or twice', async () => {
    const { ben, founder } = await some();
    const code = async (receipt: Receipt) => {
      const checked = await checkReceipt(encodeReceipt(receipt), verifier);
      return checked.ok ? 'ok' : checked.refusal.code;
    };
    expect(await code(ben)).toBe('ok');
    for (let i = 0; i < ben.records.length; i++) {
      const less = await code({ ...ben, records: ben.records.filter((_, at) => at !== i) });
      // Without the record of whoever invited, nobody is named; the rest of what named it is then left over.
      expect(['bad-proof', 'member-unknown', 'bad-signature']).toContain(less);
      expect(await code({ ...ben, records: [...ben.records, ...ben.records.slice(i, i + 1)] })).toBe('bad-proof');
    }
    expect(await code({ ...ben, leaves: [] })).toBe('bad-proof');
    expect(await code({ ...ben, leaves: [...ben.leaves, ...founder.leaves] })).toBe('bad-proof');
    expect(await code({ ...ben, words: [...ben.words, new Uint8Array(40)] })).toBe('bad-proof');
    expect(await code({ ...ben, member: founder.member })).toBe('bad-proof');
    expect(await code({ ...ben, lineage: { ...ben.lineage, genesis: ben.leaves[0]?.bytes ?? new Uint8Array(1) } })).toBe('malformed');
    // Without a name it proves the same, of somebody without a name.
    expect(await code({ ...ben, words: [] })).toBe('ok');
  });

  test('a file that is something else', async () => {
    const { file } = await some();
    expect(isReceipt(file)).toBe(true);
    expect(isReceipt(Uint8Array.of(0x84, 0x01))).toBe(false);
    expect(await checkReceipt(new Uint8Array(0), verifier)).toMatchObject({ ok: false });
  });
});
