import { beforeAll, describe, expect, test } from 'vitest';
import { type Hash, plainSha256 } from '../../src/core/base/hash.ts';
import { publicKeyOf } from '../../src/core/base/key.ts';
import { encode } from '../../src/core/codec/codec.ts';
import { memberIdOf } from '../../src/core/codec/records.ts';
import { type SyncRequest, syncRequest } from '../../src/core/codec/sync-message.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';
import { Ledger } from '../../src/node/ledger.ts';
import type { AccessLevel, Session } from '../../src/node/ports.ts';
import { type FinalityOptions, fetchFinality, fetchSnapshot, fetchStateProof, type Trusted } from '../../src/node/sync-client.ts';
import { serveSync } from '../../src/node/sync-server.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { grownChain, TestChain } from '../support/chain.ts';
import { framesOf, sessionWith } from '../support/fake-session.ts';
import { counting, flipping } from '../support/liars.ts';
import { refusalOf } from '../support/newcomer.ts';
import { seededRandom } from '../support/seeded-random.ts';

const DAY_MS = 24 * 3_600_000;
const { signal } = new AbortController();
let chain: TestChain;
let ledger: Ledger;
let trusted: Trusted;
let invitation: Hash;

beforeAll(async () => {
  const grown = await grownChain(await memoryStore().space('chain'), { blocks: 9, entriesPerBlock: 3, members: ['Bob'] });
  ({ chain, ledger } = grown);
  const invited = await chain.invite('Carol');
  invitation = invited.invitation;
  await ledger.commit(await chain.block([invited]));
  trusted = { chain: chain.id, trust: ledger.trust, verifier: chain.verifier };
});

function ask(session: Session, options: Partial<FinalityOptions> = {}) {
  return fetchFinality(session, { chain: chain.id, anchor: undefined, verifier: chain.verifier, now: chain.now, ...options }, signal);
}

async function anchorAt(height: number, issued = chain.now) {
  const header = await ledger.history.header(height);
  const next = await ledger.history.header(height + 1);
  return { block: next?.parent ?? ledger.tip.id, height: header?.height ?? height, issued };
}

describe('finality', () => {
  test('is what a chain id alone leads to', async () => {
    const { header, certificate, trust, genesisLeaf } = await ask(sessionWith(ledger));
    expect(header).toEqual(ledger.tip.header);
    expect(certificate).toEqual(ledger.certificate);
    expect(trust).toEqual(ledger.trust);
    expect(genesisLeaf).toEqual(chain.genesisLeaf);
  });

  test('extends the anchor of a link, whichever block it names', async () => {
    for (let height = 0; height <= ledger.tip.header.height; height++) {
      expect((await ask(sessionWith(ledger), { anchor: await anchorAt(height) })).header.height).toBe(ledger.tip.header.height);
    }
  });

  test('of another chain is refused', async () => {
    const other = await grownChain(await memoryStore().space('other'), { seed: 1, blocks: 1, entriesPerBlock: 1 });
    expect(await refusalOf(ask(sessionWith(other.ledger)))).toBe('wrong-genesis');
  });

  test('that does not extend the anchor is refused: another history under the same genesis', async () => {
    const one = await TestChain.create({ seed: 2 });
    const fork = await TestChain.create({ seed: 2 });
    const forked = await fork.createLedger(await memoryStore().space('fork'));
    for (const text of ['b', 'c', 'd']) await forked.commit(await fork.entries(text));
    const { point } = await one.entries('a');
    const anchor = { block: point.id, height: 1, issued: one.now };
    const asked = ask(sessionWith(forked), { chain: one.id, anchor });
    expect(await refusalOf(asked)).toBe('bad-proof');
  });

  test('is not asked for with a link that is too old', async () => {
    const session = sessionWith(ledger);
    const anchor = await anchorAt(3, chain.now - 181 * DAY_MS);
    expect(await refusalOf(ask(session, { anchor }))).toBe('stale-anchor');
    expect(session.asked).toBe(0);
    expect(await refusalOf(ask(session, { anchor: { ...anchor, issued: chain.now - 179 * DAY_MS } }))).toBeUndefined();
  });

  test('of a later height than the peer has is not available', async () => {
    const anchor = { block: ledger.tip.id, height: ledger.tip.header.height + 1, issued: chain.now };
    expect(await refusalOf(ask(sessionWith(ledger), { anchor }))).toBe('not-available');
  });

  test('is not given by a node in the middle of a catch-up', async () => {
    const behind = await chain.createLedger(await memoryStore().space('behind'));
    const other = await TestChain.create();
    const [first, second] = [await other.entries('a'), await other.entries('b')];
    await behind.commit({ ...first, certificate: second.certificate });
    expect(await refusalOf(ask(sessionWith(behind)))).toBe('not-available');
  });
});

