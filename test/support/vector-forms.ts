/** A sample of every form and of every case of it, by hand: with the vectors of the chain they freeze the bytes of all formats. */
import { utf8 } from '../../src/core/base/bytes.ts';
import { backup, backupFile } from '../../src/core/codec/backup.ts';
import { block, finality, header } from '../../src/core/codec/block.ts';
import { body, TEXT_CONTENT_TYPE } from '../../src/core/codec/body.ts';
import { encode, type NamedCodec } from '../../src/core/codec/codec.ts';
import { farewell } from '../../src/core/codec/farewell.ts';
import { forkProof } from '../../src/core/codec/fork-proof.ts';
import { encodeSignedGenesis, genesis, signedGenesis } from '../../src/core/codec/genesis.ts';
import { handshakeFrame, type Identity, type InvitationProof } from '../../src/core/codec/handshake.ts';
import { type HostOffer, hostAnswer, hostRequest } from '../../src/core/codec/host.ts';
import { encodeLink, invitationLink } from '../../src/core/codec/link.ts';
import { logEvidence } from '../../src/core/codec/log-evidence.ts';
import { receipt } from '../../src/core/codec/receipt.ts';
import { RECORD_KINDS } from '../../src/core/codec/records.ts';
import { receiptRequest, relayReceipt, relayReceiptBody } from '../../src/core/codec/relay-receipt.ts';
import { requestLink } from '../../src/core/codec/request-link.ts';
import { rule, rules } from '../../src/core/codec/rules.ts';
import { type Carried, type CarriedKnock, sessionMessage } from '../../src/core/codec/session-message.ts';
import {
  awaitedRow,
  baseRow,
  cosignedRow,
  issuedRow,
  outboxRow,
  ownRow,
  ownRowOne,
  recoverySightRow,
  servedRow,
  tailRow,
  validatingRow,
} from '../../src/core/codec/stored.ts';
import { hostAnswerFrame, hostRequestFrame, sessionFrame, syncAnswerFrame, syncRequestFrame } from '../../src/core/codec/stream-frames.ts';
import {
  blockContents,
  bundleBodies,
  decider,
  epochFragment,
  finalityAnswer,
  hashList,
  headerList,
  ownMember,
  snapshotBuckets,
  snapshotHead,
  snapshotNames,
  stateProof,
  storedBucket,
  syncRequest,
} from '../../src/core/codec/sync-message.ts';
import { action, transaction } from '../../src/core/codec/transaction.ts';
import { bitmapOf, certificate, vote } from '../../src/core/codec/vote.ts';
import { proveRecord, storeBucket } from '../../src/core/membership/proof.ts';
import { finalizeVote, GENESIS_TIME, INVITE_SEED, keyOf, seedOf, textBody, transactions, vectorChain } from './vector-chain.ts';
import {
  allRules,
  certificateOfRecovery,
  epochRecovery,
  fullRules,
  moreActions,
  nestedRule,
  signatureOf,
  signedKnock,
} from './vector-governance.ts';
import { records } from './vector-records.ts';

export interface Sample {
  readonly form: NamedCodec<unknown>;
  readonly values: readonly unknown[];
}

/** Keeps each value to the type of its form. */
function sample<T>(form: NamedCodec<T>, ...values: readonly T[]): Sample {
  return { form, values };
}

const { chain, tip, tipCertificate, first, blocks, invitation, inviteKey, link } = vectorChain;
const leaves = (blocks[2]?.transactions ?? []).map(({ bytes }) => bytes);
const genesisLeaf = encodeSignedGenesis(vectorChain.signedGenesis);
const entryBody = textBody('The first entry.');
const carriedEntry: Carried = { leaf: transactions.entry.bytes, bodies: [entryBody.bytes] };
const backedUp = {
  chain,
  chainName: link.chainName,
  yourName: 'Ben',
  anchor: link.anchor,
  relays: link.relays,
  networkKeys: [seedOf('network key')],
  nextKeyIndex: 1,
};

