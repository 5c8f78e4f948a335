/** What the command `erase` does: the text of an entry goes, one's own at once, another's once the federation has decided. */
import { toHex } from '../../src/core/base/bytes.ts';
import { HASH_BYTES } from '../../src/core/base/hash.ts';
import type { Chain, Entry } from '../../src/node/chain.ts';
import { Complaint } from './complaint.ts';
import { type ActAnswer, acted } from './desk.ts';

/** Of an id: fewer are too easily another entry's, and what is erased does not come back. */
const ID_CHARACTERS_MIN = 8;
/** Entries looked through at a time. */
const ENTRIES_AT_ONCE = 500;

export interface EraseAnswer extends ActAnswer {
  /** Whether it was this node's own: another's is proposed. */
  readonly own: boolean;
}

export async function erase(chain: Chain, id: string, reason: string | undefined): Promise<EraseAnswer> {
  const entry = await entryCalled(chain, id.toLowerCase());
  return { ...(await acted(chain, () => chain.erase(entry, reason))), own: chain.member(entry.author)?.you === true };
}

/** The final entry whose id is written so or begins so. Throws `Complaint` if there is none, or more than one. */
async function entryCalled(chain: Chain, text: string): Promise<Entry> {
  if (text.length < ID_CHARACTERS_MIN)
    throw new Complaint(`Give at least ${ID_CHARACTERS_MIN} characters of the id: what is erased does not come back.`);
  const found: Entry[] = [];
  for (let before = Number.MAX_SAFE_INTEGER; before > 0; ) {
    const page = await chain.entries({ before, limit: ENTRIES_AT_ONCE });
    found.push(...page.filter(({ id }) => toHex(id).startsWith(text)));
    if (page.length === 0 || (found.length > 0 && text.length === 2 * HASH_BYTES)) break;
    before = page[0]?.index ?? 0;
  }
  const [only, ...others] = found;
  if (only === undefined) throw new Complaint(`There is no final entry ${text} here: "latchkey-relay entries --ids" lists them.`);
  if (others.length > 0) throw new Complaint(`${found.length} ids begin with ${text}: give more of the one that you mean.`);
  return only;
}
