/** A small chain of which every byte is fixed: what the frozen vectors are made of. All keys come from names. */
import { utf8 } from '../../src/core/base/bytes.ts';
import { type Hash, plainSha256 } from '../../src/core/base/hash.ts';
import { nextKeyDigest, publicKeyOf, type Signature, signWithSeed } from '../../src/core/base/key.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { blockIdOf } from '../../src/core/codec/block.ts';
import { type BodyRef, bodyRefOf, encodeBody, TEXT_CONTENT_TYPE } from '../../src/core/codec/body.ts';
import { type Genesis, genesisSignedText, PROTOCOL_VERSION, type SignedGenesis } from '../../src/core/codec/genesis.ts';
import { type InvitationLink, inviteKeySeed } from '../../src/core/codec/link.ts';
import {
  type Action,
  assembleTransaction,
  encodeUnsigned,
  invitationIdOf,
  joinCosignedText,
  type Transaction,
  transactionSignedText,
} from '../../src/core/codec/transaction.ts';
import { type Certificate, type Vote, voteSignedText } from '../../src/core/codec/vote.ts';
import { assembleCertificate } from '../../src/core/consensus/certificate.ts';
import { buildBlock, type ChainPoint } from '../../src/core/consensus/execute.ts';
import { frontierFrom } from '../../src/core/log/frontier.ts';
import { leafHash } from '../../src/core/log/merkle-hash.ts';
import { type GenesisState, genesisState } from '../../src/core/membership/genesis-state.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';

export const GENESIS_TIME = 1_795_000_000_000;
const HOUR_MS = 3_600_000;

/** 32 bytes that follow from a name. */
export function seedOf(name: string): Hash {
  return plainSha256(utf8(`latchkey test vector: ${name}`));
}

export function keyOf(name: string) {
  return publicKeyOf(seedOf(name));
}

/** A body with a text, and what a transaction holds of it. */
export function textBody(text: string): { readonly bytes: Uint8Array; readonly ref: BodyRef } {
  const bytes = encodeBody({ salt: seedOf(`salt of ${text}`), contentType: TEXT_CONTENT_TYPE, content: utf8(text) });
  return { bytes, ref: bodyRefOf(bytes) };
}

const genesis: Genesis = {
  version: 1,
  name: 'Vectors',
  time: GENESIS_TIME,
  salt: seedOf('salt of the chain'),
  protocol: PROTOCOL_VERSION,
  founders: [
    {
      node: keyOf('alice'),
      roles: ['federation', 'writer'],
      name: textBody('Alice').ref,
      nextKey: nextKeyDigest(keyOf('alice, next')),
      keys: undefined,
      endpoints: [],
    },
    {
      node: keyOf('relay'),
      roles: ['validator', 'relay'],
      name: textBody('Relay').ref,
      nextKey: nextKeyDigest(keyOf('relay, next')),
      keys: { vote: keyOf('relay, vote'), note: keyOf('relay, note') },
      endpoints: [utf8('/ip4/203.0.113.7/tcp/9001/ws/p2p/12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X')],
    },
  ],
  rules: openLinkRules(),
  recovery: { threshold: 1, delayMs: 14 * 24 * HOUR_MS, keys: [nextKeyDigest(keyOf('recovery'))] },
};

function sign(name: string, message: Uint8Array): Signature {
  return signWithSeed(seedOf(name), message);
}

const signedGenesis: SignedGenesis = { genesis, signatures: ['alice', 'relay'].map((name) => sign(name, genesisSignedText(genesis))) };
const first: GenesisState = unwrap(genesisState(asVerified(signedGenesis)));
const { chain } = first;

/** 16 bytes: the secret of the link. */
export const INVITE_SEED = seedOf('invitation').slice(0, 16);
const inviteSeed = inviteKeySeed(INVITE_SEED, chain);
const inviteKey = publicKeyOf(inviteSeed);
const invitation = invitationIdOf(chain, inviteKey);

function transaction(sender: string, sequence: number, action: Action): Transaction {
  const unsigned = { version: 1, chain, sender: keyOf(sender), sequence, expiry: GENESIS_TIME + 12 * HOUR_MS, action } as const;
  const bytes = encodeUnsigned(unsigned);
  const cosigned = action.type === 'join' ? [signWithSeed(inviteSeed, joinCosignedText(bytes))] : [];
  return assembleTransaction(unsigned, [sign(sender, transactionSignedText(bytes)), ...cosigned]);
}

