/**
 * What a person reads when something was refused: what happened, and what to do next.
 *
 * One sentence pair a code; the type makes a missing one an error. No two codes read alike, so that a person who asks
 * for help can say which one it was.
 */
import type { RefusalCode } from '../core/base/result.ts';
import type { PageProblem } from './app.ts';

export interface Sentence {
  readonly what: string;
  readonly next: string;
  /** True where trying the same again may work without anything else being done first. */
  readonly retry: boolean;
}

function once(what: string, next: string): Sentence {
  return { what, next, retry: false };
}

function again(what: string, next: string): Sentence {
  return { what, next, retry: true };
}

const INVITATIONS = {
  'invitation-unknown': once('The chain does not know this invitation.', 'Ask whoever invited you for a new link.'),
  'invitation-used': once('This invitation is used up: others have joined with it.', 'Ask whoever invited you for a new link.'),
  'invitation-expired': once('This invitation has expired.', 'Ask whoever invited you for a new link.'),
  'invitation-revoked': once(
    'This invitation was revoked, so its link no longer opens the chain.',
    'Ask whoever invited you whether to send a new one.',
  ),
  'invitation-closed': again(
    'Only the person who made this invitation can answer it, and they are not reachable.',
    'Try again while they have the chain open.',
  ),
  'invitation-role': once('You may not invite people to this role.', 'Choose another role, or ask a federation member to invite them.'),
  'invitation-uses': once('This invitation does not allow that many uses.', 'Choose fewer uses.'),
  'already-member': once('This device is a member of this chain already.', 'Open the chain from “Your chains”.'),
  'key-retired': once(
    'The key of this device has left this chain and cannot return.',
    'Ask for a new link and open it on another device or in another browser.',
  ),
  'needs-approval': once(
    'The members of this chain have yet to approve you.',
    'You need do nothing: you enter by yourself once they have.',
  ),
  'role-full': once(
    'This chain has all the members in this role that its rules allow.',
    'Ask whoever invited you for a link to another role.',
  ),
  'damaged-link': once(
    'This link is damaged: a part of it is missing or was changed on the way.',
    'Copy the whole link again, or ask for it to be sent once more.',
  ),
  'stale-anchor': once('This link is older than 180 days, too old to check the chain from.', 'Ask any member for a fresh link.'),
  'wrong-genesis': once(
    'The chain that answered does not begin with the record this link names.',
    'Do not trust that relay. Ask whoever invited you for a link through another one.',
  ),
} as const satisfies Partial<Record<RefusalCode, Sentence>>;

const NETWORK = {
  'no-relay': again(
    'No relay of this chain can be reached.',
    'Check that you are online, then try again; if others cannot reach it either, its operator has to start it.',
  ),
  'only-in-clear': once(
    'Whoever is to be reached offers unencrypted connections (ws://) alone, and browsers let a page that came by https open none.',
    'Ask the relay’s operator to offer an encrypted address: WebSocket with TLS, or webrtc-direct, which needs no domain. Then ask for a fresh link.',
  ),
  'relays-full': again('The relays of this chain have no place left for another connection.', 'Try again in a few minutes.'),
  'slow-down': again('This device asked too often.', 'Wait a minute, then try again.'),
  'not-a-member': once('The others do not count this device as a member of the chain.', 'Ask for an invitation link.'),
  'timed-out': again('The answer took too long.', 'Try again; on a slow connection this can happen.'),
  closed: again('The connection was closed before it was done.', 'Look whether it was done after all, then try again.'),
  aborted: again('You stopped this.', 'You can start it again whenever you like.'),
  'wrong-answer': again(
    'The other side could not prove who it is.',
    'Try again; if it happens again, ask for a link through another relay.',
  ),
  'hosting-refused': once('This relay does not host new chains.', 'Choose another relay, or ask its operator to allow it.'),
  'host-code-missing': once(
    'This relay hosts a chain only for those with a code.',
    'Ask its operator for one, and enter it under “Use another relay”.',
  ),
  'host-code-refused': once(
    'This hosting code is wrong, used up or expired.',
    'Look at it again, or ask the relay’s operator for another one.',
  ),
  'wrong-chain': once('What answered belongs to another chain than this link.', 'Ask whoever invited you for a new link.'),
  'unknown-chain': once(
    'The relay does not answer for this chain.',
    'It may have moved, or have a newer network key than this link: ask any member for a fresh link.',
  ),
  'not-available': again('Nobody who is connected has this part of the record.', 'It comes by itself once a member who has it is here.'),
} as const satisfies Partial<Record<RefusalCode, Sentence>>;

