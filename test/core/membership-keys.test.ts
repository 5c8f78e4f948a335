/** Devices, rotation, vote keys, readiness and seats, as stories. */
import { describe, expect, test } from 'vitest';
import { equal, toHex } from '../../src/core/base/bytes.ts';
import { TAGS, taggedHash } from '../../src/core/base/hash.ts';
import { DAY_MS, HOUR_MS, VALIDATORS_MAX } from '../../src/core/base/limits.ts';
import { actorOf } from '../../src/core/membership/facts.ts';
import { roleMask } from '../../src/core/policy/roles.ts';
import {
  change,
  enterLink,
  grant,
  linkDevice,
  office,
  openLink,
  readiness,
  registration,
  rotate,
  rotation,
  seat,
  seated,
  seatOf,
  trustOf,
} from '../support/keys-world.ts';
import { founderOf, genesisOf, hashOf, keyOf, World } from '../support/world.ts';

/** Alice decides alone and validates; ben and cleo write. */
function setup(): World {
  const world = new World(genesisOf([founderOf('alice', ['federation', 'validator'])]));
  for (const name of ['ben', 'cleo']) world.admit(name);
  return world;
}

describe('link-device', () => {
  test('a second device writes as the same member, and keeps to reading and writing', () => {
    const world = setup();
    expect(linkDevice(world, 'alice', 'phone')).toEqual(['ok', 'ok']);
    expect(world.entry('phone')).toBe('ok');
    const phone = actorOf(world.state, keyOf('phone'));
    expect(phone?.id).toEqual(world.idOf('alice'));
    expect(phone?.roles).toEqual(['writer']);
    expect(world.act('phone', grant(world, 'ben', 'federation'))).toBe('not-allowed');
    expect(world.census?.members).toBe(3);
  });

  test('a second device leaves for its member only where it has all of its roles', () => {
    const world = setup();
    linkDevice(world, 'ben', 'phone');
    world.act('alice', grant(world, 'ben', 'federation'));
    expect(world.leave('phone')).toBe('not-allowed');
    expect(world.member('ben')?.left).toBe(false);
    linkDevice(world, 'cleo', 'tablet');
    expect(world.leave('tablet')).toBe('ok');
    expect(world.member('cleo')?.left).toBe(true);
  });

  test('a second device reads and writes, and no more: it closes the links that a writer opens, and asks for no role', () => {
    const world = setup();
    linkDevice(world, 'ben', 'phone');
    world.invite('ben', 'to write');
    expect(world.revoke('phone', 'to write')).toBe('ok');
    expect(world.act('phone', { type: 'request-role', role: 'federation', operator: undefined })).toBe('not-allowed');
  });

  test('a second device that may only read reads for a member who writes', () => {
    const world = setup();
    world.act('ben', openLink(world, 'to read', { roleMask: roleMask(['observer']) }));
    world.act('tablet', enterLink(world, 'ben', 'to read'), { signatures: 2 });
    expect(actorOf(world.state, keyOf('tablet'))?.roles).toEqual(['observer']);
    expect(world.entry('tablet')).toBe('not-allowed');
  });

  test('two devices are one member: its second decision is refused', () => {
    const world = new World(genesisOf([founderOf('alice', ['federation', 'validator']), founderOf('bob', ['federation'])]));
    world.admit('ben');
    expect(rotate(world, 'bob', { retire: [] })).toBe('ok');
    expect(world.member('bob')?.devices.length).toBe(2);
    expect(world.act('bob', grant(world, 'ben', 'federation'))).toBe('ok');
    const [id] = world.state.get('agenda', new Uint8Array(0))?.proposals ?? [];
    const basis = id === undefined ? undefined : world.state.get('proposal', id)?.basis;
    if (id === undefined || basis === undefined) return expect.fail('no proposal waits');
    const approve = { type: 'approve', subject: id, basis, reason: undefined, knock: undefined } as const;
    expect(world.act('bob, next', approve)).toBe('already-decided');
    expect(world.member('ben')?.roles).toEqual(['writer']);
    expect(world.act('alice', approve)).toBe('ok');
    expect(world.member('ben')?.roles).toContain('federation');
  });

  test('a link admits one device, and is over after its hour', () => {
    const world = setup();
    linkDevice(world, 'ben', 'phone');
    expect(world.act('tablet', enterLink(world, 'ben', 'link to phone'), { signatures: 2 })).toBe('link-unknown');
    world.act('ben', openLink(world, 'again'));
    world.pass(HOUR_MS);
    expect(world.state.get('device-link', world.idOf('ben'))).toBeUndefined();
    expect(world.act('tablet', enterLink(world, 'ben', 'again'), { signatures: 2 })).toBe('link-unknown');
  });

  test('a new link takes the place of the one before', () => {
    const world = setup();
    world.act('ben', openLink(world, 'first'));
    world.act('ben', openLink(world, 'second'));
    expect(world.act('phone', enterLink(world, 'ben', 'first'), { signatures: 2 })).toBe('link-unknown');
    expect(world.act('phone', enterLink(world, 'ben', 'second'), { signatures: 2 })).toBe('ok');
  });
});

