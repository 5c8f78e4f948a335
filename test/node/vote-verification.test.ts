/** What others say in consensus, where some of it bears signatures that are none, and where it is of many views. */
import { expect, test } from 'vitest';
import type { Signature } from '../../src/core/base/key.ts';
import { bitmapOf, type Certificate, type Vote } from '../../src/core/codec/vote.ts';
import { leaderSeat } from '../../src/core/consensus/leader.ts';
import { createReplica, stepReplica } from '../../src/core/consensus/replica.ts';
import type { Replica } from '../../src/core/consensus/replica-state.ts';
import type { Session, SignatureCheck, Verifier } from '../../src/node/ports.ts';
import { VoteVerification } from '../../src/node/vote-verification.ts';
import { CHAIN, FIRST, trustOfSize } from '../support/replica-network.ts';
import { sessionOf } from '../support/sessions.ts';
import { hashOf, SIGNATURE } from '../support/world.ts';

const NOBODYS = new Uint8Array(64).fill(8) as Signature;
const QUORUM = [0, 1, 2];

function replica(): Replica {
  const final = { block: FIRST, view: 0, certificate: undefined };
  return createReplica({ chain: CHAIN, trust: trustOfSize(4), seat: 3, final, leaderOf: (view) => leaderSeat(view, 4) });
}

function vote(view: number, seat: number, signature = SIGNATURE): Vote {
  return { subject: { kind: 'notarize', chain: CHAIN, epoch: 0, view, block: hashOf(`block ${view}`) }, seat, signature };
}

function givenUp(view: number, signatures = QUORUM.map(() => SIGNATURE)): Certificate {
  return { subject: { kind: 'nullify', chain: CHAIN, epoch: 0, view, block: undefined }, signers: bitmapOf(QUORUM), signatures };
}

/** A border with one peer at it, who was told on so often; the engine judged so much, and the slow equation so much. */
function border() {
  const asked = { message: 0, agreement: 0 };
  const verifier: Verifier = {
    verify: async (checks: readonly SignatureCheck[], mode) => {
      asked[mode] += checks.length;
      return checks.map(({ signature }) => signature === SIGNATURE);
    },
  };
  const liars: Session[] = [];
  const verification = new VoteVerification(verifier, (session) => liars.push(session));
  return { asked, liars, verification, peer: sessionOf('member') };
}

test('one who signs what it says is heard, and nothing of it is judged slowly', async () => {
  const { asked, liars, verification, peer } = border();
  const events = await verification.eventsFor(peer, replica(), [vote(1, 0), vote(1, 1)], [givenUp(1)]);
  expect(events.map(({ type }) => type)).toEqual(['certificate', 'vote', 'vote']);
  expect(asked).toEqual({ message: 5, agreement: 0 });
  expect(liars).toEqual([]);
});

test('at the first vote that nobody signed its bearer is told on, and not looked at any more', async () => {
  const { asked, liars, verification, peer } = border();
  const votes = Array.from({ length: 48 }, (_, i) => vote(1 + (i % 16), i % 3, i === 0 ? SIGNATURE : NOBODYS));
  const events = await verification.eventsFor(peer, replica(), votes, []);
  expect(events).toEqual([{ type: 'vote', vote: votes[0] }]);
  expect(asked.agreement).toBe(1);
  expect(liars).toEqual([peer]);
  expect(await verification.eventsFor(peer, replica(), [vote(2, 0)], [givenUp(1)])).toEqual([]);
  expect(asked.agreement).toBe(1);
  expect(liars).toEqual([peer]);
});

test('a certificate that nobody signed, or too few, or a seat that is none, tells on its bearer too', async () => {
  const wrong = [givenUp(1, [SIGNATURE, NOBODYS, NOBODYS]), { ...givenUp(1, [SIGNATURE]), signers: bitmapOf([0]) }];
  for (const certificate of wrong) {
    const { asked, liars, verification, peer } = border();
    expect(await verification.eventsFor(peer, replica(), [vote(1, 0)], [certificate, givenUp(2)])).toEqual([]);
    expect(asked.agreement).toBeLessThanOrEqual(1);
    expect(liars).toEqual([peer]);
  }
  const { liars, verification, peer } = border();
  expect(await verification.eventsFor(peer, replica(), [vote(1, 9)], [])).toEqual([]);
  expect(liars).toEqual([peer]);
});

test('what the engine alone rejects is a signature still', async () => {
  const liars: Session[] = [];
  const verifier: Verifier = { verify: async (checks, mode) => checks.map(() => mode === 'agreement') };
  const verification = new VoteVerification(verifier, (session) => liars.push(session));
  expect(await verification.eventsFor(sessionOf('member'), replica(), [vote(1, 0), vote(1, 1)], [])).toHaveLength(2);
  expect(liars).toEqual([]);
});

test('what is not wanted is not judged, signed or not', async () => {
  const { asked, liars, verification, peer } = border();
  expect(await verification.eventsFor(peer, replica(), [vote(1_000, 0, NOBODYS)], [])).toEqual([]);
  expect(asked).toEqual({ message: 0, agreement: 0 });
  expect(liars).toEqual([]);
});

test('one message with certificates of many views leads through all of them', async () => {
  const { verification, peer } = border();
  const certificates = Array.from({ length: 64 }, (_, i) => givenUp(i + 1));
  let behind = replica();
  for (const event of await verification.eventsFor(peer, behind, [vote(70, 0)], certificates)) {
    behind = stepReplica(behind, event).replica;
  }
  expect(behind.view).toBe(65);
  expect(behind.rounds.get(70)?.votes.notarize.has(0)).toBe(true);
});
