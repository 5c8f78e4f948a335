/**
 * Public chains' logs over HTTP (C2SP tlog-tiles): `/<chain id>/checkpoint`, `/<chain id>/tile/…`, `/<chain id>/policy` and
 * `/<chain id>/keys`. Comes in, a path of anybody; goes out, files that whoever reads them verifies. Bodies are never among
 * them. What bounds it: reads of the store at one time, and the memory of the files kept at hand.
 */
import { toHex } from '../../src/core/base/bytes.ts';
import type { Chain } from '../../src/node/chain.ts';
import type { SignedLog } from '../../src/node/checkpoint-gathering.ts';
import type { PublishedFile } from '../../src/node/published-log.ts';
import { KeptFiles } from './kept-files.ts';
import { FOR_GOOD } from './site-headers.ts';
import { type NoFile, openFile, type SiteFile } from './static-site.ts';

/** Reads of the store at one time; over it a client is asked to come again. */
const READS_AT_ONCE_MAX = 32;
/** Files that never change, kept at hand: an auditor and its like ask for the same ones. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;

const PATH = /^\/([0-9a-f]{64})\/(.*)$/;
const TYPES: Readonly<Record<PublishedFile['type'], string>> = {
  text: 'text/plain; charset=utf-8',
  hashes: 'application/octet-stream',
  entries: 'application/octet-stream',
};

export class LogSite {
  readonly #chains: () => readonly Chain[];
  readonly #published: (chain: Chain) => SignedLog | undefined;
  readonly #kept = new KeptFiles(KEPT_BYTES_MAX);
  #reads = 0;

  /** `published`: the newest checkpoint that is ready to be served; it never gets smaller. */
  constructor(chains: () => readonly Chain[], published: (chain: Chain) => SignedLog | undefined) {
    this.#chains = chains;
    this.#published = published;
  }

  /** What is at a path; `undefined` for a path that is none of a log. */
  async at(path: string): Promise<SiteFile | NoFile | undefined> {
    const [, id, name] = PATH.exec(path) ?? [];
    if (id === undefined || name === undefined) return undefined;
    const chain = this.#chains().find((one) => toHex(one.id) === id);
    if (chain?.log.isPublic !== true) return { status: 404, text: 'This relay publishes no such chain.' };
    const kept = this.#kept.get(path);
    if (kept !== undefined) return kept;
    if (this.#reads >= READS_AT_ONCE_MAX) return { status: 503, text: 'Too many are reading at the moment: try again in a second.' };
    this.#reads += 1;
    try {
      return await this.#read(chain, path, name);
    } finally {
      this.#reads -= 1;
    }
  }

  async #read(chain: Chain, path: string, name: string): Promise<SiteFile | NoFile> {
    const published = this.#published(chain);
    if (published === undefined) return { status: 503, text: 'No checkpoint of this log has been signed by enough yet.' };
    const file = await chain.log.file(published, name);
    if (file === undefined) {
      return { status: 404, text: 'A log has a checkpoint, a policy, keys and tiles. There is nothing here, or not yet.' };
    }
    const made = openFile(file.bytes, {
      type: TYPES[file.type],
      cache: file.immutable ? FOR_GOOD : 'no-cache',
      compressible: file.type !== 'hashes',
    });
    if (file.immutable) this.#kept.keep(path, made);
    return made;
  }
}
