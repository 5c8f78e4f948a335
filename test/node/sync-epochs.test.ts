/** Trust from epoch to epoch by what a peer says: the whole way, and every way of lying about it. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Hash } from '../../src/core/base/hash.ts';
import type { RefusalCode } from '../../src/core/base/result.ts';
import { blockIdOf, type Header } from '../../src/core/codec/block.ts';
import { encode } from '../../src/core/codec/codec.ts';
import { type TrustSet, trustSetDigest } from '../../src/core/codec/records.ts';
import { type EpochFragment, epochFragment } from '../../src/core/codec/sync-message.ts';
import { type Certificate, type Vote, type VoteSubject, voteSignedText } from '../../src/core/codec/vote.ts';
import { assembleCertificate } from '../../src/core/consensus/certificate.ts';
import { trustAtAnchor } from '../../src/core/light/epochs.ts';
import type { Session, Signer } from '../../src/node/ports.ts';
import { fetchEpochs } from '../../src/node/sync-epochs.ts';
import { framesOf } from '../../src/node/sync-frames.ts';
import { fakeSigner, fakeVerifier } from '../../src/node/verifier.ts';
import { TestChain } from '../support/chain.ts';
import { refusalOf } from '../support/newcomer.ts';
import { hashOf, keyOf } from '../support/world.ts';

const verifier = fakeVerifier();
const signal = new AbortController().signal;
const seatNames = (epoch: number) => Array.from({ length: epoch + 1 }, (_, i) => `validator ${i} of ${epoch}`);

function trustOf(epoch: number): TrustSet {
  const seats = seatNames(epoch).map((name) => ({
    member: hashOf(name),
    node: keyOf(name),
    vote: keyOf(`${name}, vote`),
    note: keyOf(`${name}, note`),
    software: [1],
    ready: 0,
  }));
  return { epoch, base: hashOf(`base ${epoch}`), seats, auditors: [], auditorsQuorum: 0 };
}

const signerOf = (name: string): Signer => fakeSigner(keyOf(`${name}, vote`));

async function finalize(header: Header, names: readonly string[]): Promise<Certificate> {
  const subject: VoteSubject = { kind: 'finalize', chain: header.chain, epoch: header.epoch, view: header.view, block: blockIdOf(header) };
  const votes: Vote[] = [];
  for (const [seat, name] of names.entries()) votes.push({ subject, seat, signature: await signerOf(name).sign(voteSignedText(subject)) });
  return assembleCertificate(subject, votes);
}

let chain: Hash;
let template: Header;
let fragments: readonly EpochFragment[];

async function fragmentOf(epoch: number, changes: Partial<Header> = {}, next = trustOf(epoch + 1)): Promise<EpochFragment> {
  const trust = trustSetDigest(trustOf(epoch));
  const header = { ...template, epoch, view: 9, height: 10 * (epoch + 1), trust, nextTrust: trustSetDigest(next), ...changes };
  return { header, certificate: await finalize(header, seatNames(epoch)), next, recovery: undefined };
}

beforeAll(async () => {
  const test = await TestChain.create({ signatures: 'fake' });
  chain = test.id;
  template = test.tip.header;
  fragments = await Promise.all([0, 1, 2, 3].map((epoch) => fragmentOf(epoch)));
});

/** A session with somebody who answers with these, at most so many at a time. */
function sessionWith(answers: readonly EpochFragment[], atOnce = 64): Session {
  const notUsed = () => {
    throw new Error('not used here');
  };
  let at = 0;
  return {
    id: 1,
    peer: 'peer',
    nodeKey: keyOf('peer'),
    claimedRoles: [],
    tipAtStart: { height: 0, block: chain },
    ownTipAtStart: { height: 0, block: chain },
    access: 'member',
    grantedAccess: 'member',
    path: 'direct',
    setAccess: notUsed,
    giveNetworkKey: notUsed,
    send: notUsed,
    async *request() {
      for (const one of answers.slice(at, at + atOnce)) yield* framesOf(encode(epochFragment, one));
      at += atOnce;
    },
    requestReceipt: notUsed,
    ping: notUsed,
    close: notUsed,
  };
}

