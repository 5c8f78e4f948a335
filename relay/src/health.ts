/**
 * How the relay is doing, for machines and for its operator: `/healthz`, `/readyz`, `/metrics`, `/status` on the page's port.
 *
 * The first two say one word to anybody. The other two name chains and count members, and are therefore read from this machine
 * alone unless its operator opens them. A proxy on this machine would make everybody local: whatever came through one, or for
 * another host name (a foreign page may point its own name here), is not.
 */
import type { IncomingMessage } from 'node:http';
import type { StatusAnswer } from './commands.ts';
import { metricsText } from './metrics.ts';
import { madeFile, type NoFile, type SiteFile } from './static-site.ts';
import { STATUS_STYLE, statusPage } from './status-page.ts';

export const STATUS_AUDIENCES = ['local', 'all'] as const;
export type StatusAudience = (typeof STATUS_AUDIENCES)[number];

const PROXY_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];
const LOCAL_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;
const LOCAL_PEER = /^(127\.|::1$|::ffff:127\.)/;

export class Health {
  readonly #status: () => Promise<StatusAnswer | undefined>;
  readonly #audience: StatusAudience;

  /** `status` gives `undefined` while the relay starts or stops. */
  constructor(status: () => Promise<StatusAnswer | undefined>, audience: StatusAudience) {
    this.#status = status;
    this.#audience = audience;
  }

  /** What is at a path; `undefined` for what is none of these. */
  async at(path: string, request: IncomingMessage): Promise<SiteFile | NoFile | undefined> {
    switch (path) {
      case '/healthz':
        return word('ok');
      case '/readyz':
        return this.#readiness();
      case '/metrics':
        return this.#shown(request, (status) => fresh(metricsText(status), 'text/plain; version=0.0.4; charset=utf-8'));
      case '/status':
        return this.#shown(request, (status) => fresh(statusPage(status), 'text/html; charset=utf-8'));
      case '/status.css':
        return madeFile(path, STATUS_STYLE);
      default:
        return undefined;
    }
  }

  async #readiness(): Promise<SiteFile | NoFile> {
    const status = await this.#status();
    if (status === undefined) return { status: 503, text: 'starting or stopping' };
    return status.chains.every(({ problem }) => problem === undefined) ? word('ready') : { status: 503, text: 'a chain cannot go on' };
  }

  async #shown(request: IncomingMessage, show: (status: StatusAnswer) => SiteFile): Promise<SiteFile | NoFile> {
    if (this.#audience === 'local' && !isLocal(request))
      return { status: 403, text: 'Only this machine may read how the relay is doing, unless it was started with --show-status all.' };
    const status = await this.#status();
    return status === undefined ? { status: 503, text: 'The relay is starting or stopping.' } : show(status);
  }
}

function isLocal({ socket, headers }: IncomingMessage): boolean {
  return (
    LOCAL_PEER.test(socket.remoteAddress ?? '') &&
    LOCAL_HOST.test(headers.host ?? '') &&
    PROXY_HEADERS.every((name) => headers[name] === undefined)
  );
}

function word(text: string): SiteFile {
  return fresh(`${text}\n`, 'text/plain; charset=utf-8');
}

function fresh(text: string, type: string): SiteFile {
  return { ...madeFile('', text), type, cache: 'no-store' };
}
