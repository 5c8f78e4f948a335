/** The work under a knock, by the machine's own SHA-256 and kept, since many tests knock. */
import { createHash } from 'node:crypto';
import { toHex } from '../../src/core/base/bytes.ts';
import { asHash, TAGS, taggedMessage } from '../../src/core/base/hash.ts';
import { encode } from '../../src/core/codec/codec.ts';
import { hasWork, type Knock, knock as knockForm } from '../../src/core/codec/knock.ts';

/** The first number that takes four bytes, so that all that are tried are as long. */
const FIRST_WORK = 2 ** 16;
const WORK_BYTES = 4;

const works = new Map<string, number>();

/** The knock with a number under it that makes its id begin with zeros; the same one for the same knock. */
export function withWork(knock: Omit<Knock, 'work'>): Knock {
  const plain = { ...knock, work: FIRST_WORK };
  const text = taggedMessage(TAGS.knock, encode(knockForm, plain));
  const name = toHex(text);
  const work = works.get(name) ?? findWork(text);
  works.set(name, work);
  return { ...knock, work };
}

function findWork(text: Uint8Array): number {
  const tail = new DataView(text.buffer, text.byteOffset + text.length - WORK_BYTES);
  for (let work = FIRST_WORK; ; work++) {
    tail.setUint32(0, work);
    const id = asHash(new Uint8Array(createHash('sha256').update(text).digest()));
    if (id !== undefined && hasWork(id)) return work;
  }
}
