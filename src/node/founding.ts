/**
 * Founding a chain: the founder's side and the host's (DESIGN §9). A host is a founder too, with the roles `validator` and
 * `relay`; without one, the founder's own device is the validator.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import { asHash, HASH_BYTES, type Hash } from '../core/base/hash.ts';
import type { Signature } from '../core/base/key.ts';
import { HOST_MESSAGE_BYTES_MAX, MINUTE_MS } from '../core/base/limits.ts';
import { invariant, RefusalError, unwrap } from '../core/base/result.ts';
import { blockIdOf, type Header } from '../core/codec/block.ts';
import { bodyRefOf } from '../core/codec/body.ts';
import { decode, encode } from '../core/codec/codec.ts';
import {
  decodeSignedGenesis,
  encodeSignedGenesis,
  type Founder,
  type Genesis,
  genesisSignedText,
  PROTOCOL_VERSION,
  type Recovery,
  type SignedGenesis,
} from '../core/codec/genesis.ts';
import { type HostOffer, type HostRequest, hostAnswer, hostRequest } from '../core/codec/host.ts';
import type { Rules } from '../core/codec/rules.ts';
import { type Certificate, type Vote, voteSignedText } from '../core/codec/vote.ts';
import { assembleCertificate } from '../core/consensus/certificate.ts';
import { finalitySignatures } from '../core/light/finality.ts';
import { type GenesisState, genesisState } from '../core/membership/genesis-state.ts';
import { asVerified } from '../core/membership/verified.ts';
import type { Network, PeerAddress, Random, Signer, Verifier } from './ports.ts';

/** A chain that has just come to be, ready to be written. */
export interface FoundedChain {
  readonly genesisLeaf: Uint8Array;
  readonly certificate: Certificate;
  /** Bodies of leaf 0, in the order of the founders. */
  readonly bodies: readonly Uint8Array[];
  readonly chain: Hash;
}

export interface FoundingPlan {
  readonly name: string;
  readonly rules: Rules;
  /** Keys that can recover the chain once it is broken; none unless said. */
  readonly recovery?: Recovery | undefined;
  readonly now: number;
  readonly random: Random;
  readonly signer: Signer;
  /** Body with the founder's name. */
  readonly nameBody: Uint8Array;
  readonly nextKeyDigest: Hash;
}

const NO_RECOVERY: Recovery = { threshold: 0, delayMs: 0, keys: [] };

/** The founder alone, as federation and validator. */
export async function foundAlone(plan: FoundingPlan, office: { readonly vote: Signer; readonly note: Signer }): Promise<FoundedChain> {
  const keys = { vote: office.vote.publicKey, note: office.note.publicKey };
  const genesis = genesisOf(plan, [{ ...ownFounder(plan), roles: ['federation', 'validator'], keys }]);
  const signature = await plan.signer.sign(genesisSignedText(genesis));
  const first = firstPoint({ genesis, signatures: [signature] });
  return {
    genesisLeaf: first.leaf,
    certificate: await certifyFirst(first.header, office.vote),
    bodies: [plan.nameBody],
    chain: first.chain,
  };
}

/** The founder as federation, and a relay that agreed to host as validator. Throws the relay's typed refusal. */
export async function foundWithHost(
  plan: FoundingPlan,
  host: { readonly network: Network; readonly relay: PeerAddress; readonly verifier: Verifier; readonly code: string | undefined },
  signal: AbortSignal,
): Promise<FoundedChain> {
  const ask = async (request: HostRequest) => {
    const answer = unwrap(
      decode(hostAnswer, await host.network.host(host.relay, encode(hostRequest, request), signal), HOST_MESSAGE_BYTES_MAX),
    );
    if (answer.type === 'refused') throw new RefusalError({ code: answer.code, detail: 'the relay refused to host the chain' });
    return answer;
  };
  const offered = await ask(host.code === undefined ? { type: 'keys' } : { type: 'keys-by-code', code: host.code });
  if (offered.type !== 'offer') throw wrongAnswer('no offer');
  const genesis = genesisOf(plan, [{ ...ownFounder(plan), roles: ['federation'] }, hostFounder(offered.offer)]);
  const bodies = [plan.nameBody, offered.offer.name];
  const signature = await plan.signer.sign(genesisSignedText(genesis));
  const live = await ask({ type: 'found', genesis, signature, bodies });
  if (live.type !== 'live') throw wrongAnswer('not live');
  const chain = await checkLive(live, genesis, host.verifier);
  return { genesisLeaf: live.genesis, certificate: live.certificate, bodies, chain };
}

function genesisOf({ name, rules, now, random, recovery = NO_RECOVERY }: FoundingPlan, founders: readonly Founder[]): Genesis {
  const salt = asHash(random.bytes(HASH_BYTES));
  invariant(salt !== undefined, 'random bytes come in the length asked for');
  return {
    version: 1,
    name,
    time: now,
    salt,
    protocol: PROTOCOL_VERSION,
    founders,
    rules,
    recovery,
  };
}

