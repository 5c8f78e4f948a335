/** A static web server as others run it, which knows of the site only its files and what `_headers` beside them says. */

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

interface Rule {
  readonly path: RegExp;
  readonly lines: readonly string[];
}

/** Netlify's form: a path with `*` at the end, then indented headers; `! name` takes one away. */
function rulesOf(text: string): readonly Rule[] {
  const rules: { path: RegExp; lines: string[] }[] = [];
  for (const line of text.split('\n').filter((one) => one.trim() !== '' && !one.startsWith('#'))) {
    if (line.startsWith('/')) rules.push({ path: new RegExp(`^${line.trim().replace(/\*$/, '.*')}$`), lines: [] });
    else rules.at(-1)?.lines.push(line.trim());
  }
  return rules;
}

export function headersFor(rules: readonly Rule[], path: string): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  for (const line of rules.filter((rule) => rule.path.test(path)).flatMap(({ lines }) => lines)) {
    const [, name = '', value = ''] = /^([\w-]+):\s*(.*)$/.exec(line) ?? [];
    if (line.startsWith('! ')) headers.delete(line.slice(2));
    else headers.set(name, value);
  }
  return Object.fromEntries(headers);
}

export interface Served {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** How such a server answers for a path within the site. `instead`: files that its operator wrote. */
export async function servedFile(folder: string, path: string, instead: Readonly<Record<string, string>> = {}): Promise<Served> {
  const file = path === '/' ? '/index.html' : normalize(path);
  const rules = rulesOf(await readFile(join(folder, '_headers'), 'utf8'));
  const written = instead[file];
  const body = written === undefined ? await readFile(join(folder, file)).catch(() => undefined) : Buffer.from(written);
  if (body === undefined) return { status: 404, headers: {}, body: Buffer.from('nothing here') };
  return { status: 200, headers: { ...headersFor(rules, path), 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }, body };
}

export interface PlainServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the folder below `base`, and nothing above it. */
export async function startPlainServer(folder: string, base: string, instead: Readonly<Record<string, string>> = {}): Promise<PlainServer> {
  const serve = async (url: string, response: ServerResponse) => {
    const path = new URL(url, 'http://any').pathname;
    const { status, headers, body } = path.startsWith(base)
      ? await servedFile(folder, `/${path.slice(base.length)}`, instead)
      : { status: 404, headers: {}, body: Buffer.from('') };
    response.writeHead(status, headers).end(response.req.method === 'HEAD' ? undefined : body);
  };
  const server = createServer((request, response) => void serve(request.url ?? '/', response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${address.port}${base}`, close };
}
