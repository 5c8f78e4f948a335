/**
 * The frozen vectors as they follow from the code: `test/vectors/*.json` hold them, a test compares, and
 * `npm run vectors -- --write` replaces them, which is an explicit act: whoever does so changes the formats.
 */
import { concat, toHex, uint64, utf8 } from '../../src/core/base/bytes.ts';
import { TAGS, type Tag, taggedHash } from '../../src/core/base/hash.ts';
import { nextKeyDigest, type PublicKey, publicKeyOf, type Signature } from '../../src/core/base/key.ts';
import { header } from '../../src/core/codec/block.ts';
import { encode } from '../../src/core/codec/codec.ts';
import { chainIdOf, encodeSignedGenesis, genesis } from '../../src/core/codec/genesis.ts';
import { availableMac, challengeMessage, invitationProofMessage, type SignedStep, STEP_NUMBERS } from '../../src/core/codec/handshake.ts';
import { encodeLink, inviteKeySeed } from '../../src/core/codec/link.ts';
import { linkToCode, linkToJson, linkToUrl } from '../../src/core/codec/link-text.ts';
import { encodeRecord, memberIdOf, RECORD_KINDS, type RecordKind, trustSet } from '../../src/core/codec/records.ts';
import { rule, ruleHash } from '../../src/core/codec/rules.ts';
import { voteSubject } from '../../src/core/codec/vote.ts';
import { encodeBundle } from '../../src/core/log/bundle.ts';
import { leafHash } from '../../src/core/log/merkle-hash.ts';
import type { State } from '../../src/core/membership/state.ts';
import { nextKeys } from '../../src/node/recovery-phrase.ts';
import { INVITE_SEED, keyOf, seedOf, textBody, transactions, vectorChain } from './vector-chain.ts';
import { bytesOfSample, SAMPLES } from './vector-forms.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Each file's name and content. */
export async function vectorFiles(): Promise<Readonly<Record<string, Json>>> {
  return {
    'forms.json': Object.fromEntries(
      SAMPLES.map((sample) => [
        sample.form.cddl,
        sample.values.map((value) => ({ value: toJson(value), bytes: toHex(bytesOfSample(sample, value)) })),
      ]),
    ),
    'chain.json': { hashes: hashes(), signatures: signatures(), log: log(), states: states() },
    'derived.json': { keys: keys(), recovery: await recovery(), link: link(), handshake: handshake() },
  };
}

/** The text of a file: lines that a review can read. */
export function vectorText(content: Json): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** Bytes as `0x…`, what is absent as null. */
export function toJson(value: unknown): Json {
  if (value instanceof Uint8Array) return `0x${toHex(value)}`;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, toJson(one)]));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

// ---------------------------------------------------------------- hashes and signatures

const { chain, blocks, signedGenesis, first, invitation, inviteKey } = vectorChain;

function hashes(): Json {
  const hashed = (what: string, tag: Tag, input: Uint8Array, expected: Uint8Array): Json => {
    if (toHex(taggedHash(tag, input)) !== toHex(expected)) throw new Error(`${what} is not the hash of its input`);
    return { what, tag, input: toHex(input), hash: toHex(expected) };
  };
  const body = textBody('Alice');
  return [
    hashed('chain id', TAGS.chain, encode(genesis, signedGenesis.genesis), chainIdOf(signedGenesis.genesis)),
    hashed('member id', TAGS.member, concat(chain, keyOf('ben')), memberIdOf(chain, keyOf('ben'))),
    hashed('invitation id', TAGS.invitation, concat(chain, inviteKey), invitation),
    hashed('body hash', TAGS.body, body.bytes, body.ref.hash),
    hashed('digest of a next key', TAGS.nextKey, keyOf('ben, next'), nextKeyDigest(keyOf('ben, next'))),
    hashed('rule hash', TAGS.rule, encode(rule, { type: 'approvals', approvals: 2 }), ruleHash({ type: 'approvals', approvals: 2 })),
    hashed('digest of the trust set', TAGS.trustSet, encode(trustSet, first.trust), first.header.trust),
    ...Object.entries(transactions).map(([name, { id, unsignedBytes }]) => hashed(`id of ${name}`, TAGS.transaction, unsignedBytes, id)),
    ...blocks.map(({ point }, height) => hashed(`id of block ${height}`, TAGS.block, encode(header, point.header), point.id)),
  ];
}

