/** Which signatures are asked of a transaction and of whatever it brings along: each of them counts, and none is to spare. */
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/core/base/bytes.ts';
import { plainSha256 } from '../../src/core/base/hash.ts';
import { nextKeyDigest, type Signature, signWithSeed, verifyZip215 } from '../../src/core/base/key.ts';
import { HOUR_MS } from '../../src/core/base/limits.ts';
import { knockSignedText } from '../../src/core/codec/knock.ts';
import { recoverySignedText } from '../../src/core/codec/recovery.ts';
import { relayReceiptText } from '../../src/core/codec/relay-receipt.ts';
import {
  type Action,
  assembleTransaction,
  encodeUnsigned,
  joinCosignedText,
  officeKeyText,
  transactionSignedText,
} from '../../src/core/codec/transaction.ts';
import { type Vote, voteSignedText } from '../../src/core/codec/vote.ts';
import { inviteKeysOf, requiredSignatures } from '../../src/core/membership/required-signatures.ts';
import { enterLink, grant, openLink, planOf, readiness, registration, rotation, seat, voteBy } from '../support/keys-world.ts';
import { genesisOf, hashOf, keyOf, refOf, START, World } from '../support/world.ts';

const world = new World(genesisOf());
for (const name of ['ben', 'dora']) world.admit(name);
seat(world, 'ben');
world.invite('alice', 'live link');

function sign(name: string, message: Uint8Array): Signature {
  return signWithSeed(plainSha256(utf8(name)), message);
}

/** A transaction with these signatures: of the sender, and of whoever signs beside it. */
type Signed = ReturnType<typeof assembleTransaction>;

function signed(sender: string, action: Action, beside: readonly string[] = [], by = sender): Signed {
  const unsigned = { version: 1, chain: world.chain, sender: keyOf(sender), sequence: 1, expiry: world.time + HOUR_MS, action } as const;
  const bytes = encodeUnsigned(unsigned);
  const signatures = [sign(by, transactionSignedText(bytes)), ...beside.map((name) => sign(name, joinCosignedText(bytes)))];
  return assembleTransaction(unsigned, signatures);
}

/** `beside`: transactions of the same block. */
function isGood(transaction: Signed, beside: readonly Signed[] = []): boolean {
  const required = requiredSignatures(transaction, world.state, inviteKeysOf([...beside, transaction]));
  return typeof required !== 'string' && required.every(({ key, message, signature }) => verifyZip215(key, message, signature));
}

function knocking(by: string): Action {
  const knock = {
    chain: world.chain,
    key: keyOf('zoe'),
    role: 'writer',
    name: refOf('zoe'),
    nextKey: nextKeyDigest(keyOf('zoe, next')),
    operator: undefined,
    expiry: world.time + HOUR_MS,
    work: 0,
  } as const;
  const carried = { knock, signature: sign(by, knockSignedText(knock)) };
  return { type: 'approve', subject: hashOf('knock'), basis: hashOf('rule'), reason: undefined, knock: carried };
}

function registering(voteBy: string, noteBy: string, node = 'ben'): Action {
  const text = (key: string) => officeKeyText(world.chain, keyOf(node), keyOf(key));
  return registration('ben', { proofs: [sign(voteBy, text('ben, vote')), sign(noteBy, text('ben, note'))] });
}

function evidence(by: string, changes: object = {}): Action {
  const vote = (block: string): Vote => {
    const given = voteBy(world, 'ben', 'notarize', block, changes);
    return { ...given, signature: sign(by, voteSignedText(given.subject)) };
  };
  return { type: 'evidence', first: vote('one'), second: vote('two') };
}

function recovery(...signers: readonly (readonly [key: string, by: string])[]): Action {
  const plan = planOf(world, { federation: [keyOf('ben')] });
  const signatures = signers.map(([key, by]) => ({ key: keyOf(key), signature: sign(by, recoverySignedText(plan)) }));
  return { type: 'recover', certificate: { plan, signatures } };
}

/** Of a day of dora's relaying; each receipt by a node, signed by somebody, over what dora is said to have done. */
function receipts(relay: string, ...signers: readonly (readonly [node: string, by: string])[]): Action {
  const day = 20_000;
  const made = signers.map(([node, by], i) => {
    const told = { node: keyOf(node), watched: 1440, minutes: 1000 + i, breaks: 0, circuits: i, kib: i };
    return { ...told, signature: sign(by, relayReceiptText(world.chain, world.idOf('dora'), { day, ...told })) };
  });
  return { type: 'relay-receipts', relay: world.idOf(relay), day, receipts: made };
}

function alone(action: Action): Signed {
  return signed('ben', action);
}

