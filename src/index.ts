/**
 * Latchkey as a library: open a device's node over your own ports, create chains, invite, join, write, read.
 *
 * `openInMemory` (from `latchkey/memory`) needs no ports at all and is where to begin.
 */
export { type RefusalCode, RefusalError, type Result } from './core/base/result.ts';
export type { InvitationLink } from './core/codec/link.ts';
export { linkToCode, linkToJson, linkToUrl, parseLink as openInvitation } from './core/codec/link-text.ts';
export type { Role } from './core/codec/primitives.ts';
export { Chain, type Entry, type InvitationInfo, type MemberInfo, type NewInvitation, type PeerInfo, textOf } from './node/chain.ts';
export type { ChainEvent } from './node/chain-node.ts';
export type { JoinStage } from './node/joins.ts';
export { Latchkey, type NewChain } from './node/latchkey.ts';
export type { LatchkeyPorts } from './node/latchkey-ports.ts';
export type { Clock, KeyStore, Network, Random, Signer, Store, Verifier } from './node/ports.ts';
export { webCryptoSeedSigner } from './node/seed-signer.ts';
export { systemClock, systemRandom } from './node/system-ports.ts';
export { webCryptoVerifier } from './node/verifier.ts';
