/** What must be refused of devices, rotation, vote keys and readiness, where everything else is in order: a line for each named check. */
import { utf8 } from '../../src/core/base/bytes.ts';
import { nextKeyDigest } from '../../src/core/base/key.ts';
import { DEVICE_LINK_LIFETIME_MS, DEVICES_PER_MEMBER_MAX, READY_BEHIND_MAX, SECOND_MS } from '../../src/core/base/limits.ts';
import type { Action, ActionOf } from '../../src/core/codec/transaction.ts';
import { ALL_ROLES_MASK } from '../../src/core/membership/facts.ts';
import { roleMask } from '../../src/core/policy/roles.ts';
import {
  change,
  enterLink,
  evidenceOf,
  grant,
  linkDevice,
  openLink,
  readiness,
  recoveryOf,
  registration,
  rotate,
  rotation,
  seat,
  voteBy,
} from '../support/keys-world.ts';
import { founderOf, genesisOf, keyOf, SIGNATURE, World } from '../support/world.ts';
import { type Case, leave, WEAK_KEY } from './membership-refusals.ts';

/**
 * Alice decides alone and validates, ben validates too, cleo is a relay with keys of its own, ann audits, dora writes.
 * Two of three recovery keys may recover the chain. Ben has opened a link for a phone.
 */
export function keysSetup(): World {
  const founders = [founderOf('alice', ['federation', 'validator']), founderOf('ann', ['auditor'])];
  const world = new World(genesisOf(founders, { recovery: recoveryOf() }));
  for (const name of ['ben', 'cleo', 'dora']) world.admit(name);
  seat(world, 'ben');
  world.act('alice', grant(world, 'cleo', 'relay'));
  world.act('cleo', registration('cleo'));
  world.act('ben', openLink(world, 'to phone'));
  return world;
}

type Make = Case['action'];
type More = Pick<Case, 'overrides' | 'before'>;
const refused = (check: string, what: string, code: Case['code'], sender: string, action: Make, more: More = {}): Case => {
  return { check, what, code, sender, action, ...more };
};

const open = (changes: object) => (world: World) => openLink(world, 'new', changes);
const enter = (world: World) => enterLink(world, 'ben', 'to phone');
const TWO: More = { overrides: { signatures: 2 } };
const fill = (name: string) => (world: World) => {
  const id = world.idOf(name);
  const devices = Array.from({ length: DEVICES_PER_MEMBER_MAX }, (_, i) => (i === 0 ? keyOf(name) : keyOf(`device ${i}`)));
  world.tamper((draft) => {
    const member = draft.get('member', id);
    if (member === undefined) throw new Error(`no ${name}`);
    draft.put('member', id, { ...member, devices });
  });
};
const suspend = (name: string) => (world: World) =>
  void world.act('alice', change(world, { type: 'suspend', members: [world.idOf(name)] }));

const LINKING: readonly Case[] = [
  refused('senderIsNotSuspended', 'a suspended member linking', 'suspended', 'dora', open({}), { before: suspend('dora') }),
  refused('linkGivesNoMore', 'a link that decides', 'not-allowed', 'alice', open({ roleMask: ALL_ROLES_MASK })),
  refused('linkGivesNoMore', 'a link that votes', 'not-allowed', 'ben', open({ roleMask: 1 << 4 })),
  refused('linkGivesNoMore', 'a link for nothing', 'not-allowed', 'ben', open({ roleMask: 0 })),
  refused('linkGivesNoMore', 'a device that reads linking one that writes', 'not-allowed', 'reader', open({}), {
    before: (world) => {
      world.act('dora', openLink(world, 'to reader', { roleMask: 1 << 1 }));
      world.act('reader', enterLink(world, 'dora', 'to reader'), { signatures: 2 });
    },
    overrides: { sequence: 9 },
  }),
  refused('linkExpiresInTime', 'a link that is over', 'expired', 'ben', (world) =>
    openLink(world, 'new', { expiry: world.time + SECOND_MS }),
  ),
  refused('linkExpiresInTime', 'a link for a day', 'expiry-too-far', 'ben', (world) =>
    openLink(world, 'new', { expiry: world.time + SECOND_MS + DEVICE_LINK_LIFETIME_MS + 1 }),
  ),
  refused('linkKeyIsAdmissible', 'a weak link key', 'bad-key', 'ben', open({ key: WEAK_KEY })),
  refused('linkKeyIsNobodyElses', 'a link by the key of another member’s', 'duplicate', 'dora', (world) => openLink(world, 'to phone')),
  refused('senderHasRoomForDevice', 'a link for one device too many', 'too-many-devices', 'ben', open({}), { before: fill('ben') }),

  refused('hasSignatures(2)', 'entering without the link’s signature', 'bad-signature', 'phone', enter),
  refused('joinerIsNew', 'a member entering as another’s device', 'already-member', 'dora', enter, TWO),
  refused('linkIsOpen', 'entering by a link that there is not', 'link-unknown', 'phone', (world) => enterLink(world, 'ben', 'none'), TWO),
  refused('linkIsOpen', 'entering as a member who opened none', 'link-unknown', 'phone', (w) => enterLink(w, 'cleo', 'to phone'), TWO),
  refused('deviceIsNotTheNextKey', 'entering by the member’s own next key', 'bad-key', 'ben, next', enter, TWO),
  refused('memberHasRoomForDevice', 'entering where there is no room left', 'too-many-devices', 'phone', enter, {
    ...TWO,
    before: fill('ben'),
  }),
];