const secondKey = publicKeyOf(seedOf('second invitation'));
const operator = { operatorId: utf8('AS64500'), region: 276, kbps: 100_000, software: 1, checklist: 7 };
const joining = { invitation, nextKey: nextKeyDigest(keyOf('ben, next')), operator } as const;

/** In the order in which they enter, by block. */
export const transactions = {
  invite: transaction('alice', 1, {
    type: 'invite',
    key: inviteKey,
    role: 'writer',
    uses: 3,
    expiry: GENESIS_TIME + 168 * HOUR_MS,
    shared: true,
  }),
  'invite another': transaction('alice', 2, {
    type: 'invite',
    key: secondKey,
    role: 'observer',
    uses: 1,
    expiry: GENESIS_TIME + 24 * HOUR_MS,
    shared: false,
  }),
  join: transaction('ben', 0, { type: 'join', name: textBody('Ben').ref, ...joining }),
  'join of another': transaction('cara', 0, {
    type: 'join',
    name: textBody('Cara').ref,
    invitation,
    nextKey: nextKeyDigest(keyOf('cara, next')),
    operator: undefined,
  }),
  entry: transaction('ben', 1, { type: 'entry', body: textBody('The first entry.').ref }),
  'revoke-invite': transaction('alice', 4, { type: 'revoke-invite', invitation: invitationIdOf(chain, secondKey) }),
  leave: transaction('cara', 1, { type: 'leave' }),
} as const;

function certify({ header, id }: ChainPoint): Certificate {
  return assembleCertificate(finalizeVote({ header, id }).subject, [finalizeVote({ header, id })]);
}

export function finalizeVote({ header, id }: Pick<ChainPoint, 'header' | 'id'>): Vote {
  const subject = { kind: 'finalize', chain, epoch: header.epoch, view: header.view, block: id } as const;
  return { subject, seat: 0, signature: sign('relay, vote', voteSignedText(subject)) };
}

function next(parent: ChainPoint, parentSigners: Uint8Array, included: readonly Transaction[]): ChainPoint {
  const { height, time } = parent.header;
  const proposal = { view: height + 1, time: time + 60_000, proposerSeat: 0, parentSigners };
  const built = buildBlock(parent, proposal, included.map(asVerified));
  if (built.included.length !== included.length) throw new Error(`refused: ${built.refused[0]?.refusal.detail}`);
  return built.point;
}

const zero: ChainPoint = {
  header: first.header,
  id: blockIdOf(first.header),
  state: first.state,
  frontier: unwrap(frontierFrom(1, [leafHash(first.leaf)])),
  recovery: genesis.recovery,
};
const zeroCertificate = certify(zero);
const { invite, join, entry, leave } = transactions;
const one = next(zero, zeroCertificate.signers, [invite, transactions['invite another']]);
const oneCertificate = certify(one);
const two = next(one, oneCertificate.signers, [join, transactions['join of another'], entry, transactions['revoke-invite'], leave]);
const twoCertificate = certify(two);

const link: InvitationLink = {
  chain,
  chainName: genesis.name,
  inviter: 'Alice',
  role: 'writer',
  reusable: true,
  shared: true,
  seed: INVITE_SEED,
  anchor: { block: one.id, height: 1, issued: one.header.time + 1000 },
  relays: [
    {
      peer: '12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X',
      addresses: [
        '/ip4/203.0.113.7/tcp/9001/ws',
        '/ip4/203.0.113.7/udp/9001/webrtc-direct/certhash/uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g',
      ],
    },
  ],
  networkKey: undefined,
};

export const vectorChain = {
  chain,
  signedGenesis,
  first,
  blocks: [
    { point: zero, certificate: zeroCertificate, transactions: [] },
    { point: one, certificate: oneCertificate, transactions: [invite, transactions['invite another']] },
    {
      point: two,
      certificate: twoCertificate,
      transactions: [join, transactions['join of another'], entry, transactions['revoke-invite'], leave],
    },
  ],
  tip: two,
  tipCertificate: twoCertificate,
  inviteKey,
  invitation,
  link,
} as const;