const ENTRIES = {
  'too-large': once('This is longer than the chain allows.', 'Shorten it, or split it into several.'),
  'stale-sequence': again('Another copy of this device’s key has written since.', 'Use this key in one browser only, then try again.'),
  expired: again('This waited too long to be sent and is no longer valid.', 'Write it again.'),
  'expiry-too-far': once(
    'This asks for a longer life than the chain’s rules allow.',
    'Choose an earlier expiry, and check the clock of this device.',
  ),
  'unknown-sender': once('The chain has no member with this device’s key.', 'Join it with an invitation link first.'),
  'not-allowed': once('Your role in this chain does not allow this.', 'Ask a federation member for another role.'),
  duplicate: once('This is in the record already.', 'You need do nothing.'),
  'too-many-pending': again('Too much is waiting to be sent.', 'Wait until some of it is final, then try again.'),
  'body-missing': again('The text of this entry did not reach the relay.', 'It is sent again when its author is connected.'),
  'entry-unknown': once('There is no such entry at that place of the log.', 'Look for it in the record and try from there.'),
  'already-erased': once('The text of this entry is erased already.', 'You need do nothing.'),
  'body-mismatch': once('The text of this entry is not the one its author signed.', 'It was left out. Tell its author.'),
} as const satisfies Partial<Record<RefusalCode, Sentence>>;

const FORMATS = {
  'not-canonical': once('What came in is not written the one way that counts.', 'It was left out; another peer is asked.'),
  malformed: once('This cannot be read.', 'Check that it is complete, then paste it again.'),
  'unknown-action': once('This action is not known to this version of Latchkey.', 'Reload the page to get the newest version.'),
  'unknown-rule': once(
    'This chain has a rule that this version of Latchkey does not know.',
    'Reload the page to get the newest version, then try again.',
  ),
  'bad-key': once('A key in this is not a safe one.', 'Ask whoever sent it to make a new one.'),
  'bad-signature': once('A signature in this does not hold.', 'Do not trust it. Ask whoever sent it to send it again.'),
  'unsupported-version': once('This was made by another version of Latchkey.', 'Close its other tabs, then reload this page.'),
} as const satisfies Partial<Record<RefusalCode, Sentence>>;

const BLOCKS = {
  'not-next': again('A block came out of order.', 'The missing ones are being asked for.'),
  'wrong-parent': once('A block does not follow the record on this device.', 'It was refused. If this stays, tell the chain’s members.'),
  'wrong-time': once(
    'A block carries a time that cannot be.',
    'Check the clock of this device; if it is right, tell the relay’s operator.',
  ),
  'wrong-proposer': once('A block came from someone whose turn it was not.', 'It was refused; you need do nothing.'),
  'wrong-root': once('A block does not add up to what it claims.', 'It was refused. If this stays, tell the chain’s members.'),
  'wrong-trust-set': once(
    'A block names validators that the chain does not have.',
    'It was refused. If this stays, ask any member for a fresh link.',
  ),
  'no-quorum': again('Too few validators have signed.', 'It goes on by itself once enough of them are there.'),
  'too-many-transactions': once('A block holds more than the protocol allows.', 'It was refused; you need do nothing.'),
  'invalid-transaction': once('A block holds something that the rules forbid.', 'It was refused. Tell the relay’s operator.'),
  'conflicting-block': once(
    'Two different blocks were signed for the same place in the record.',
    'Someone is rewriting it. Do not add to it, and tell every member you can reach.',
  ),
  'bad-proof': again(
    'What a peer sent cannot be proved to be of this chain.',
    'It was refused, and another peer is asked. Try again if nothing moves.',
  ),
  'other-history': once(
    'What was shown of this chain does not lead on from the block that your link vouches for.',
    'Ask whoever invited you for a fresh link. If that ends the same way, somebody shows another record under this name: tell the members, and do not join.',
  ),
  'unknown-signer': once('Nobody whose key is known here has signed this.', 'Check that you have the keys of the right chain.'),
  'policy-unmet': once(
    'Too few of those whom the policy asks for have signed this.',
    'Do not rely on it. Ask for one that more of them have signed.',
  ),
  'awaiting-auditors': again(
    'The auditors of this chain have yet to sign what this device took over.',
    'Wait until they have. If that lasts, ask a federation member what keeps them.',
  ),
  'wrong-origin': once('This is signed for another record than the one you ask about.', 'Look for the one of this chain.'),
} as const satisfies Partial<Record<RefusalCode, Sentence>>;

