/** Evidence, upgrades, and recovery of a chain that lives or is dead, as stories. */
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { DAY_MS, FORMER_EPOCHS_MAX } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { trustSetDigest } from '../../src/core/codec/records.ts';
import type { RecoveryPlan } from '../../src/core/codec/recovery.ts';
import { bitmapOf } from '../../src/core/codec/vote.ts';
import { buildBlock, executeBlock, recoveredTrust } from '../../src/core/consensus/execute.ts';
import { trustSetOf } from '../../src/core/membership/facts.ts';
import { SINGLETON } from '../../src/core/membership/state.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import {
  appointed,
  certificateOf,
  change,
  evidenceOf,
  grant,
  newcomer,
  office,
  planOf,
  RECOVERY_DELAY_MS,
  readiness,
  recovering,
  recoveryOf,
  registration,
  rotation,
  seat,
  seated,
  seatOf,
  trustOf,
  voteBy,
} from '../support/keys-world.ts';
import { firstPoint, nextPoint, proposalOn, Writer } from '../support/points.ts';
import { founderOf, genesisOf, hashOf, keyOf, World } from '../support/world.ts';

const genesis = genesisOf([founderOf('alice', ['federation', 'validator'])], { recovery: recoveryOf() });

/** Alice decides alone and validates, with ben and cleo once they are seated. */
function setup(...validators: readonly string[]): World {
  const world = new World(genesis);
  for (const name of ['ben', 'cleo', 'dora']) world.admit(name);
  for (const name of validators) seat(world, name);
  return world;
}

