/** What a copy of the site's hosting lacks, judged by the answers of its server. */
import { attention, type Finding, failed, good } from '../../net/checks/finding.ts';

const HEADERS_NEXT = 'Copy them from the file for its kind of server: public/_headers, deploy/site.Caddyfile or deploy/site.nginx.conf.';

export function httpsFinding({ protocol, hostname }: Pick<Location, 'protocol' | 'hostname'>): Finding {
  if (protocol === 'https:') return good('This page came by https.');
  if (/^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname))
    return good('This page came from this very machine, which needs no https.');
  return failed('This page came by plain http: whoever is on the way can change it.', 'Serve it by https.');
}

/** `own`: the policy that the page carries in itself, which holds whatever the server says. */
export function policyFinding(header: string | null, own: string): Finding {
  if (header === null)
    return attention(
      'The server sends no content security policy. The page’s own stands in for it, but cannot say who may frame the page.',
      HEADERS_NEXT,
    );
  const sent = directives(header);
  const missing = directives(`${own}; frame-ancestors 'none'`).filter((one) => !sent.includes(one));
  if (missing.length > 0)
    return attention(
      `The server’s content security policy says otherwise than the page’s: ${missing.join('; ')} is missing.`,
      HEADERS_NEXT,
    );
  return good('The server sends the content security policy that the page was made for.');
}

function directives(policy: string): readonly string[] {
  return policy
    .split(';')
    .map((one) => one.trim().replaceAll(/\s+/g, ' '))
    .filter((one) => one !== '');
}

const PROTECTIONS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

export function protectionFinding(headers: Headers): Finding {
  const missing = Object.entries(PROTECTIONS).filter(([name, value]) => headers.get(name)?.trim().toLowerCase() !== value);
  if (missing.length === 0) return good('The server keeps other sites, referrers and guessed file types away from the page.');
  return attention(`The server does not send ${missing.map(([name, value]) => `${name}: ${value}`).join(', ')}.`, HEADERS_NEXT);
}

const DAY_SECONDS = 86_400;
/** Far longer than anybody waits for a page to be new. */
const PAGE_AGE_SECONDS_MAX = DAY_SECONDS;
/** As good as for good. */
const ASSET_AGE_SECONDS_MIN = 30 * DAY_SECONDS;

/** `page`, `asset`: `cache-control` of the page and of a file whose name has its hash; the latter `undefined` where there is none. */
export function cachingFinding(page: string | null, asset: string | null | undefined): Finding {
  if (isKept(page) && ageOf(page) > PAGE_AGE_SECONDS_MAX)
    return failed(
      'The server lets browsers keep the page itself for long, so that people stay on an old one.',
      'Send cache-control: no-cache for all but assets/.',
    );
  if (asset !== undefined && !(isKept(asset) && ageOf(asset) >= ASSET_AGE_SECONDS_MIN))
    return attention(
      'Files under assets/ never change, but the server does not say so: they are asked for at each visit.',
      'Send cache-control: public, max-age=31536000, immutable for assets/.',
    );
  return good('The page is asked for anew at each visit, and its files are kept for good.');
}

function isKept(control: string | null): boolean {
  return !/\bno-(cache|store)\b/i.test(control ?? '');
}

function ageOf(control: string | null): number {
  return Number(/\bmax-age=(\d+)/i.exec(control ?? '')?.[1] ?? 0);
}

/** `files`: what of the files beside the page was asked for and did not come as what it is. */
export function placeFinding(pathname: string, files: readonly string[]): Finding {
  if (files.length > 0)
    return failed(
      `${files.join(' and ')} ${files.length === 1 ? 'does' : 'do'} not come from beside the page.`,
      'Put all files of dist/site into one folder, and let its address end with a slash.',
    );
  const folder = pathname.replace(/[^/]*$/, '');
  return good(folder === '/' ? 'All files lie beside the page.' : `All files lie beside the page, below ${folder}.`);
}
