/** Stories of keys: one more device, a member who comes back by the phrase, and a network key that changes. */
import { describe, expect, test } from 'vitest';
import { equal } from '../../src/core/base/bytes.ts';
import { Coming } from '../support/coming.ts';
import { until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';

const { someone } = gathering();

describe('one more device of a member', () => {
  test('comes in by a link from the first, acts for the same member, and no third by that link', async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const { link, transaction } = await ada.chain.devices.link();
    await until(ada.chain, () => !ada.chain.node.outbox.items().some((item) => equal(item.transaction.id, transaction)));
    const phone = await someone('Ada’s phone');
    const coming = new Coming((signal) => phone.latchkey.linkDevice(link, { signal }));
    expect(await coming.over()).toBe('joined');
    expect(phone.chain.members()).toMatchObject([{ name: 'Ada', you: true }]);
    await phone.chain.append('From the garden.');
    await until(phone.chain, () => phone.chain.pending().length === 0);
    expect(await ada.texts()).toEqual(['From the garden.']);
    const thief = await someone('Thief');
    const late = new Coming((signal) => thief.latchkey.linkDevice(link, { signal }));
    expect(['link-unknown', 'invitation-unknown']).toContain(await late.over());
  });
});

describe('who lost every device', () => {
  test('becomes the same member again by the phrase alone, and the old key is out', async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const ben = await someone('Ben');
    const chain = await ben.joins(await ada.invites());
    const member = chain.node.self()?.id ?? chain.id;
    const phrase = (await ben.latchkey.recovery.phrase()) ?? '';
    const link = await ada.invites();
    const other = await someone('Ben’s new phone');
    const coming = new Coming((signal) => other.latchkey.recover(link, { phrase, stolen: true, signal }));
    expect(await coming.over()).toBe('joined');
    expect(other.chain.node.self()?.id).toEqual(member);
    expect(other.chain.members().find(({ you }) => you)?.name).toBe('Ben');
    await until(chain, () => chain.node.self() === undefined);
    expect(chain.node.standing.now()).toEqual({ type: 'replaced' });
    await other.chain.append('Here I am again.');
    await until(other.chain, () => other.chain.pending().length === 0);
    // The key that took over has a successor of its own, by the same phrase.
    const third = await someone('Ben’s third phone');
    expect(await new Coming((signal) => third.latchkey.recover(link, { phrase, signal })).over()).toBe('joined');
    expect(third.chain.node.self()?.id).toEqual(member);
  });

  test('is told so if the phrase recovers nobody', async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const eve = await someone('Eve');
    await eve.latchkey.createChain({ name: 'Another', yourName: 'Eve' });
    const phrase = (await eve.latchkey.recovery.phrase()) ?? '';
    const link = await ada.invites();
    const coming = new Coming((signal) => eve.latchkey.recover(link, { phrase, signal }));
    expect(await coming.over()).toBe('member-unknown');
  });
});

describe('the network key', () => {
  test('changes by governance: who is here is given it at once, who was away when it shakes hands under the one before', async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const [ben, cem] = [await someone('Ben'), await someone('Cem')];
    const chain = await ben.joins(await ada.invites());
    await cem.joins(await ada.invites());
    const change = async () => {
      const { governance, node } = ada.chain;
      const hash = await node.run(() => node.keyring.make());
      const [before] = governance.rules().networkKeyHashes;
      await governance.propose({
        type: 'rules',
        rules: { ...governance.rules(), networkKeyHashes: before === undefined ? [hash] : [hash, before] },
      });
      await until(ada.chain, () => governance.rules().networkKeyHashes.some((one) => equal(one, hash)));
      return node.networkKeys()[0];
    };
    const first = await change();
    for (const device of [ben, cem]) await until(device.chain, () => device.chain.node.networkKeys().length === 1);
    await cem.off();
    const second = await change();
    await until(chain, () => chain.node.networkKeys().length === 2);
    expect(chain.node.networkKeys()).toEqual([second, first]);
    await cem.on();
    await until(cem.chain, () => cem.chain.node.networkKeys().length === 2);
    expect(cem.chain.node.networkKeys()).toEqual([second, first]);
    const fresh = await ada.invites();
    expect(fresh.networkKey).toEqual(second);
    await (await someone('Dov')).joins(fresh);
    const scanner = await someone('Scanner');
    await expect(scanner.joins({ ...fresh, networkKey: undefined }, AbortSignal.timeout(20_000))).rejects.toMatchObject({
      code: 'unknown-chain',
    });
  });

  test('that is newer than a link leaves its silence, told with what to do, to who joins and to who recovers by it', async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const ben = await someone('Ben');
    await ben.joins(await ada.invites());
    const phrase = (await ben.latchkey.recovery.phrase()) ?? '';
    await ben.off();
    const older = await ada.invites();
    const { governance, node } = ada.chain;
    const hash = await node.run(() => node.keyring.make());
    await governance.propose({ type: 'rules', rules: { ...governance.rules(), networkKeyHashes: [hash] } });
    await until(ada.chain, () => node.networkKeys().length === 1);
    const cem = await someone('Cem');
    await expect(cem.joins(older)).rejects.toMatchObject({ code: 'unknown-chain' });
    const other = await someone('Ben’s new device');
    const coming = new Coming((signal) => other.latchkey.recover(older, { phrase, signal }));
    expect(await coming.over()).toBe('unknown-chain');
    await cem.joins(await ada.invites());
    const again = new Coming((signal) => other.latchkey.recover({ ...older, networkKey: node.networkKeys()[0] }, { phrase, signal }));
    expect(await again.over()).toBe('joined');
  });

  test('that a chain takes as its first leaves out who was away, whom a fresh link lets in again', async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const ben = await someone('Ben');
    await ben.joins(await ada.invites());
    await ben.off();
    const { governance, node } = ada.chain;
    const hash = await node.run(() => node.keyring.make());
    await governance.propose({ type: 'rules', rules: { ...governance.rules(), networkKeyHashes: [hash] } });
    await until(ada.chain, () => node.networkKeys().length === 1);
    const fresh = await ada.invites();
    await ben.on();
    // Nobody answers it: the page says so in words that lead on.
    await until(ben.chain, () => ben.chain.node.standing.meetsSilence);
    await ben.joins(fresh);
    await until(ben.chain, () => !ben.chain.node.standing.meetsSilence);
    await until(ben.chain, () => ben.chain.height === ada.chain.height && ben.chain.node.networkKeys().length === 1);
    expect(ben.chain.node.networkKeys()).toEqual(node.networkKeys());
  });
});