describe('evidence', () => {
  const [one, two] = ['one', 'two'];
  test.each([
    ['two blocks notarized', (world: World) => evidenceOf(voteBy(world, 'ben', 'notarize', one), voteBy(world, 'ben', 'notarize', two))],
    ['two blocks finalized', (world: World) => evidenceOf(voteBy(world, 'ben', 'finalize', one), voteBy(world, 'ben', 'finalize', two))],
    [
      'a view nullified and finalized',
      (world: World) => evidenceOf(voteBy(world, 'ben', 'nullify', undefined), voteBy(world, 'ben', 'finalize', two)),
    ],
    [
      'a view finalized and nullified',
      (world: World) => evidenceOf(voteBy(world, 'ben', 'finalize', one), voteBy(world, 'ben', 'nullify', undefined)),
    ],
  ])('%s: the guilty one loses role and seat at once, nobody else anything', (_, make) => {
    const world = setup('ben', 'cleo');
    const { epoch } = trustOf(world);
    expect(world.act('dora', make(world))).toBe('ok');
    expect(seated(world, ['alice', 'ben', 'cleo'])).toEqual(['alice', 'cleo']);
    expect(world.member('ben')?.roles).toEqual(['writer']);
    expect(trustOf(world).epoch).toBe(epoch + 1);
    // Not even if the role comes back: the vote key is retired, and another must be registered.
    world.act('alice', grant(world, 'ben', 'validator'));
    world.act('ben', readiness(world));
    expect(seatOf(world, 'ben')).toBeUndefined();
    expect(world.act('ben', registration('ben'))).toBe('bad-key');
    world.act('ben', registration('ben', { vote: keyOf('ben, vote 2'), note: keyOf('ben, note 2') }));
    world.act('ben', readiness(world));
    expect(seatOf(world, 'ben')).toBeDefined();
  });

  test('brought twice in one block it counts once, and convicts nobody who moved up to the seat', () => {
    const world = setup('ben', 'cleo');
    const make = () => evidenceOf(voteBy(world, 'ben', 'notarize', one), voteBy(world, 'ben', 'notarize', two));
    const both = ['dora', 'alice'].map((name) => world.transaction(name, make()));
    expect(world.block(...both)).toEqual(['ok', 'duplicate']);
    expect(seated(world, ['alice', 'ben', 'cleo'])).toEqual(['alice', 'cleo']);
  });

  test('against the last validator it is recorded only', () => {
    const world = setup();
    const again = evidenceOf(voteBy(world, 'alice', 'finalize', one), voteBy(world, 'alice', 'finalize', two));
    expect(world.act('dora', again)).toBe('ok');
    expect(seatOf(world, 'alice')).toBeDefined();
    expect(world.state.get('retired', keyOf('alice, vote'))).toBeDefined();
    expect(world.act('ben', again)).toBe('duplicate');
  });

  test('against one whose stolen key was retired in the same block it takes the role as well', () => {
    const world = setup('ben');
    const convict = evidenceOf(voteBy(world, 'ben', 'notarize', one), voteBy(world, 'ben', 'notarize', two));
    const stolen = world.transaction('ben, next', rotation(world, 'ben', { stolen: true }));
    expect(world.block(stolen, world.transaction('dora', convict))).toEqual(['ok', 'ok']);
    expect(world.member('ben')?.roles).toEqual(['writer']);
    expect(office(world, 'ben')).toBeUndefined();
  });

  test('against one who gave the role up in the same block it names the key, and takes nothing more', () => {
    const world = setup('ben');
    const withdraw = change(world, { type: 'withdraw', member: world.idOf('ben'), role: 'validator' });
    const convict = evidenceOf(voteBy(world, 'ben', 'notarize', one), voteBy(world, 'ben', 'notarize', two));
    expect(world.block(world.transaction('alice', withdraw), world.transaction('dora', convict))).toEqual(['ok', 'ok']);
    expect(world.state.get('retired', keyOf('ben, vote'))).toBeDefined();
    expect(world.member('ben')?.roles).toEqual(['writer']);
  });

  describe('of an epoch that is over', () => {
    /** Another vote key of a validator begins an epoch. */
    const nextEpoch = (world: World) => {
      const { epoch } = trustOf(world);
      const keys = { vote: keyOf(`cleo, vote ${epoch}`), note: keyOf(`cleo, note ${epoch}`) };
      expect(world.act('cleo', registration('cleo', keys))).toBe('ok');
      expect(trustOf(world).epoch).toBe(epoch + 1);
    };
    const against = (world: World) => evidenceOf(voteBy(world, 'ben', 'notarize', one), voteBy(world, 'ben', 'notarize', two));

    test('it convicts as it would have, in the last epochs before the one in force', () => {
      const world = setup('ben', 'cleo');
      const [late, tooLate] = [against(world), evidenceOf(voteBy(world, 'cleo', 'finalize', one), voteBy(world, 'cleo', 'finalize', two))];
      for (let i = 1; i < FORMER_EPOCHS_MAX; i++) nextEpoch(world);
      expect(world.act('dora', late)).toBe('ok');
      expect(world.state.get('retired', keyOf('ben, vote'))).toBeDefined();
      expect(world.member('ben')?.roles).toEqual(['writer']);
      expect(seated(world, ['alice', 'ben', 'cleo'])).toEqual(['alice', 'cleo']);
      expect(world.act('dora', late)).toBe('duplicate');
      nextEpoch(world);
      expect(world.act('dora', tooLate)).toBe('evidence-refuted');
    });

    test('it names the key of then, whoever has the seat by now', () => {
      const world = setup('ben', 'cleo');
      const late = against(world);
      world.act('alice', change(world, { type: 'withdraw', member: world.idOf('alice'), role: 'validator' }));
      expect(world.act('dora', late)).toBe('ok');
      expect(seated(world, ['alice', 'ben', 'cleo'])).toEqual(['cleo']);
    });

    test('it says nothing of one whose key was stolen since', () => {
      const world = setup('ben', 'cleo');
      const [early, late] = [against(world), () => against(world)];
      nextEpoch(world);
      const last = late();
      expect(world.act('ben, next', rotation(world, 'ben', { stolen: true }))).toBe('ok');
      for (const evidence of [early, last]) expect(world.act('dora', evidence)).toBe('evidence-refuted');
      expect(world.member('ben')?.roles).toEqual(['writer', 'validator']);
    });
  });
});