function ownFounder({ signer, nameBody, nextKeyDigest }: FoundingPlan): Omit<Founder, 'roles'> {
  return { node: signer.publicKey, name: bodyRefOf(nameBody), nextKey: nextKeyDigest, keys: undefined, endpoints: [] };
}

function hostFounder({ node, vote, note, name, nextKey, endpoints }: HostOffer): Founder {
  return { node, roles: ['validator', 'relay'], name: bodyRefOf(name), nextKey, keys: { vote, note }, endpoints };
}

function firstPoint(signed: SignedGenesis): GenesisState {
  return unwrap(genesisState(asVerified(signed)));
}

/** The finalize vote over header 0 (epoch 0, view 0) by the one validator there is. */
export async function certifyFirst(header: Header, voteSigner: Signer): Promise<Certificate> {
  const subject = { kind: 'finalize', chain: header.chain, epoch: 0, view: 0, block: blockIdOf(header) } as const;
  const vote: Vote = { subject, seat: 0, signature: await voteSigner.sign(voteSignedText(subject)) };
  return assembleCertificate(subject, [vote]);
}

async function checkLive(
  live: { readonly genesis: Uint8Array; readonly certificate: Certificate },
  asked: Genesis,
  verifier: Verifier,
): Promise<Hash> {
  const signed = unwrap(decodeSignedGenesis(live.genesis));
  const first = firstPoint(signed);
  if (!equal(encodeSignedGenesis({ ...signed, genesis: asked }), live.genesis)) throw wrongAnswer('another genesis');
  const signatures = signed.signatures.map((signature, i) => checkOf(signed.genesis, i, signature));
  const certificate = unwrap(finalitySignatures(first.header, live.certificate, first.trust));
  const verdicts = await verifier.verify([...signatures, ...certificate], 'agreement');
  if (signatures.length !== asked.founders.length || !verdicts.every(Boolean)) throw wrongAnswer('a signature is wrong');
  return first.chain;
}

function checkOf(genesis: Genesis, i: number, signature: Signature) {
  const founder = genesis.founders[i];
  if (founder === undefined) throw wrongAnswer('more signatures than founders');
  return { key: founder.node, message: genesisSignedText(genesis), signature };
}

function wrongAnswer(detail: string): RefusalError {
  return new RefusalError({ code: 'wrong-answer', detail: `the relay’s answer: ${detail}` });
}

// ---------------------------------------------------------------- the host's side

/** Keys that a host made for a chain to be. */
export interface HostKeys {
  readonly offer: HostOffer;
  readonly node: Signer;
  readonly vote: Signer;
}

/**
 * Judges a genesis that names us as host, and brings the chain to life: our signature under it and our vote over header 0.
 * Throws a typed refusal if we are not in it as we offered, or if it founds no chain.
 */
export async function hostChain(
  request: { readonly genesis: Genesis; readonly signature: Signature; readonly bodies: readonly Uint8Array[] },
  keys: HostKeys,
  options: { readonly verifier: Verifier; readonly now: number },
): Promise<FoundedChain> {
  const { genesis, signature, bodies } = request;
  const [founder, host] = genesis.founders;
  if (founder === undefined || host === undefined || genesis.founders.length !== 2)
    throw refused('a hosted chain has one founder besides its host');
  if (
    !equal(
      encode(hostRequest, { type: 'found', ...request, genesis: { ...genesis, founders: [founder, hostFounder(keys.offer)] } }),
      encode(hostRequest, { type: 'found', ...request }),
    )
  ) {
    throw refused('the genesis does not name this relay as it offered');
  }
  if (!founder.roles.includes('federation') || founder.roles.includes('validator')) throw refused('the founder is not federation alone');
  if (Math.abs(genesis.time - options.now) > CLOCK_SKEW_MS_MAX)
    throw new RefusalError({ code: 'wrong-time', detail: 'the founder’s clock and the relay’s are apart' });
  const refs = [founder.name, host.name];
  const match = bodies.length === 2 && refs.every(({ hash }, i) => equal(bodyRefOf(bodies[i] ?? new Uint8Array(0)).hash, hash));
  if (!match) throw new RefusalError({ code: 'body-mismatch', detail: 'the founders’ names are not those of the genesis' });
  const [good] = await options.verifier.verify([checkOf(genesis, 0, signature)], 'message');
  if (good !== true) throw new RefusalError({ code: 'bad-signature', detail: 'the founder’s signature is wrong' });
  const own = await keys.node.sign(genesisSignedText(genesis));
  const first = firstPoint({ genesis, signatures: [signature, own] });
  return { genesisLeaf: first.leaf, certificate: await certifyFirst(first.header, keys.vote), bodies, chain: first.chain };
}

/** A genesis much older or newer than the host's clock would make times on the chain senseless. */
const CLOCK_SKEW_MS_MAX = 5 * MINUTE_MS;

function refused(detail: string): RefusalError {
  return new RefusalError({ code: 'hosting-refused', detail });
}

/** Space and key names of a chain. */
export function chainSpaceName(chain: Hash): string {
  return `chain-${toHex(chain)}`;
}