const enter = enterLink(world, 'ben', 'link');
const own = registration('ben', {
  vote: undefined,
  proofs: [sign('ben, note', officeKeyText(world.chain, keyOf('ben'), keyOf('ben, note')))],
});
const entry = { sender: keyOf('ben'), sequence: 1, expiry: START, body: refOf('entry') };
const decision = { subject: hashOf('request'), basis: hashOf('rule'), reason: undefined, knock: undefined } as const;

describe('signed by those who must', () => {
  test.each([
    ['an entry', signed('ben', { type: 'entry', body: refOf('entry') })],
    ['a rotation, by the next key', signed('ben, next', rotation(world, 'ben'))],
    ['an invitation', alone(world.inviteAction('another link'))],
    ['an invitation that is withdrawn', alone({ type: 'revoke-invite', invitation: world.idOfLink('live link') })],
    ['who asks for a role', alone({ type: 'request-role', role: 'validator', operator: undefined })],
    ['who leaves', alone({ type: 'leave' })],
    ['an author who erases', alone({ type: 'erase-body', leaf: 1, entry })],
    ['a proposal', alone(grant(world, 'dora', 'auditor'))],
    ['who is ready', alone(readiness(world))],
    ['a decision', alone({ type: 'reject', ...decision })],
    ['a note key without a vote key', alone(own)],
    ['who joins, with the link’s key', signed('zoe', world.joinAction('zoe', 'live link'), ['live link'])],
    ['a link that is opened', alone(openLink(world, 'link'))],
    ['a device that enters, with the link’s key', signed('phone', enter, ['link'])],
    ['a decision that brings in a knock', signed('alice', knocking('zoe'))],
    ['vote and note keys, each by itself', signed('ben', registering('ben, vote', 'ben, note'))],
    ['votes, by the key of their seat', signed('dora', evidence('ben, vote'))],
    ['receipts, each by its member', signed('dora', receipts('dora', ['ben', 'ben'], ['alice', 'alice']))],
    ['who spends a token', alone({ type: 'spend-token' })],
    ['a recovery, by its keys', signed('anybody', recovery(['r1', 'r1'], ['r2', 'r2']))],
  ])('%s', (_, transaction) => {
    expect(isGood(transaction)).toBe(true);
  });

  test('who joins by a link that is opened in the same block', () => {
    const opening = signed('alice', world.inviteAction('new link'));
    const joining = signed('zoe', world.joinAction('zoe', 'new link'), ['new link']);
    expect(isGood(joining)).toBe(false);
    expect(isGood(joining, [opening])).toBe(true);
  });
});

describe('not signed by those who must', () => {
  test.each([
    ['an entry, by another', signed('ben', { type: 'entry', body: refOf('entry') }, [], 'dora')],
    ['an entry, with a signature to spare', signed('ben', { type: 'entry', body: refOf('entry') }, ['dora'])],
    ['who joins without the link’s key', signed('zoe', world.joinAction('zoe', 'live link'))],
    ['who joins by the key of another link', signed('zoe', world.joinAction('zoe', 'live link'), ['link'])],
    ['who joins by a link that the chain has not', signed('zoe', world.joinAction('zoe', 'no link'), ['no link'])],
    ['a link that is opened, by two', signed('ben', openLink(world, 'link'), ['link'])],
    ['a device that enters alone', signed('phone', enter)],
    ['a device that enters by another link', signed('phone', enter, ['another'])],
    ['a device that another enters for', signed('phone', enter, ['link'], 'thief')],
    ['a knock of another’s', signed('alice', knocking('alice'))],
    ['a vote key of another’s', signed('ben', registering('ben, note', 'ben, note'))],
    ['a note key of another’s', signed('ben', registering('ben, vote', 'ben, vote'))],
    ['proofs for another node', signed('ben', registering('ben, vote', 'ben, note', 'dora'))],
    ['keys of which one has no proof', signed('ben', registration('ben', { proofs: [sign('ben, vote', new Uint8Array(0))] }))],
    ['votes that somebody made up', signed('dora', evidence('dora'))],
    ['votes of an epoch of which no keys are known', signed('dora', evidence('ben, vote', { epoch: 7 }))],
    ['receipts of which one is another’s', signed('dora', receipts('dora', ['ben', 'ben'], ['alice', 'dora']))],
    ['receipts for another relay', signed('ben', receipts('ben', ['alice', 'alice']))],
    ['a recovery of which one signature is another’s', signed('anybody', recovery(['r1', 'r1'], ['r2', 'r1']))],
  ])('%s', (_, transaction) => {
    expect(isGood(transaction)).toBe(false);
  });
});
