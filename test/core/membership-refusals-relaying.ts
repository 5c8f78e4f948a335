/** What receipts for a relay's work, and a token, must be refused for, where everything else is in order. */
import { DAY_MS, LOTS_MAX, RECEIPT_DAYS_MAX, RELAYS_ATTESTED_MAX } from '../../src/core/base/limits.ts';
import type { Action } from '../../src/core/codec/transaction.ts';
import { SINGLETON } from '../../src/core/membership/state.ts';
import { RelayWorld } from '../support/relay-world.ts';
import type { Case } from './membership-refusals.ts';

const THREE = ['bob', 'cid', 'ben'];
const told = (world: RelayWorld): Action => world.receipts('rita', THREE);

/** Two hours into the day after the one that is told of. */
export function relaySetup(): RelayWorld {
  const world = RelayWorld.earning();
  world.nextDay();
  return world;
}

const suspended = (name: string) => (world: RelayWorld) =>
  world.agree({ type: 'suspend', members: [world.idOf(name)] }, 'alice', name === 'bob' ? 'cid' : 'bob');

const refused = (
  check: string,
  what: string,
  code: Case['code'],
  sender: string,
  action: Case<RelayWorld>['action'],
  before?: Case<RelayWorld>['before'],
): Case<RelayWorld> => ({ check, what, code, sender, action, ...(before === undefined ? {} : { before }) });

export const RELAYING: readonly Case<RelayWorld>[] = [
  refused('senderRelays', 'receipts from who relays nothing', 'role-not-held', 'ben', (world) =>
    world.receipts('ben', ['bob', 'cid', 'val']),
  ),
  refused('senderRelays', 'receipts from a relay that is suspended', 'role-not-held', 'rita', told, suspended('rita')),
  refused('receiptsAreForSender', 'another relay’s receipts', 'receipt-refused', 'rita', (world) => ({
    ...world.receipts('rita', THREE),
    relay: world.idOf('rolf'),
  })),
  refused('dayIsOver', 'the day that is not over', 'receipt-refused', 'rita', (world) => world.receipts('rita', THREE, {}, world.today)),
  refused(
    'dayIsOver',
    'a day that is long over',
    'receipt-refused',
    'rita',
    (world) => world.receipts('rita', THREE, {}, world.today - RECEIPT_DAYS_MAX - 1),
    (world) => world.nextDay(2),
  ),
  refused(
    'dayIsNotTold',
    'the same day twice',
    'duplicate',
    'rita',
    (world) => world.receipts('rita', ['val']),
    (world) => void world.act('rita', told(world)),
  ),
  refused(
    'dayIsNotTold',
    'a day before one that is told of',
    'duplicate',
    'rita',
    (world) => world.receipts('rita', THREE, {}, world.today - 2),
    (world) => {
      world.nextDay();
      world.act('rita', told(world));
    },
  ),
  refused('attestersWereMembers', 'a receipt by nobody', 'member-unknown', 'rita', (world) => world.receipts('rita', [...THREE, 'nobody'])),
  refused('attestersWereMembers', 'a receipt by who left', 'member-unknown', 'rita', told, (world) => void world.leave('ben')),
  refused('attestersWereMembers', 'a receipt by who is suspended', 'member-unknown', 'rita', told, suspended('ben')),
  refused(
    'attestersWereMembers',
    'a receipt by who came in the course of the day',
    'member-unknown',
    'rita',
    (world) => world.receipts('rita', [...THREE, 'zoe']),
    (world) => {
      world.admit('zoe');
      world.tamper((draft) => {
        const zoe = world.member('zoe');
        const since = (world.today - 1) * DAY_MS + 1;
        if (zoe !== undefined) draft.put('member', world.idOf('zoe'), { ...zoe, since });
      });
    },
  ),
  refused('attestersAreDistinct', 'a member who signs twice', 'duplicate', 'rita', (world) => world.receipts('rita', [...THREE, 'ben'])),
  refused(
    'attestersAreDistinct',
    'a member who signs by two devices',
    'duplicate',
    'rita',
    (world) => world.receipts('rita', [...THREE, 'ben, telephone']),
    (world) => world.addDevice('ben', 'ben, telephone'),
  ),
  refused('attestersAreOfOtherLineage', 'its own word', 'receipt-refused', 'rita', (world) => world.receipts('rita', [...THREE, 'rita'])),
  refused('attestersAreOfOtherLineage', 'a receipt by who invited it', 'receipt-refused', 'rita', (world) =>
    world.receipts('rita', [...THREE, 'alice']),
  ),
  refused(
    'attestersAreOfOtherLineage',
    'a receipt by whom somebody it invited has invited',
    'receipt-refused',
    'rita',
    (world) => world.receipts('rita', [...THREE, 'yan']),
    (world) => {
      world.agree({ type: 'grant', member: world.idOf('rita'), role: 'writer' }, 'alice', 'bob');
      for (const [host, guest] of [
        ['rita', 'zoe'],
        ['zoe', 'yan'],
      ] as const) {
        world.invite(host, `link of ${guest}`);
        world.join(guest, `link of ${guest}`);
      }
      world.nextDay(2);
    },
  ),
  refused('attestersHaveSignedForFew', 'a member who signs for every relay', 'receipt-refused', 'rita', told, (world) => {
    const day = world.today - 1;
    world.tamper((draft) => draft.put('attester', world.idOf('ben'), { days: [{ day, relays: RELAYS_ATTESTED_MAX }] }));
  }),
  refused('lotsHaveRoom', 'a day more than wait for their draw', 'too-many-pending', 'rita', told, (world) => {
    const lot = { member: world.idOf('rita'), day: 1, weight: 1, height: world.height };
    const lots = Array.from({ length: LOTS_MAX }, () => lot);
    world.tamper((draft) => draft.put('awards', SINGLETON, { lots, tokens: [], eligible: [] }));
  }),
  refused('senderHoldsToken', 'spending what was not won', 'not-earned', 'rita', { type: 'spend-token' }),
  refused('senderRelays', 'spending by a device that only writes', 'role-not-held', 'rita, telephone', { type: 'spend-token' }, (world) => {
    world.addDevice('rita', 'rita, telephone', 6);
    world.tamper((draft) => draft.put('token', world.idOf('rita'), { since: world.time, until: world.time + DAY_MS }));
  }),
  refused('ruleCanGrant', 'asking to validate without a token', 'not-earned', 'rita', {
    type: 'request-role',
    role: 'validator',
    operator: undefined,
  }),
];
