/** A dead chain is recovered, by real nodes on an in-memory network: first sight, delay, confirmation, and going on under others. */
import { afterEach, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { signWithSeed } from '../../src/core/base/key.ts';
import { DAY_MS, SECOND_MS } from '../../src/core/base/limits.ts';
import { RefusalError, unwrap } from '../../src/core/base/result.ts';
import { blockIdOf } from '../../src/core/codec/block.ts';
import { bodyRefOf } from '../../src/core/codec/body.ts';
import { encodeSignedGenesis, type Genesis, genesisSignedText } from '../../src/core/codec/genesis.ts';
import { memberIdOf } from '../../src/core/codec/records.ts';
import type { RecoveryCertificate } from '../../src/core/codec/recovery.ts';
import { encodeSessionMessage } from '../../src/core/codec/session-message.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import { createNetwork, type LiveNetwork } from '../../src/net/network.ts';
import { Acting } from '../../src/node/acting.ts';
import { Audit } from '../../src/node/auditing.ts';
import { ChainNode } from '../../src/node/chain-node.ts';
import { ChainRecovery } from '../../src/node/chain-recovery.ts';
import { Gate } from '../../src/node/gate.ts';
import { Ledger } from '../../src/node/ledger.ts';
import { genesisPoint } from '../../src/node/ledger-base.ts';
import { replaySource } from '../../src/node/ledger-replay.ts';
import { memorySigner } from '../../src/node/memory-keys.ts';
import type { Space, Store } from '../../src/node/ports.ts';
import { checkReceipt } from '../../src/node/receipt-check.ts';
import { makeReceipt } from '../../src/node/receipts.ts';
import { recoveryCertificateOf, signRecoveryPlan } from '../../src/node/recovering.ts';
import { fetchFinality } from '../../src/node/sync-client.ts';
import { systemRandom } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { certify, textBody } from '../support/chain.ts';
import { StoryClock } from '../support/device.ts';
import { sessionWith } from '../support/fake-session.ts';
import { forgedBlock } from '../support/forger.ts';
import { recoveryOf } from '../support/keys-world.ts';
import { refusalOf } from '../support/newcomer.ts';
import { founderOf, genesisOf, hashOf, keyOf } from '../support/world.ts';

const DELAY_MS = 2 * DAY_MS;
const random = systemRandom();
const verifier = webCryptoVerifier();

/** Ada validates; bea and cem are of the federation, and would go on. Two of three recovery keys. */
const FOUNDERS = ['ada', 'bea', 'cem'] as const;

interface Person {
  readonly name: string;
  readonly clock: StoryClock;
  readonly store: Store;
  node: ChainNode;
  network: LiveNetwork;
  recovery: ChainRecovery;
}

class Story {
  readonly #hub = memoryHub();
  readonly #people = new Map<string, Person>();
  readonly #isOn = new Set<string>();
  readonly #leaf: Uint8Array;
  readonly #names: readonly Uint8Array[];

  constructor() {
    const clock = new StoryClock();
    const founders = FOUNDERS.map((name) => {
      const body = bodyRefOf(textBody(name));
      return founderOf(name, name === 'ada' ? ['federation', 'validator'] : ['federation'], { name: body });
    });
    const genesis: Genesis = genesisOf(founders, {
      time: clock.now() - SECOND_MS,
      recovery: recoveryOf(['r1', 'r2', 'r3'], 2, DELAY_MS),
    });
    const text = genesisSignedText(genesis);
    this.#leaf = encodeSignedGenesis({ genesis, signatures: FOUNDERS.map((name) => signSync(name, text)) });
    this.#names = FOUNDERS.map(textBody);
  }

  async on(...names: readonly string[]): Promise<void> {
    for (const name of names) this.#people.set(name, await this.#start(name));
    const others = (name: string) => [...this.#isOn].filter((one) => one !== name);
    for (const name of names) this.#isOn.add(name);
    for (const [name, { node }] of this.#live()) node.network?.keep(others(name).map((peer) => ({ peer, addresses: [] })));
    await eventually(() => this.#live().every(([, { node }]) => node.sessions().length === this.#isOn.size - 1));
  }

  async #start(name: string): Promise<Person> {
    const before = this.#people.get(name);
    const clock = before?.clock ?? new StoryClock();
    const store = before?.store ?? memoryStore();
    const space = await store.space(name);
    const ledger = (await Ledger.open(space)) ?? (await this.#found(space));
    const [signer, voteSigner] = [memorySigner(hashOf(name)), memorySigner(hashOf(`${name}, vote`))];
    const failed = (error: unknown) => {
      if (!(error instanceof RefusalError && error.code === 'conflicting-block')) throw error;
    };
    const node = await ChainNode.start(ledger, { clock, random, verifier, signer, voteSigner, networkKeys: [], failed });
    const network = createNetwork({ transport: this.#hub.transport(name), clock, random, verifier });
    const gate = new Gate({ chain: ledger.chain, signer, networkKeys: [], firstTip: node.tip() });
    gate.open(node);
    node.connect(network.attach(gate));
    return { name, clock, store, node, network, recovery: new ChainRecovery(node, new Acting(node)) };
  }

  async #found(space: Space): Promise<Ledger> {
    const certificate = await certify(memorySigner(hashOf('ada, vote')), genesisPoint(this.#leaf));
    return Ledger.create(space, this.#leaf, certificate, this.#names);
  }

  async off(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      const { node, network } = this.of(name);
      await node.close();
      await network.close();
      this.#isOn.delete(name);
    }
  }

  #live(): readonly (readonly [string, Person])[] {
    return [...this.#people].filter(([name]) => this.#isOn.has(name));
  }

  /** Its device is gone for good. */
  async dies(name: string): Promise<void> {
    await this.off(name);
    this.#people.delete(name);
  }

  async end(): Promise<void> {
    await this.off(...this.#isOn);
  }

  of(name: string): Person {
    const person = this.#people.get(name);
    if (person === undefined) throw new Error(`${name} is off`);
    return person;
  }

  /** Time passes for everybody; each looks about, as every half minute. */
  async pass(duration: number): Promise<void> {
    for (const { clock } of this.#people.values()) clock.aheadMs += duration;
    for (const [, { node }] of this.#live()) await node.lookAbout();
  }

  async entry(name: string, text: string): Promise<void> {
    const body = textBody(text);
    await this.of(name).node.submit([{ action: { type: 'entry', body: bodyRefOf(body) }, bodies: [body] }]);
  }

  tipOf(name: string): string {
    return toHex(this.of(name).node.ledger.tip.id);
  }
  heightOf(name: string): number {
    return this.of(name).node.ledger.tip.header.height;
  }
  verdictOf(name: string): string | undefined {
    return this.of(name).recovery.info().seen?.verdict.type;
  }

  /** Bea takes the seat, by her own key. */
  async certificate(name: string, signers: readonly string[] = ['r1', 'r2']): Promise<RecoveryCertificate> {
    const validators = [{ node: keyOf('bea'), vote: keyOf('bea, vote'), note: keyOf('bea, note') }];
    const plan = this.of(name).recovery.plan({ validators });
    return recoveryCertificateOf(plan, await Promise.all(signers.map((one) => signRecoveryPlan(memorySigner(hashOf(one)), plan))));
  }
}

function signSync(name: string, text: Uint8Array) {
  return signWithSeed(hashOf(name), text);
}

async function eventually(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 15_000, interval: 2 }).toBe(true);
}

let story: Story;
afterEach(() => story.end());

/** A chain of one entry, whose validator is gone. */
async function deadChain(): Promise<Story> {
  story = new Story();
  await story.on(...FOUNDERS);
  await story.entry('bea', 'before');
  await eventually(() => FOUNDERS.every((name) => story.heightOf(name) === 1));
  await story.dies('ada');
  return story;
}

test('the validator is dead: after the delay and with each person’s word the chain goes on under another', async () => {
  await deadChain();
  await story.entry('cem', 'meanwhile');
  await story.of('bea').recovery.submit(await story.certificate('bea'));
  await eventually(() => story.verdictOf('cem') === 'waiting');
  for (const name of ['bea', 'cem']) await story.of(name).recovery.confirm();
  await story.pass(DELAY_MS - 1000);
  expect([story.verdictOf('bea'), story.heightOf('bea')]).toEqual(['waiting', 1]);
  await story.pass(1000);
  await eventually(() => story.heightOf('cem') >= 2 && story.tipOf('cem') === story.tipOf('bea'));
  const { ledger } = story.of('cem').node;
  expect(ledger.tip.header.epoch).toBe(1);
  expect(ledger.trust.seats.map(({ vote }) => vote)).toEqual([keyOf('bea, vote')]);
  expect(story.of('bea').node.isValidator).toBe(true);
  expect(story.of('cem').recovery.info()).toMatchObject({ seen: undefined, waiting: undefined, goingOn: false });
  const before = story.heightOf('bea');
  await story.entry('cem', 'after');
  await eventually(() => story.heightOf('cem') > before && story.of('cem').node.outbox.items().length === 0);
});

test('a certificate that was only read in, on each device, is enough', async () => {
  await deadChain();
  const certificate = await story.certificate('bea');
  for (const name of ['bea', 'cem']) {
    const { node, recovery } = story.of(name);
    await node.run(() => node.duties.recovering.see(certificate));
    await recovery.confirm();
  }
  await story.pass(DELAY_MS);
  await eventually(() => story.heightOf('cem') === 2 && story.tipOf('cem') === story.tipOf('bea'));
});

test('where the validator made two of the chain, whoever agrees to a recovery goes on from the block that it names', async () => {
  story = new Story();
  await story.on(...FOUNDERS);
  await story.entry('bea', 'before');
  await eventually(() => FOUNDERS.every((name) => story.heightOf(name) === 1));
  const forged = await forgedBlock(genesisPoint(story.of('ada').node.ledger.genesisLeaf), [
    { keys: { get: async () => memorySigner(hashOf('ada, vote')) } },
  ]);
  const tip = encodeSessionMessage({ type: 'tip', header: forged.point.header, certificate: forged.certificate, ids: [] });
  for (const session of story.of('ada').node.sessions()) session.send(tip);
  await eventually(() => FOUNDERS.every((name) => story.of(name).node.isForked));
  await story.dies('ada');
  const certificate = await story.certificate('bea');
  for (const name of ['bea', 'cem']) {
    await story.of(name).recovery.submit(certificate);
    await story.of(name).recovery.confirm();
  }
  expect(story.of('bea').node.isForked).toBe(true);
  await story.pass(DELAY_MS);
  await eventually(() => story.heightOf('cem') >= 2 && story.tipOf('cem') === story.tipOf('bea'));
  for (const name of ['bea', 'cem']) expect(story.of(name).node).toMatchObject({ isForked: false, problem: undefined });
  await story.off('cem');
  await story.on('cem');
  expect(story.of('cem').node.isForked).toBe(false);
  await story.entry('cem', 'after');
  await eventually(() => story.of('cem').node.outbox.items().length === 0);
});

test('who has not agreed does not follow, and does when it has', async () => {
  await deadChain();
  await story.of('bea').recovery.submit(await story.certificate('bea'));
  await eventually(() => story.verdictOf('cem') === 'waiting');
  await story.of('bea').recovery.confirm();
  await story.pass(DELAY_MS);
  await eventually(() => story.heightOf('bea') === 2);
  expect([story.verdictOf('cem'), story.heightOf('cem')]).toEqual(['unconfirmed', 1]);
  await story.of('cem').recovery.confirm();
  await eventually(() => story.heightOf('cem') === 2);
  expect(story.tipOf('cem')).toBe(story.tipOf('bea'));
});

test('who was away finds its way across: by its own word, or by a link that was made after', async () => {
  await deadChain();
  await story.of('bea').recovery.submit(await story.certificate('bea'));
  await eventually(() => story.verdictOf('cem') === 'waiting');
  await story.off('cem');
  await story.of('bea').recovery.confirm();
  await story.pass(DELAY_MS);
  for (const text of ['two', 'three', 'four']) await story.entry('bea', text);
  await eventually(() => story.of('bea').node.outbox.items().length === 0 && story.heightOf('bea') > 2);
  const { ledger } = story.of('bea').node;
  const session = sessionWith(ledger);
  const options = { chain: ledger.chain, verifier, now: story.of('bea').clock.now() };
  const [base] = await ledger.headers(1, 2);
  const after = { block: ledger.tip.id, height: ledger.tip.header.height, issued: options.now };
  const before = { block: base === undefined ? expect.fail('no base') : blockIdOf(base), height: 1, issued: options.now };
  const { trust, epochs } = await fetchFinality(session, { ...options, anchor: after }, AbortSignal.timeout(5000));
  expect(trust).toEqual(ledger.trust);
  expect(epochs.map(({ recovery }) => recovery !== undefined)).toEqual([true]);
  expect(await refusalOf(fetchFinality(session, { ...options, anchor: before }, AbortSignal.timeout(5000)))).toBe('recovery-refused');
  await story.on('cem');
  expect(story.heightOf('cem')).toBe(1);
  await story.of('cem').recovery.confirm();
  await story.pass(0);
  await eventually(() => story.tipOf('cem') === story.tipOf('bea'));
});

test('a final block above the base voids it: the chain was not dead', async () => {
  story = new Story();
  await story.on(...FOUNDERS);
  await story.entry('bea', 'before');
  await eventually(() => FOUNDERS.every((name) => story.heightOf(name) === 1));
  await story.off('ada');
  const certificate = await story.certificate('bea');
  await story.of('bea').recovery.submit(certificate);
  await eventually(() => story.verdictOf('cem') === 'waiting');
  for (const name of ['bea', 'cem']) await story.of(name).recovery.confirm();
  await story.on('ada');
  await story.entry('cem', 'here I am');
  await eventually(() => FOUNDERS.every((name) => story.heightOf(name) >= 2));
  await story.pass(DELAY_MS - 5000);
  expect(story.verdictOf('bea')).toBeUndefined();
  expect(story.of('bea').node.ledger.trust.seats.map(({ vote }) => vote)).toEqual([keyOf('ada, vote')]);
  // On the chain it lives, and waits where governance may cancel it.
  await eventually(() => story.of('cem').recovery.info().waiting?.plan.number === 1);
});

test('first sight, confirmation and decision outlive a restart', async () => {
  await deadChain();
  await story.of('bea').recovery.submit(await story.certificate('bea'));
  await eventually(() => story.verdictOf('cem') === 'waiting');
  await story.of('cem').recovery.confirm();
  await story.off('cem');
  const { firstSeen } = story.of('bea').recovery.info().seen ?? expect.fail('nothing was seen');
  await story.of('bea').recovery.confirm();
  await story.off('bea');
  await story.on('cem');
  await story.pass(DELAY_MS);
  expect(story.of('cem').recovery.info().goingOn).toBe(true);
  expect(await refusalOf(story.of('cem').recovery.dismiss())).toBe('recovery-refused');
  await story.off('cem');
  await story.on('bea', 'cem');
  expect(story.of('cem').recovery.info().goingOn).toBe(true);
  expect(story.of('bea').recovery.info().seen).toMatchObject({ firstSeen, confirmed: true });
  await story.pass(DELAY_MS);
  await eventually(() => story.heightOf('bea') === 2 && story.tipOf('cem') === story.tipOf('bea'));
  await story.off('bea');
  await story.on('bea');
  expect(story.of('bea').node.isValidator).toBe(true);
});

test('nothing is taken note of that the recovery keys have not signed, nor a second plan beside the first', async () => {
  await deadChain();
  const { recovery } = story.of('bea');
  expect(await refusalOf(recovery.submit(await story.certificate('bea', ['r1'])))).toBe('recovery-refused');
  const forged = { ...(await story.certificate('bea')) };
  const [first, second] = forged.signatures;
  if (first === undefined || second === undefined) return expect.fail('two have signed');
  const wrong = { ...forged, signatures: [first, { ...second, signature: first.signature }] };
  expect(await refusalOf(recovery.submit(wrong))).toBe('bad-signature');
  await recovery.submit(await story.certificate('bea'));
  const other = recovery.plan({ federation: [keyOf('bea')], validators: (await story.certificate('bea')).plan.validators });
  const signed = await Promise.all(['r1', 'r3'].map((one) => signRecoveryPlan(memorySigner(hashOf(one)), other)));
  expect(await refusalOf(recovery.submit(recoveryCertificateOf(other, signed)))).toBe('duplicate');
  expect(recovery.info().seen?.plan.federation).toEqual([]);
  await recovery.dismiss();
  expect(recovery.info().seen).toBeUndefined();
});

/** The federation's keys on a live chain bring Zoe in, who then decides with Bea. */
async function bringsIn(): Promise<void> {
  const validators = [{ node: keyOf('bea'), vote: keyOf('bea, vote'), note: keyOf('bea, note') }];
  const plan = {
    ...story.of('bea').recovery.plan({ federation: [keyOf('bea'), keyOf('zoe')], validators }),
    newcomers: [{ node: keyOf('zoe'), name: bodyRefOf(textBody('zoe')), nextKey: hashOf('zoe, next') }],
  };
  const signatures = await Promise.all(['r1', 'r2'].map((one) => signRecoveryPlan(memorySigner(hashOf(one)), plan)));
  await story.of('bea').recovery.submit(recoveryCertificateOf(plan, signatures), [textBody('zoe')]);
  await eventually(() => story.of('bea').node.outbox.items().length === 0);
}

test('whom a recovery brought in on a live chain has a receipt, and an audit tells of it', async () => {
  story = new Story();
  await story.on(...FOUNDERS);
  await bringsIn();
  const { node } = story.of('bea');
  for (const text of ['in the', 'meantime']) await story.entry('cem', text);
  await eventually(() => story.of('cem').node.outbox.items().length === 0);
  await story.pass(DELAY_MS);
  await story.entry('bea', 'afterwards');
  const zoe = memberIdOf(node.ledger.chain, keyOf('zoe'));
  await eventually(() => node.ledger.state.get('member', zoe) !== undefined && node.ledger.certified);
  const receipt = await checkReceipt(await makeReceipt(node.ledger, zoe), verifier);
  expect(unwrap(receipt)).toMatchObject({ how: 'recovery', member: { name: 'zoe' }, roles: ['federation'], approvals: [], leaf: 1 });
  const { fault, admissions } = await new Audit(verifier, []).look(replaySource(node.ledger), { signal: new AbortController().signal });
  expect({ fault, admissions }).toMatchObject({
    fault: undefined,
    admissions: [{ member: zoe, how: 'recovery', role: 'federation', problem: undefined }],
  });
});
