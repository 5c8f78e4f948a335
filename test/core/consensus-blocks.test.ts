/** What a block says of its place among views, epochs and clocks, and which of it nobody notarizes. */
import { describe, expect, test } from 'vitest';
import { MINUTE_MS } from '../../src/core/base/limits.ts';
import { blockIdOf, type Header } from '../../src/core/codec/block.ts';
import { bitmapOf } from '../../src/core/codec/vote.ts';
import { type ChainPoint, executeBlock, timeProblem } from '../../src/core/consensus/execute.ts';
import { trustSetOf } from '../../src/core/membership/facts.ts';
import { SINGLETON, StateDraft } from '../../src/core/membership/state.ts';
import { firstPoint, nextPoint, proposalOn } from '../support/points.ts';
import { genesisOf } from '../support/world.ts';

const first = firstPoint(genesisOf());

/** A block after which another epoch is in force. */
function closing(): ChainPoint {
  const parent = nextPoint(nextPoint(first, []), []);
  const draft = new StateDraft(parent.state);
  draft.put('trust', SINGLETON, { ...trustSetOf(parent.state), epoch: 1 });
  const state = draft.freeze();
  const header = { ...parent.header, stateRoot: state.root };
  return { ...parent, state, header, id: blockIdOf(header) };
}

describe('the first block of an epoch', () => {
  const parent = closing();
  const begins = nextPoint(parent, [], { view: 1, parentSigners: new Uint8Array(0) });

  test('is of the first view, whatever view closed the epoch before, and names nobody who notarized its parent', () => {
    expect(parent.header.view).toBe(2);
    expect(begins.header).toMatchObject({ epoch: 1, view: 1 });
    expect(executeBlock(parent, begins.header, []).ok).toBe(true);
  });

  test('is of a view all the same', () => {
    expect(executeBlock(parent, { ...begins.header, view: 0 }, [])).toMatchObject({ refusal: { code: 'wrong-proposer' } });
  });

  test('cannot name who sat in another trust set', () => {
    expect(executeBlock(parent, { ...begins.header, parentSigners: bitmapOf([0]) }, [])).toMatchObject({ refusal: { code: 'no-quorum' } });
  });

  test('is followed by blocks of later views that name a quorum', () => {
    const second = nextPoint(begins, []);
    expect(executeBlock(begins, second.header, []).ok).toBe(true);
    expect(executeBlock(begins, { ...second.header, view: 1 }, [])).toMatchObject({ refusal: { code: 'wrong-proposer' } });
    expect(executeBlock(begins, { ...second.header, parentSigners: new Uint8Array(0) }, [])).toMatchObject({
      refusal: { code: 'no-quorum' },
    });
  });
});

describe('a voter’s clock', () => {
  const parent = first.header;
  const at = (time: number): Header => nextPoint(first, [], proposalOn(first, { time })).header;
  const noon = parent.time + 60 * MINUTE_MS;

  test.each([0, -2 * MINUTE_MS, 2 * MINUTE_MS])('takes a block that is %d ms off it', (off) => {
    expect(timeProblem(parent, at(noon + off), noon)).toBeUndefined();
  });

  test.each([-2 * MINUTE_MS - 1, 2 * MINUTE_MS + 1])('refuses one that is %d ms off', (off) => {
    expect(timeProblem(parent, at(noon + off), noon)?.code).toBe('wrong-time');
  });

  test('takes the moment after the parent, however far ahead a clock’s jump has carried the chain', () => {
    const before = parent.time - 600 * MINUTE_MS;
    expect(timeProblem(parent, at(parent.time + 1), before)).toBeUndefined();
    expect(timeProblem(parent, at(parent.time + 2), before)?.code).toBe('wrong-time');
  });

  test('refuses the moment after the parent where it is long ago: nobody backdates past an expiry', () => {
    expect(timeProblem(parent, at(parent.time + 1), noon)?.code).toBe('wrong-time');
  });
});