describe('activate', () => {
  const protocol = (world: World) => world.state.get('chain', SINGLETON)?.protocol;
  const plan = (world: World, ahead: number) => change(world, { type: 'activate', version: 2, height: world.height + 1 + ahead });

  test('a version comes into force at its height where a quorum is ready for it', () => {
    const world = setup('ben');
    expect(world.act('alice', plan(world, 4))).toBe('ok');
    for (const name of ['alice', 'ben']) expect(world.act(name, readiness(world, { versions: [1, 2] }))).toBe('ok');
    world.block();
    expect(protocol(world)).toBe(1);
    world.block();
    expect(protocol(world)).toBe(2);
    expect(world.state.get('activation', SINGLETON)).toBeUndefined();
    expect(world.act('ben', readiness(world))).toBe('unsupported-version');
  });

  test('it lapses where too few are, by the last word of each', () => {
    const world = setup('ben');
    world.act('ben', readiness(world, { versions: [1, 2] }));
    world.act('alice', readiness(world, { versions: [1, 2] }));
    world.act('alice', plan(world, 2));
    world.act('ben', readiness(world, { versions: [1] }));
    world.block();
    world.block();
    expect(protocol(world)).toBe(1);
    expect(world.state.get('activation', SINGLETON)).toBeUndefined();
  });

  test('a plan takes the place of the one before', () => {
    const world = setup();
    world.act('alice', readiness(world, { versions: [1, 2] }));
    world.act('alice', plan(world, 2));
    world.act('alice', plan(world, 50));
    for (let i = 0; i < 5; i++) world.block();
    expect(protocol(world)).toBe(1);
  });

  test('who lacks the version in force takes no seat', () => {
    const world = setup();
    world.act('alice', readiness(world, { versions: [1, 2] }));
    world.act('alice', grant(world, 'ben', 'relay'));
    world.act('ben', registration('ben'));
    expect(world.act('ben', readiness(world))).toBe('ok');
    world.act('alice', plan(world, 1));
    world.block();
    expect(protocol(world)).toBe(2);
    world.act('alice', grant(world, 'ben', 'validator'));
    expect(seatOf(world, 'ben')).toBeUndefined();
    expect(world.act('ben', readiness(world, { versions: [1, 2] }))).toBe('ok');
    expect(seatOf(world, 'ben')).toBeDefined();
  });
});

