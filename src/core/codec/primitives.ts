/** The words that every form is made of: hashes, keys, signatures, roles. */
import { HASH_BYTES, type Hash } from '../base/hash.ts';
import { PUBLIC_KEY_BYTES, type PublicKey, SIGNATURE_BYTES, type Signature } from '../base/key.ts';
import { choice, fixed, type Infer, named } from './codec.ts';

export const hash = fixed<Hash>('h', HASH_BYTES);
export const publicKey = fixed<PublicKey>('k', PUBLIC_KEY_BYTES);
export const signature = fixed<Signature>('g', SIGNATURE_BYTES);

/** Roles by number (DESIGN §1). A member has a list of them. */
export const ROLE_NUMBERS = { observer: 1, writer: 2, federation: 3, validator: 4, auditor: 5, relay: 6, gateway: 7 } as const;
export const role = named('role', choice(ROLE_NUMBERS));
export type Role = Infer<typeof role>;
/** In the order of their numbers. */
export const ROLES: readonly Role[] = ['observer', 'writer', 'federation', 'validator', 'auditor', 'relay', 'gateway'];
