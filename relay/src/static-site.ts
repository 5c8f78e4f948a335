/**
 * Serves the built site over HTTP: comes in, GET and HEAD of anybody; goes out, files that were read at the start, and
 * nothing else of this machine. Always holds: a request never touches the file system, so no path leads out of the site.
 * What bounds it: connections, header sizes, the time a request may take, the size of the site.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { Complaint } from './complaint.ts';
import { FOR_GOOD, SECURITY_HEADERS } from './site-headers.ts';
import type { TlsKeys } from './tls-keys.ts';

const SITE_BYTES_MAX = 64 * 1024 * 1024;
const CONNECTIONS_MAX = 500;
const REQUEST_HEADER_BYTES_MAX = 8 * 1024;
const REQUEST_HEADERS_MAX = 64;
const REQUEST_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 5_000;
/** Below this compression saves less than a packet. */
const COMPRESSED_FROM_BYTES = 1024;
/** Half the time of the best quality, for two per cent more bytes. */
const BROTLI_QUALITY = 9;
/** Over this brotli takes seconds, gzip a tenth of that. */
const BROTLI_BYTES_MAX = 4 * 1024 * 1024;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};
const COMPRESSIBLE = /^(text\/|application\/(json|manifest|wasm)|image\/svg)/;

/** For what anybody may read from anywhere: it is verified by whoever reads it. */
const OPEN_HEADERS: OutgoingHttpHeaders = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' };

type Encoding = 'br' | 'gzip';

export interface SiteFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
  readonly cache: string;
  /** Whether pages of other sites may read it. */
  readonly open: boolean;
  readonly compressible: boolean;
  /** Made at the first request for each, then kept. */
  readonly compressed: Map<Encoding, Promise<Buffer>>;
}

/** Why there is nothing at a path, in plain words. */
export interface NoFile {
  /** 503: later there may be. */
  readonly status: 403 | 404 | 503;
  readonly text: string;
}

/** Files by their path in a URL, `/` for the page itself. */
export type Site = ReadonlyMap<string, SiteFile>;

/** Reads a built site. Throws `Complaint` if there is none in the folder. */
export function readSite(folder: string): Site {
  const paths = filesIn(folder);
  if (!paths.some((path) => relative(folder, path) === 'index.html')) {
    throw new Complaint(`There is no built site in ${folder}: make it with npm run build -- site, or choose another folder with --site.`);
  }
  const total = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  if (total > SITE_BYTES_MAX) throw new Complaint(`The site in ${folder} has ${total} bytes, at most ${SITE_BYTES_MAX} are served.`);
  const site = new Map<string, SiteFile>();
  for (const path of paths) {
    const name = `/${relative(folder, path).split(sep).join('/')}`;
    site.set(name, siteFile(name, readFileSync(path)));
  }
  const page = site.get('/index.html');
  return page === undefined ? site : site.set('/', page);
}

/** A file that is made here rather than read; the name's ending gives its type. */
export function madeFile(name: string, text: string): SiteFile {
  return siteFile(name, Buffer.from(text));
}

function filesIn(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

function siteFile(name: string, bytes: Buffer): SiteFile {
  return {
    bytes,
    type: TYPES[extname(name)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    // Vite puts a hash of the content into the names under assets/.
    cache: /^\/assets\/.+-[\w-]{8}\./.test(name) ? FOR_GOOD : 'no-cache',
    open: false,
    compressible: COMPRESSIBLE.test(TYPES[extname(name)] ?? ''),
    compressed: new Map(),
  };
}

/** Bytes for anybody, pages of other sites included. */
export function openFile(bytes: Uint8Array, how: Pick<SiteFile, 'type' | 'cache' | 'compressible'>): SiteFile {
  return { ...siteFile('', Buffer.from(bytes)), ...how, open: true };
}

export interface SiteServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface SiteServerOptions {
  readonly host: string;
  readonly port: number;
  readonly site: Site;
  /** Over TLS under this certificate. */
  readonly tls?: TlsKeys | undefined;
  /** A file that is asked for at each request and comes before the site's own, such as `/latchkey.json`. */
  readonly dynamic: (path: string, request: IncomingMessage) => SiteFile | NoFile | undefined | Promise<SiteFile | NoFile | undefined>;
}

/** Starts the server; port 0 picks one. */
export async function startSite({ host, port, site, dynamic, tls }: SiteServerOptions): Promise<SiteServer> {
  const limits = {
    maxHeaderSize: REQUEST_HEADER_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: IDLE_TIMEOUT_MS,
  };
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    const path = pathOf(request);
    const answer = async () => respond(request, response, (isRead(request) ? await dynamic(path, request) : undefined) ?? site.get(path));
    // A client that goes away in the middle is no failure of ours.
    void answer().catch(() => response.destroy());
  };
  const server = tls === undefined ? createServer(limits, serve) : createTlsServer({ ...limits, ...tls }, serve);
  server.maxConnections = CONNECTIONS_MAX;
  server.maxHeadersCount = REQUEST_HEADERS_MAX;
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function pathOf(request: IncomingMessage): string {
  try {
    return decodeURIComponent((request.url ?? '').split('?', 1)[0] ?? '');
  } catch {
    return '';
  }
}

function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

async function respond(request: IncomingMessage, response: ServerResponse, file: SiteFile | NoFile | undefined): Promise<void> {
  // A body is nobody's business here, and is not read.
  if (!isRead(request)) return refuse(response, 405, 'Only GET and HEAD are answered.\n', { allow: 'GET, HEAD', connection: 'close' });
  if (file === undefined) return refuse(response, 404, 'There is no such page.\n');
  if ('status' in file)
    return refuse(response, file.status, `${file.text}\n`, file.status === 503 ? { ...OPEN_HEADERS, 'retry-after': '1' } : OPEN_HEADERS);
  const headers = {
    ...SECURITY_HEADERS,
    ...(file.open ? OPEN_HEADERS : {}),
    'cache-control': file.cache,
    etag: file.etag,
    vary: 'accept-encoding',
  };
  if (matches(request.headers['if-none-match'], file.etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  const encoding = encodingFor(request, file);
  const bytes = encoding === undefined ? file.bytes : await compressed(file, encoding);
  response.writeHead(200, {
    ...headers,
    'content-type': file.type,
    'content-length': bytes.length,
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

function refuse(response: ServerResponse, status: number, text: string, headers: OutgoingHttpHeaders = {}): void {
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    ...headers,
    'cache-control': 'no-store',
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}

function matches(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
}

function encodingFor(request: IncomingMessage, file: SiteFile): Encoding | undefined {
  if (file.bytes.length < COMPRESSED_FROM_BYTES || !file.compressible) return undefined;
  const accepted = String(request.headers['accept-encoding'] ?? '')
    .split(',')
    .map((one) => one.trim().toLowerCase())
    .filter((one) => !/;\s*q=0(\.0*)?$/.test(one))
    .map((one) => one.split(';')[0]);
  return accepted.includes('br') && file.bytes.length <= BROTLI_BYTES_MAX ? 'br' : accepted.includes('gzip') ? 'gzip' : undefined;
}

function compressed(file: SiteFile, encoding: Encoding): Promise<Buffer> {
  const known = file.compressed.get(encoding);
  if (known !== undefined) return known;
  const made =
    encoding === 'br'
      ? promisify(brotliCompress)(file.bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } })
      : promisify(gzip)(file.bytes);
  file.compressed.set(encoding, made);
  return made;
}
