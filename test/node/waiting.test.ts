/** Stories of waiting to be let in, on the shipped node over an in-memory network: who asks, who decides, what each sees. */
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/core/base/bytes.ts';
import { KNOCKS_PER_PEER_MAX } from '../../src/core/base/limits.ts';
import type { RefusalCode } from '../../src/core/base/result.ts';
import { blockIdOf } from '../../src/core/codec/block.ts';
import { GuestProofs } from '../../src/node/guest-proofs.ts';
import { makeKnock } from '../../src/node/knocking.ts';
import { Knocks } from '../../src/node/knocks.ts';
import { memorySigner } from '../../src/node/memory-keys.ts';
import { textBody } from '../../src/node/writing.ts';
import { joining, knocking } from '../support/coming.ts';
import { type Device, until } from '../support/device.ts';
import { sessionWith } from '../support/fake-session.ts';
import { gathering } from '../support/gathering.ts';

const { someone } = gathering();

/** The same bytes with one text in place of another of its length. */
function replaced(frame: Uint8Array, from: string, to: string): Uint8Array {
  const at = Buffer.from(frame).indexOf(from);
  const out = frame.slice();
  if (at >= 0) out.set(utf8(to), at);
  return out;
}

/** Ada alone decides, and a newcomer needs her approval. */
async function guarded(): Promise<Device> {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada', template: 'members-approve', approvals: 1 });
  return ada;
}

const open = (device: Device) => device.chain.governance.requests().filter(({ status }) => status === 'pending');

/** The id of the one request that waits, once there is one. */
async function requestAt(device: Device) {
  await until(device.chain, () => open(device).length > 0);
  const [request] = open(device);
  if (request === undefined) throw new Error('no request waits');
  return request.id;
}

describe('a join that needs an approval', () => {
  test('waits, and comes in by itself in the block that approves it', async () => {
    const ada = await guarded();
    const ben = await someone('Ben');
    const coming = joining(ben, await ada.invites());
    const request = await requestAt(ada);
    await coming.until(() => coming.waiting !== undefined);
    expect(coming.waiting).toMatchObject({ kind: 'join', role: 'writer', needed: 1, decisions: [] });
    expect(ben.latchkey.pendingJoins()[0]?.request).toEqual(coming.waiting);
    await ada.chain.governance.approve(request);
    expect(await coming.over()).toBe('joined');
    expect(coming.stages).toEqual(['reaching-relay', 'verifying', 'asking', 'waiting', 'admitted', 'copying']);
    expect(ben.chain.node.roles()).toEqual(['writer']);
    expect(ben.latchkey.pendingJoins()).toEqual([]);
  });

  test('goes on over a restart, though its invitation is used up by its own request', async () => {
    const ada = await guarded();
    const link = await ada.invites();
    const ben = await someone('Ben');
    const coming = joining(ben, link);
    const request = await requestAt(ada);
    await coming.until(() => coming.waiting !== undefined);
    await ben.off();
    await coming.over();
    await ben.on();
    await ada.chain.governance.approve(request);
    while (ben.latchkey.chains().length === 0) {
      await new Promise<void>((resolve) => {
        const stop = ben.latchkey.subscribe(() => {
          stop();
          resolve();
        });
      });
    }
    expect(ben.chain.node.roles()).toEqual(['writer']);
    expect(ada.chain.governance.requests().length).toBe(1);
  });

  test('shows who decided, by name, before it is enough; a rejection that settles it is told as one', async () => {
    const ada = await guarded();
    const { governance } = ada.chain;
    const ben = await someone('Ben');
    const bens = joining(ben, await ada.invites({ role: 'federation' }));
    await governance.approve(await requestAt(ada));
    expect(await bens.over()).toBe('joined');
    const rules = governance.rules();
    const roles = rules.roles.map((one) => (one.role === 'writer' ? { ...one, rule: { type: 'approvals', approvals: 2 } as const } : one));
    const proposal = await governance.propose({ type: 'rules', rules: { ...rules, roles } });
    await until(ben.chain, () => ben.chain.governance.proposals().length > 0);
    await ben.chain.governance.approve(proposal);
    await until(ada.chain, () => governance.proposals().every(({ status }) => status !== 'pending'));
    const cem = await someone('Cem');
    const cems = joining(cem, await ada.invites());
    const request = await requestAt(ada);
    await cems.until(() => cems.waiting !== undefined);
    await governance.approve(request, 'She keeps bees.');
    await cems.until(() => cems.waiting?.decisions.length === 1);
    expect(cems.waiting).toMatchObject({ needed: 2, decisions: [{ name: 'Ada', yes: true, reason: 'She keeps bees.' }] });
    await until(ben.chain, () => open(ben).length > 0);
    await ben.chain.governance.reject(request, 'We are full this year.');
    expect(await cems.over()).toBe('request-rejected');
    expect(cems.waiting?.decisions[1]).toMatchObject({ name: 'Ben', yes: false, reason: 'We are full this year.' });
    expect(cem.latchkey.pendingJoins()).toEqual([]);
  });
});