describe('a record', () => {
  test('is proved as the chain has it, and proved absent where there is none', async () => {
    const session = sessionWith(ledger);
    const found = await fetchStateProof(session, { ...trusted, kind: 'invitation', id: invitation }, signal);
    expect(found.record).toEqual(ledger.state.get('invitation', invitation));
    expect(found.header).toEqual(ledger.tip.header);
    const nobody = memberIdOf(chain.id, publicKeyOf(plainSha256(new Uint8Array(1))));
    expect((await fetchStateProof(session, { ...trusted, kind: 'member', id: nobody }, signal)).record).toBeUndefined();
  });

  test('of an older height than was asked for does not count', async () => {
    const minimumHeight = ledger.tip.header.height + 1;
    expect(
      await refusalOf(fetchStateProof(sessionWith(ledger), { ...trusted, kind: 'invitation', id: invitation, minimumHeight }, signal)),
    ).toBe('not-available');
  });
});

describe('a snapshot', () => {
  test('is the whole state, with the names of its members and a frontier to go on from', async () => {
    const snapshot = await fetchSnapshot(sessionWith(ledger), { ...trusted, minimumHeight: ledger.tip.header.height }, signal);
    expect(snapshot.point).toMatchObject({ header: ledger.tip.header, id: ledger.tip.id, frontier: ledger.tip.frontier });
    expect(snapshot.point.state.root).toEqual(ledger.state.root);
    const copy = await Ledger.adopt(await memoryStore().space('copy'), chain.genesisLeaf, snapshot);
    expect([...copy.state.all('member')].map(({ value }) => copy.name(value.name)).sort()).toEqual(['Alice', 'Bob']);
  });

  test('of an older height than was asked for does not count', async () => {
    const minimumHeight = ledger.tip.header.height + 1;
    expect(await refusalOf(fetchSnapshot(sessionWith(ledger), { ...trusted, minimumHeight }, signal))).toBe('not-available');
  });

  test('with a body that no member’s record names is refused', async () => {
    const other = await grownChain(await memoryStore().space('other'), { blocks: 0, entriesPerBlock: 0, members: ['Mallory'] });
    const request = encode(syncRequest, { type: 'snapshot' });
    const strange = await framesOf(serveSync(other.ledger, 'member', request, signal));
    const session = sessionWith(ledger, {
      async *tamper(honest) {
        yield* (await framesOf(honest)).slice(0, -1);
        yield* strange.slice(-1);
      },
    });
    expect(await refusalOf(fetchSnapshot(session, { ...trusted, minimumHeight: 0 }, signal))).toBe('body-mismatch');
  });
});

test('any flipped bit of what proves finality, a record or a state is refused', async () => {
  const random = seededRandom(3);
  const questions: readonly ((session: Session) => Promise<unknown>)[] = [
    async (session) => ask(session, { anchor: await anchorAt(4) }),
    (session) => fetchStateProof(session, { ...trusted, kind: 'invitation', id: invitation }, signal),
    (session) => fetchStateProof(session, { ...trusted, kind: 'retired', id: publicKeyOf(invitation) }, signal),
    (session) => fetchSnapshot(session, { ...trusted, minimumHeight: 0 }, signal),
  ];
  for (const question of questions) {
    const honest = counting();
    await question(sessionWith(ledger, { tamper: honest.tamper }));
    for (let round = 0; round < 60; round++) {
      const lie = flipping(round % honest.frames(), random);
      const session = sessionWith(ledger, { tamper: lie.tamper });
      expect(await refusalOf(question(session))).toBeDefined();
      expect([lie.told(), session.open]).toEqual([true, 0]);
    }
  }
});

