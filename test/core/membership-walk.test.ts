/** Long random histories, with what must hold after each step of them whatever happened. */
import { expect, test } from 'vitest';
import { equal, toHex } from '../../src/core/base/bytes.ts';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../src/core/base/limits.ts';
import { ROLES } from '../../src/core/codec/primitives.ts';
import type { Transaction } from '../../src/core/codec/transaction.ts';
import { applyTransaction, beginBlock } from '../../src/core/membership/apply.ts';
import { censusOf, trustSetOf } from '../../src/core/membership/facts.ts';
import { readBucket, storeBucket } from '../../src/core/membership/proof.ts';
import { State } from '../../src/core/membership/state.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import { pick } from '../support/cddl-values.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { founderOf, genesisOf, refOf, World } from '../support/world.ts';

const PEOPLE = ['alice', 'bob', ...Array.from({ length: 22 }, (_, i) => `person ${i}`)];
const LINKS = Array.from({ length: 9 }, (_, i) => `link ${i}`);
const STEPS = 150;

/** Something that somebody tries, sensible or not. */
function attempt(world: World, random: () => number): Transaction {
  const here = PEOPLE.filter((name) => world.member(name)?.left === false);
  const [anybody, link] = [pick(PEOPLE, random), pick(LINKS, random)];
  const expiry = world.time + pick([SECOND_MS, 10 * SECOND_MS, HOUR_MS, 2 * DAY_MS], random);
  const options = { role: pick(ROLES, random), uses: pick([0, 1, 1, 2, 3], random), shared: random() < 0.7, expiry };
  const action = pick(
    [
      () => world.inviteAction(link, options),
      () => world.inviteAction(link, { ...options, role: 'writer', shared: true }),
      () => world.joinAction(anybody, link),
      () => world.joinAction(anybody, link),
      () => world.joinAction(anybody, link),
      () => ({ type: 'revoke-invite', invitation: world.idOfLink(link) }) as const,
      () => ({ type: 'entry', body: refOf('entry') }) as const,
      () => ({ type: 'leave' }) as const,
    ],
    random,
  )();
  const sender = action.type === 'join' || random() < 0.2 ? anybody : pick(here, random);
  return world.transaction(sender, action, random() < 0.1 ? { sequence: 1 + Math.floor(random() * 5) } : {});
}

function newWorld(): World {
  return new World(genesisOf([founderOf('alice', ['federation', 'validator']), founderOf('bob', ['federation', 'writer'])]));
}

/** What the state must be at any time. */
function checkInvariants(world: World): void {
  const members = [...world.state.all('member')];
  const here = members.filter(({ value }) => !value.left);
  const invitations = [...world.state.all('invitation')];
  const live = invitations.filter(({ value }) => value.status === 'live');
  expect(censusOf(world.state)).toEqual({
    members: here.length,
    byRole: ROLES.map((role) => here.filter(({ value }) => value.roles.includes(role)).length),
    liveInvitations: live.length,
  });
  expect(trustSetOf(world.state).seats.length).toBeGreaterThan(0);
  expect(here.filter(({ value }) => value.roles.includes('federation')).length).toBeGreaterThan(0);
  for (const { id, value } of members) {
    expect(value.invitations).toBe(live.filter((one) => equal(one.value.issuer, id)).length);
    expect(value.left ? value.devices.length : 0).toBe(0);
    for (const key of value.devices) expect(world.state.get('retired', key)).toBeUndefined();
  }
  for (const { id, value } of invitations) {
    if (value.uses > 0) expect(value.used).toBeLessThanOrEqual(value.uses);
    expect(value.descendants).toBe(here.filter((one) => one.value.invitation !== undefined && equal(one.value.invitation, id)).length);
    expect(value.status === 'live').toBe(value.ended === 0);
  }
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'whatever people try, counts are right, links admit as many as they may, guards hold (seed %d)',
  (seed) => {
    const random = seededRandom(seed);
    const world = newWorld();
    let accepted = 0;
    for (let step = 0; step < STEPS; step++) {
      if (random() < 0.03) world.pass(DAY_MS * Math.ceil(random() * 100));
      const before = world.state.root;
      const outcome = world.submit(attempt(world, random));
      if (outcome === 'ok') accepted += 1;
      // Without transactions nothing but time makes a difference.
      if (outcome === 'ok') expect(world.state.root).not.toEqual(before);
      checkInvariants(world);
    }
    expect(accepted).toBeGreaterThan(STEPS / 8);
  },
);

test.each([11, 12, 13])(
  'the same history in one block or in many at one time gives the same state, and so does a snapshot of it (seed %d)',
  (seed) => {
    const random = seededRandom(seed);
    const world = newWorld();
    const time = world.time + SECOND_MS;
    const history = Array.from({ length: 120 }, () => asVerified(attempt(world, random)));

    const facts = { ...world.facts, time, height: world.height + 1 };
    const together = beginBlock(world.state, facts);
    const outcomes = history.map((one) => applyTransaction(together, facts, world.leaves, one)?.code);
    const whole = together.freeze();

    let state = world.state;
    for (let from = 0; from < history.length; ) {
      const to = from + 1 + Math.floor(random() * 9);
      const draft = beginBlock(state, facts);
      const part = history.slice(from, to).map((one) => applyTransaction(draft, facts, world.leaves, one)?.code);
      expect(part).toEqual(outcomes.slice(from, to));
      state = draft.freeze();
      from = to;
    }
    expect(outcomes.filter((code) => code === undefined).length).toBeGreaterThan(8);
    expect(toHex(state.root)).toBe(toHex(whole.root));
    const copied = State.ofEntries(
      whole.bucketHashes().flatMap((hash, index) => {
        const read = readBucket(storeBucket(whole, index), hash);
        return read.ok ? read.value : expect.fail(read.refusal.detail);
      }),
    );
    expect(toHex(copied.root)).toBe(toHex(whole.root));
    // And goes on alike.
    const later = { ...facts, time: time + 200 * DAY_MS, height: facts.height + 1 };
    expect(toHex(beginBlock(copied, later).freeze().root)).toBe(toHex(beginBlock(whole, later).freeze().root));
  },
);