describe('the reason of a decision', () => {
  test('is shown to who waits only as it stands in the log', async () => {
    const ada = await guarded();
    const ben = await someone('Ben');
    const coming = joining(ben, await ada.invites());
    const request = await requestAt(ada);
    await coming.until(() => coming.waiting !== undefined);
    await ben.off();
    await ada.chain.governance.reject(request, 'No more members this year.');
    await until(ada.chain, () => open(ada).length === 0);
    await ben.on();
    while (ben.latchkey.pendingJoins()[0]?.ended === undefined) await new Promise((resolve) => setImmediate(resolve));
    expect(ben.latchkey.pendingJoins()[0]).toMatchObject({
      ended: 'request-rejected',
      request: { decisions: [{ name: 'Ada', yes: false, reason: 'No more members this year.' }] },
    });
    const { ledger, ports } = ada.chain.node;
    const genesisHeader = await ledger.history.header(0);
    if (genesisHeader === undefined) return expect.fail('no genesis');
    const anchor = { block: blockIdOf(genesisHeader), height: 0, issued: ports.clock.now() };
    const proofs = new GuestProofs({
      chain: ledger.chain,
      anchor,
      clock: ports.clock,
      verifier: ports.verifier,
      signal: AbortSignal.timeout(9000),
    });
    const record = ledger.state.get('request', request) ?? expect.fail('no request');
    const honest = await proofs.deciders(sessionWith(ledger), request, record.no);
    expect([...honest.values()]).toEqual([{ name: 'Ada', reason: 'No more members this year.' }]);
    const liar = sessionWith(ledger, {
      async *tamper(frames) {
        for await (const frame of frames) yield replaced(frame, 'No more', 'So more');
      },
    });
    await expect(proofs.deciders(liar, request, record.no)).rejects.toMatchObject({ code: 'bad-proof' });
  });
});

describe('a knock', () => {
  /** Ada's chain takes knocks; the link is of an invitation that somebody else has used. */
  async function withSpentLink() {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const { governance } = ada.chain;
    const link = await ada.invites();
    await (await someone('Ben')).joins(link);
    const rules = governance.rules();
    const roles = rules.roles.map((one) => (one.role === 'writer' ? { ...one, rule: { type: 'approvals', approvals: 1 } as const } : one));
    const allow = async (knocks: boolean) => {
      await governance.propose({ type: 'rules', rules: { ...rules, roles, knocks } });
      await until(
        ada.chain,
        () => governance.rules().knocks === knocks && governance.proposals().every(({ status }) => status !== 'pending'),
      );
    };
    return { ada, link, allow };
  }

  test('is told that the chain takes none', async () => {
    const { link } = await withSpentLink();
    const cem = await someone('Cem');
    expect(await joining(cem, link).over()).toBe('invitation-used');
    expect(await knocking(cem, link).over()).toBe('knocks-closed');
    expect(cem.latchkey.pendingJoins()).toEqual([]);
  });

  test('waits at the nodes of the federation, over restarts of both, and lets in whom a member approves', async () => {
    const { ada, link, allow } = await withSpentLink();
    await allow(true);
    const cem = await someone('Cem');
    const coming = knocking(cem, link);
    await until(ada.chain, () => ada.chain.governance.knocks().length > 0);
    await coming.until(() => coming.waiting !== undefined);
    expect(coming.waiting).toMatchObject({ kind: 'knock', role: 'writer', needed: 1 });
    await cem.off();
    await ada.off();
    await ada.on();
    const [knock] = ada.chain.governance.knocks();
    expect(knock?.name).toBe('Cem');
    await cem.on();
    expect(cem.latchkey.pendingJoins()).toMatchObject([{ by: 'knock' }]);
    await ada.chain.governance.approve(knock?.id ?? ada.chain.id);
    await until(ada.chain, () => ada.chain.members().some(({ name }) => name === 'Cem'));
    expect(ada.chain.governance.knocks()).toEqual([]);
    while (cem.latchkey.chains().length === 0) {
      await new Promise<void>((resolve) => {
        const stop = cem.latchkey.subscribe(() => {
          stop();
          resolve();
        });
      });
    }
    expect(cem.chain.node.roles()).toEqual(['writer']);
  });
});

