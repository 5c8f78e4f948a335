/** Measures what a browser loads before the page is first painted, and holds it to its limits. */
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Plugin, Rolldown } from 'vite';

/** Compressed by gzip. On a slow phone connection (1.6 Mbit/s) this is a good second. */
export const FIRST_LOAD_GZIP_BYTES_MAX = 250_000;

/** libp2p and what only it needs: loaded after the first paint, by `import()`. */
const LIBP2P_MODULE = /\/node_modules\/(?:libp2p|@libp2p|@chainsafe|@multiformats)\//;

export interface FirstLoad {
  /** File names, sorted. */
  readonly files: readonly string[];
  readonly bytes: number;
  readonly gzipBytes: number;
  readonly brotliBytes: number;
  /** Modules of libp2p among them; must be empty. */
  readonly libp2pModules: readonly string[];
}

type Output = Rolldown.OutputAsset | Rolldown.OutputChunk;

/** Takes a build's output; counts the HTML pages, their entries, what these import statically, and their style sheets. */
export function firstLoad(outputs: readonly Output[]): FirstLoad {
  const byName = new Map(outputs.map((output) => [output.fileName, output]));
  const chunks = staticClosure(outputs.filter(isChunk), byName);
  const styles = chunks.flatMap((chunk) => [...(chunk.viteMetadata?.importedCss ?? [])]);
  const pages = [...byName.keys()].filter((name) => name.endsWith('.html'));
  const files = [...new Set([...pages, ...chunks.map(({ fileName }) => fileName), ...styles])].sort();
  const contents = files.map((name) => contentOf(byName.get(name)));
  return {
    files,
    bytes: sum(contents.map((content) => content.length)),
    gzipBytes: sum(contents.map((content) => gzipSync(content, { level: 9 }).length)),
    brotliBytes: sum(contents.map((content) => brotliCompressSync(content).length)),
    libp2pModules: chunks.flatMap(({ moduleIds }) => moduleIds).filter((id) => LIBP2P_MODULE.test(id)),
  };
}

/** Prints the first load after the build's own list, and fails the build that goes over a limit. */
export function firstLoadPlugin(): Plugin {
  return {
    name: 'latchkey-first-load',
    apply: 'build',
    generateBundle: {
      // After Vite's own plugins, which make the pages and the style sheets.
      order: 'post',
      handler(_, bundle) {
        const load = firstLoad(Object.values(bundle));
        this.info(describe(load));
        const problem = problemOf(load);
        if (problem !== undefined) this.error(problem);
      },
    },
  };
}

function problemOf({ gzipBytes, libp2pModules }: FirstLoad): string | undefined {
  if (libp2pModules.length > 0) return `libp2p is in the first load (${libp2pModules[0]}): reach it through import() after the first paint`;
  if (gzipBytes > FIRST_LOAD_GZIP_BYTES_MAX) return `the first load is over its limit of ${kB(FIRST_LOAD_GZIP_BYTES_MAX)} gzip`;
  return undefined;
}

function describe({ files, bytes, gzipBytes, brotliBytes }: FirstLoad): string {
  return `first load: ${kB(gzipBytes)} gzip, ${kB(brotliBytes)} brotli, ${kB(bytes)} plain, in ${files.length} files: ${files.join(', ')}`;
}

function staticClosure(chunks: readonly Rolldown.OutputChunk[], byName: ReadonlyMap<string, Output>): readonly Rolldown.OutputChunk[] {
  const reached = new Set<Rolldown.OutputChunk>();
  const waiting = chunks.filter(({ isEntry }) => isEntry);
  for (let chunk = waiting.pop(); chunk !== undefined; chunk = waiting.pop()) {
    if (reached.has(chunk)) continue;
    reached.add(chunk);
    waiting.push(...chunk.imports.map((name) => byName.get(name)).filter((output) => output !== undefined && isChunk(output)));
  }
  return [...reached];
}

function isChunk(output: Output): output is Rolldown.OutputChunk {
  return output.type === 'chunk';
}

function contentOf(output: Output | undefined): Uint8Array {
  if (output === undefined) throw new Error('the build names a file that it did not make');
  const content = isChunk(output) ? output.code : output.source;
  return typeof content === 'string' ? Buffer.from(content) : content;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function kB(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