function signatures(): Json {
  const signed = (what: string, tag: Tag, input: Uint8Array, key: PublicKey, signature: Signature | undefined): Json => ({
    what,
    tag,
    input: toHex(input),
    key: toHex(key),
    signature: toHex(signature ?? new Uint8Array(0)),
  });
  const founders = signedGenesis.genesis.founders.map(({ node }, i) =>
    signed(`founder ${i}`, TAGS.genesisSignature, encode(genesis, signedGenesis.genesis), node, signedGenesis.signatures[i]),
  );
  const senders = Object.entries(transactions).map(
    ([
      name,
      {
        unsigned,
        unsignedBytes,
        signatures: [own],
      },
    ]) => signed(`sender of ${name}`, TAGS.transactionSignature, unsignedBytes, unsigned.sender, own),
  );
  const { unsignedBytes, signatures: joinSignatures } = transactions.join;
  const votes = blocks.map(({ certificate }, height) =>
    signed(
      `vote over block ${height}`,
      TAGS.vote,
      encode(voteSubject, certificate.subject),
      keyOf('relay, vote'),
      certificate.signatures[0],
    ),
  );
  return [
    ...founders,
    ...senders,
    signed('invite key under join', TAGS.joinCosignature, unsignedBytes, inviteKey, joinSignatures[1]),
    ...votes,
  ];
}

// ---------------------------------------------------------------- log and state

function log(): Json {
  const leaves = [encodeSignedGenesis(signedGenesis), ...blocks.flatMap((block) => block.transactions.map(({ bytes }) => bytes))];
  return {
    leaves: leaves.map(toHex),
    leafHashes: leaves.map((leaf) => toHex(leafHash(leaf))),
    roots: blocks.map(({ point }) => ({ size: point.header.logSize, root: toHex(point.header.logRoot) })),
    frontier: vectorChain.tip.frontier.hashes.map((hash) => toHex(hash)),
    bundle: toHex(encodeBundle(leaves)),
  };
}

function states(): Json {
  return blocks.map(({ point: { state, header } }) => ({
    height: header.height,
    records: state
      .bucketHashes()
      .flatMap((_, index) => state.bucketRows(index).map(({ kind, id, keyHash }) => recordJson(state, kind, id, keyHash))),
    root: toHex(state.root),
  }));
}

function recordJson<K extends RecordKind>(state: State, kind: K, id: Uint8Array, keyHash: Uint8Array): Json {
  const value = state.get(kind, id);
  if (value === undefined) throw new Error('a row of a bucket is a record');
  return { kind, number: RECORD_KINDS[kind].number, id: toHex(id), keyHash: toHex(keyHash), value: toHex(encodeRecord(kind, value)) };
}

// ---------------------------------------------------------------- what is derived

function keys(): Json {
  const names = ['alice', 'alice, next', 'relay', 'relay, next', 'relay, vote', 'relay, note', 'ben', 'ben, next', 'cara', 'cara, next'];
  const seed = inviteKeySeed(INVITE_SEED, chain);
  return {
    fromSeeds: names.map((name) => ({ name, seed: toHex(seedOf(name)), key: toHex(keyOf(name)) })),
    invite: { linkSeed: toHex(INVITE_SEED), chain: toHex(chain), keySeed: toHex(seed), key: toHex(publicKeyOf(seed)) },
  };
}

async function recovery(): Promise<Json> {
  const phrase = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
  const { publicKeys } = await nextKeys(phrase);
  const chosen = [0, 1, 63].flatMap((index) => {
    const key = publicKeys[index];
    return key === undefined ? [] : [{ index, key: toHex(key), digest: toHex(nextKeyDigest(key)) }];
  });
  return { phrase, nextKeys: chosen };
}

function link(): Json {
  const value = vectorChain.link;
  return {
    bytes: toHex(encodeLink(value)),
    code: linkToCode(value),
    url: linkToUrl(value, 'https://latchkey.example/'),
    json: linkToJson(value),
  };
}

function handshake(): Json {
  const peers = {
    opener: '12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X',
    acceptor: '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp',
  };
  const nodes = { opener: keyOf('ben'), acceptor: keyOf('relay') };
  const nonces = { opener: seedOf('nonce of the opener'), acceptor: seedOf('nonce of the acceptor') };
  const networkKey = seedOf('network key');
  const transcript = [utf8('first frame'), utf8('second frame'), utf8('signed body')];
  const challenge = { chain, nodes, peers, nonces, transcript };
  const steps = Object.keys(STEP_NUMBERS) as SignedStep[];
  return {
    ...{ networkKey: toHex(networkKey), peers, nodes: toJson(nodes), nonces: toJson(nonces), transcript: toJson(transcript) },
    availableMac: toHex(availableMac(networkKey, chain, peers, nonces.opener)),
    transcriptInput: toHex(concat(...transcript.flatMap((frame) => [uint64(frame.length), frame]))),
    challenges: steps.map((step) => ({ step, number: STEP_NUMBERS[step], message: toHex(challengeMessage(step, challenge)) })),
    invitationProof: toHex(invitationProofMessage(chain, invitation, nodes.opener, nonces.acceptor)),
  };
}