describe('an inbox of knocks', () => {
  /** Ada decides, Ben writes, and strangers may knock. */
  async function open() {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const { governance } = ada.chain;
    const ben = await someone('Ben');
    await ben.joins(await ada.invites());
    const roles = governance
      .rules()
      .roles.map((one) => (one.role === 'writer' ? { ...one, rule: { type: 'approvals', approvals: 1 } as const } : one));
    await governance.propose({ type: 'rules', rules: { ...governance.rules(), roles, knocks: true } });
    await until(ben.chain, () => ben.chain.governance.rules().knocks);
    return { ada, ben };
  }

  test('that somebody else’s node has reaches those who decide, and empties when they have', async () => {
    const { ada, ben } = await open();
    const link = { ...(await ada.invites()), relays: [{ peer: ben.peer, addresses: [] }] };
    const cem = await someone('Cem');
    const coming = knocking(cem, link);
    await until(ada.chain, () => ada.chain.governance.knocks().length > 0);
    expect(ben.chain.governance.knocks()).toMatchObject([{ name: 'Cem', role: 'writer', yoursToDecide: false }]);
    await ada.chain.governance.reject(ada.chain.governance.knocks()[0]?.id ?? ada.chain.id);
    expect(await coming.over()).toBe('request-rejected');
    await until(ben.chain, () => ben.chain.governance.knocks().length === 0);
    expect(ada.chain.governance.knocks()).toEqual([]);
  });

  test('takes no knock that cost nothing, is somebody else’s, or names a role that nobody is admitted to', async () => {
    const { ada } = await open();
    const { chain, knocks } = ada.chain.node;
    const refusals: RefusalCode[] = [];
    const cem = memorySigner(new Uint8Array(32).fill(3));
    const session = sessionWith(ada.chain.node.ledger, { nodeKey: cem.publicKey, level: 'foreign' });
    const refused = (code: RefusalCode) => refusals.push(code);
    const inbox = new Knocks({
      ...ada.chain.node.ports,
      ledger: ada.chain.node.ledger,
      sessions: () => [],
      refuse: (_s, _i, code) => refused(code),
      changed: () => undefined,
    });
    const name = textBody(ada.chain.node.ports.random, 'Cem');
    const wish = { chain, role: 'writer', name, nextKey: chain, operator: undefined } as const;
    const signal = new AbortController().signal;
    const sound = await makeKnock(cem, ada.clock, wish, signal);
    const { knock } = sound.signed;
    const lazy = { ...sound, signed: { ...sound.signed, knock: { ...knock, work: 0 } } };
    await inbox.receive(session, lazy);
    await inbox.receive(sessionWith(ada.chain.node.ledger, { level: 'foreign' }), sound);
    await inbox.receive(sessionWith(ada.chain.node.ledger, { nodeKey: cem.publicKey, level: 'foreign' }), {
      ...sound,
      name: name.slice(1),
    });
    const high = await makeKnock(cem, ada.clock, { ...wish, role: 'validator' }, signal);
    await inbox.receive(sessionWith(ada.chain.node.ledger, { nodeKey: cem.publicKey, level: 'foreign' }), high);
    expect(refusals).toEqual(['work-missing', 'not-allowed', 'body-mismatch', 'not-allowed']);
    expect(inbox.list()).toEqual([]);
    await inbox.receive(sessionWith(ada.chain.node.ledger, { nodeKey: cem.publicKey, level: 'foreign' }), sound);
    expect(inbox.list().length).toBe(1);
    expect(knocks.list()).toEqual([]);
  });

  test('of one peer no more wait than its part, under however many keys, so that others are heard', async () => {
    const { ada } = await open();
    const { ledger, ports } = ada.chain.node;
    const refusals: RefusalCode[] = [];
    const inbox = new Knocks({
      ...ports,
      ledger,
      sessions: () => [],
      refuse: (_s, _i, code) => refusals.push(code),
      changed: () => undefined,
    });
    const name = textBody(ports.random, 'Cem');
    const wish = { chain: ledger.chain, role: 'writer', name, nextKey: ledger.chain, operator: undefined } as const;
    const knocks = async (peer: string, seed: number) => {
      const signer = memorySigner(new Uint8Array(32).fill(seed));
      const knock = await makeKnock(signer, ada.clock, wish, AbortSignal.timeout(9000));
      await inbox.receive(sessionWith(ledger, { peer, nodeKey: signer.publicKey, level: 'foreign' }), knock);
    };
    for (let i = 1; i <= KNOCKS_PER_PEER_MAX + 1; i++) await knocks('flooder', i);
    expect(refusals).toEqual(['too-many-pending']);
    await knocks('somebody else', 99);
    expect(inbox.list().length).toBe(KNOCKS_PER_PEER_MAX + 1);
  });
});