describe('recover, on a live chain', () => {
  const zoe = newcomer('zoe');
  const takeover = (world: World, changes: Partial<RecoveryPlan> = {}) =>
    planOf(world, {
      newcomers: [zoe],
      federation: [keyOf('ben'), zoe.node],
      validators: [appointed('cleo'), appointed('zoe')],
      keys: recoveryOf(['s1', 's2'], 1, DAY_MS),
      ...changes,
    });

  test('after the delay others decide and vote, and nothing that was open has an effect', () => {
    const world = setup('ben');
    world.invite('alice', 'of alice', { expiry: world.time + 10 * DAY_MS });
    const { epoch } = trustOf(world);
    expect(world.act('anybody', recovering(takeover(world)))).toBe('ok');
    world.pass(RECOVERY_DELAY_MS - 1000);
    expect(seated(world, ['alice', 'ben', 'cleo', 'zoe'])).toEqual(['alice', 'ben']);
    expect(world.member('alice')?.roles).toContain('federation');
    world.pass(1000);
    expect(seated(world, ['alice', 'ben', 'cleo', 'zoe'])).toEqual(['cleo', 'zoe']);
    expect(trustOf(world).epoch).toBe(epoch + 1);
    expect(seatOf(world, 'cleo')).toMatchObject(appointed('cleo'));
    expect(office(world, 'zoe')?.vote).toEqual(appointed('zoe').vote);
    const roles = Object.fromEntries(['alice', 'ben', 'cleo', 'zoe'].map((name) => [name, world.member(name)?.roles]));
    expect(roles).toEqual({ alice: [], ben: ['writer', 'federation'], cleo: ['writer', 'validator'], zoe: ['federation', 'validator'] });
    expect(world.join('eve', 'of alice')).toBe('invitation-revoked');
    expect(world.act('alice', grant(world, 'alice', 'federation'))).toBe('not-allowed');
    expect(world.act('zoe', grant(world, 'alice', 'relay'))).toBe('ok');
    expect(world.state.get('recovery', SINGLETON)).toMatchObject({ number: 1, pending: undefined, keys: { threshold: 1 } });
    // The next certificate is by the new keys.
    expect(world.act('anybody', recovering(planOf(world, { number: 2, federation: [keyOf('dora')] })))).toBe('recovery-refused');
    expect(world.act('anybody', recovering(planOf(world, { number: 2, federation: [keyOf('dora')] }), ['s1']))).toBe('ok');
  });

  test('what was proposed to those before is called off', () => {
    const world = setup();
    const both = planOf(world, { federation: [keyOf('alice'), keyOf('ben'), keyOf('cleo')] });
    world.act('anybody', recovering(both));
    world.pass(RECOVERY_DELAY_MS);
    world.act('alice', grant(world, 'dora', 'relay'));
    expect(world.state.get('agenda', SINGLETON)?.proposals.length).toBe(1);
    // Alone she would decide alone.
    world.act('anybody', recovering(planOf(world, { number: 2, federation: [keyOf('alice')] })));
    world.pass(RECOVERY_DELAY_MS);
    expect(world.state.get('agenda', SINGLETON)?.proposals).toEqual([]);
    expect(world.member('dora')?.roles).toEqual(['writer']);
  });

  test('governance cancels it, and the same certificate does not come back', () => {
    const world = setup();
    const plan = takeover(world);
    world.act('anybody', recovering(plan));
    expect(world.act('alice', change(world, { type: 'cancel-recovery', number: 1 }))).toBe('ok');
    world.pass(RECOVERY_DELAY_MS * 2);
    expect(seated(world, ['alice', 'cleo', 'zoe'])).toEqual(['alice']);
    expect(world.act('anybody', recovering(plan))).toBe('recovery-refused');
  });

  test('other recovery keys call off what those before asked for', () => {
    const world = setup();
    world.act('anybody', recovering(takeover(world)));
    expect(world.act('alice', change(world, { type: 'recovery-keys', recovery: recoveryOf(['x'], 1) }))).toBe('ok');
    world.pass(RECOVERY_DELAY_MS);
    expect(seated(world, ['alice', 'cleo', 'zoe'])).toEqual(['alice']);
    expect(world.act('anybody', recovering(planOf(world, { number: 2, federation: [keyOf('ben')] }), ['x']))).toBe('ok');
  });

  test('a later certificate takes the place of one that waits, with a delay of its own', () => {
    const world = setup();
    world.act('anybody', recovering(takeover(world)));
    world.pass(RECOVERY_DELAY_MS / 2);
    expect(world.act('anybody', recovering(planOf(world, { number: 2, federation: [keyOf('dora')] })))).toBe('ok');
    world.pass(RECOVERY_DELAY_MS / 2);
    expect(world.member('alice')?.roles).toContain('federation');
    world.pass(RECOVERY_DELAY_MS / 2);
    expect(world.member('dora')?.roles).toContain('federation');
    expect(world.member('zoe')).toBeUndefined();
  });

  test('it lapses if it cannot be carried out by then', () => {
    const world = setup();
    world.act('anybody', recovering(takeover(world)));
    world.leave('ben');
    world.pass(RECOVERY_DELAY_MS);
    expect(seated(world, ['alice', 'cleo', 'zoe'])).toEqual(['alice']);
    expect(world.state.get('recovery', SINGLETON)?.pending).toBeUndefined();
  });

  test('whom it appoints is suspended no longer, and keeps the seat it had', () => {
    const world = setup('ben', 'cleo');
    world.act('alice', change(world, { type: 'suspend', members: [world.idOf('ben')] }));
    world.act('anybody', recovering(planOf(world, { federation: [keyOf('ben')], validators: [appointed('ben'), appointed('cleo')] })));
    const { endpoints } = office(world, 'ben') ?? { endpoints: [] };
    world.pass(RECOVERY_DELAY_MS);
    expect(world.member('ben')?.suspendedUntil).toBeUndefined();
    expect(world.member('ben')?.roles).toEqual(['writer', 'federation', 'validator']);
    expect(seated(world, ['alice', 'ben', 'cleo'])).toEqual(['ben', 'cleo']);
    expect(office(world, 'ben')?.endpoints).toEqual(endpoints);
    expect(endpoints.length).toBe(1);
    expect(world.state.get('agenda', SINGLETON)?.candidates).toEqual([]);
  });

  test('a chain whose genesis names no recovery keys holds no record of any, until governance names some', () => {
    const world = new World(genesisOf());
    expect(world.state.get('recovery', SINGLETON)).toBeUndefined();
    expect(world.act('alice', change(world, { type: 'recovery-keys', recovery: recoveryOf() }))).toBe('ok');
    expect(world.act('anybody', recovering(planOf(world, { federation: [keyOf('alice')] })))).toBe('ok');
  });
});

