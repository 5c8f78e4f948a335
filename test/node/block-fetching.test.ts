/** A block that is missing is asked of one validator after the other, and nobody's wrong answer keeps it away. */
import { beforeEach, describe, expect, test } from 'vitest';
import { equal, toHex } from '../../src/core/base/bytes.ts';
import { type Carried, decodeSessionMessage, type SessionMessage } from '../../src/core/codec/session-message.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import { BlockFetching } from '../../src/node/block-fetching.ts';
import { serveBlock } from '../../src/node/block-serving.ts';
import { Candidates } from '../../src/node/candidates.ts';
import type { CommittedBlock } from '../../src/node/committed-block.ts';
import type { Waiting } from '../../src/node/mempool.ts';
import type { Session } from '../../src/node/ports.ts';
import { ValidatorPeers } from '../../src/node/validator-peers.ts';
import { Verification } from '../../src/node/verification.ts';
import type { WantedBlock } from '../../src/node/wanted-blocks.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { ManualClock } from '../net/manual-clock.ts';
import { TestChain } from '../support/chain.ts';
import { sessionWith } from '../support/fake-session.ts';
import { hashOf } from '../support/world.ts';

const SEATS = [0, 1, 2];
let clock: ManualClock;
let candidates: Candidates;
let fetching: BlockFetching;
let peers: ValidatorPeers;
let block: CommittedBlock;
let sessions: readonly Session[];
let wanted: readonly WantedBlock[];
/** What waits here for a block, and blocks that were said to be looked at again. */
const waiting = new Map<string, Waiting>();
let overdue: string[];
/** Which seat was asked for what: the head, or how many parts. */
let asked: string[];

beforeEach(async () => {
  const chain = await TestChain.create({ signatures: 'fake' });
  const ledger = await chain.createLedger(await memoryStore().space('chain'));
  clock = new ManualClock();
  asked = [];
  waiting.clear();
  overdue = [];
  candidates = await Candidates.open({ ledger, verification: new Verification(chain.verifier), waiting: (id) => waiting.get(toHex(id)) });
  block = await chain.entries('one', 'two', 'three');
  sessions = SEATS.map((seat) => ({ ...sessionWith(ledger), send: (bytes: Uint8Array) => void asked.push(`${seat} ${whatIn(bytes)}`) }));
  const seats = sessions.flatMap(({ nodeKey }) => ledger.trust.seats.map((seat) => ({ ...seat, node: nodeKey })));
  const trust = { ...ledger.trust, seats };
  const tellTip = (session: Session) => void asked.push(`${sessions.indexOf(session)} hears the tip`);
  peers = new ValidatorPeers({ sessions: () => sessions, trust: () => trust, tellTip });
  wanted = [{ block: block.point.id, isCertified: true, holders: SEATS }];
  fetching = new BlockFetching({
    clock,
    peers,
    candidates,
    wanted: () => wanted,
    overdue: (id) => {
      overdue.push(toHex(id));
      fetching.next(id);
    },
  });
});

function whatIn(bytes: Uint8Array): string {
  const read = decodeSessionMessage(bytes);
  const message: SessionMessage | undefined = read.ok ? read.value : undefined;
  if (message?.type !== 'ask-block' || !equal(message.block, block.point.id)) return 'something else';
  return message.ids.length === 0 ? 'head' : `${message.ids.length} parts`;
}

const ids = () => block.transactions.map(({ id }) => id);
const parts = (): readonly Carried[] => block.transactions.map(({ bytes }, i) => ({ leaf: bytes, bodies: bodiesAt(i) }));
const bodiesAt = (i: number) => (block.bodies[i] ?? []).flatMap((body) => body ?? []);
const head = (seat: number, names = ids()) =>
  fetching.takeHead(sessionAt(seat), { type: 'block-head', header: block.point.header, ids: [...names] });
const gives = (seat: number, items = parts()) =>
  fetching.takeParts(sessionAt(seat), { type: 'block-part', block: block.point.id, items: [...items] });

function sessionAt(seat: number): Session {
  return sessions[seat] ?? expect.fail(`no seat ${seat}`);
}

/** Whether the block is all here and sound. */
async function isSound(): Promise<boolean | undefined> {
  const candidate = candidates.get(block.point.id);
  return candidate && (await candidates.execute(candidate));
}

