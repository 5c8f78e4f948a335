/** The replica of a lone validator: block before vote, notarization before finalization, one block a view. */
import { describe, expect, test } from 'vitest';
import type { Hash } from '../../src/core/base/hash.ts';
import { bitmapOf, type Vote, type VoteSubject } from '../../src/core/codec/vote.ts';
import { createReplica, type Replica, type ReplicaEffect, type ReplicaEvent, stepReplica } from '../../src/core/consensus/replica.ts';
import { pick } from '../support/cddl-values.ts';
import { firstPoint, trustOf } from '../support/points.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { founderOf, genesisOf, hashOf, SIGNATURE } from '../support/world.ts';

const point = firstPoint(genesisOf());
const chain = point.header.chain;
const trust = trustOf(point);

function replica(changes: Partial<Parameters<typeof createReplica>[0]> = {}): Replica {
  return createReplica({ chain, trust, seat: 0, view: 1, leaderOf: () => 0, ...changes });
}

function run(from: Replica, ...events: readonly ReplicaEvent[]): { readonly replica: Replica; readonly effects: readonly ReplicaEffect[] } {
  let current = from;
  const effects: ReplicaEffect[] = [];
  for (const event of events) {
    const step = stepReplica(current, event);
    current = step.replica;
    effects.push(...step.effects);
  }
  return { replica: current, effects };
}

const subject = (kind: 'notarize' | 'finalize', block: Hash, changes: Partial<VoteSubject> = {}): VoteSubject => ({
  kind,
  chain,
  epoch: 0,
  view: 1,
  block,
  ...changes,
});
const vote = (of: VoteSubject, seat = 0): ReplicaEvent => ({ type: 'vote', vote: { subject: of, seat, signature: SIGNATURE } });
const pending: ReplicaEvent = { type: 'pending' };
const built = (block: Hash | undefined): ReplicaEvent => ({ type: 'built', block });
const BLOCK = hashOf('block');

describe('from something pending to a final block', () => {
  test('each effect waits for the one before: build, notarize, finalize, final', () => {
    let step = stepReplica(replica(), pending);
    expect(step.effects).toEqual([{ type: 'build', view: 1 }]);
    step = stepReplica(step.replica, built(BLOCK));
    expect(step.effects).toEqual([{ type: 'vote', subject: subject('notarize', BLOCK) }]);
    step = stepReplica(step.replica, vote(subject('notarize', BLOCK)));
    expect(step.effects).toEqual([{ type: 'vote', subject: subject('finalize', BLOCK) }]);
    step = stepReplica(step.replica, vote(subject('finalize', BLOCK)));
    expect(step.effects).toEqual([
      {
        type: 'finalized',
        block: BLOCK,
        certificate: { subject: subject('finalize', BLOCK), signers: bitmapOf([0]), signatures: [SIGNATURE] },
      },
    ]);
    expect(step.replica).toMatchObject({ view: 2, phase: { type: 'idle' } });
  });

  test('nothing pending, or nothing to put in a block, makes no block and no vote', () => {
    expect(run(replica(), built(BLOCK), vote(subject('notarize', BLOCK))).effects).toEqual([]);
    const { replica: after, effects } = run(replica(), pending, built(undefined));
    expect(effects.map(({ type }) => type)).toEqual(['build']);
    expect(after).toMatchObject({ view: 1, phase: { type: 'idle' } });
    expect(run(after, pending).effects).toEqual([{ type: 'build', view: 1 }]);
  });

  test('more that is pending while a block is being decided asks for nothing', () => {
    expect(
      run(replica(), pending, pending, built(BLOCK), pending, vote(subject('notarize', BLOCK)), pending).effects.map(({ type }) => type),
    ).toEqual(['build', 'vote', 'vote']);
  });

  test('who does not lead the view proposes nothing', () => {
    expect(run(replica({ leaderOf: (view) => view % 2 }), pending).effects).toEqual([]);
  });

  test('a second block for the view is not voted for', () => {
    expect(run(replica(), pending, built(BLOCK), built(hashOf('other'))).effects.map(({ type }) => type)).toEqual(['build', 'vote']);
  });
});

test('votes for anything else count for nothing', () => {
  const notarizing = run(replica(), pending, built(BLOCK)).replica;
  const others: readonly VoteSubject[] = [
    subject('finalize', BLOCK),
    subject('notarize', hashOf('other')),
    subject('notarize', BLOCK, { view: 2 }),
    subject('notarize', BLOCK, { epoch: 1 }),
    subject('notarize', BLOCK, { chain: hashOf('other') }),
    { kind: 'nullify', chain, epoch: 0, view: 1, block: undefined },
  ];
  for (const other of others) expect(stepReplica(notarizing, vote(other)).effects, JSON.stringify(other)).toEqual([]);
});

test('votes are counted by seat, up to the quorum of the trust set', () => {
  const four = trustOf(
    firstPoint(
      genesisOf([founderOf('alice', ['federation', 'validator']), ...['b', 'c', 'd'].map((name) => founderOf(name, ['validator']))]),
    ),
  );
  const notarizing = { ...run(replica(), pending, built(BLOCK)).replica, trust: four };
  const notarize = subject('notarize', BLOCK);
  expect(run(notarizing, vote(notarize, 0), vote(notarize, 2), vote(notarize, 2), vote(notarize, 0)).effects).toEqual([]);
  expect(run(notarizing, vote(notarize, 0), vote(notarize, 2), vote(notarize, 3)).effects).toEqual([
    { type: 'vote', subject: subject('finalize', BLOCK) },
  ]);
});

test('a trust set of several is not decided by this replica', () => {
  const several = trustOf(firstPoint(genesisOf([founderOf('alice', ['federation', 'validator']), founderOf('bob', ['validator'])])));
  expect(() => replica({ trust: several })).toThrow('trust set of one');
});

test.each([1, 2, 3, 4, 5])(
  'whatever comes in whatever order, no view has two blocks, and nothing is finalized that was not notarized (seed %d)',
  (seed) => {
    const random = seededRandom(seed);
    let current = replica();
    const voted = new Map<string, string>();
    const votes: Vote[] = [];
    let finalized = 0;
    for (let step = 0; step < 800; step++) {
      const events: readonly (() => ReplicaEvent)[] = [
        () => pending,
        () => built(random() < 0.1 ? undefined : hashOf(`block ${Math.floor(random() * 6)}`)),
        () => {
          const known = votes.length > 0 && random() < 0.8 ? pick(votes, random) : undefined;
          return known === undefined
            ? vote(subject('notarize', hashOf(`block ${Math.floor(random() * 6)}`)))
            : { type: 'vote', vote: known };
        },
      ];
      const { replica: next, effects } = stepReplica(current, pick(events, random)());
      for (const effect of effects) {
        if (effect.type === 'vote') {
          const { kind, view, block } = effect.subject;
          const place = `${view}/${kind}`;
          expect(voted.get(place) ?? String(block)).toBe(String(block));
          voted.set(place, String(block));
          if (kind === 'finalize') expect(voted.get(`${view}/notarize`)).toBe(String(block));
          votes.push({ subject: effect.subject, seat: 0, signature: SIGNATURE });
        }
        if (effect.type === 'finalized') {
          finalized += 1;
          expect(voted.get(`${effect.certificate.subject.view}/finalize`)).toBe(String(effect.block));
          expect(next.view).toBe(current.view + 1);
        }
      }
      expect(next.view).toBeGreaterThanOrEqual(current.view);
      current = next;
    }
    expect(finalized).toBeGreaterThan(5);
  },
);
