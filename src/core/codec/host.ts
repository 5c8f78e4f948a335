/**
 * Asking a relay to host a chain (`/latchkey/host/1`): the one protocol that precedes a chain (DESIGN §9).
 *
 * ```
 * founder → relay  keys, or keys by a code       the relay makes fresh keys for a chain to be
 * relay → founder  offer: node, vote, note key, name, digest of its next key, endpoints
 * founder → relay  found: signed genesis with the relay as founder, and its bodies
 * relay → founder  live: the finalize certificate over header 0
 * ```
 *
 * The relay signs the genesis too: it is a founder, with the roles `validator` and `relay`. Its signature is added by it,
 * so the founder sends the genesis with its own signature, and the answer carries the whole.
 */
import { BODY_BYTES_MAX, ENDPOINTS_MAX, FOUNDERS_MAX, HOST_CODE_BYTES_MAX, TRANSACTION_BYTES_MAX } from '../base/limits.ts';
import { bytes, type Infer, list, named, text, tuple, variant } from './codec.ts';
import { endpoint, genesis } from './genesis.ts';
import { hash, publicKey, signature } from './primitives.ts';
import { refusalCode } from './refusal.ts';
import { certificate } from './vote.ts';

export const hostRequest = named(
  'host-request',
  variant({
    keys: [1, {}],
    // A code that the relay's operator gave the founder, where the relay hosts for no others.
    'keys-by-code': [3, { code: text(HOST_CODE_BYTES_MAX) }],
    found: [2, { genesis, signature, bodies: list(bytes(BODY_BYTES_MAX), FOUNDERS_MAX) }],
  }),
);
export type HostRequest = Infer<typeof hostRequest>;

export const hostOffer = named(
  'host-offer',
  tuple({
    node: publicKey,
    vote: publicKey,
    note: publicKey,
    nextKey: hash,
    name: bytes(BODY_BYTES_MAX),
    endpoints: list(endpoint, ENDPOINTS_MAX),
  }),
);
export type HostOffer = Infer<typeof hostOffer>;

export const hostAnswer = named(
  'host-answer',
  variant({
    offer: [1, { offer: hostOffer }],
    live: [2, { genesis: bytes(TRANSACTION_BYTES_MAX), certificate }],
    refused: [3, { code: refusalCode }],
  }),
);
export type HostAnswer = Infer<typeof hostAnswer>;
