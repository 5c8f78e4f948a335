/**
 * Blocks: a header and the leaves it adds to the log. The header commits to the log and the state *after* the block.
 *
 * ```
 * block id = taggedHash(block, canonical header)
 * ```
 */
import { type Hash, TAGS, taggedHash } from '../base/hash.ts';
import { BLOCK_TRANSACTIONS_MAX, TRANSACTION_BYTES_MAX, VALIDATORS_MAX } from '../base/limits.ts';
import { bytes, encode, type Infer, list, named, optional, tuple, uint } from './codec.ts';
import { hash } from './primitives.ts';
import { certificate, seatBitmap } from './vote.ts';

/** Canonical bytes of a header with every field at its largest. */
export const HEADER_BYTES_MAX = 512;

export const header = named(
  'header',
  tuple({
    /** The protocol version in force. */
    version: uint(65_535),
    chain: hash,
    epoch: uint(),
    view: uint(),
    height: uint(),
    parent: hash,
    time: uint(),
    proposerSeat: uint(VALIDATORS_MAX - 1),
    logSize: uint(),
    logRoot: hash,
    stateRoot: hash,
    trust: hash,
    nextTrust: optional(hash),
    parentSigners: seatBitmap,
  }),
);
export type Header = Infer<typeof header>;

/** A transaction's leaf bytes inside a list; never decoded twice. */
export const leaf = named('leaf', bytes(TRANSACTION_BYTES_MAX, 1));

export const block = named('block', tuple({ header, leaves: list(leaf, BLOCK_TRANSACTIONS_MAX) }));
export type Block = Infer<typeof block>;

/** What makes a block final: a finalization of it or of a descendant, with the headers between, oldest first. */
export const FINALITY_HEADERS_MAX = 256;
export const finality = named('finality', tuple({ certificate, headers: list(header, FINALITY_HEADERS_MAX) }));
export type Finality = Infer<typeof finality>;

/** A header's id is asked for wherever it goes: when it is proposed, voted on, executed, certified, kept. */
const blockIds = new WeakMap<Header, Hash>();

export function blockIdOf(value: Header): Hash {
  const id = blockIds.get(value) ?? taggedHash(TAGS.block, encode(header, value));
  blockIds.set(value, id);
  return id;
}