const identity: Identity = {
  chain,
  node: keyOf('ben'),
  roles: ['observer', 'auditor'],
  versions: [1, 2],
  tip: { height: 2, block: tip.id },
};
const invitationProof: InvitationProof = { invitation, inviteKey, signature: signatureOf('invitation proof') };
const networkKey = seedOf('network key');
const offer: HostOffer = {
  node: keyOf('relay'),
  vote: keyOf('relay, vote'),
  note: keyOf('relay, note'),
  nextKey: seedOf('next key'),
  name: textBody('Relay').bytes,
  endpoints: [utf8('/ip4/203.0.113.7/tcp/9001/ws')],
};
const carriedKnock: CarriedKnock = { signed: signedKnock, name: textBody('Knocker').bytes };
const own = { version: 2, standing: 2, yourName: 'Ben', nextKeyIndex: 63, chainName: 'Vectors' } as const;
const proof = proveRecord(tip.state, 'invitation', invitation);
const absent = proveRecord(tip.state, 'invitation', seedOf('no such invitation'));
const finalityOf = { header: tip.header, certificate: tipCertificate };

export const SAMPLES: readonly Sample[] = [
  sample(body, { salt: seedOf('salt'), contentType: TEXT_CONTENT_TYPE, content: utf8('Grüße, 村!') }),
  sample(rule, ...allRules, nestedRule.rules[0], nestedRule),
  sample(rules, fullRules),
  sample(genesis, vectorChain.signedGenesis.genesis),
  sample(signedGenesis, vectorChain.signedGenesis),
  sample(action, ...Object.values(transactions).map(({ unsigned }) => unsigned.action), ...moreActions),
  sample(transaction, ...Object.values(transactions).map(({ unsigned, signatures }) => ({ unsigned, signatures }))),
  sample(RECORD_KINDS.chain.codec, ...records.chain),
  sample(RECORD_KINDS.trust.codec, ...records.trust),
  sample(RECORD_KINDS.census.codec, ...records.census),
  sample(RECORD_KINDS.member.codec, ...records.member),
  sample(RECORD_KINDS.device.codec, ...records.device),
  sample(RECORD_KINDS.invitation.codec, ...records.invitation),
  sample(RECORD_KINDS.request.codec, ...records.request),
  sample(RECORD_KINDS.retired.codec, ...records.retired),
  sample(RECORD_KINDS.proposal.codec, ...records.proposal),
  sample(RECORD_KINDS.office.codec, ...records.office),
  sample(RECORD_KINDS.agenda.codec, ...records.agenda),
  sample(RECORD_KINDS['device-link'].codec, ...records['device-link']),
  sample(RECORD_KINDS.recovery.codec, ...records.recovery),
  sample(RECORD_KINDS.activation.codec, ...records.activation),
  sample(RECORD_KINDS.erasure.codec, ...records.erasure),
  sample(RECORD_KINDS['erasure-count'].codec, ...records['erasure-count']),
  sample(RECORD_KINDS['former-seats'].codec, ...records['former-seats']),
  sample(RECORD_KINDS.service.codec, ...records.service),
  sample(RECORD_KINDS.attester.codec, ...records.attester),
  sample(RECORD_KINDS.token.codec, ...records.token),
  sample(RECORD_KINDS.eligibility.codec, ...records.eligibility),
  sample(RECORD_KINDS.awards.codec, ...records.awards),
  sample(
    vote,
    finalizeVote(tip),
    { subject: { kind: 'nullify', chain, epoch: 1, view: 7, block: undefined }, seat: 30, signature: signatureOf('nullify') },
    { subject: { kind: 'notarize', chain, epoch: 1, view: 7, block: tip.id }, seat: 1, signature: signatureOf('notarize') },
  ),
  sample(certificate, tipCertificate, {
    subject: { kind: 'notarize', chain, epoch: 1, view: 8, block: tip.id },
    signers: bitmapOf([0, 3, 30]),
    signatures: ['seat 0', 'seat 3', 'seat 30'].map(signatureOf),
  }),
  sample(header, tip.header, { ...tip.header, epoch: 1, nextTrust: seedOf('next trust set'), parentSigners: bitmapOf([0, 9]) }),
  sample(block, { header: tip.header, leaves }),
  sample(finality, { certificate: tipCertificate, headers: blocks.slice(1).map(({ point }) => point.header) }),
  sample(invitationLink, link, { ...link, role: 'federation', reusable: false, shared: false, relays: [], networkKey }),
  sample(requestLink, { version: 1, chain, request: seedOf('request'), chainName: link.chainName }),
  sample(
    backup,
    { version: 1, made: GENESIS_TIME, nextKeys: [keyOf('next 0'), keyOf('next 1')], nextIndex: 2, chains: [backedUp] },
    { version: 1, made: GENESIS_TIME, nextKeys: [], nextIndex: 0, chains: [{ ...backedUp, relays: [], networkKeys: [] }] },
  ),
  sample(backupFile, {
    version: 1,
    iterations: 600_000,
    salt: seedOf('salt').slice(0, 16),
    nonce: seedOf('nonce').slice(0, 12),
    sealed: utf8('sealed'),
  }),
  sample(
    handshakeFrame,
    { type: 'available', chain, nonce: seedOf('nonce'), mac: seedOf('mac') },
    { type: 'answer', identity, nonce: seedOf('nonce') },
    { type: 'prove', body: { identity, invitation: invitationProof }, signature: signatureOf('prove') },
    { type: 'grant', body: { access: 'guest', invitation: undefined, networkKey }, signature: signatureOf('grant') },
    { type: 'accept', body: { access: 'validator', networkKey: undefined }, signature: signatureOf('accept') },
    { type: 'refused', reason: 'invitation-used', farewell: undefined },
    { type: 'refused', reason: 'key-retired', farewell: utf8('farewell') },
  ),
  sample(
    sessionFrame,
    { type: 'message', message: utf8('message') },
    { type: 'close', reason: 'closed' },
    { type: 'access', access: 'member' },
    { type: 'network-key', key: networkKey },
  ),
  sample(syncRequestFrame, { type: 'ask', chain, credit: 1_048_576, request: utf8('request') }, { type: 'credit', credit: 65_536 }),
  sample(syncAnswerFrame, { type: 'frame', frame: utf8('frame') }, { type: 'end' }, { type: 'refused', reason: 'not-available' }),
  sample(hostRequestFrame, { type: 'request', request: utf8('request') }),
  sample(hostAnswerFrame, { type: 'answer', answer: utf8('answer') }, { type: 'refused', reason: 'hosting-refused' }),
  sample(
    sessionMessage,
    { type: 'announce', ids: [transactions.entry.id, transactions.leave.id] },
    { type: 'pull', ids: [transactions.entry.id] },
    { type: 'transactions', items: [carriedEntry, { leaf: transactions.leave.bytes, bodies: [] }] },
    { type: 'refused', items: [{ id: transactions.join.id, code: 'invitation-used' }] },
    { type: 'tip', ...finalityOf, ids: [transactions.entry.id] },
    {
      type: 'peers',
      peers: [{ peer: '12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X', addresses: ['/ip4/203.0.113.7/tcp/9001/ws'] }],
    },
    { type: 'ask-peers' },
    { type: 'knock', knock: carriedKnock },
    {
      type: 'proposal',
      view: tip.header.view,
      header: tip.header,
      ids: [transactions.entry.id],
      vote: finalizeVote(tip),
      certificates: [tipCertificate],
    },
    { type: 'votes', votes: [finalizeVote(tip)] },
    { type: 'certificates', certificates: [tipCertificate] },
    { type: 'ask-block', block: tip.id, ids: [transactions.entry.id] },
    { type: 'block-head', header: tip.header, ids: [transactions.entry.id] },
    { type: 'block-part', block: tip.id, items: [carriedEntry] },
    { type: 'checkpoints', notes: [utf8('a note')] },
    { type: 'forked' },
  ),
  sample(
    syncRequest,
    { type: 'finality', anchor: 1 },
    { type: 'state-proof', kind: RECORD_KINDS.invitation.number, id: invitation },
    { type: 'snapshot' },
    { type: 'history-index', size: 300 },
    { type: 'bundles', from: 0, to: 2, size: 300 },
    { type: 'headers', from: 1, to: 257 },
    { type: 'blocks', from: 1, to: 3 },
    { type: 'own-member', link: undefined },
    { type: 'own-member', link: keyOf('device link') },
    { type: 'deciders', request: seedOf('request') },
    { type: 'epochs', from: 3 },
    { type: 'fork-proof' },
  ),
  sample(finalityAnswer, {
    genesis: genesisLeaf,
    anchor: first.header,
    proof: [seedOf('proof 1'), seedOf('proof 2')],
    tip: tip.header,
    certificate: tipCertificate,
  }),
  ...records.trust.map((next) =>
    sample(epochFragment, ...[undefined, epochRecovery].map((recovery) => ({ ...finalityOf, next, recovery }))),
  ),
  sample(logEvidence, { type: 'leaf', lineage: { genesis: genesisLeaf, epochs: [] }, bytes: transactions.entry.bytes }),
  sample(receipt, {
    type: 'join',
    lineage: { genesis: genesisLeaf, epochs: [] },
    header: tip.header,
    certificate: tipCertificate,
    member: seedOf('member'),
    records: [
      {
        kind: RECORD_KINDS.member.number,
        id: seedOf('member'),
        value: Uint8Array.of(1),
        bucket: [{ key: seedOf('key'), value: seedOf('value') }],
        path: Array.from({ length: 8 }, (_, i) => seedOf(`sibling ${i}`)),
      },
    ],
    leaves: [{ index: 1, bytes: Uint8Array.of(2), proof: [seedOf('proof 1')] }],
    words: [Uint8Array.of(3)],
  }),
  sample(
    forkProof,
    ...records.trust.map((next) => ({
      type: 'two-final-blocks' as const,
      lineage: { genesis: genesisLeaf, epochs: [{ ...finalityOf, next, recovery: undefined }] },
      first: { header: first.header, headers: [tip.header], certificate: tipCertificate },
      second: { header: tip.header, headers: [], certificate: tipCertificate },
    })),
    {
      type: 'checkpoint-and-block',
      lineage: { genesis: genesisLeaf, epochs: [] },
      checkpoint: utf8('a note'),
      root: seedOf('root'),
      consistency: [seedOf('proof 1')],
      block: { header: first.header, headers: [tip.header], certificate: tipCertificate },
    },
  ),
  sample(stateProof, { ...finalityOf, ...proof }, { ...finalityOf, ...absent }),
  sample(
    farewell,
    { ...finalityOf, member: proof, proposal: undefined },
    { ...finalityOf, member: proof, proposal: { id: seedOf('proposal'), proof: absent, reason: textBody('Adverts.').bytes } },
  ),
  sample(ownMember, { member: seedOf('member a'), proof: { ...finalityOf, ...proof } }),
  sample(
    decider,
    {
      member: seedOf('member a'),
      proof: { ...finalityOf, ...proof },
      name: textBody('Alice').bytes,
      said: { leaf: genesisLeaf, inclusion: [seedOf('sibling')], reason: textBody('We know him.').bytes },
    },
    { member: seedOf('member a'), proof: { ...finalityOf, ...absent }, name: undefined, said: undefined },
  ),
  sample(snapshotHead, { ...finalityOf, frontier: tip.frontier.hashes, buckets: tip.state.bucketHashes() }),
  sample(snapshotBuckets, { first: 254, buckets: [storeBucket(tip.state, 254), storeBucket(tip.state, 255)] }),
  sample(
    snapshotNames,
    ['Alice', 'Relay', 'Ben'].map((name) => textBody(name).bytes),
  ),
  sample(hashList, [seedOf('hash 1'), seedOf('hash 2')]),
  sample(
    headerList,
    blocks.map(({ point }) => point.header),
  ),
  sample(bundleBodies, [[entryBody.bytes, undefined], [], [undefined]]),
  sample(blockContents, { leaves, bodies: [[textBody('Ben').bytes], [textBody('Cara').bytes], [entryBody.bytes], [], []] }),
  sample(
    hostRequest,
    { type: 'keys' },
    { type: 'keys-by-code', code: 'K7QF-2M9X-TR4A-WC8E' },
    { type: 'found', genesis: vectorChain.signedGenesis.genesis, signature: signatureOf('founder'), bodies: [textBody('Alice').bytes] },
  ),
  sample(
    hostAnswer,
    { type: 'offer', offer },
    { type: 'live', genesis: genesisLeaf, certificate: tipCertificate },
    { type: 'refused', code: 'relays-full' },
  ),
  sample(
    storedBucket,
    storeBucket(
      tip.state,
      tip.state.bucketHashes().findIndex((_, i) => tip.state.bucketRows(i).length > 0),
    ),
  ),
  sample(
    tailRow,
    { block: { header: tip.header, leaves }, bodies: [[undefined], [], [entryBody.bytes], [], []], certificate: tipCertificate },
    { block: { header: tip.header, leaves: [] }, bodies: [], certificate: undefined },
  ),
  sample(baseRow, { version: 1, block: tip.id, ...finalityOf, frontier: tip.frontier.hashes, complete: true }),
  sample(
    ownRow,
    {
      ...own,
      knock: carriedKnock,
      link: encodeLink(link),
      join: { leaf: transactions.join.bytes, bodies: [textBody('Ben').bytes] },
      relays: [...link.relays],
      networkKeys: [networkKey, seedOf('another network key')],
    },
    { ...own, link: undefined, join: undefined, relays: [], networkKeys: [], knock: undefined },
  ),
  sample(ownRowOne, { ...own, version: 1, link: undefined, join: undefined, relays: [], networkKey }),
  sample(issuedRow, { invitation, seed: INVITE_SEED, role: 'writer', transaction: transactions.invite.id }),
  sample(
    recoverySightRow,
    { certificate: certificateOfRecovery, firstSeen: GENESIS_TIME, confirmed: false, decided: false },
    { certificate: certificateOfRecovery, firstSeen: GENESIS_TIME, confirmed: true, decided: true },
  ),
  ...records.trust.map((anchored) => sample(awaitedRow, { version: 1, size: 70_000, anchored })),
  sample(servedRow, {
    version: 1,
    counts: [{ day: 20_000, relay: seedOf('relay'), watchedMs: 3_600_000, reservedMs: 3_599_000, breaks: 1, circuits: 3, bytes: 70_000 }],
  }),
  sample(relayReceiptBody, { day: 20_000, node: keyOf('ben'), watched: 1440, minutes: 1439, breaks: 1, circuits: 3, kib: 68 }),
  sample(relayReceipt, {
    node: keyOf('ben'),
    watched: 1440,
    minutes: 1439,
    breaks: 1,
    circuits: 3,
    kib: 68,
    signature: signatureOf('ben’s receipt'),
  }),
  sample(receiptRequest, { day: 20_000 }),
  sample(cosignedRow, { version: 1, size: 70_000, root: seedOf('root'), seconds: GENESIS_TIME / 1000 }),
  sample(validatingRow, { version: 1, wanted: true }),
  sample(
    outboxRow,
    { item: carriedEntry, made: GENESIS_TIME, refused: undefined },
    { item: carriedEntry, made: GENESIS_TIME, refused: 'not-allowed' },
  ),
].map(({ form, values }) => ({ form, values }));

/** Bytes of a sample. */
export function bytesOfSample({ form }: Sample, value: unknown): Uint8Array {
  return encode(form, value);
}
