/**
 * The decisions of the handshake, apart from the streams it runs on: what to answer, whom to believe, what to sign.
 * Comes in: what each side said. Goes out: the next frame's content, the signatures to check, or the reason to stop.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { isAdmissibleKey, type PublicKey, type Signature } from '../core/base/key.ts';
import { ok, type Result, refuse, unreachable } from '../core/base/result.ts';
import { encode } from '../core/codec/codec.ts';
import {
  availableMac,
  challengeMessage,
  type Ends,
  type HandshakeFrame,
  type Identity,
  type InvitationProof,
  invitationProofMessage,
  macsEqual,
  SIGNED_BODIES,
  type SignedStep,
} from '../core/codec/handshake.ts';
import type { AccessLevel, ChainEndpoint, InvitationClaim, PeerId, SignatureCheck } from '../node/ports.ts';

export type FrameOf<T extends HandshakeFrame['type']> = Extract<HandshakeFrame, { type: T }>;

/** What the handshake needs to know of our own side: the endpoint's part that is asked for identity. */
export type Self = Pick<ChainEndpoint, 'chain' | 'signer' | 'protocolVersions' | 'roles' | 'tip' | 'invite'>;

/** Who we are on this chain, now. */
export function identityOf(self: Self): Identity {
  return { chain: self.chain, node: self.signer.publicKey, roles: self.roles(), versions: self.protocolVersions, tip: self.tip() };
}

/** Step 1, opener: asks under one network key, if the chain has any. */
export function availableFrame(
  chain: Hash,
  networkKey: Uint8Array | undefined,
  peers: Ends<PeerId>,
  nonce: Uint8Array,
): FrameOf<'available'> {
  return { type: 'available', chain, nonce, mac: networkKey && availableMac(networkKey, chain, peers, nonce) };
}

/**
 * Step 1, acceptor: which of the chain's network keys the opener knows (0 is the current one; 0 also on a chain without).
 * `undefined`: nothing is answered.
 */
export function matchedNetworkKey(keys: readonly Uint8Array[], frame: FrameOf<'available'>, peers: Ends<PeerId>): number | undefined {
  if (keys.length === 0) return 0;
  const { chain, nonce, mac } = frame;
  if (mac === undefined) return undefined;
  const found = keys.findIndex((key) => macsEqual(availableMac(key, chain, peers, nonce), mac));
  return found === -1 ? undefined : found;
}

/** Step 2: whether the two can talk at all. */
export function checkIdentity(ours: Identity, theirs: Identity): Result<void> {
  if (!equal(ours.chain, theirs.chain)) return refuse('wrong-chain', 'the peer answered for another chain');
  if (equal(ours.node, theirs.node)) return refuse('duplicate', 'the peer uses our own node key');
  if (!ours.versions.some((version) => theirs.versions.includes(version))) {
    return refuse('unsupported-version', `we speak ${ours.versions.join(', ')}, the peer ${theirs.versions.join(', ')}`);
  }
  return ok(undefined);
}

/** What both sides know before the first signature. */
export interface Meeting {
  readonly chain: Hash;
  readonly identities: Ends<Identity>;
  readonly peers: Ends<PeerId>;
  readonly nonces: Ends<Uint8Array>;
}

/** A frame that its sender is about to sign. */
export type Unsigned = { [S in SignedStep]: Pick<FrameOf<S>, 'type' | 'body'> }[SignedStep];

/** The text signed in a step, given all frames before it. */
export function signedText(unsigned: Unsigned, meeting: Meeting, framesBefore: readonly Uint8Array[]): Uint8Array {
  const { chain, identities, peers, nonces } = meeting;
  const nodes = { opener: identities.opener.node, acceptor: identities.acceptor.node };
  return challengeMessage(unsigned.type, { chain, nodes, peers, nonces, transcript: [...framesBefore, encodeBody(unsigned)] });
}

function encodeBody(unsigned: Unsigned): Uint8Array {
  switch (unsigned.type) {
    case 'prove':
      return encode(SIGNED_BODIES.prove, unsigned.body);
    case 'grant':
      return encode(SIGNED_BODIES.grant, unsigned.body);
    case 'accept':
      return encode(SIGNED_BODIES.accept, unsigned.body);
    default:
      return unreachable(unsigned);
  }
}

/** Step 4: a guest's proof that it holds the link, for this verifier's nonce alone. The seed stays here. */
export async function proveInvitation(self: Self, verifierNonce: Uint8Array): Promise<InvitationProof | undefined> {
  const held = self.invite();
  if (held === undefined) return undefined;
  const message = invitationProofMessage(self.chain, held.invitation, self.signer.publicKey, verifierNonce);
  return { invitation: held.invitation, inviteKey: held.signer.publicKey, signature: await held.signer.sign(message) };
}

/**
 * The signatures that must all be good before anything is believed, or `undefined` if a key may act for nobody.
 * `text` is what the node key signed; the invitation, if there is one, was proved for `verifierNonce`.
 */
export function checksOf(
  node: PublicKey,
  text: Uint8Array,
  nodeSignature: Signature,
  chain: Hash,
  invitation: InvitationProof | undefined,
  verifierNonce: Uint8Array,
): readonly SignatureCheck[] | undefined {
  const checks: SignatureCheck[] = [{ key: node, message: text, signature: nodeSignature }];
  if (invitation !== undefined) {
    const message = invitationProofMessage(chain, invitation.invitation, node, verifierNonce);
    checks.push({ key: invitation.inviteKey, message, signature: invitation.signature });
  }
  return checks.every((check) => isAdmissibleKey(check.key)) ? checks : undefined;
}

export function claimOf(invitation: InvitationProof | undefined): InvitationClaim | undefined {
  return invitation && { invitation: invitation.invitation, inviteKey: invitation.inviteKey };
}

/** Step 5: the network key that a member who used the previous one is given. */
export function keyToGive(access: AccessLevel, usedCurrentKey: boolean, keys: readonly Uint8Array[]): Uint8Array | undefined {
  const isMember = access === 'member' || access === 'validator';
  return isMember && !usedCurrentKey ? keys[0] : undefined;
}