describe('rotate-key', () => {
  test('a device is lost: the next key takes over, and what the member left open goes on', () => {
    const world = setup();
    world.invite('ben', 'of ben');
    expect(rotate(world, 'ben')).toBe('ok');
    expect(world.entry('ben')).toBe('key-retired');
    expect(world.entry('ben, next')).toBe('ok');
    expect(world.member('ben')).toMatchObject({ devices: [keyOf('ben, next')], rotations: 1, left: false });
    expect(world.join('zoe', 'of ben')).toBe('ok');
    expect(rotate(world, 'ben')).toBe('already-member');
  });

  test('a key is stolen: what it left open is gone, and it never returns', () => {
    const world = setup();
    world.act('alice', grant(world, 'ben', 'federation'));
    world.invite('ben', 'of the thief');
    world.act('ben', grant(world, 'cleo', 'federation'));
    world.act('ben', openLink(world, 'thief'));
    expect(rotate(world, 'ben', { stolen: true })).toBe('ok');
    expect(world.join('zoe', 'of the thief')).toBe('invitation-revoked');
    expect(world.state.get('agenda', new Uint8Array(0))?.proposals).toEqual([]);
    expect(world.act('phone', enterLink(world, 'ben', 'thief'), { signatures: 2 })).toBe('link-unknown');
    expect(world.join('ben', 'of the thief')).toBe('key-retired');
    expect(world.member('ben')?.roles).toContain('federation');
  });

  test('a validator rotates: its seat follows to the new node key, in a new epoch', () => {
    const world = setup();
    seat(world, 'ben');
    const { epoch } = trustOf(world);
    expect(rotate(world, 'ben')).toBe('ok');
    expect(seatOf(world, 'ben')).toMatchObject({ node: keyOf('ben, next'), vote: keyOf('ben, vote') });
    expect(office(world, 'ben')?.node).toEqual(keyOf('ben, next'));
    expect(trustOf(world).epoch).toBe(epoch + 1);
    const nodes = trustOf(world).seats.map(({ node }) => String(node));
    expect(nodes.length).toBe(2);
  });

  test('a validator’s key is stolen: the vote key may be the thief’s, so the seat is free until its holder is ready anew', () => {
    const world = setup();
    seat(world, 'ben');
    expect(rotate(world, 'ben', { stolen: true })).toBe('ok');
    expect(seated(world, ['alice', 'ben'])).toEqual(['alice']);
    expect(world.member('ben')?.roles).toContain('validator');
    world.act('ben, next', readiness(world));
    expect(seatOf(world, 'ben')).toBeUndefined();
    const fresh = registration('ben', { vote: keyOf('ben, vote 2'), note: keyOf('ben, note 2') });
    expect(world.act('ben, next', fresh)).toBe('ok');
    expect(world.act('ben, next', readiness(world))).toBe('ok');
    expect(seatOf(world, 'ben')).toMatchObject({ node: keyOf('ben, next'), vote: keyOf('ben, vote 2') });
  });

  test('the last seat is kept even then, under the new node key', () => {
    const world = setup();
    expect(rotate(world, 'alice', { stolen: true })).toBe('ok');
    expect(seatOf(world, 'alice')?.node).toEqual(keyOf('alice, next'));
    const fresh = registration('alice', { vote: keyOf('alice, vote 2'), note: keyOf('alice, note 2') });
    expect(world.act('alice, next', fresh)).toBe('ok');
    expect(seatOf(world, 'alice')?.vote).toEqual(keyOf('alice, vote 2'));
  });

  test('an auditor’s key is stolen: it is listed again with another note key', () => {
    const world = new World(genesisOf([founderOf('alice', ['federation', 'validator']), founderOf('ann', ['auditor'])]));
    expect(trustOf(world).auditors.length).toBe(1);
    rotate(world, 'ann', { stolen: true });
    expect(trustOf(world)).toMatchObject({ auditors: [], epoch: 1 });
    world.act('ann, next', registration('ann', { vote: undefined, note: keyOf('ann, note 2'), proofs: registrationProofs(1) }));
    expect(trustOf(world).auditors).toEqual([{ member: world.idOf('ann'), note: keyOf('ann, note 2') }]);
  });

  test('a trust set that comes out of a block as it was begins no epoch', () => {
    const world = new World(genesisOf([founderOf('alice', ['federation', 'validator']), founderOf('ann', ['auditor'])]));
    const before = trustOf(world);
    const stolen = rotation(world, 'ann', { stolen: true });
    const same = registration('ann', { vote: undefined, proofs: registrationProofs(1) });
    const outcomes = world.block(world.transaction('ann, next', stolen), world.transaction('ann, next', same));
    expect(outcomes).toEqual(['ok', 'ok']);
    expect(trustOf(world)).toEqual(before);
  });

  test('with no device named, a key is added: nothing is lost', () => {
    const world = setup();
    expect(rotate(world, 'ben', { retire: [] })).toBe('ok');
    expect(world.entry('ben')).toBe('ok');
    expect(world.entry('ben, next')).toBe('ok');
  });
});

