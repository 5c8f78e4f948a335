/** What decisions, and knocks that they carry in, must be refused for, where everything else is in order. */
import { nextKeyDigest } from '../../src/core/base/key.ts';
import { DAY_MS, DECISIONS_MAX, KNOCK_LIFETIME_MS, MEMBERS_MAX, NAME_BODY_BYTES_MAX, SECOND_MS } from '../../src/core/base/limits.ts';
import type { Knock } from '../../src/core/codec/knock.ts';
import type { Action, ActionOf } from '../../src/core/codec/transaction.ts';
import { type Group, NEVER, OPERATOR } from '../support/group.ts';
import { hashOf, keyOf, refOf } from '../support/world.ts';
import { type Case, census, WEAK_KEY } from './membership-refusals.ts';
import { fillRequests, rulesOf } from './membership-refusals-asking.ts';

/** A decision about ben's request to be a gateway, which `waits` has opened, with some of it changed. */
const about =
  (type: 'approve' | 'reject', changes: Partial<ActionOf<'approve'>> = {}) =>
  (group: Group): Action =>
    group.decision(type, group.agenda.requests[0] ?? group.lastRequest, changes);
const waits = (group: Group) => void group.requestRole('ben', 'gateway');
const ended =
  (...steps: readonly (readonly ['approve' | 'reject', string])[]) =>
  (group: Group) => {
    waits(group);
    const id = group.last;
    for (const [type, name] of steps) group.act(name, group.decision(type, id));
  };
/** Bob decides about zoe's knock, with some of it changed. */
const knocking =
  (changes: Partial<Knock> = {}, type: 'approve' | 'reject' = 'approve') =>
  (group: Group): Action => {
    const knock = group.knockOf('zoe', changes);
    return group.decision(type, group.knockId(knock), { knock });
  };