const RULES = {
  'last-validator': once('This would leave the chain without a validator.', 'Let another validator in first.'),
  'last-federation': once('This would leave too few federation members to decide anything.', 'Let another one in first.'),
  'rules-unsatisfiable': once(
    'Nobody could meet these rules.',
    'Change them so that the present members can. Joining tokens and attested uptime cannot be had on a chain yet.',
  ),
  'member-unknown': once('The chain has no such member any more.', 'Look at the list of members.'),
  'role-held': once('This member has that role already.', 'You need do nothing.'),
  'role-not-held': once('This member does not have that role.', 'Look at the list of members.'),
  'role-conflict': once('An auditor cannot be a validator as well.', 'Take the one role away before the other is given.'),
  'no-roles': once('This member has no role any more: it may neither read nor write here.', 'Ask a federation member for a role.'),
  suspended: once('This member is suspended for now.', 'It ends by itself; federation members know when and why.'),
  'operator-missing': once('This role asks who runs the machine, and where.', 'Fill in the information about the operator.'),
  'software-not-approved': once('This version of the software is not on the chain’s list.', 'Install one that is, then ask again.'),
  'not-earned': once('This role is earned: a relay serves the others, and what it earns opens the way.', 'Ask to be a relay first.'),
  'receipt-refused': again('Receipts for a relay’s work do not fit this chain.', 'The relay asks for others by itself.'),
  'not-ready': again('This validator has not said lately that it is ready.', 'Start its node and let it catch up.'),
} as const satisfies Partial<Record<RefusalCode, Sentence>>;

const DECISIONS = {
  'request-unknown': once('The chain has no such request.', 'Look at the list of requests.'),
  'request-closed': once('This was decided already.', 'Look at the outcome; you need do nothing.'),
  'request-pending': once('This waits for an answer already.', 'Wait until the federation members have decided.'),
  'request-rejected': once('The federation members have said no.', 'Ask them why; a new link lets you ask again.'),
  'request-expired': once('Nobody decided in time.', 'Ask for a new link, and tell the federation members that you wait.'),
  'request-cancelled': once('This request was cancelled before it was decided.', 'Ask for a new link if you still want to join.'),
  'already-decided': once('You have decided about this already.', 'You need do nothing.'),
  'rule-changed': again('The rules have changed since you looked.', 'Look at it again, then decide.'),
  'trust-changed': again('The validators have changed since you looked.', 'Look at what it means now, then decide.'),
  'knocks-closed': once('This chain takes no requests without a link.', 'Ask a member for an invitation link.'),
  'work-missing': again('This request came without the work that keeps strangers out.', 'Try again.'),
  'too-many-devices': once('This member has as many devices as there may be.', 'Replace the key of one that is gone.'),
  'link-unknown': once('This link for a device is used up or too old.', 'Make a new one on your other device.'),
  'wrong-password': once(
    'The password does not open the file.',
    'Check it letter by letter. A file that was changed does not open either.',
  ),
  'recovery-refused': once('This recovery does not hold.', 'It was left out. Ask whoever holds the recovery keys.'),
  'fork-refuted': once('This does not prove that the chain was forked.', 'It was refused; you need do nothing.'),
  'evidence-refuted': once('This proves nothing against a validator.', 'It was left out; you need do nothing.'),
  'upgrade-refused': once('This upgrade cannot take place.', 'Choose a later version and a later block.'),
} as const satisfies Partial<Record<RefusalCode, Sentence>>;

const STORAGE = {
  'storage-failed': again(
    'This browser could not save.',
    'It tries again by itself. If that does not help, check that it may keep data for this site (private windows often may not), then reload the page.',
  ),
  'already-open': again(
    'Another window or program of this site runs this device’s node already, and two of them would vote twice.',
    'Close that one, then reload the page.',
  ),
  'storage-full': again(
    'This device has no room left to save.',
    'Free some space. A chain goes on by itself within a minute; if not, reload the page.',
  ),
  'storage-corrupt': once('What this browser saved is damaged.', 'Remove this site’s data, then open an invitation link again.'),
} as const satisfies Partial<Record<RefusalCode, Sentence>>;

const OWN = {
  failed: again('Something went wrong in this page.', 'Reload it, look whether it was done after all, then try again.'),
} as const satisfies Partial<Record<RefusalCode, Sentence>>;

const PAGE = {
  'page-insecure': once('Browsers keep keys only for pages that come by https.', 'Open this site by an address that begins with https://.'),
  'page-broken': again(
    'This page could not start.',
    'Reload it; if that does not help, tell whoever runs this site. What was final is not lost.',
  ),
} as const;

const SENTENCES: Readonly<Record<PageProblem, Sentence>> = {
  ...INVITATIONS,
  ...NETWORK,
  ...ENTRIES,
  ...FORMATS,
  ...BLOCKS,
  ...RULES,
  ...DECISIONS,
  ...STORAGE,
  ...OWN,
  ...PAGE,
};

/** The sentences for a refusal, to be shown as text. */
export function sentenceFor(code: PageProblem): Sentence {
  return SENTENCES[code];
}