describe('what one may ask', () => {
  const requests: Readonly<Record<string, SyncRequest>> = {
    finality: { type: 'finality', anchor: 0 },
    'own member': { type: 'state-proof', kind: 5, id: new Uint8Array(32) },
    invitation: { type: 'state-proof', kind: 7, id: new Uint8Array(32) },
    rules: { type: 'state-proof', kind: 2, id: new Uint8Array(0) },
    snapshot: { type: 'snapshot' },
    index: { type: 'history-index', size: 5 },
    bundles: { type: 'bundles', from: 0, to: 1, size: 5 },
    headers: { type: 'headers', from: 0, to: 3 },
    blocks: { type: 'blocks', from: 1, to: 3 },
  };

  async function allowed(of: Ledger, access: AccessLevel): Promise<readonly string[]> {
    const names: string[] = [];
    for (const [name, request] of Object.entries(requests)) {
      const answer = serveSync(of, access, encode(syncRequest, request), signal);
      const refusal = await refusalOf(framesOf(answer));
      // Somebody unknown who asks for the rules is told why not.
      expect([undefined, 'not-a-member', ...(access === 'foreign' ? ['knocks-closed'] : [])]).toContain(refusal);
      if (refusal === undefined) names.push(name);
    }
    return names;
  }

  test('depends on who one is', async () => {
    const all = Object.keys(requests);
    expect(await allowed(ledger, 'member')).toEqual(all);
    expect(await allowed(ledger, 'validator')).toEqual(all);
    expect(await allowed(ledger, 'guest')).toEqual(['finality', 'own member', 'invitation', 'rules']);
    expect(await allowed(ledger, 'knocker')).toEqual(['finality', 'own member', 'invitation', 'rules']);
    expect(await allowed(ledger, 'foreign')).toEqual([]);
  });

  test('is everything where the rules make reading public, but for those whose key nobody knows', async () => {
    const rules = { ...openLinkRules(), publicRead: true };
    const open = await grownChain(await memoryStore().space('open'), { seed: 4, rules, blocks: 3, entriesPerBlock: 2 });
    expect(await allowed(open.ledger, 'guest')).toEqual(Object.keys(requests));
    expect(await allowed(open.ledger, 'foreign')).toEqual([]);
  });

  test('is the rules, where they allow knocks, for those whose key nobody knows', async () => {
    const rules = { ...openLinkRules(), knocks: true };
    const open = await grownChain(await memoryStore().space('knocks'), { seed: 5, rules, blocks: 3, entriesPerBlock: 2 });
    expect(await allowed(open.ledger, 'foreign')).toEqual(['finality', 'rules']);
  });

  test('of members and devices is, to a guest, its own alone', async () => {
    const nodeKey = publicKeyOf(plainSha256(new Uint8Array(2)));
    const own = memberIdOf(chain.id, nodeKey);
    const other = memberIdOf(chain.id, chain.founder.signer.publicKey);
    const asked = (id: Uint8Array) => {
      const request = encode(syncRequest, { type: 'state-proof', kind: 5, id });
      return refusalOf(framesOf(serveSync(ledger, 'guest', request, signal, nodeKey)));
    };
    expect([await asked(own), await asked(other)]).toEqual([undefined, 'not-a-member']);
  });

  test('has an end: ranges beyond what is held, requests of no form', async () => {
    const size = ledger.tip.header.logSize;
    const beyond: readonly SyncRequest[] = [
      { type: 'history-index', size: size + 1 },
      { type: 'history-index', size: 0 },
      { type: 'bundles', from: 0, to: 2, size },
      { type: 'bundles', from: 2 ** 50, to: 2 ** 50 + 1, size },
      { type: 'bundles', from: 0, to: 1, size: size + 1 },
      { type: 'headers', from: 5, to: 2 ** 50 },
      { type: 'blocks', from: 0, to: 2 },
      { type: 'blocks', from: 5, to: 2 ** 50 },
      { type: 'finality', anchor: 2 ** 50 },
      { type: 'state-proof', kind: 200, id: new Uint8Array(0) },
    ];
    for (const request of beyond) {
      expect(await refusalOf(framesOf(serveSync(ledger, 'member', encode(syncRequest, request), signal)))).toBe('not-available');
    }
    const random = seededRandom(5);
    for (let i = 0; i < 200; i++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256));
      expect(await refusalOf(framesOf(serveSync(ledger, 'member', bytes, signal)))).toBeDefined();
    }
  });
});
