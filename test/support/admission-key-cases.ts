/** Keys in hands that they are not for, keys of before, and keys that change while something else happens. */
import { expect } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../src/core/base/limits.ts';
import { type AdmissionCase, act, named, type Step } from './admission-case.ts';
import { accuse, enterDeviceLink, openDeviceLink, ready, recover, registerKeys, rotate } from './admission-keys.ts';
import { admitted, agreed } from './admission-rights.ts';
import {
  approve,
  entry,
  grant,
  idOfMember,
  invite,
  join,
  memberIn,
  propose,
  requestRole,
  rolesIn,
  type Scene,
  suspend,
} from './admission-scene.ts';
import { hashOf, keyOf } from './world.ts';

const wendyAsks: readonly Step[] = [...admitted('wendy'), named('request', 'wendy', requestRole('gateway'))];
const isNoGateway: Step = { holds: (scene) => expect(rolesIn(scene, 'wendy')).toEqual(['writer']) };
const isGateway: Step = { holds: (scene) => expect(rolesIn(scene, 'wendy')).toContain('gateway') };

/** Ada has a telephone too, which may read and write. */
const adasTablet: readonly Step[] = [act('ada', openDeviceLink('to tablet')), act('ada tablet', enterDeviceLink('ada', 'to tablet'))];

const federationOf = (scene: Scene) => ['ada', 'bob', 'cleo', 'dan'].filter((name) => rolesIn(scene, name).includes('federation'));
const cancelRecovery = (number: number) => propose(() => ({ type: 'cancel-recovery', number }));

