/** Stories of a chain with several validators, on the shipped node over an in-memory network: it grows, loses some, and goes on. */
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { officeOf } from '../../src/core/membership/seats.ts';
import { becomesValidator, grown, idOf, settled, trustOf, writes } from '../support/council.ts';
import { type Device, until } from '../support/device.ts';
import { sendsVotes, signsVote } from '../support/double-votes.ts';
import { gathering } from '../support/gathering.ts';
import { hashOf } from '../support/world.ts';

const { someone } = gathering();

function expectAgreement(devices: readonly Device[]): void {
  expect(new Set(devices.map(({ chain }) => toHex(chain.node.ledger.tip.id))).size).toBe(1);
  expect(new Set(devices.map(({ chain }) => toHex(chain.node.ledger.state.root))).size).toBe(1);
}

/** Two of one seat in one view, for different blocks. */
async function sendsTwoVotes(liar: Device, to: Device): Promise<void> {
  const view = (liar.chain.node.duties.voting.validator?.view ?? 0) + 1;
  const signs = (block: string) => signsVote(liar, { kind: 'notarize', view, block: hashOf(block) });
  sendsVotes(liar, to, [await signs('one'), await signs('other')]);
}

describe('a chain grows from one validator to four', () => {
  test('each enters by the rules: granted, keys of its own, ready, seated; all agree', { timeout: 60_000 }, async () => {
    const all = await grown(someone, 3);
    const [ada, ben, cem, dee] = all;
    if (ada === undefined || ben === undefined || cem === undefined || dee === undefined) throw new Error('four');
    expect(trustOf(ada.chain)).toMatchObject({ epoch: 3 });
    expect(trustOf(ada.chain).seats.length).toBe(4);
    for (const { chain } of all) expect(chain.node.isValidator).toBe(true);
    for (const device of all) await writes(ada, `Hello from ${device.name}`);
    await settled(all);
    expectAgreement(all);
    for (const device of [ben, cem, dee]) expect(officeOf(ada.chain.node.ledger.state, idOf(device))?.vote).toBeDefined();
  });

  test('with one down entries become final, with two they wait, and go on when one is back', { timeout: 90_000 }, async () => {
    const all = await grown(someone, 3);
    const [ada, ben, cem, dee] = all;
    if (ada === undefined || ben === undefined || cem === undefined || dee === undefined) throw new Error('four');
    await dee.off();
    for (let i = 0; i < 5; i++) await writes(ada, `without Dee ${i}`);
    await settled([ada, ben, cem]);
    expectAgreement([ada, ben, cem]);
    await cem.off();
    const { height } = ada.chain;
    await ada.chain.append('with two down');
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(ada.chain.pending().length).toBe(1);
    expect(ada.chain.height).toBeLessThanOrEqual(height + 1);
    await dee.on();
    await until(ada.chain, () => ada.chain.pending().length === 0);
    await cem.on();
    await writes(ada, 'all are back');
    await settled(all);
    expectAgreement(all);
  });

  test('one is removed, and three go on', { timeout: 60_000 }, async () => {
    const all = await grown(someone, 3);
    const [ada, ben, cem, dee] = all;
    if (ada === undefined || ben === undefined || cem === undefined || dee === undefined) throw new Error('four');
    await ada.chain.governance.propose({ type: 'withdraw', member: idOf(dee), role: 'validator' });
    await until(ada.chain, () => trustOf(ada.chain).seats.length === 3);
    await writes(ada, 'three are left');
    await settled(all);
    expectAgreement(all);
    expect(dee.chain.node.isValidator).toBe(false);
  });

  test('who votes for two blocks in one view is convicted by the others, and loses seat and role', { timeout: 60_000 }, async () => {
    const all = await grown(someone, 3);
    const [ada, , , dee] = all;
    if (ada === undefined || dee === undefined) throw new Error('four');
    await sendsTwoVotes(dee, ada);
    await until(ada.chain, () => trustOf(ada.chain).seats.length === 3);
    await until(dee.chain, () => trustOf(dee.chain).seats.length === 3);
    expect(dee.chain.members().find(({ you }) => you)?.roles).toEqual(['writer']);
    await writes(ada, 'three are left');
    await settled(all);
    expectAgreement(all);
  });

  test('a newcomer and one who was away verify over all epochs', { timeout: 60_000 }, async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const away = await someone('Ulf');
    await away.joins(await ada.invites());
    await away.off();
    for (const name of ['Ben', 'Cem', 'Dee']) {
      const next = await someone(name);
      await next.joins(await ada.invites());
      await becomesValidator(ada, next);
    }
    await writes(ada, 'after three epochs');
    const newcomer = await someone('Zoe');
    await newcomer.joins(await ada.invites());
    await away.on();
    await settled([ada, newcomer, away]);
    expectAgreement([ada, newcomer, away]);
    for (const { chain } of [newcomer, away]) await until(chain, () => chain.node.ledger.complete && !chain.node.follower.behind);
    for (const { chain } of [ada, newcomer, away]) await expect.poll(() => chain.node.ledger.epochs.keptUpTo()).toBe(3);
  });
});
