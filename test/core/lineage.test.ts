/** Whose word about a relay counts, and for how much: lineages, and what a relay can know of the receipts that it gathers. */
import { describe, expect, test } from 'vitest';
import { isOfOneLineage, sponsorOf } from '../../src/core/membership/ancestry.ts';
import { receiptProblem } from '../../src/core/membership/checks/receipts.ts';
import { twoApprove } from '../support/group.ts';
import { earningRules, RelayWorld } from '../support/relay-world.ts';

const THREE = ['bob', 'cid', 'ben'];

describe('a lineage', () => {
  test('is whoever let somebody in, and whom they let in, however far', () => {
    const world = RelayWorld.earning();
    for (const [host, guest] of [
      ['alice', 'ida'],
      ['ida', 'jon'],
      ['jon', 'kay'],
    ] as const) {
      world.invite(host, `link of ${guest}`);
      world.join(guest, `link of ${guest}`);
    }
    const related = (one: string, other: string) => isOfOneLineage(world.state, world.idOf(one), world.idOf(other));
    expect([related('kay', 'alice'), related('alice', 'kay'), related('kay', 'jon'), related('kay', 'kay')]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([related('kay', 'rita'), related('bob', 'kay')]).toEqual([false, false]);
    expect(sponsorOf(world.state, world.idOf('kay'))).toEqual(world.idOf('alice'));
    expect(sponsorOf(world.state, world.idOf('bob'))).toEqual(world.idOf('bob'));
    expect(sponsorOf(world.state, world.idOf('ben')), 'a founder who decides nothing').toEqual(world.idOf('ben'));
    world.invite('ben', 'by ben');
    world.join('lea', 'by ben');
    expect(sponsorOf(world.state, world.idOf('lea'))).toEqual(world.idOf('ben'));
  });

  test('of who knocked is that of who approved first', () => {
    const world = RelayWorld.earning();
    const knock = world.knockOf('kim');
    world.agree({ type: 'rules', rules: twoApprove() }, 'alice', 'bob');
    world.approve('cid', world.knockId(knock), { knock });
    world.approve('bob', world.knockId(knock));
    expect(world.member('kim')?.roles).toEqual(['writer']);
    expect(sponsorOf(world.state, world.idOf('kim'))).toEqual(world.idOf('cid'));
    expect(isOfOneLineage(world.state, world.idOf('kim'), world.idOf('cid'))).toBe(true);
    expect(isOfOneLineage(world.state, world.idOf('kim'), world.idOf('bob'))).toBe(false);
    world.tamper((draft) => draft.delete('request', world.knockId(knock)));
    expect(sponsorOf(world.state, world.idOf('kim')), 'what led here is not known').toBeUndefined();
  });

  test('that is forgotten, or too long to follow, speaks for nobody', () => {
    const world = RelayWorld.earning();
    const names = Array.from({ length: 70 }, (_, i) => `guest ${i}`);
    let host = 'ben';
    for (const name of names) {
      world.invite(host, `link of ${name}`);
      world.join(name, `link of ${name}`);
      host = name;
    }
    expect(sponsorOf(world.state, world.idOf('guest 60'))).toEqual(world.idOf('ben'));
    expect(sponsorOf(world.state, world.idOf('guest 69'))).toBeUndefined();
    const [last = ''] = names.slice(-1);
    world.nextDay();
    expect(world.serve('rita', ['bob', 'cid', last])).toBe('ok');
    expect(world.service('rita'), 'it is taken, and not counted').toMatchObject({ streak: 0, uptime: Uint8Array.of(0) });
    world.tamper((draft) => draft.delete('invitation', world.idOfLink('link of guest 3')));
    expect(sponsorOf(world.state, world.idOf('guest 3'))).toBeUndefined();
  });

  test('of many identities is as the word of few', () => {
    const world = RelayWorld.earning(earningRules({ perSponsor: 2 }));
    world.invite('bob', 'town', { uses: 0 });
    const town = Array.from({ length: 100 }, (_, i) => `citizen ${i}`);
    for (const name of town) world.join(name, 'town');
    world.nextDay();
    expect(world.serve('rita', town)).toBe('ok');
    expect(world.service('rita')).toMatchObject({ streak: 0 });
    expect(world.serve('rita', [...town, 'cid'])).toBe('ok');
    expect(world.service('rita')).toMatchObject({ streak: 1 });
  });
});

test('a relay that gathers receipts knows which of them the chain would take', () => {
  const world = RelayWorld.earning();
  world.nextDay();
  const day = world.today - 1;
  const isTaken = (signer: string) => receiptProblem(world.state, world.idOf('rita'), day, world.receipt(signer)) === undefined;
  expect(THREE.map(isTaken)).toEqual([true, true, true]);
  expect([isTaken('nobody'), isTaken('alice'), isTaken('rita')]).toEqual([false, false, false]);
  world.admit('zoe');
  expect(isTaken('zoe'), 'who came today').toBe(false);
  const signed = (of: number, relays: number) =>
    world.tamper((draft) => draft.put('attester', world.idOf('ben'), { days: [{ day: of, relays }] }));
  signed(day - 1, 4);
  expect(isTaken('ben'), 'who signed for others the day before').toBe(true);
  signed(day, 4);
  expect(isTaken('ben'), 'who signed for four already').toBe(false);
});
