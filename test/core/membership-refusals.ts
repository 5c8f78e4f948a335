/** One line for each thing that a named check must refuse, where everything else is in order: who sends, what is written, who invites. */
import { expect } from 'vitest';
import type { PublicKey } from '../../src/core/base/key.ts';
import {
  DAY_MS,
  HOUR_MS,
  INVITATION_LIFETIME_MS_MAX,
  INVITATIONS_LIVE_MAX,
  INVITATIONS_PER_MEMBER_MAX,
  SECOND_MS,
  TRANSACTION_HORIZON_MS,
} from '../../src/core/base/limits.ts';
import type { RefusalCode } from '../../src/core/base/result.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import { memberIdOf } from '../../src/core/codec/records.ts';
import type { Action } from '../../src/core/codec/transaction.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';
import { founderOf, genesisOf, hashOf, keyOf, type Overrides, refOf, World } from '../support/world.ts';

/** Small order: the identity, in its canonical form. */
export const WEAK_KEY = Uint8Array.of(1, ...new Uint8Array(31)) as PublicKey;
const ALONE = new Uint8Array(0);

/** Alice is federation and validator, bob federation, ben a writer, olga an observer; `link` lets a writer in, `relays` a relay. */
export function setup(): World {
  const world = new World(genesisOf([founderOf('alice', ['federation', 'validator']), founderOf('bob', ['federation'])]));
  world.admit('ben');
  world.admit('olga', 'observer');
  world.invite('alice', 'link', { uses: 5 });
  world.invite('alice', 'relays', { role: 'relay', uses: 5 });
  return world;
}

export const entry: Action = { type: 'entry', body: refOf('entry') };
export const leave: Action = { type: 'leave' };

export interface Case<W extends World = World> {
  /** The check that must refuse. */
  readonly check: string;
  readonly what: string;
  readonly code: RefusalCode;
  readonly sender: string;
  readonly action: Action | ((world: W) => Action);
  readonly overrides?: Overrides | ((world: W) => Overrides);
  readonly before?: (world: W) => void;
}

export const census = (world: World, changes: object) =>
  world.tamper((draft) => draft.put('census', ALONE, { ...(draft.get('census', ALONE) ?? expect.fail('no census')), ...changes }));
const invite = (changes: object) => (world: World) => ({ ...world.inviteAction('new link'), ...changes }) as Action;
export const join = (changes: object) => (world: World) => ({ ...world.joinAction('zoe', 'link'), ...changes }) as Action;
const inviteTo = (role: Role) => invite({ role });
export const rulesWith = (role: Role, changes: object) => (world: World) =>
  world.rules({ roles: openLinkRules().roles.map((one) => (one.role === role ? { ...one, ...changes } : one)) });

