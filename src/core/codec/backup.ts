/**
 * A backup of one device: where its chains are and what recovers its members there, with no private key in it. Restoring it
 * rotates under the recovery phrase, which is not in it either (DESIGN §5).
 *
 * ```
 * file   = canonical [ version 1, iterations, salt, nonce, sealed ]
 * key    = PBKDF2-HMAC-SHA256(password in NFKC and UTF-8, salt, iterations), 256 bits
 * sealed = AES-256-GCM(key, nonce, canonical backup), with canonical [ version 1, iterations, salt, nonce ] as associated data
 * ```
 *
 * https://www.rfc-editor.org/rfc/rfc8018#section-5.2 · NIST SP 800-38D
 */
import {
  BACKUP_BYTES_MAX,
  BACKUP_CHAINS_MAX,
  CHAIN_NAME_BYTES_MAX,
  LINK_ADDRESSES_MAX,
  LINK_RELAYS_MAX,
  NAME_BYTES_MAX,
  NETWORK_KEY_BYTES,
  NEXT_KEYS,
  UINT_MAX,
} from '../base/limits.ts';
import { linkAddress } from './address.ts';
import { bytes, encode, type Infer, list, literal, named, text, tuple, uint } from './codec.ts';
import { linkAnchor } from './link.ts';
import { linkPeer } from './peer.ts';
import { hash, publicKey } from './primitives.ts';

const relay = named('backup-relay', tuple({ peer: linkPeer, addresses: list(linkAddress, LINK_ADDRESSES_MAX) }));

/** `nextKeyIndex`: which next key of the phrase the member had registered. `networkKeys`: in force, and before. */
export const backupChain = named(
  'backup-chain',
  tuple({
    chain: hash,
    chainName: text(CHAIN_NAME_BYTES_MAX),
    yourName: text(NAME_BYTES_MAX),
    anchor: linkAnchor,
    relays: list(relay, LINK_RELAYS_MAX),
    networkKeys: list(bytes(NETWORK_KEY_BYTES, NETWORK_KEY_BYTES), 2),
    nextKeyIndex: uint(1024),
  }),
);
export type BackupChain = Infer<typeof backupChain>;

/** `nextKeys`: the public halves of the phrase's keys; `nextIndex`: how many of them are taken. */
export const backup = named(
  'backup',
  tuple({
    version: literal(1),
    made: uint(),
    nextKeys: list(publicKey, NEXT_KEYS),
    nextIndex: uint(UINT_MAX),
    chains: list(backupChain, BACKUP_CHAINS_MAX),
  }),
);
export type Backup = Infer<typeof backup>;

const seal = { version: literal(1), iterations: uint(100_000_000), salt: bytes(16, 16), nonce: bytes(12, 12) };

export const backupFile = named('backup-file', tuple({ ...seal, sealed: bytes(BACKUP_BYTES_MAX) }));
export type BackupFile = Infer<typeof backupFile>;

const sealed = tuple(seal);

/** What is authenticated with the sealed part, so that nothing of the file can be exchanged. */
export function backupAssociatedData({ version, iterations, salt, nonce }: Omit<BackupFile, 'sealed'>): Uint8Array {
  return encode(sealed, { version, iterations, salt, nonce });
}
