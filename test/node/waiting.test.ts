/** Stories of waiting to be let in, on the shipped node over an in-memory network: who asks, who decides, what each sees. */
import { afterEach, describe, expect, test } from 'vitest';
import { equal } from '../../src/core/base/bytes.ts';
import { DAY_MS } from '../../src/core/base/limits.ts';
import { RefusalError } from '../../src/core/base/result.ts';
import type { InvitationLink } from '../../src/core/codec/link.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import type { JoinStage } from '../../src/node/joins.ts';
import { Device, until } from '../support/device.ts';

let hub = memoryHub();
const everybody: Device[] = [];

async function someone(name: string): Promise<Device> {
  const device = await new Device(hub, name).on();
  everybody.push(device);
  return device;
}

afterEach(async () => {
  await Promise.all(everybody.splice(0).map((device) => device.off()));
  expect(hub.openStreams()).toBe(0);
  hub = memoryHub();
});

/** Ada alone decides, and a newcomer needs her approval. */
async function guarded(): Promise<Device> {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada', template: 'members-approve', approvals: 1 });
  return ada;
}

/** What somebody sees while coming in, and how it ends. */
class Coming {
  readonly seen: JoinStage[] = [];
  readonly #stop = new AbortController();
  readonly #over: Promise<string>;
  #woken: () => void = () => undefined;

  constructor(start: (signal: AbortSignal) => AsyncIterable<JoinStage>) {
    this.#over = this.#run(start(this.#stop.signal));
  }

  async #run(stages: AsyncIterable<JoinStage>): Promise<string> {
    try {
      for await (const stage of stages) {
        this.seen.push(stage);
        this.#woken();
      }
      return 'joined';
    } catch (error) {
      return error instanceof RefusalError ? error.code : String(error);
    } finally {
      this.#woken();
    }
  }

  get stages(): readonly string[] {
    return this.seen.flatMap((one) => (one.type === 'stage' ? [one.stage] : []));
  }

  /** The last word about the request. */
  get waiting() {
    return this.seen.findLast((one) => one.type === 'waiting')?.request;
  }

  over(): Promise<string> {
    return this.#over;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition())
      await new Promise<void>((resolve) => {
        this.#woken = resolve;
      });
  }
}

function joining(device: Device, link: InvitationLink): Coming {
  return new Coming((signal) => device.latchkey.join(link, { name: device.name, signal }));
}

function knocking(device: Device, link: InvitationLink): Coming {
  return new Coming((signal) => device.latchkey.knock(link, { name: device.name, role: 'writer', signal }));
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
    await governance.approve(request);
    await cems.until(() => cems.waiting?.decisions.length === 1);
    expect(cems.waiting).toMatchObject({ needed: 2, decisions: [{ name: 'Ada', yes: true }] });
    await until(ben.chain, () => open(ben).length > 0);
    await ben.chain.governance.reject(request);
    expect(await cems.over()).toBe('request-rejected');
    expect(cem.latchkey.pendingJoins()).toEqual([]);
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

describe('who is removed', () => {
  test('loses its connection in that block, sees why, and nothing that it had sent takes effect', async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const ben = await someone('Ben');
    const chain = await ben.joins(await ada.invites());
    const member = chain.node.self()?.id ?? chain.id;
    const before = await ben.invites();
    await ada.chain.governance.propose({ type: 'remove', members: [member] });
    await until(ada.chain, () => ada.chain.members().some(({ left }) => left));
    expect(ada.chain.node.sessions()).toEqual([]);
    await until(chain, () => chain.node.self() === undefined);
    await expect(chain.append('Too late.')).rejects.toMatchObject({ code: 'not-a-member' });
    await expect((await someone('Cem')).joins(before)).rejects.toMatchObject({ code: 'invitation-revoked' });
    expect(equal(chain.node.ledger.tip.id, ada.chain.node.ledger.tip.id)).toBe(true);
  });
});

describe('who is suspended', () => {
  test('loses its connection, is told until when, and is let in again by itself', async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const ben = await someone('Ben');
    const chain = await ben.joins(await ada.invites());
    await ada.chain.governance.propose({ type: 'suspend', members: [chain.node.self()?.id ?? chain.id] });
    await until(chain, () => chain.node.standing.now().type === 'suspended');
    expect(ada.chain.node.sessions()).toEqual([]);
    await expect(chain.append('Not now.')).rejects.toMatchObject({ code: 'suspended' });
    for (const device of [ada, ben]) device.clock.aheadMs = 8 * DAY_MS;
    await until(chain, () => chain.node.sessions().length > 0);
    expect(chain.node.standing.now()).toEqual({ type: 'member' });
    await ada.chain.append('A block, so that time passes.');
    await until(chain, () => chain.node.roles().length > 0 && chain.mayWrite);
    await chain.append('Back again.');
    await until(chain, () => chain.pending().length === 0);
    expect(await ada.texts()).toContain('Back again.');
  });
});

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
});
