/**
 * A row of headers from anybody, held against the id of its last one, in place. An id is the hash of a header's canonical
 * bytes, so bytes with the expected id are the header; of its fields only the parent is looked at.
 */
import { equal } from '../base/bytes.ts';
import { asHash, type Hash, TAGS, taggedHash } from '../base/hash.ts';
import { HEADER_BUNDLE_HEADERS } from '../base/limits.ts';
import { ok, type Result, refuse } from '../base/result.ts';
import { HEADER_BYTES_MAX } from './block.ts';
import { type CborCursor, readInPlace } from './cbor-cursor.ts';

/** A full row, and the head of its list. */
export const HEADER_ROW_BYTES_MAX = HEADER_BUNDLE_HEADERS * HEADER_BYTES_MAX + 3;

interface Link {
  readonly id: Hash;
  readonly parent: Hash;
}

/** What a row that holds together says of its ends. */
export interface HeaderRowEnds {
  /** Id of its first header. */
  readonly first: Hash;
  /** Id of the header before its first. */
  readonly parent: Hash;
}

/**
 * Accepts a canonical `header-list` of exactly `count` headers, each the parent of the next, the last with the id `end`;
 * without `end` whatever the last is.
 */
export function checkHeaderRow(bytes: Uint8Array, count: number, end: Hash | undefined): Result<HeaderRowEnds> {
  return readInPlace(bytes, HEADER_ROW_BYTES_MAX, (cursor) => {
    const length = cursor.list();
    if (length !== count) return refuse('malformed', `a row of ${length} headers, not ${count}`);
    const links: Link[] = [];
    for (let i = 0; i < count; i++) {
      const link = readLink(cursor);
      if (!link.ok) return link;
      links.push(link.value);
    }
    cursor.end();
    return connect(links, end);
  });
}

function connect(links: readonly Link[], end: Hash | undefined): Result<HeaderRowEnds> {
  const [first] = links;
  if (first === undefined) return refuse('malformed', 'a row of no headers');
  const broken = links.findIndex(({ id }, i) => {
    const next = links[i + 1]?.parent ?? end;
    return next !== undefined && !equal(id, next);
  });
  return broken === -1
    ? ok({ first: first.id, parent: first.parent })
    : refuse('bad-proof', `header ${broken} of a row is not the parent of the next`);
}

function readLink(cursor: CborCursor): Result<Link> {
  const start = cursor.position;
  cursor.list();
  cursor.uint(); // version
  cursor.bytes(); // chain
  cursor.uint(); // epoch
  cursor.uint(); // view
  cursor.uint(); // height
  const parent = asHash(cursor.bytes());
  for (let i = 0; i < 3; i++) cursor.uint(); // time, proposer's seat, log size
  for (let i = 0; i < 3; i++) cursor.bytes(); // log root, state root, trust
  for (let left = cursor.list(); left > 0; left--) cursor.bytes(); // next trust
  cursor.bytes(); // parent's signers
  if (parent === undefined) return refuse('malformed', 'a parent that is no hash');
  return ok({ id: taggedHash(TAGS.block, cursor.since(start)), parent });
}