const rotating =
  (name: string, changes: Partial<ActionOf<'rotate-key'>> = {}) =>
  (world: World) =>
    rotation(world, name, changes);

const ROTATING: readonly Case[] = [
  refused('hasSignatures(1)', 'rotating with two signatures', 'bad-signature', 'ben, next', rotating('ben'), TWO),
  refused('rotatingMemberIsHere', 'rotating for nobody', 'member-unknown', 'zoe, next', rotating('zoe')),
  refused('rotatingMemberIsHere', 'rotating for one who left', 'member-unknown', 'dora, next', rotating('dora'), {
    before: (world) => void world.leave('dora'),
  }),
  refused('senderIsTheNextKey', 'rotating by another key', 'not-allowed', 'thief', rotating('ben')),
  refused('senderIsTheNextKey', 'rotating by the key after next', 'not-allowed', 'ben, after next', rotating('ben')),
  refused('retiredKeysAreDevices', 'retiring another’s key', 'not-allowed', 'ben, next', rotating('ben', { retire: [keyOf('alice')] })),
  refused(
    'retiredKeysAreDevices',
    'retiring a key twice',
    'not-allowed',
    'ben, next',
    rotating('ben', { retire: [keyOf('ben'), keyOf('ben')] }),
  ),
  refused('stolenKeyIsRetired', 'a theft after which all stays', 'not-allowed', 'ben, next', rotating('ben', { retire: [], stolen: true })),
  refused('rotationHasRoom', 'one device more than there is room', 'too-many-devices', 'ben, next', rotating('ben', { retire: [] }), {
    before: fill('ben'),
  }),
  refused(
    'nextKeyIsUnseen',
    'a next key that is the present one',
    'bad-key',
    'ben, next',
    rotating('ben', { nextKey: nextKeyDigest(keyOf('ben, next')) }),
  ),
  refused(
    'nextKeyIsUnseen',
    'a next key that is another device',
    'bad-key',
    'ben, next',
    rotating('ben', { nextKey: nextKeyDigest(keyOf('ben')) }),
  ),
];

type Register = Partial<ActionOf<'register-vote-key'>>;
const registering = (name: string, changes: Register = {}) => registration(name, changes);

const revoking =
  (link: string) =>
  (world: World): Action => ({ type: 'revoke-invite', invitation: world.idOfLink(link) });