export const DECIDING: readonly Case<Group>[] = [
  {
    check: 'subjectIsKnown',
    what: 'deciding about nothing',
    code: 'request-unknown',
    sender: 'bob',
    action: (group) => group.decision('approve', hashOf('nothing')),
  },
  {
    check: 'subjectIsKnown',
    what: 'a knock under another id',
    code: 'request-unknown',
    sender: 'bob',
    action: (group) => group.decision('reject', hashOf('nothing'), { knock: group.knockOf('zoe') }),
  },
  { check: 'senderMayDecide', what: 'a writer approving', code: 'not-allowed', sender: 'ben', action: about('approve'), before: waits },
  { check: 'senderMayDecide', what: 'a validator rejecting', code: 'not-allowed', sender: 'val', action: about('reject'), before: waits },
  { check: 'senderMayDecide', what: 'a writer bringing a knock in', code: 'not-allowed', sender: 'ben', action: knocking() },
  {
    check: 'senderMayDecide',
    what: 'the issuer of a closed link about a proposal',
    code: 'not-allowed',
    sender: 'ben',
    action: (group) => group.decision('approve', group.agenda.proposals[0] ?? hashOf('none')),
    before: (group) => void group.propose('alice', { type: 'remove', members: [group.idOf('olga')] }),
  },
  {
    check: 'subjectIsOpen',
    what: 'approving what was approved',
    code: 'request-closed',
    sender: 'cid',
    action: about('approve'),
    before: ended(['approve', 'alice'], ['approve', 'bob']),
  },
  {
    check: 'subjectIsOpen',
    what: 'rejecting what was rejected',
    code: 'request-rejected',
    sender: 'cid',
    action: about('reject'),
    before: ended(['reject', 'alice'], ['reject', 'bob']),
  },
  {
    check: 'subjectIsOpen',
    what: 'approving what expired',
    code: 'request-expired',
    sender: 'cid',
    action: about('approve'),
    before: (group) => {
      waits(group);
      group.pass(15 * DAY_MS);
    },
  },
  {
    check: 'subjectIsOpen',
    what: 'approving what was cancelled',
    code: 'request-cancelled',
    sender: 'cid',
    action: about('approve'),
    before: (group) => {
      waits(group);
      group.leave('ben');
    },
  },
  {
    check: 'basisIsCurrent',
    what: 'an approval under another rule',
    code: 'rule-changed',
    sender: 'bob',
    action: about('approve', { basis: hashOf('another rule') }),
    before: waits,
  },
  {
    check: 'basisIsCurrent',
    what: 'a knock approved under another rule',
    code: 'rule-changed',
    sender: 'bob',
    action: (group) => ({ ...knocking()(group), basis: hashOf('another rule') }) as Action,
  },
  {
    check: 'senderHasNotDecided',
    what: 'approving twice',
    code: 'already-decided',
    sender: 'bob',
    action: about('approve'),
    before: ended(['approve', 'bob']),
  },
  {
    check: 'senderHasNotDecided',
    what: 'approving after rejecting',
    code: 'already-decided',
    sender: 'bob',
    action: about('approve'),
    before: ended(['reject', 'bob']),
  },
  {
    check: 'decisionsHaveRoom',
    what: 'one decision more than are kept',
    code: 'too-many-pending',
    sender: 'bob',
    action: about('approve'),
    before: (group) => {
      waits(group);
      group.fillDecisions(group.last, DECISIONS_MAX);
    },
  },
  {
    check: 'reasonIsWithinCap',
    what: 'a reason without a body',
    code: 'too-large',
    sender: 'bob',
    action: about('approve', { reason: refOf('why', 0) }),
    before: waits,
  },
  {
    check: 'reasonIsWithinCap',
    what: 'a reason as long as a book',
    code: 'too-large',
    sender: 'bob',
    action: about('reject', { reason: refOf('why', NAME_BODY_BYTES_MAX + 1) }),
    before: waits,
  },

  {
    check: 'knocksAreOpen',
    what: 'a knock where none are taken',
    code: 'knocks-closed',
    sender: 'bob',
    action: knocking(),
    before: rulesOf({ knocks: false }),
  },
  {
    check: 'knockIsForThisChain',
    what: 'a knock at another chain',
    code: 'wrong-chain',
    sender: 'bob',
    action: knocking({ chain: hashOf('other') }),
  },
  { check: 'knockHasWork', what: 'a knock without work', code: 'work-missing', sender: 'bob', action: knocking({ work: 0 }) },
  {
    check: 'knockIsInTime',
    what: 'a knock that has run out',
    code: 'expired',
    sender: 'bob',
    action: (group) => knocking({ expiry: group.time + SECOND_MS })(group),
  },
  {
    check: 'knockIsInTime',
    what: 'a knock that would wait too long',
    code: 'expiry-too-far',
    sender: 'bob',
    action: (group) => knocking({ expiry: group.time + KNOCK_LIFETIME_MS + SECOND_MS + 1 })(group),
  },
  { check: 'knockKeyIsAdmissible', what: 'a knock by a weak key', code: 'bad-key', sender: 'bob', action: knocking({ key: WEAK_KEY }) },
  { check: 'knockerIsNew', what: 'a member knocking', code: 'already-member', sender: 'bob', action: knocking({ key: keyOf('ben') }) },
  {
    check: 'knockerIsNew',
    what: 'one who left knocking',
    code: 'key-retired',
    sender: 'bob',
    action: knocking({ key: keyOf('ben') }),
    before: (group) => void group.leave('ben'),
  },
  {
    check: 'knockRuleCanAdmit',
    what: 'a knock where nobody is admitted',
    code: 'not-allowed',
    sender: 'bob',
    action: knocking(),
    before: rulesOf({}, { writer: { rule: NEVER } }),
  },
  {
    check: 'knockRoleHasRoom',
    what: 'a knock at a full role',
    code: 'role-full',
    sender: 'bob',
    action: knocking(),
    before: rulesOf({}, { writer: { cap: 1 } }),
  },
  {
    check: 'membersHaveRoomForKnock',
    what: 'a knock at a full chain',
    code: 'role-full',
    sender: 'bob',
    action: knocking(),
    before: (group) => census(group, { members: MEMBERS_MAX }),
  },
  {
    check: 'knockerToldOperator',
    what: 'a knock by a relay that tells nothing',
    code: 'operator-missing',
    sender: 'bob',
    action: knocking({ role: 'relay' }),
    before: rulesOf({}, { relay: { operatorMask: 4 } }),
  },
  {
    check: 'knockerToldOperator',
    what: 'a knock by a relay on software that is not approved',
    code: 'software-not-approved',
    sender: 'bob',
    action: knocking({ role: 'relay', operator: OPERATOR }),
    before: rulesOf({ approvedSoftware: [9] }, { relay: { operatorMask: 8 } }),
  },
  {
    check: 'knockNameIsWithinCap',
    what: 'a knock without a name',
    code: 'too-large',
    sender: 'bob',
    action: knocking({ name: refOf('zoe', 0) }),
  },
  {
    check: 'knockNextKeyIsAnother',
    what: 'a knock whose next key is the present one',
    code: 'bad-key',
    sender: 'bob',
    action: knocking({ nextKey: nextKeyDigest(keyOf('zoe')) }),
  },
  {
    check: 'knockerAsksOnce',
    what: 'a knock by who waits already',
    code: 'request-pending',
    sender: 'bob',
    action: knocking(),
    before: (group) => void group.join('zoe', 'link'),
  },
  {
    check: 'requestsHaveRoomForKnock',
    what: 'a knock where too many wait',
    code: 'too-many-pending',
    sender: 'bob',
    action: knocking({ key: keyOf('yan') }),
    before: fillRequests,
  },
];
