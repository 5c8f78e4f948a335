/** Files that never change, kept at hand up to so many bytes: over it the longest unused go first. */
import type { SiteFile } from './static-site.ts';

export class KeptFiles {
  readonly #bytesMax: number;
  /** By path, the longest unused first. */
  readonly #files = new Map<string, SiteFile>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(path: string): SiteFile | undefined {
    const file = this.#files.get(path);
    if (file === undefined) return undefined;
    this.#files.delete(path);
    this.#files.set(path, file);
    return file;
  }

  /** Two who ask at one time may read one file twice: the second changes nothing. */
  keep(path: string, file: SiteFile): void {
    if (this.#files.has(path)) return;
    this.#files.set(path, file);
    this.#bytes += file.bytes.length;
    for (const [longestUnused, { bytes }] of this.#files) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#files.delete(longestUnused);
      this.#bytes -= bytes.length;
    }
  }
}