function registrationProofs(count: number) {
  const action = registration('x');
  return action.type === 'register-vote-key' ? action.proofs.slice(0, count) : [];
}

describe('seats', () => {
  test('who is granted the role has a seat once it has registered a vote key and said that it is ready', () => {
    const world = setup();
    const before = trustOf(world);
    expect(world.act('alice', grant(world, 'ben', 'validator'))).toBe('ok');
    expect(world.member('ben')?.roles).toContain('validator');
    expect(trustOf(world)).toEqual(before);
    expect(world.act('ben', registration('ben'))).toBe('ok');
    expect(trustOf(world)).toEqual(before);
    expect(world.act('ben', readiness(world, { versions: [1, 2] }))).toBe('ok');
    expect(seated(world, ['alice', 'ben', 'cleo'])).toEqual(['alice', 'ben']);
    const base = world.facts.parent;
    expect(trustOf(world)).toMatchObject({ epoch: 1, base });
    expect(world.state.get('chain', new Uint8Array(0))?.epoch).toBe(1);
    expect(seatOf(world, 'ben')).toMatchObject({ software: [1, 2], ready: world.time });
    world.entry('ben');
    expect(trustOf(world).epoch).toBe(1);
  });

  test('keys and readiness may come before the role, while it is asked for', () => {
    const world = new World(genesisOf([founderOf('alice', ['federation', 'validator']), founderOf('bob', ['federation'])]));
    world.admit('ben');
    expect(world.act('ben', registration('ben'))).toBe('role-not-held');
    world.act('alice', grant(world, 'ben', 'validator'));
    expect(world.act('ben', registration('ben'))).toBe('ok');
    expect(world.act('ben', readiness(world))).toBe('ok');
    const [id] = world.state.get('agenda', new Uint8Array(0))?.proposals ?? [];
    const basis = id === undefined ? undefined : world.state.get('proposal', id)?.basis;
    if (id === undefined || basis === undefined) return expect.fail('no proposal waits');
    expect(world.act('bob', { type: 'approve', subject: id, basis, reason: undefined, knock: undefined })).toBe('ok');
    expect(seated(world, ['alice', 'ben'])).toEqual(['alice', 'ben']);
  });

  test('readiness is of the day: after that it must be said again', () => {
    const world = setup();
    world.act('alice', grant(world, 'ben', 'observer'));
    world.act('alice', grant(world, 'ben', 'relay'));
    world.act('ben', registration('ben'));
    world.act('ben', readiness(world));
    world.pass(DAY_MS + 1);
    world.act('alice', grant(world, 'ben', 'validator'));
    expect(seatOf(world, 'ben')).toBeUndefined();
    world.act('ben', readiness(world));
    expect(seatOf(world, 'ben')).toBeDefined();
  });

  test('several who are ready enter together, in one epoch, in the order of their node keys', () => {
    const world = setup();
    for (const name of ['ben', 'cleo']) {
      world.act('alice', grant(world, name, 'validator'));
      world.act(name, registration(name));
    }
    const readies = ['ben', 'cleo'].map((name) => world.transaction(name, readiness(world)));
    expect(world.block(...readies)).toEqual(['ok', 'ok']);
    expect(trustOf(world).epoch).toBe(1);
    const nodes = trustOf(world).seats.map(({ node }) => node);
    expect(nodes.length).toBe(3);
    expect([...nodes].sort((a, b) => Buffer.compare(a, b))).toEqual(nodes);
  });

  test('one free seat, and more who want it: the network draws, the same everywhere, whoever was ready before first', () => {
    const names = Array.from({ length: 12 }, (_, i) => `person ${i}`);
    const drawn = (last: string) => {
      const world = new World(genesisOf([founderOf('alice', ['federation', 'validator'])]));
      for (const name of names) {
        world.admit(name);
        world.act('alice', grant(world, name, 'validator'));
        world.act(name, registration(name));
      }
      capOf(world, 1);
      for (const name of names) if (name !== last) world.act(name, readiness(world));
      expect(seated(world, names)).toEqual([]);
      capOf(world, 2);
      world.act(last, readiness(world));
      return seated(world, names);
    };
    const [first] = drawn('person 0');
    if (first === undefined) return expect.fail('nobody was drawn');
    expect(first).not.toBe('person 0');
    // Who would have been drawn first comes last when it is ready only in this block.
    expect(drawn(first)).not.toContain(first);
  });

  test('the draw is by the block before: nobody could know it when making a key, however long the epoch lasts', () => {
    const names = Array.from({ length: 6 }, (_, i) => `person ${i}`);
    const winners = new Set<string>();
    for (let blocks = 0; blocks < 8; blocks++) {
      const world = new World(genesisOf([founderOf('alice', ['federation', 'validator'])]));
      for (const name of names) {
        world.admit(name);
        world.act('alice', grant(world, name, 'validator'));
        world.act(name, registration(name));
      }
      capOf(world, 1);
      for (const name of names) world.act(name, readiness(world));
      for (let i = 0; i < blocks; i++) world.act('alice', readiness(world));
      capOf(world, 2);
      world.act('alice', readiness(world));
      const lot = (name: string) => toHex(taggedHash(TAGS.seatDraw, hashOf(`block ${world.height - 1}`), keyOf(name)));
      const [first = ''] = [...names].sort((a, b) => (lot(a) < lot(b) ? -1 : 1));
      expect(seated(world, names)).toEqual([first]);
      winners.add(first);
    }
    expect(winners.size).toBeGreaterThan(1);
  });

  test('who was ready before this block comes before who became a candidate in it, whatever the lots say', () => {
    for (const [before, now] of [
      ['ben', 'cleo'],
      ['cleo', 'ben'],
    ] as const) {
      const world = setup();
      world.act('alice', grant(world, before, 'validator'));
      world.act('alice', grant(world, now, 'relay'));
      fillSeats(world, VALIDATORS_MAX);
      for (const name of [before, now]) world.act(name, registration(name));
      for (const name of [before, now]) world.act(name, readiness(world));
      fillSeats(world, VALIDATORS_MAX - 1);
      expect(world.act('alice', grant(world, now, 'validator'))).toBe('ok');
      expect(seated(world, [before, now])).toEqual([before]);
    }
  });

  test('who waits for a seat and has no keys yet is in nobody’s way', () => {
    const world = setup();
    for (const name of ['ben', 'cleo']) world.act('alice', grant(world, name, 'validator'));
    expect(world.act('ben', registration('ben'))).toBe('ok');
    expect(world.act('ben', readiness(world))).toBe('ok');
    expect(seated(world, ['ben', 'cleo'])).toEqual(['ben']);
  });

  test('a vote key that two registered before either could wait for a seat counts once', () => {
    const world = setup();
    for (const name of ['ben', 'cleo']) world.act('alice', grant(world, name, 'relay'));
    for (const name of ['ben', 'cleo']) world.act(name, registration('shared'));
    for (const name of ['ben', 'cleo']) world.act(name, readiness(world));
    const grants = ['ben', 'cleo'].map((name) => world.transaction('alice', grant(world, name, 'validator')));
    expect(world.block(...grants)).toEqual(['ok', 'ok']);
    expect(seated(world, ['ben', 'cleo']).length).toBe(1);
    expect(trustOf(world).seats.length).toBe(2);
    world.block();
    expect(trustOf(world).seats.length).toBe(2);
  });

  test('a validator that lost its machine goes on with another vote key in the same seat', () => {
    const world = setup();
    seat(world, 'ben');
    const { epoch } = trustOf(world);
    const fresh = registration('ben', { vote: keyOf('ben, vote 2'), note: keyOf('ben, note 2') });
    expect(world.act('ben', fresh)).toBe('ok');
    expect(seatOf(world, 'ben')?.vote).toEqual(keyOf('ben, vote 2'));
    expect(trustOf(world).epoch).toBe(epoch + 1);
    // The same keys with other endpoints are no new trust set.
    expect(world.act('ben', registration('ben', { vote: keyOf('ben, vote 2'), note: keyOf('ben, note 2'), endpoints: [] }))).toBe('ok');
    expect(trustOf(world).epoch).toBe(epoch + 1);
    expect(office(world, 'ben')?.endpoints).toEqual([]);
  });

  test('a founder’s seat keeps its keys when it says that it is ready, and no epoch begins', () => {
    const world = setup();
    expect(world.act('alice', readiness(world, { versions: [1, 2] }))).toBe('ok');
    expect(office(world, 'alice')).toMatchObject({ vote: keyOf('alice, vote'), versions: [1, 2], ready: world.time });
    expect(trustOf(world).epoch).toBe(0);
  });

  test('who loses the role gives the seat up at once, and takes it anew when it has it again and is ready', () => {
    const world = setup();
    seat(world, 'ben');
    expect(world.act('alice', change(world, { type: 'withdraw', member: world.idOf('ben'), role: 'validator' }))).toBe('ok');
    expect(seatOf(world, 'ben')).toBeUndefined();
    expect(trustOf(world).epoch).toBe(2);
    world.act('alice', grant(world, 'ben', 'validator'));
    expect(seatOf(world, 'ben')).toBeUndefined();
    world.act('ben', readiness(world));
    expect(seatOf(world, 'ben')).toBeDefined();
    expect(equal(trustOf(world).base, hashOf(`block ${world.height - 1}`))).toBe(true);
  });
});

/** So many seats are taken, by whoever it is. */
function fillSeats(world: World, count: number): void {
  const [alice] = trustOf(world).seats.filter(({ member }) => equal(member, world.idOf('alice')));
  if (alice === undefined) throw new Error('alice has a seat');
  const others = Array.from({ length: count - 1 }, (_, i) => ({ ...alice, member: hashOf(`member ${i}`), vote: keyOf(`vote ${i}`) }));
  world.tamper((draft) => draft.put('trust', new Uint8Array(0), { ...trustOf(world), seats: [alice, ...others] }));
}

/** Places of validators that the rules allow. */
function capOf(world: World, cap: number): void {
  world.tamper((draft) => {
    const rules = draft.get('rules', new Uint8Array(0));
    if (rules === undefined) throw new Error('no rules');
    const roles = rules.roles.map((one) => (one.role === 'validator' ? { ...one, cap } : one));
    draft.put('rules', new Uint8Array(0), { ...rules, roles });
  });
}