describe('a block that a quorum stands for', () => {
  test('is asked of one after the other, with pauses that double with each round, until it is here', async () => {
    fetching.look();
    await clock.advance(2_999);
    expect(asked).toEqual(['0 head', '1 head', '2 head']);
    await clock.advance(1);
    expect(asked.slice(3)).toEqual(['0 head']);
    await clock.advance(4_000);
    expect(asked.slice(4)).toEqual(['1 head', '2 head']);
    head(2);
    gives(2);
    expect(await isSound()).toBe(true);
    fetching.look();
    expect(clock.waiting).toBe(0);
  });

  test('is taken by parts, late ones too, from whoever was asked for them', async () => {
    candidates.add(block.point.header, ids());
    fetching.look();
    await clock.advance(1_000);
    expect(asked).toEqual(['0 3 parts', '1 3 parts']);
    gives(0, parts().slice(0, 1));
    expect(gives(2)).toBeUndefined();
    gives(1, parts().slice(1));
    expect(await isSound()).toBe(true);
  });

  test('is looked at again when the last of it comes as a transaction that waits like any other', async () => {
    candidates.add(block.point.header, ids());
    fetching.look();
    gives(0, parts().slice(1));
    const [first] = block.transactions;
    if (first !== undefined)
      waiting.set(toHex(first.id), { transaction: asVerified(first), bodies: bodiesAt(0), since: 0, from: undefined });
    fetching.look();
    expect(overdue).toEqual([toHex(block.point.id)]);
    expect(await isSound()).toBe(true);
    fetching.look();
    expect([overdue.length, clock.waiting]).toEqual([1, 0]);
  });

  test('comes in spite of a wrong list of what is in it', async () => {
    candidates.add(block.point.header, [hashOf('no'), hashOf('such')]);
    fetching.look();
    await clock.advance(3_000);
    expect(asked).toEqual(['0 2 parts', '1 2 parts', '2 2 parts', '0 head']);
    await clock.advance(2_000);
    head(1);
    gives(1);
    expect(await isSound()).toBe(true);
  });

  test('comes in spite of wrong parts: it is begun anew with the next one, and only that one is heard', async () => {
    candidates.add(block.point.header, ids().slice(1));
    fetching.look();
    const candidate = gives(0) ?? expect.fail('it was asked');
    expect(await isSound()).toBe(false);
    expect(fetching.beginsAnew(candidate)).toBe(true);
    expect(candidates.get(block.point.id)).toBeUndefined();
    expect(asked).toEqual(['0 2 parts', '1 head']);
    expect(head(0)).toBeUndefined();
    // Nor is anything that waits here.
    expect(head(1)?.isAskedAnew).toBe(true);
    gives(1);
    expect(await isSound()).toBe(true);
  });

  test('is asked of whoever comes, at once', () => {
    fetching.look();
    fetching.met(sessionAt(2));
    expect(asked).toEqual(['0 head', '2 head']);
  });
});

describe('a block that only its leader stands for', () => {
  beforeEach(() => {
    wanted = [{ block: block.point.id, isCertified: false, holders: SEATS }];
  });

  test('is unsound once its leader’s own parts make it so', async () => {
    const candidate = candidates.add(block.point.header, ids().slice(1));
    fetching.look();
    gives(0);
    expect(await isSound()).toBe(false);
    expect(fetching.beginsAnew(candidate)).toBe(true);
    expect(asked).toEqual(['0 2 parts', '0 2 parts']);
    gives(0);
    expect(await isSound()).toBe(false);
    expect(fetching.beginsAnew(candidate)).toBe(false);
  });
});

test('nobody’s head is taken unasked, and nothing is asked for that is not wanted', () => {
  expect(head(0)).toBeUndefined();
  wanted = [];
  fetching.look();
  expect(head(0)).toBeUndefined();
  expect(asked).toEqual([]);
});

test('whoever lacks the head or a part of a block that is not here any more hears our tip, by which it catches up', () => {
  const id = block.point.id;
  serveBlock(candidates, peers, sessionAt(0), { type: 'ask-block', block: id, ids: [] });
  serveBlock(candidates, peers, sessionAt(1), { type: 'ask-block', block: id, ids: [...ids()] });
  expect(asked).toEqual(['0 hears the tip', '1 hears the tip']);
});