describe('recover, on a dead chain', () => {
  const zoe = newcomer('zoe');
  const writer = new Writer(genesis);
  const first = firstPoint(genesis);
  const last = nextPoint(first, [writer.entry('alice', 'the last one')]);
  const plan: RecoveryPlan = {
    chain: first.header.chain,
    number: 1,
    base: last.id,
    height: 1,
    newcomers: [zoe],
    federation: [],
    validators: [appointed('zoe')],
    keys: undefined,
  };
  const recovery = (changes: Partial<RecoveryPlan> = {}, signers?: readonly string[]) =>
    asVerified(writer.act('zoe', recovering({ ...plan, ...changes }, signers)));
  const proposed = { view: last.header.view + 1, time: last.header.time + 1000, proposerSeat: 0, parentSigners: bitmapOf([]) };

  test('the first block opens with it, under the trust set that it appoints, and everybody executes the same', () => {
    const opening = recovery();
    const entry = asVerified(writer.entry('alice', 'we go on'));
    const built = buildBlock(last, { ...proposed, recovery: opening }, [entry]);
    expect(built.included.map(({ id }) => toHex(id))).toEqual([opening, entry].map(({ id }) => toHex(id)));
    const trust = unwrap(recoveredTrust(last, asVerified(certificateOf(plan))));
    expect(built.point.header).toMatchObject({ epoch: 1, height: 2, parent: last.id, trust: trustSetDigest(trust), nextTrust: undefined });
    expect(trust).toMatchObject({ epoch: 1, base: last.id, seats: [appointed('zoe')] });
    const executed = unwrap(executeBlock(last, built.point.header, built.included));
    expect(toHex(executed.id)).toBe(toHex(built.point.id));
    expect(trustSetOf(executed.state)).toEqual(trust);
    const next = buildBlock(executed, proposalOn(executed), [asVerified(writer.entry('alice', 'and on'))]);
    expect(next.included.length).toBe(1);
    expect(next.point.header.epoch).toBe(1);
  });

  test.each<[string, Partial<RecoveryPlan>, string, (readonly string[])?]>([
    ['another chain', { chain: hashOf('other') }, 'wrong-chain'],
    ['a base below the last block', { base: first.id, height: 0 }, 'recovery-refused'],
    ['another base', { base: first.id }, 'recovery-refused'],
    ['no validators', { validators: [], federation: [zoe.node] }, 'recovery-refused'],
    ['too few keys', {}, 'recovery-refused', ['r1']],
    ['a number that is spent', { number: 0 }, 'recovery-refused'],
    ['a stranger with a seat', { validators: [appointed('zoe'), appointed('eve')] }, 'member-unknown'],
  ])('refused: %s', (_, changes, code, signers) => {
    expect(recoveredTrust(last, asVerified(certificateOf({ ...plan, ...changes }, signers)))).toMatchObject({
      refusal: { code },
    });
  });

  test('an epoch begins by a recovery alone, in the first place, and with nobody’s word for the parent', () => {
    const opening = recovery();
    const entry = asVerified(writer.entry('alice', 'we go on'));
    const { point } = buildBlock(last, { ...proposed, recovery: opening }, [entry]);
    const refusal = (header: object, transactions: readonly (typeof entry)[]) =>
      executeBlock(last, { ...point.header, ...header }, transactions);
    expect(refusal({}, [])).toMatchObject({ refusal: { code: 'wrong-trust-set' } });
    expect(refusal({}, [entry, opening])).toMatchObject({ refusal: { code: 'wrong-trust-set' } });
    expect(refusal({ parentSigners: bitmapOf([0]) }, [opening, entry])).toMatchObject({ refusal: { code: 'no-quorum' } });
    expect(refusal({ epoch: 2 }, [opening, entry])).toMatchObject({ refusal: { code: 'wrong-root' } });
    // In the old epoch it is the transaction of a live chain, and waits.
    const waits = buildBlock(last, proposalOn(last), [opening]);
    expect(waits.point.state.get('recovery', SINGLETON)?.pending).toBeDefined();
    expect(waits.point.header.epoch).toBe(0);
  });
});
