/** Audits of chains of shipped nodes: a clean one passes and tells who was let in by whom; what was vouched for must still hold. */
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { ruleHash } from '../../src/core/codec/rules.ts';
import type { Transaction } from '../../src/core/codec/transaction.ts';
import type { ChainPoint } from '../../src/core/consensus/execute.ts';
import { seeBlock } from '../../src/core/light/admissions.ts';
import { StateDraft } from '../../src/core/membership/state.ts';
import { Audit, type Vouched } from '../../src/node/auditing.ts';
import { replaySource } from '../../src/node/ledger-replay.ts';
import { replayChain } from '../../src/node/replaying.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { type Device, until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';
import { hashOf } from '../support/world.ts';

const options = { verifier: webCryptoVerifier(), signal: new AbortController().signal };
const { someone } = gathering();

/** A consortium of Ada and Ben, who was approved; and an observer who came by a link alone where the rules let it. */
async function consortium(): Promise<Device> {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Harbour', yourName: 'Ada', template: 'consortium' });
  const ben = await someone('Ben');
  const joining = ben.joins(await ada.invites({ role: 'federation' }));
  await until(ada.chain, () => ada.chain.governance.requests().some(({ status }) => status === 'pending'));
  const [request] = ada.chain.governance.requests();
  await ada.chain.governance.approve(request?.id ?? hashOf('none'));
  await joining;
  return ada;
}

const source = (device: Device) => replaySource(device.chain.node.ledger);
const look = (device: Device, ...vouched: readonly Vouched[]) => new Audit(options.verifier, vouched).look(source(device), options);

describe('an audit', () => {
  test('passes a clean chain, tells each admission and who approved it, and goes on where it ended', async () => {
    const ada = await consortium();
    const audit = new Audit(options.verifier, []);
    const report = await audit.look(source(ada), options);
    expect(report.fault).toBeUndefined();
    expect(report.header?.height).toBe(ada.chain.height);
    const you = ada.chain.you()?.id ?? hashOf('none');
    expect(report.admissions).toMatchObject([{ role: 'federation', how: 'request', needed: 1, problem: undefined }]);
    expect(report.admissions[0]?.approvals.map(({ member }) => toHex(member))).toEqual([toHex(you)]);
    const cem = await someone('Cem');
    const joining = cem.joins(await ada.invites({ role: 'observer' }));
    await until(ada.chain, () => ada.chain.governance.requests().some(({ status }) => status === 'pending'));
    const request = ada.chain.governance.requests().find(({ status }) => status === 'pending');
    await ada.chain.governance.approve(request?.id ?? hashOf('none'));
    await joining;
    const again = await audit.look(source(ada), options);
    expect(again.admissions.map(({ role }) => role)).toEqual(['federation', 'observer']);
    expect(again.fault).toBeUndefined();
  });

  test('holds the log against what was vouched for before', async () => {
    const ada = await consortium();
    const { logSize: size, logRoot: root } = ada.chain.node.ledger.tip.header;
    await ada.chain.append('more');
    await until(ada.chain, () => ada.chain.node.ledger.tip.header.logSize > size);
    expect((await look(ada, { size, root })).fault).toBeUndefined();
    const other = await look(ada, { size, root: hashOf('other') });
    expect(other.fault?.refusal.detail).toContain('not the one that was vouched for');
    const shorter = await look(ada, { size: size + 100, root });
    expect(shorter.fault?.refusal.code).toBe('conflicting-block');
  });

  test('replays only what is new since its last look, and stops where that does not follow from what it saw', async () => {
    const ada = await consortium();
    const seen = source(ada);
    const { height, logSize } = seen.tip;
    const lookedAt = async () => {
      const audit = new Audit(options.verifier, []);
      await audit.look(seen, options);
      return audit;
    };
    await ada.chain.append('more');
    await until(ada.chain, () => ada.chain.height > height);
    const read: number[] = [];
    const leaves = (from: number, to: number) => {
      read.push(from);
      return source(ada).leaves(from, to);
    };
    expect((await (await lookedAt()).look({ ...source(ada), leaves }, options)).fault).toBeUndefined();
    expect(read).toEqual([logSize]);
    const [before] = await seen.headers(height - 1, height);
    const shorter = { ...seen, tip: before ?? expect.fail('it is there') };
    const other = { ...seen, tip: { ...seen.tip, time: seen.tip.time + 1 } };
    const grown = source(ada);
    const rewritten: typeof grown = {
      ...grown,
      headers: async (from, to) => (await grown.headers(from, to)).map((one) => (one.height === height ? other.tip : one)),
    };
    for (const [shown, code, detail] of [
      [shorter, 'conflicting-block', `of ${logSize} that were vouched for`],
      [other, 'conflicting-block', `the log of ${logSize} entries is not the one`],
      [rewritten, 'conflicting-block', `the log of ${logSize} entries is not the one`],
      [{ ...seen, chain: hashOf('another') }, 'wrong-chain', 'another chain'],
    ] as const) {
      const audit = await lookedAt();
      expect((await audit.look(shown, options)).fault?.refusal).toMatchObject({ code, detail: expect.stringContaining(detail) });
      // What was wrong once stays so, whatever is shown afterwards.
      expect((await audit.look(seen, options)).fault?.refusal.code).toBe(code);
    }
  });

  test('sees an admission that the rule of its time does not bear out, whoever executed it', async () => {
    const ada = await consortium();
    const blocks: { before: ChainPoint; after: ChainPoint; transactions: readonly Transaction[] }[] = [];
    await replayChain(source(ada), { ...options, onBlock: (before, after, transactions) => blocks.push({ before, after, transactions }) });
    const admitting = blocks.find(({ before, after, transactions }) => seeBlock(before, after, transactions).admissions.length > 0);
    if (admitting === undefined) throw new Error('Ben came in');
    const { before, after, transactions } = admitting;
    const problemsAfter = (change: (draft: StateDraft, request: Hash) => void) => {
      const draft = new StateDraft(after.state);
      for (const { id } of after.state.all('request')) change(draft, id as Hash);
      return seeBlock(before, { ...after, state: draft.freeze() }, transactions).admissions.map(({ problem }) => problem);
    };
    const record = (draft: StateDraft, id: Hash) => {
      const found = draft.get('request', id);
      if (found === undefined) throw new Error('it is there');
      return found;
    };
    expect(problemsAfter(() => undefined)).toEqual([undefined]);
    expect(problemsAfter((draft, id) => draft.put('request', id, { ...record(draft, id), yes: [] }))).toEqual([
      '0 federation members approved, the rule of its time asks for 1',
    ]);
    const [yes] = [...after.state.all('request')].flatMap(({ value }) => value.yes);
    if (yes === undefined) throw new Error('Ada approved');
    expect(problemsAfter((draft, id) => draft.put('request', id, { ...record(draft, id), yes: [yes, yes] }))).toEqual([
      'one member’s approval counted twice',
    ]);
    const stranger = { ...yes, member: hashOf('stranger') };
    expect(problemsAfter((draft, id) => draft.put('request', id, { ...record(draft, id), yes: [stranger] }))[0]).toContain(
      '0 federation members',
    );
    const never = ruleHash({ type: 'never' });
    expect(problemsAfter((draft, id) => draft.put('request', id, { ...record(draft, id), ruleHash: never }))).toEqual([
      'counted under a rule that was not in force',
    ]);
  });
});