function fetch(answers: readonly EpochFragment[], epoch = 4, atOnce?: number): Promise<readonly EpochFragment[]> {
  return fetchEpochs(
    sessionWith(answers, atOnce),
    { chain, trust: trustOf(0), recovery: { threshold: 0, delayMs: 0, keys: [] }, verifier },
    epoch,
    signal,
  );
}

describe('how trust came to an epoch', () => {
  test.each([1, 3, 64])('is followed fragment by fragment, %d at a time', async (atOnce) => {
    const found = await fetch(fragments, 4, atOnce);
    expect(found.map(({ next }) => next.epoch)).toEqual([1, 2, 3, 4]);
  });

  test('needs nothing where it is known already', async () => {
    expect(await fetch([], 0)).toEqual([]);
  });

  test('is asked for no further than wanted', async () => {
    expect((await fetch(fragments, 2)).length).toBe(2);
  });

  const lies: readonly (readonly [string, RefusalCode, () => Promise<readonly EpochFragment[]>])[] = [
    ['nothing', 'not-available', async () => []],
    ['one missing', 'wrong-trust-set', async () => fragments.filter(({ header }) => header.epoch !== 1)],
    ['an end that is missing', 'not-available', async () => fragments.slice(0, 3)],
    [
      'another trust set than the header names',
      'wrong-trust-set',
      async () => swapped(1, { next: { ...trustOf(2), base: hashOf('other') } }),
    ],
    ['a header that closes nothing', 'wrong-trust-set', async () => swapped(1, await fragmentOf(1, { nextTrust: undefined }))],
    ['a header of another trust set', 'wrong-trust-set', async () => swapped(1, await fragmentOf(1, { trust: hashOf('other') }))],
    ['an epoch left out', 'wrong-trust-set', async () => swapped(1, await fragmentOf(1, {}, trustOf(3)))],
    ['another chain', 'wrong-chain', async () => swapped(1, await fragmentOf(1, { chain: hashOf('other') }))],
    [
      'too few signatures',
      'no-quorum',
      async () => swapped(3, { certificate: await finalize(fragments[3]?.header ?? template, seatNames(3).slice(0, 2)) }),
    ],
    ['a signature of somebody else', 'bad-signature', async () => swapped(1, { certificate: await forged() })],
    [
      'the certificate of another block',
      'no-quorum',
      async () => swapped(1, { certificate: await finalize({ ...template, epoch: 1 }, seatNames(1)) }),
    ],
  ];
  test.each(lies)('is not believed: %s (%s)', async (_, code, answers) => {
    expect(await refusalOf(fetch(await answers()))).toBe(code);
  });
});

function swapped(epoch: number, changes: Partial<EpochFragment>): readonly EpochFragment[] {
  return fragments.map((one) => (one.header.epoch === epoch ? { ...one, ...changes } : one));
}

async function forged(): Promise<Certificate> {
  const fragment = fragments[1];
  if (fragment === undefined) throw new Error('there are four');
  const { certificate } = fragment;
  const other = await finalize(fragment.header, ['mallory', 'malice']);
  return { ...certificate, signatures: other.signatures };
}

test('an anchor of another trust set than was found for its epoch is not passed', () => {
  const sets = [trustOf(0), trustOf(1)];
  const [first, second] = sets.map(trustSetDigest);
  const anchor = { ...template, epoch: 0, trust: first ?? hashOf('none'), nextTrust: undefined };
  expect(trustAtAnchor(anchor, sets)).toMatchObject({ ok: true, value: { epoch: 0 } });
  expect(trustAtAnchor({ ...anchor, nextTrust: second }, sets)).toMatchObject({ ok: true, value: { epoch: 1 } });
  expect(trustAtAnchor({ ...anchor, nextTrust: second }, sets.slice(0, 1))).toEqual({ ok: true, value: undefined });
  for (const other of [{ trust: hashOf('other') }, { nextTrust: hashOf('other') }])
    expect(trustAtAnchor({ ...anchor, ...other }, sets)).toMatchObject({ refusal: { code: 'bad-proof' } });
});
