/**
 * What somebody who is shut out is told with the refusal, so that it need take nobody's word for it: its own member record,
 * and the proposal by which it came to that, each proved against a certified header, and the reason that was given.
 */
import { NAME_BODY_BYTES_MAX } from '../base/limits.ts';
import { header } from './block.ts';
import { bytes, type Infer, list, named, optional, tuple } from './codec.ts';
import { hash } from './primitives.ts';
import { recordPair, STATE_PATH_HASHES } from './sync-message.ts';
import { certificate } from './vote.ts';

/** Two records with the hash pairs of their buckets. Beyond a bucket of some hundred records the refusal goes without it. */
export const FAREWELL_BYTES_MAX = 49_152;
export const FAREWELL_PAIRS_MAX = 512;

/** A record's bytes, the hash pairs of its bucket, and the siblings from the bucket up to the root. */
const provedRecord = named(
  'proved-record',
  tuple({
    value: optional(bytes(FAREWELL_BYTES_MAX)),
    bucket: list(recordPair, FAREWELL_PAIRS_MAX),
    path: list(hash, STATE_PATH_HASHES, STATE_PATH_HASHES),
  }),
);

export const farewell = named(
  'farewell',
  tuple({
    header,
    certificate,
    member: provedRecord,
    proposal: optional(named('farewell-proposal', tuple({ id: hash, proof: provedRecord, reason: optional(bytes(NAME_BODY_BYTES_MAX)) }))),
  }),
);
export type FarewellForm = Infer<typeof farewell>;