export const KEY_CASES: readonly AdmissionCase[] = [
  {
    name: 'a second device reads and writes, and decides nothing',
    steps: [
      ...wendyAsks,
      ...adasTablet,
      act('ada tablet', entry()),
      act('ada', approve('request')),
      act('ada tablet', approve('request'), 'not-allowed'),
      act('ada tablet', propose(grant('wendy', 'gateway')), 'not-allowed'),
      act('ada tablet', invite('to federation', { role: 'federation' }), 'not-allowed'),
      act('ada tablet', openDeviceLink('more', ['federation']), 'not-allowed'),
      act('ada', openDeviceLink('more', ['observer', 'validator']), 'not-allowed'),
      isNoGateway,
    ],
  },
  {
    name: 'a member who rotated its key has decided already',
    steps: [
      ...wendyAsks,
      act('bob', approve('request')),
      act('bob, next', rotate('bob')),
      act('bob', approve('request'), 'key-retired'),
      act('bob, next', approve('request'), 'already-decided'),
      isNoGateway,
      act('cleo', approve('request')),
      isGateway,
    ],
  },
  {
    name: 'a link for a device: of another member, entered twice, over, and by the next key',
    steps: [
      ...wendyAsks,
      act('wendy tablet', enterDeviceLink('wendy', 'to tablet'), 'link-unknown'),
      act('wendy', openDeviceLink('to tablet')),
      act('zoe', enterDeviceLink('ada', 'to tablet'), 'link-unknown'),
      act('wendy, next', enterDeviceLink('wendy', 'to tablet'), 'bad-key'),
      act('bob', enterDeviceLink('wendy', 'to tablet'), 'already-member'),
      named('enter', 'wendy tablet', enterDeviceLink('wendy', 'to tablet')),
      { again: 'enter', gives: 'already-member' },
      act('zoe', enterDeviceLink('wendy', 'to tablet'), 'link-unknown'),
      act('wendy', openDeviceLink('to watch')),
      { passes: HOUR_MS },
      act('wendy watch', enterDeviceLink('wendy', 'to watch'), 'link-unknown'),
      { holds: (scene) => expect(memberIn(scene, 'wendy')?.devices).toEqual([keyOf('wendy'), keyOf('wendy tablet')]) },
    ],
  },
  {
    name: 'a rotation by any key but the next one, and once more',
    steps: [
      ...wendyAsks,
      act('zoe', rotate('wendy'), 'not-allowed'),
      act('bob, next', rotate('wendy'), 'not-allowed'),
      act('wendy, next', rotate('bob'), 'not-allowed'),
      act('wendy, next', rotate('wendy', { retire: ['bob'] }), 'not-allowed'),
      act('wendy, next', rotate('nobody'), 'member-unknown'),
      named('rotation', 'wendy, next', rotate('wendy')),
      { again: 'rotation', gives: 'already-member' },
      act('wendy', entry(), 'key-retired'),
      act('wendy', rotate('wendy'), 'key-retired'),
      act('ada', invite('link')),
      act('wendy', join('wendy', 'link'), 'key-retired'),
      act('wendy, next', entry()),
      { holds: (scene) => expect(memberIn(scene, 'wendy')?.rotations).toBe(1) },
    ],
  },
  {
    name: 'who runs nothing registers no keys and is not ready; keys of others are taken',
    steps: [
      ...admitted('wendy'),
      act('wendy', registerKeys('wendy'), 'role-not-held'),
      act('wendy', ready, 'not-ready'),
      act('zoe', ready, 'unknown-sender'),
      ...agreed('grant', propose(grant('wendy', 'gateway'))),
      act('wendy', registerKeys('wendy', 'ada'), 'duplicate'),
      { ...act('wendy', registerKeys('bob')), border: 'bad-signature' },
      act('wendy', registerKeys('wendy')),
      act('wendy', ready),
    ],
  },
  {
    name: 'evidence of another chain’s or epoch’s votes, of two seats, and twice',
    steps: [
      act('zoe', accuse('ada'), 'unknown-sender'),
      // Whose signature it would be nobody can say.
      { ...act('bob', accuse('ada', { epoch: 7 }), 'evidence-refuted'), border: 'bad-signature' },
      act('bob', accuse('ada')),
      act('cleo', accuse('ada'), 'duplicate'),
      // The last validator keeps its seat until others take over.
      { holds: (scene) => expect(rolesIn(scene, 'ada')).toContain('validator') },
    ],
  },
  {
    name: 'a recovery by too few, by strangers, for another chain, out of turn, and called off',
    steps: [
      act('bob', recover({ federation: ['bob'], signers: ['first'] }), 'recovery-refused'),
      act('bob', recover({ federation: ['bob'], signers: ['first', 'first'] }), 'recovery-refused'),
      act('bob', recover({ federation: ['bob'], signers: ['first', 'fourth'] }), 'recovery-refused'),
      act('bob', recover({ federation: ['bob'], chain: hashOf('another chain') }), 'wrong-chain'),
      act('bob', recover({ federation: ['bob'], number: 2 }), 'recovery-refused'),
      act('bob', recover({ federation: ['bob', 'dan'] })),
      act('dan', recover({ federation: ['dan'] }), 'recovery-refused'),
      named('cancel', 'ada', cancelRecovery(1)),
      act('bob', approve('cancel')),
      act('cleo', approve('cancel')),
      { passes: 2 * DAY_MS },
      act('ada', entry()),
      { holds: (scene) => expect(federationOf(scene).length).toBe(4) },
      act('ada', recover({ federation: ['bob', 'dan'] }), 'recovery-refused'),
    ],
  },
  {
    name: 'a recovery that nobody calls off, and an approval of whom it replaced',
    steps: [
      ...wendyAsks,
      act('ada', approve('request')),
      act('bob', recover({ federation: ['bob', 'dan'] })),
      { passes: DAY_MS - HOUR_MS },
      { holds: (scene) => expect(federationOf(scene).length).toBe(4) },
      { passes: 2 * HOUR_MS },
      act('ada', propose(suspend('bob')), 'not-allowed'),
      act('cleo', approve('request'), 'not-allowed'),
      act('bob', entry()),
      { holds: (scene) => expect(federationOf(scene)).toEqual(['bob', 'dan']) },
      act('bob', approve('request')),
      isNoGateway,
      act('dan', approve('request')),
      isGateway,
    ],
  },

  // ---------------------------------------------------------------- at once
  {
    name: 'a stolen key approves while it is rotated',
    steps: [
      ...wendyAsks,
      {
        race: [act('bob, next', rotate('bob', { stolen: true })), act('bob', approve('request'))],
        gives: [
          ['ok', 'key-retired'],
          ['ok', 'ok'],
        ],
      },
      act('ada', approve('request')),
      isNoGateway,
      act('bob, next', approve('request')),
      isGateway,
    ],
  },
  {
    name: 'a lost key writes while it is rotated',
    steps: [
      ...admitted('wendy'),
      {
        race: [act('wendy, next', rotate('wendy')), act('wendy', entry())],
        gives: [
          ['ok', 'key-retired'],
          ['ok', 'ok'],
        ],
      },
      act('wendy', entry(), 'key-retired'),
    ],
  },
  {
    name: 'two devices that enter by one link',
    steps: [
      ...admitted('wendy'),
      act('wendy', openDeviceLink('to tablet')),
      {
        race: [act('wendy tablet', enterDeviceLink('wendy', 'to tablet')), act('wendy watch', enterDeviceLink('wendy', 'to tablet'))],
        gives: [
          ['ok', 'link-unknown'],
          ['ok', 'link-unknown'],
        ],
      },
      { holds: (scene) => expect(memberIn(scene, 'wendy')?.devices.length).toBe(2) },
    ],
  },
  {
    name: 'a stolen key of one who is suspended is rotated, and its seat waits until that ends',
    seats: ['ada', 'dan'],
    steps: [
      named('suspension', 'ada', propose(suspend('dan'))),
      act('bob', approve('suspension')),
      act('dan, next', rotate('dan', { stolen: true })),
      { holds: (scene) => expect(scene.state.get('agenda', new Uint8Array(0))?.candidates).toEqual([]) },
      { passes: 8 * DAY_MS },
      act('ada', entry()),
      { holds: (scene) => expect(scene.state.get('agenda', new Uint8Array(0))?.candidates).toEqual([idOfMember(scene, 'dan')]) },
    ],
  },
];