export const SENDING_AND_INVITING: readonly Case[] = [
  {
    check: 'isForThisChain',
    what: 'an entry for another chain',
    code: 'wrong-chain',
    sender: 'ben',
    action: entry,
    overrides: { chain: hashOf('other') },
  },
  {
    check: 'isForThisChain',
    what: 'a join for another chain',
    code: 'wrong-chain',
    sender: 'zoe',
    action: join({}),
    overrides: { chain: hashOf('other') },
  },
  // The block is a second after the time at which the transaction is made.
  {
    check: 'isNotExpired',
    what: 'an entry that expires with the block',
    code: 'expired',
    sender: 'ben',
    action: entry,
    overrides: (world) => ({ expiry: world.time + SECOND_MS }),
  },
  {
    check: 'isNotExpired',
    what: 'a join that expired',
    code: 'expired',
    sender: 'zoe',
    action: join({}),
    overrides: (world) => ({ expiry: world.time }),
  },
  {
    check: 'expiresWithinHorizon',
    what: 'an entry that waits too long',
    code: 'expiry-too-far',
    sender: 'ben',
    action: entry,
    overrides: (world) => ({ expiry: world.time + SECOND_MS + TRANSACTION_HORIZON_MS + 1 }),
  },
  {
    check: 'expiresWithinHorizon',
    what: 'a join that waits too long',
    code: 'expiry-too-far',
    sender: 'zoe',
    action: join({}),
    overrides: (world) => ({ expiry: world.time + 2 * DAY_MS }),
  },
  {
    check: 'hasSignatures(1)',
    what: 'an entry signed twice',
    code: 'bad-signature',
    sender: 'ben',
    action: entry,
    overrides: { signatures: 2 },
  },
  {
    check: 'hasSignatures(2)',
    what: 'a join that the invite key did not sign',
    code: 'bad-signature',
    sender: 'zoe',
    action: join({}),
    overrides: { signatures: 1 },
  },
  { check: 'senderIsMember', what: 'an entry by a stranger', code: 'unknown-sender', sender: 'zoe', action: entry },
  {
    check: 'senderIsMember',
    what: 'leaving by a key that left',
    code: 'key-retired',
    sender: 'ben',
    action: leave,
    before: (world) => world.leave('ben'),
  },
  {
    check: 'sequenceAdvances',
    what: 'the same sequence again',
    code: 'stale-sequence',
    sender: 'alice',
    action: entry,
    overrides: { sequence: 1 },
  },
  {
    check: 'sequenceAdvances',
    what: 'the sequence of one’s own join',
    code: 'stale-sequence',
    sender: 'ben',
    action: entry,
    overrides: { sequence: 1 },
  },

  { check: 'senderMayWrite', what: 'an entry by an observer', code: 'not-allowed', sender: 'olga', action: entry },
  {
    check: 'bodyIsWithinCap',
    what: 'an entry without a body',
    code: 'too-large',
    sender: 'ben',
    action: { type: 'entry', body: refOf('entry', 0) },
  },
  {
    check: 'bodyIsWithinCap',
    what: 'a body over the cap of the rules',
    code: 'too-large',
    sender: 'ben',
    action: { type: 'entry', body: refOf('entry', 1025) },
    before: (world) => world.rules({ limits: { ...openLinkRules().limits, bodyBytes: 1024 } }),
  },

  { check: 'senderMayInviteToRole', what: 'an observer inviting', code: 'not-allowed', sender: 'olga', action: inviteTo('observer') },
  { check: 'senderMayInviteToRole', what: 'a writer inviting a relay', code: 'not-allowed', sender: 'ben', action: inviteTo('relay') },
  {
    check: 'senderMayInviteToRole',
    what: 'a writer inviting to the federation',
    code: 'not-allowed',
    sender: 'ben',
    action: inviteTo('federation'),
  },
  {
    check: 'senderMayInviteToRole',
    what: 'a role without a rule',
    code: 'not-allowed',
    sender: 'alice',
    action: inviteTo('writer'),
    before: (world) => world.rules({ roles: [] }),
  },
  {
    check: 'senderMayInviteToRole',
    what: 'a writer where only the federation invites',
    code: 'not-allowed',
    sender: 'ben',
    action: inviteTo('writer'),
    before: rulesWith('writer', { inviters: 1 << 3 }),
  },
  {
    check: 'inviteExpiresInTime',
    what: 'a link that is over',
    code: 'invitation-expired',
    sender: 'alice',
    action: (world) => world.inviteAction('new link', { expiry: world.time + SECOND_MS }),
  },
  {
    check: 'inviteExpiresInTime',
    what: 'a link for longer than a year',
    code: 'expiry-too-far',
    sender: 'alice',
    action: (world) => world.inviteAction('new link', { expiry: world.time + INVITATION_LIFETIME_MS_MAX + 2 * SECOND_MS }),
  },
  { check: 'inviteKeyIsAdmissible', what: 'a weak invite key', code: 'bad-key', sender: 'alice', action: invite({ key: WEAK_KEY }) },
  {
    check: 'inviteKeyIsNew',
    what: 'the same invite key twice',
    code: 'duplicate',
    sender: 'alice',
    action: (world) => world.inviteAction('link'),
  },
  {
    check: 'inviteKeyIsNew',
    what: 'a spent invite key again',
    code: 'duplicate',
    sender: 'alice',
    action: (world) => world.inviteAction('link'),
    before: (world) => world.revoke('alice', 'link'),
  },
  {
    check: 'senderHasFewInvitations',
    what: 'one link too many',
    code: 'too-many-pending',
    sender: 'ben',
    action: invite({}),
    before: (world) => {
      const id = memberIdOf(world.chain, keyOf('ben'));
      world.tamper((draft) =>
        draft.put('member', id, { ...(draft.get('member', id) ?? expect.fail('no ben')), invitations: INVITATIONS_PER_MEMBER_MAX }),
      );
    },
  },
  {
    check: 'invitationsHaveRoom',
    what: 'a link where the chain is full of them',
    code: 'too-many-pending',
    sender: 'alice',
    action: invite({}),
    before: (world) => census(world, { liveInvitations: INVITATIONS_LIVE_MAX }),
  },

  {
    check: 'invitationIsKnown',
    what: 'revoking what there is not',
    code: 'invitation-unknown',
    sender: 'alice',
    action: { type: 'revoke-invite', invitation: hashOf('none') },
  },
  {
    check: 'senderMayRevoke',
    what: 'revoking another’s link',
    code: 'not-allowed',
    sender: 'ben',
    action: (world) => ({ type: 'revoke-invite', invitation: world.idOfLink('link') }),
  },
  {
    check: 'invitationIsLive',
    what: 'revoking a used link',
    code: 'invitation-used',
    sender: 'alice',
    action: (world) => ({ type: 'revoke-invite', invitation: world.idOfLink('link of ben') }),
  },
  {
    check: 'invitationIsLive',
    what: 'revoking what has just expired',
    code: 'invitation-expired',
    sender: 'alice',
    action: (world) => ({ type: 'revoke-invite', invitation: world.idOfLink('link') }),
    before: (world) => world.pass(DAY_MS),
    overrides: (world) => ({ expiry: world.time + HOUR_MS }),
  },
];