const REGISTERING: readonly Case[] = [
  refused('senderIsNotSuspended', 'a suspended relay registering keys', 'suspended', 'cleo', registering('cleo'), {
    before: suspend('cleo'),
  }),
  refused('deviceActsInEveryRole', 'a linked device leaving for a validator', 'not-allowed', 'laptop', leave, {
    before: (world) => void linkDevice(world, 'ben', 'laptop'),
    overrides: { sequence: 9 },
  }),
  refused('senderMayRevoke', 'a linked device closing a link that it could not open', 'not-allowed', 'phone', revoking('of alice'), {
    before: (world) => {
      linkDevice(world, 'alice', 'phone');
      world.invite('alice', 'of alice', { role: 'relay' });
    },
    overrides: { sequence: 9 },
  }),
  refused('senderMayRevoke', 'a linked reader closing its member’s link', 'not-allowed', 'phone', revoking('of dora'), {
    before: (world) => {
      world.invite('dora', 'of dora');
      world.act('dora', openLink(world, 'link', { roleMask: roleMask(['observer']) }));
      world.act('phone', enterLink(world, 'dora', 'link'), { signatures: 2 });
    },
    overrides: { sequence: 9 },
  }),
  refused('senderRunsSomething', 'a writer registering keys', 'role-not-held', 'dora', registering('dora')),
  refused('senderRunsSomething', 'a linked device registering keys', 'role-not-held', 'laptop', registering('laptop'), {
    before: (world) => void linkDevice(world, 'ben', 'laptop'),
    overrides: { sequence: 9 },
  }),
  refused('officeKeysAreAdmissible', 'a weak vote key', 'bad-key', 'ben', registering('ben', { vote: WEAK_KEY })),
  refused('officeKeysAreAdmissible', 'a weak note key', 'bad-key', 'ben', registering('ben', { note: WEAK_KEY })),
  refused('officeKeysAreApart', 'one key to vote and to note', 'bad-key', 'ben', registering('ben', { note: keyOf('ben, vote') })),
  refused('officeKeysAreApart', 'a node key to vote', 'bad-key', 'ben', registering('ben', { vote: keyOf('ben') })),
  refused('officeKeysAreApart', 'a key that left', 'bad-key', 'ben', registering('ben', { vote: keyOf('dora') }), {
    before: (world) => void world.leave('dora'),
  }),
  refused('officeKeysAreApart', 'a vote key that was convicted', 'bad-key', 'alice', registering('ben'), {
    before: (world) =>
      void world.act('alice', evidenceOf(voteBy(world, 'ben', 'notarize', 'one'), voteBy(world, 'ben', 'notarize', 'two'))),
  }),
  refused('officeKeysAreNobodyElses', 'a validator’s vote key', 'duplicate', 'cleo', registering('cleo', { vote: keyOf('alice, vote') })),
  refused('officeKeysAreNobodyElses', 'an auditor’s note key', 'duplicate', 'cleo', registering('cleo', { note: keyOf('ann, note') })),
  refused(
    'officeKeysAreNobodyElses',
    'the note key of an auditor who is suspended',
    'duplicate',
    'ben',
    registering('ben', { note: keyOf('ann, note') }),
    { before: suspend('ann') },
  ),
  refused(
    'officeKeysAreNobodyElses',
    'the vote key of a validator who is suspended',
    'duplicate',
    'cleo',
    registering('cleo', { vote: keyOf('ben, vote') }),
    { before: suspend('ben') },
  ),
  refused(
    'officeKeysAreNobodyElses',
    'the vote key of one who waits for a seat',
    'duplicate',
    'ben',
    registering('ben', { vote: keyOf('cleo, vote') }),
    {
      before: (world) => void world.act('alice', grant(world, 'cleo', 'validator')),
    },
  ),
  refused(
    'seatKeepsAVoteKey',
    'a validator without a vote key',
    'bad-key',
    'ben',
    registering('ben', { vote: undefined, proofs: [SIGNATURE] }),
  ),
  refused('officeKeysAreProved', 'a key without a proof', 'bad-signature', 'ben', registering('ben', { proofs: [SIGNATURE] })),
  refused('officeKeysAreProved', 'a proof without a key', 'bad-signature', 'cleo', registering('cleo', { vote: undefined })),
  refused(
    'officeEndpointsAreAddresses',
    'an endpoint that is none',
    'malformed',
    'ben',
    registering('ben', { endpoints: [utf8('a.example')] }),
  ),
];

const ready = (changes: Partial<ActionOf<'ready'>>) => (world: World) => readiness(world, changes);

const READY: readonly Case[] = [
  refused('senderIsNotSuspended', 'a suspended relay that is ready', 'suspended', 'cleo', ready({}), { before: suspend('cleo') }),
  refused('senderHoldsTheOffice', 'ready without keys', 'not-ready', 'dora', ready({})),
  refused('senderHoldsTheOffice', 'ready on another device', 'not-ready', 'ben, next', ready({}), {
    before: (world) => void rotate(world, 'ben', { retire: [] }),
    overrides: { sequence: 9 },
  }),
  refused('readyNodeIsLevel', 'ready at a height that there is not', 'not-ready', 'ben', (w) => readiness(w, { height: w.height + 1 })),
  refused('readyNodeIsLevel', 'ready long ago', 'not-ready', 'ben', ready({ height: 0 }), {
    before: (world) => {
      world.height += READY_BEHIND_MAX;
    },
  }),
  refused('readyVersionsAreSound', 'without the version in force', 'unsupported-version', 'ben', ready({ versions: [2] })),
  refused('readyVersionsAreSound', 'a version twice', 'unsupported-version', 'ben', ready({ versions: [1, 1] })),
  refused('readyVersionsAreSound', 'versions in disorder', 'unsupported-version', 'ben', ready({ versions: [2, 1] })),
];

export const KEYS: readonly Case[] = [...LINKING, ...ROTATING, ...REGISTERING, ...READY];
