/**
 * Genesis: the first record, leaf 0 of the log and the trust anchor of everything after it. It never changes.
 *
 * ```
 * chain id         = taggedHash(chain, canonical genesis)
 * founder signs      taggedMessage(genesisSignature, canonical genesis)
 * leaf 0           = canonical [ genesis, one signature a founder, in order ]
 * ```
 */
import type { Hash } from '../base/hash.ts';
import { TAGS, taggedHash, taggedMessage } from '../base/hash.ts';
import {
  CHAIN_NAME_BYTES_MAX,
  ENDPOINT_BYTES_MAX,
  ENDPOINTS_MAX,
  FOUNDERS_MAX,
  RECOVERY_KEYS_MAX,
  ROLES_MAX,
  TRANSACTION_BYTES_MAX,
} from '../base/limits.ts';
import type { Result } from '../base/result.ts';
import { bodyRef } from './body.ts';
import { bytes, decode, encode, type Infer, list, literal, named, optional, text, tuple, uint } from './codec.ts';
import { hash, publicKey, role, signature } from './primitives.ts';
import { rules } from './rules.ts';

/** The protocol version with which a chain begins. */
export const PROTOCOL_VERSION = 1;
/** Versions that this build can run a chain under, oldest first. */
export const PROTOCOL_VERSIONS: readonly number[] = [PROTOCOL_VERSION];

/** Where a node can be dialled: the bytes of a multiaddr's text, with its peer id. */
export const endpoint = named('endpoint', bytes(ENDPOINT_BYTES_MAX, 1));

/** Recovery of a broken chain: digests of the keys, how many must sign, and how long others may object, in ms. All zero: none. */
export const recovery = named(
  'recovery',
  tuple({ threshold: uint(RECOVERY_KEYS_MAX), delayMs: uint(), keys: list(hash, RECOVERY_KEYS_MAX) }),
);
export type Recovery = Infer<typeof recovery>;

/** A founder with `validator` names its vote key; whoever signs checkpoints names its note key. */
export const founder = named(
  'founder',
  tuple({
    node: publicKey,
    roles: list(role, ROLES_MAX, 1),
    name: bodyRef,
    nextKey: hash,
    keys: optional(named('office-keys', tuple({ vote: optional(publicKey), note: publicKey }))),
    endpoints: list(endpoint, ENDPOINTS_MAX),
  }),
);
export type Founder = Infer<typeof founder>;

export const genesis = named(
  'genesis',
  tuple({
    version: literal(1),
    name: text(CHAIN_NAME_BYTES_MAX),
    time: uint(),
    salt: hash,
    protocol: uint(65_535),
    founders: list(founder, FOUNDERS_MAX, 1),
    rules,
    recovery,
  }),
);
export type Genesis = Infer<typeof genesis>;

export const signedGenesis = named('signed-genesis', tuple({ genesis, signatures: list(signature, FOUNDERS_MAX, 1) }));
export type SignedGenesis = Infer<typeof signedGenesis>;

export function chainIdOf(value: Genesis): Hash {
  return taggedHash(TAGS.chain, encode(genesis, value));
}

/** What every founder signs. */
export function genesisSignedText(value: Genesis): Uint8Array {
  return taggedMessage(TAGS.genesisSignature, encode(genesis, value));
}

export function encodeSignedGenesis(value: SignedGenesis): Uint8Array {
  return encode(signedGenesis, value);
}

/** Reads leaf 0. Signatures are the caller's to check. */
export function decodeSignedGenesis(leaf: Uint8Array): Result<SignedGenesis> {
  return decode(signedGenesis, leaf, TRANSACTION_BYTES_MAX);
}
