/** One replica, event by event: what it asks for, in which order, and what it never does. Several of them: `consensus-network.test.ts`. */
import { describe, expect, test } from 'vitest';
import type { Hash } from '../../src/core/base/hash.ts';
import { VIEWS_AHEAD_MAX } from '../../src/core/base/limits.ts';
import { bitmapOf, type Certificate, type Vote, type VoteKind, type VoteSubject } from '../../src/core/codec/vote.ts';
import { leaderSeat } from '../../src/core/consensus/leader.ts';
import { createReplica, stepReplica } from '../../src/core/consensus/replica.ts';
import { type BlockPlace, hasEnded, type Replica, type ReplicaEffect, type ReplicaEvent } from '../../src/core/consensus/replica-state.ts';
import { mayFinalize, mayNotarize, mayNullify } from '../../src/core/consensus/safety.ts';
import { VIEW_TIMEOUT_MS, VIEW_TIMEOUT_MS_MAX, viewTimeoutMs } from '../../src/core/consensus/timeouts.ts';
import { VIEWS_REMEMBERED_MAX } from '../../src/core/consensus/witness.ts';
import { CHAIN, FIRST, trustOfSize } from '../support/replica-network.ts';
import { hashOf, SIGNATURE } from '../support/world.ts';

function replica(validators: number, seat: number): Replica {
  const final = { block: FIRST, view: 0, certificate: undefined };
  return createReplica({ chain: CHAIN, trust: trustOfSize(validators), seat, final, leaderOf: (view) => leaderSeat(view, validators) });
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

function subject(kind: VoteKind, view: number, block: Hash | undefined): VoteSubject {
  return { kind, chain: CHAIN, epoch: 0, view, block };
}

function voteOf(kind: VoteKind, view: number, block: Hash | undefined, seat: number): Vote {
  return { subject: subject(kind, view, block), seat, signature: SIGNATURE };
}

function certificateOf(kind: VoteKind, view: number, block: Hash | undefined, seats: readonly number[] = [0, 1, 2]): Certificate {
  return { subject: subject(kind, view, block), signers: bitmapOf(seats), signatures: seats.map(() => SIGNATURE) };
}

const place = (name: string, view: number, parent: Hash, closes = false): BlockPlace => ({ id: hashOf(name), view, parent, closes });
const A = place('a', 1, FIRST);
const B = place('b', 2, A.id);

const pending: ReplicaEvent = { type: 'pending', pending: true };
const vote = (kind: VoteKind, view: number, block: Hash | undefined, seat: number): ReplicaEvent => ({
  type: 'vote',
  vote: voteOf(kind, view, block, seat),
});
const certificate = (kind: VoteKind, view: number, block: Hash | undefined): ReplicaEvent => ({
  type: 'certificate',
  certificate: certificateOf(kind, view, block),
});
const proposal = (view: number, block: BlockPlace): ReplicaEvent => ({ type: 'proposal', view, block });
const judged = (view: number, block: BlockPlace, sound = true): ReplicaEvent => ({ type: 'judged', view, block, sound });
const kinds = (effects: readonly ReplicaEffect[]) => effects.map((effect) => (effect.type === 'vote' ? effect.subject.kind : effect.type));

describe('alone', () => {
  test('each effect waits for the one before: build, propose, finalize, final; and no timer runs', () => {
    let step = run(replica(1, 0), pending);
    expect(step.effects).toEqual([{ type: 'build', view: 1, parent: FIRST, mayBeEmpty: false }]);
    step = run(step.replica, { type: 'built', view: 1, block: A });
    expect(step.effects).toEqual([{ type: 'propose', subject: subject('notarize', 1, A.id), certificates: [] }]);
    step = run(step.replica, { type: 'pending', pending: false }, vote('notarize', 1, A.id, 0));
    expect(step.effects).toEqual([{ type: 'vote', subject: subject('finalize', 1, A.id) }]);
    step = run(step.replica, vote('finalize', 1, A.id, 0));
    expect(step.effects).toEqual([{ type: 'finalized', block: A.id, certificate: certificateOf('finalize', 1, A.id, [0]) }]);
    expect(step.replica).toMatchObject({ view: 2, final: { view: 1, block: A.id } });
  });

  test('nothing to put in a block leaves it waiting for something pending', () => {
    const { replica: after, effects } = run(replica(1, 0), pending, { type: 'built', view: 1, block: undefined });
    expect(kinds(effects)).toEqual(['build']);
    expect(kinds(run(after, pending).effects)).toEqual(['build']);
  });

  test('a block that was asked for twice is voted for once', () => {
    const { effects } = run(replica(1, 0), pending, { type: 'built', view: 1, block: A }, { type: 'built', view: 1, block: B });
    expect(kinds(effects)).toEqual(['build', 'propose']);
  });
});

describe('one of four', () => {
  const second = replica(4, 2);

  test('judges the leader’s block, notarizes it, and finalizes it once a quorum has', () => {
    const { effects } = run(
      second,
      proposal(1, A),
      vote('notarize', 1, A.id, 1),
      judged(1, A),
      vote('notarize', 1, A.id, 2),
      vote('notarize', 1, A.id, 3),
    );
    expect(kinds(effects)).toEqual(['judge', 'notarize', 'set-timer', 'finalize', 'set-timer', 'set-timer']);
  });

  test('nothing pending: no timer; something pending: one; nothing again: none', () => {
    expect(run(second).effects).toEqual([]);
    const woken = run(second, pending);
    expect(woken.effects).toEqual([{ type: 'set-timer', timer: 'view', view: 1, ms: VIEW_TIMEOUT_MS }]);
    expect(run(woken.replica, { type: 'pending', pending: false }).effects).toEqual([{ type: 'cancel-timer', timer: 'view' }]);
  });

  test('gives a view up when its time is over, once, and sends everything again each time', () => {
    const over: ReplicaEvent = { type: 'timeout', timer: 'view', view: 1 };
    expect(kinds(run(second, pending, over, over).effects)).toEqual([
      'set-timer',
      'nullify',
      'rebroadcast',
      'set-timer',
      'rebroadcast',
      'set-timer',
    ]);
  });

  test('a time-out of a view that is over does nothing', () => {
    const later = run(second, pending, certificate('nullify', 1, undefined)).replica;
    expect(run(later, { type: 'timeout', timer: 'view', view: 1 }).effects).toEqual([]);
  });

  test('never gives up a view that it finalized, nor finalizes one that it gave up', () => {
    const notarized = run(second, proposal(1, A), judged(1, A));
    expect(
      kinds(run(notarized.replica, { type: 'timeout', timer: 'view', view: 1 }, certificate('notarize', 1, A.id)).effects),
    ).not.toContain('finalize');
    expect(kinds(run(notarized.replica, certificate('notarize', 1, A.id)).effects)).toContain('finalize');
  });

  test('an unsound block is given up at once', () => {
    expect(kinds(run(second, proposal(1, A), judged(1, A, false)).effects)).toEqual(['judge', 'nullify', 'set-timer']);
  });

  test('more than f give a view up: it joins them though nothing is pending here', () => {
    const { effects } = run(second, vote('nullify', 1, undefined, 0), vote('nullify', 1, undefined, 1));
    expect(kinds(effects)).toContain('nullify');
    expect(kinds(run(second, vote('nullify', 1, undefined, 0)).effects)).toEqual([]);
  });

  test('a notarized block that is not here is fetched', () => {
    expect(run(second, certificate('notarize', 1, A.id)).effects).toContainEqual({ type: 'fetch', view: 1, block: A.id });
  });

  test('leads its view on the notarized block before, and shows its notarization', () => {
    const leading = run(second, proposal(1, A), judged(1, A), certificate('notarize', 1, A.id), pending);
    expect(leading.effects).toContainEqual({ type: 'build', view: 2, parent: A.id, mayBeEmpty: false });
    const { effects } = run(leading.replica, { type: 'built', view: 2, block: B });
    expect(effects).toContainEqual({
      type: 'propose',
      subject: subject('notarize', 2, B.id),
      certificates: [certificateOf('notarize', 1, A.id)],
    });
  });

  test('for an unfinalised block alone it proposes an empty one, after some patience', () => {
    const leading = run(second, proposal(1, A), judged(1, A), certificate('notarize', 1, A.id));
    expect(kinds(leading.effects)).not.toContain('build');
    const { effects } = run(leading.replica, { type: 'timeout', timer: 'patience', view: 2 });
    expect(effects).toContainEqual({ type: 'build', view: 2, parent: A.id, mayBeEmpty: true });
  });

  test('a late vote is answered, a finalize vote too many is not', () => {
    const final = run(second, certificate('finalize', 5, A.id)).replica;
    expect(run(final, vote('notarize', 3, A.id, 1)).effects).toEqual([{ type: 'answer', seat: 1 }]);
    expect(run(final, vote('notarize', 5, A.id, 1)).effects).toEqual([{ type: 'answer', seat: 1 }]);
    expect(run(final, vote('finalize', 5, A.id, 1)).effects).toEqual([]);
  });

  test('any finalization ahead ends all views up to it', () => {
    expect(run(second, certificate('finalize', 7, A.id)).replica).toMatchObject({ view: 8, final: { view: 7, block: A.id } });
  });

  test.each<readonly [string, readonly [VoteKind, string | undefined], readonly [VoteKind, string | undefined]]>([
    ['two notarizes', ['notarize', 'a'], ['notarize', 'b']],
    ['two finalizes', ['finalize', 'a'], ['finalize', 'b']],
    ['a nullify and a finalize', ['nullify', undefined], ['finalize', 'a']],
  ])('evidence, once: %s in one view', (_, [firstKind, firstBlock], [secondKind, secondBlock]) => {
    const block = (name: string | undefined) => (name === undefined ? undefined : hashOf(name));
    const [one, other] = [voteOf(firstKind, 1, block(firstBlock), 3), voteOf(secondKind, 1, block(secondBlock), 3)];
    const { effects } = run(second, { type: 'vote', vote: one }, { type: 'vote', vote: other }, { type: 'vote', vote: other });
    expect(effects).toEqual([{ type: 'evidence', first: one, second: other }]);
  });

  const signedBy = (kind: VoteKind, block: Hash, seats: readonly number[]): ReplicaEvent => ({
    type: 'certificate',
    certificate: certificateOf(kind, 1, block, seats),
  });
  test.each<readonly [string, readonly ReplicaEvent[]]>([
    ['a vote, and a certificate for another block', [vote('notarize', 1, hashOf('b'), 3), signedBy('notarize', A.id, [0, 1, 3])]],
    ['a certificate, and a vote for another block', [signedBy('notarize', A.id, [0, 1, 3]), vote('notarize', 1, hashOf('b'), 3)]],
    ['a nullify, and a finalization', [vote('nullify', 1, undefined, 3), signedBy('finalize', A.id, [0, 1, 3])]],
    ['a finalization, and a nullify that comes late', [signedBy('finalize', A.id, [0, 1, 3]), vote('nullify', 1, undefined, 3)]],
    [
      'two votes, the second after the view is final',
      [vote('notarize', 1, A.id, 3), signedBy('finalize', A.id, [0, 1, 2]), vote('notarize', 1, hashOf('b'), 3)],
    ],
    [
      'two votes after the view is final',
      [signedBy('finalize', A.id, [0, 1, 2]), vote('notarize', 1, A.id, 3), vote('notarize', 1, hashOf('b'), 3)],
    ],
    [
      'a vote from a second certificate, which nobody needs',
      [signedBy('notarize', A.id, [0, 1, 2]), { type: 'seen', vote: voteOf('notarize', 1, A.id, 3) }, vote('notarize', 1, hashOf('b'), 3)],
    ],
  ])('evidence, once: %s', (_, events) => {
    const { effects } = run(second, ...events, ...events);
    expect(effects.filter(({ type }) => type === 'evidence')).toHaveLength(1);
    expect(effects.find((effect) => effect.type === 'evidence')).toMatchObject({ first: { seat: 3 }, second: { seat: 3 } });
  });

  test('what was said is forgotten once the final view is far above it', () => {
    const far: ReplicaEvent = { type: 'certificate', certificate: certificateOf('finalize', VIEWS_REMEMBERED_MAX + 1, hashOf('far')) };
    const { replica: there, effects } = run(second, vote('notarize', 1, A.id, 3), far, vote('notarize', 1, hashOf('b'), 3));
    expect(kinds(effects)).not.toContain('evidence');
    expect([...there.testimony.keys()]).toEqual([VIEWS_REMEMBERED_MAX + 1]);
  });

  test.each<readonly [string, readonly [VoteKind, number, string | undefined], readonly [VoteKind, number, string | undefined]]>([
    ['in two views', ['notarize', 1, 'a'], ['notarize', 2, 'b']],
    ['a notarize and a nullify', ['notarize', 1, 'a'], ['nullify', 1, undefined]],
    ['the same twice', ['finalize', 1, 'a'], ['finalize', 1, 'a']],
  ])('no evidence: %s', (_, one, other) => {
    const event = ([kind, view, block]: typeof one) => vote(kind, view, block === undefined ? undefined : hashOf(block), 3);
    expect(kinds(run(second, event(one), event(other)).effects)).not.toContain('evidence');
  });

  test('its own votes of before a restart bind it', () => {
    const back = run(second, vote('notarize', 1, A.id, 2)).replica;
    expect(kinds(run(back, proposal(1, place('other', 1, FIRST)), judged(1, place('other', 1, FIRST))).effects)).not.toContain('notarize');
    const finalized = run(second, vote('finalize', 1, A.id, 2), pending).replica;
    expect(kinds(run(finalized, { type: 'timeout', timer: 'view', view: 1 }).effects)).not.toContain('nullify');
  });

  test('its own votes of before a restart bind it in views that are far ahead by then', () => {
    const far = VIEWS_AHEAD_MAX + 5;
    const back = run(second, vote('nullify', far, undefined, 2)).replica;
    expect(back.rounds.get(far)?.own.nullify).toBe(true);
    const between = Array.from({ length: far - 1 }, (_, i) => certificate('nullify', i + 1, undefined));
    const late = place('late', far, FIRST);
    const { replica: there, effects } = run(
      back,
      ...between,
      proposal(far, late),
      judged(far, late),
      certificate('notarize', far, late.id),
    );
    expect(there.view).toBe(far + 1);
    expect(kinds(effects)).not.toContain('finalize');
    expect(run(second, vote('nullify', far, undefined, 1)).replica.rounds.size).toBe(0);
  });

  test('votes for another chain or epoch, or of nobody’s seat, count for nothing', () => {
    const others: readonly Vote[] = [
      { ...voteOf('notarize', 1, A.id, 0), subject: { ...subject('notarize', 1, A.id), epoch: 1 } },
      { ...voteOf('notarize', 1, A.id, 0), subject: { ...subject('notarize', 1, A.id), chain: hashOf('other') } },
      voteOf('notarize', 1, A.id, 4),
      voteOf('notarize', 40, A.id, 0),
    ];
    for (const other of others) expect(run(second, { type: 'vote', vote: other }).replica).toEqual(second);
  });

  test('a closing block is proposed again, by a later leader, once patience ends; then nothing more', () => {
    const C = place('c', 1, FIRST, true);
    const leading = run(second, pending, proposal(1, C), judged(1, C), certificate('notarize', 1, C.id));
    expect(kinds(leading.effects)).not.toContain('build');
    const again = run(leading.replica, { type: 'timeout', timer: 'patience', view: 2 });
    expect(again.effects).toContainEqual({
      type: 'propose',
      subject: subject('notarize', 2, C.id),
      certificates: [certificateOf('notarize', 1, C.id)],
    });
    const final = run(again.replica, certificate('finalize', 2, C.id), pending);
    expect(hasEnded(final.replica)).toBe(true);
    expect(kinds(final.effects).filter((kind) => kind !== 'cancel-timer')).toEqual(['finalized']);
  });
});

describe('a leader who is silent', () => {
  test('has no time, once it was not heard for a round of leaders while a quorum was', () => {
    // Seat 2 leads view 6; only seats 0 and 3 are heard beside ours.
    const events = [1, 2, 3, 4, 5].flatMap((view) => [
      vote('nullify', view, undefined, 0),
      vote('nullify', view, undefined, 3),
      vote('nullify', view, undefined, 1),
    ]);
    const { effects } = run(replica(4, 1), pending, ...events);
    expect(effects).toContainEqual({ type: 'set-timer', timer: 'view', view: 6, ms: 0 });
    expect(effects).not.toContainEqual({ type: 'set-timer', timer: 'view', view: 3, ms: 0 });
  });
});

test('the time of a view grows by half with each that passed since the last final one, up to 100 s', () => {
  expect([1, 2, 3].map((view) => viewTimeoutMs(view, 0))).toEqual([VIEW_TIMEOUT_MS, 1.5 * VIEW_TIMEOUT_MS, 2.25 * VIEW_TIMEOUT_MS]);
  expect(viewTimeoutMs(500, 0)).toBe(VIEW_TIMEOUT_MS_MAX);
  expect(viewTimeoutMs(500, 499)).toBe(VIEW_TIMEOUT_MS);
});

describe('each rule of safety, by itself', () => {
  const at = replica(4, 2);
  const ready = run(at, proposal(1, A), judged(1, A), certificate('notarize', 1, A.id)).replica;
  const sound = run(ready, judged(2, B)).replica;

  test('a block is notarized where everything fits', () => {
    expect(mayNotarize({ replica: sound, view: 2, block: B })).toBe(true);
  });
  test('isCurrentView', () => {
    const past = run(sound, certificate('nullify', 2, undefined)).replica;
    expect(mayNotarize({ replica: past, view: 2, block: B })).toBe(false);
  });
  test('notarizesOnce', () => {
    const voted = run(sound, vote('notarize', 2, hashOf('other'), 2)).replica;
    expect(mayNotarize({ replica: voted, view: 2, block: B })).toBe(false);
  });
  test('standsOnNotarized', () => {
    const unproven = run(at, judged(1, A), judged(2, B), certificate('nullify', 1, undefined)).replica;
    expect(mayNotarize({ replica: unproven, view: 2, block: B })).toBe(false);
  });
  test('passesOverNullified', () => {
    const skipping = place('skips a notarized view', 2, FIRST);
    expect(mayNotarize({ replica: run(sound, judged(2, skipping)).replica, view: 2, block: skipping })).toBe(false);
    const nullified = run(sound, judged(2, skipping), certificate('nullify', 1, undefined)).replica;
    expect(mayNotarize({ replica: nullified, view: 2, block: skipping })).toBe(true);
  });
  test('isSound', () => {
    expect(mayNotarize({ replica: ready, view: 2, block: B })).toBe(false);
  });
  test('fitsView: a block of an earlier view, and a successor of one that closes the epoch', () => {
    expect(mayNotarize({ replica: sound, view: 2, block: A })).toBe(false);
    const C = place('c', 1, FIRST, true);
    const D = place('d', 2, C.id);
    const closing = run(at, proposal(1, C), judged(1, C), certificate('notarize', 1, C.id), judged(2, D)).replica;
    expect(mayNotarize({ replica: closing, view: 2, block: D })).toBe(false);
    expect(mayNotarize({ replica: closing, view: 2, block: C })).toBe(true);
  });
  test('epochGoesOn, isBeingDecided', () => {
    const C = place('c', 1, FIRST, true);
    const ended = run(at, judged(1, C), certificate('finalize', 1, C.id)).replica;
    const E = place('e', 2, C.id);
    const withE = run(ended, judged(2, E)).replica;
    // Would stand on a final block in the current view, if there were one to stand on.
    expect(hasEnded(withE)).toBe(true);
    expect(mayNotarize({ replica: withE, view: 2, block: { ...C, view: 1 } })).toBe(false);
    expect(mayNullify(withE, 2)).toBe(false);
    expect(mayNullify(at, 1)).toBe(true);
    expect(mayNullify(at, 2)).toBe(false);
  });
  test('hasNotFinalized', () => {
    expect(mayNullify(run(at, vote('finalize', 1, A.id, 2)).replica, 1)).toBe(false);
  });
  test('holdsNotarization', () => {
    const voted = run(at, proposal(1, A), judged(1, A)).replica;
    expect(mayFinalize({ replica: voted, view: 1, block: A.id })).toBe(false);
    expect(
      mayFinalize({ replica: run(at, vote('notarize', 1, A.id, 2), vote('notarize', 1, B.id, 1)).replica, view: 1, block: A.id }),
    ).toBe(false);
  });
  test('hasNotarized', () => {
    expect(kinds(run(at, certificate('notarize', 1, A.id)).effects)).not.toContain('finalize');
  });
  test('hasNotNullified', () => {
    const gaveUp = run(at, vote('notarize', 1, A.id, 2), vote('nullify', 1, undefined, 2), certificate('notarize', 1, A.id));
    expect(mayFinalize({ replica: gaveUp.replica, view: 1, block: A.id })).toBe(false);
    expect(kinds(gaveUp.effects)).not.toContain('finalize');
  });
  test('finalizesOnce', () => {
    expect(ready.rounds.get(1)?.own.finalize).toEqual(A.id);
    expect(mayFinalize({ replica: ready, view: 1, block: A.id })).toBe(false);
  });
});
