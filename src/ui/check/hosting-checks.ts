/** How this copy of the site is hosted, by asking its own server and nobody else. */
import { serversAmong } from '../../net/addresses.ts';
import { namedRelaysFinding } from '../../net/checks/address-words.ts';
import { attention, type Finding, failed, good, unknown } from '../../net/checks/finding.ts';
import { RELAY_LIST_FILE, readRelayList } from '../../net/relay-list.ts';
import type { Check } from './checks.ts';
import { cachingFinding, httpsFinding, placeFinding, policyFinding, protectionFinding } from './hosting-words.ts';

const UNREACHED = unknown('The server of this page does not answer.');
/** By then a page that was just opened has told its worker. */
const WORKER_WAIT_MS = 4_000;

export function hostingChecks(pageUrl: string): readonly Check[] {
  const group = 'This copy of the site';
  // HEAD goes past the service worker, which would answer with what it has kept.
  const head = (file: string, signal: AbortSignal) =>
    fetch(new URL(file, pageUrl), { method: 'HEAD', cache: 'no-store', signal }).catch(() => undefined);
  const byHead = (judge: (headers: Headers) => Finding) => async (signal: AbortSignal) => {
    const answer = await head('', signal);
    return answer === undefined ? UNREACHED : judge(answer.headers);
  };
  return [
    { group, title: 'https', run: async () => httpsFinding(location) },
    {
      group,
      title: 'Content security policy',
      run: byHead((headers) => policyFinding(headers.get('content-security-policy'), ownPolicy())),
    },
    { group, title: 'Protecting headers', run: byHead(protectionFinding) },
    { group, title: 'Caching', run: (signal) => caching((file) => head(file, signal)) },
    { group, title: 'Files', run: (signal) => place((file) => head(file, signal)) },
    { group, title: 'Default relays', run: (signal) => relayList(pageUrl, signal) },
    { group, title: 'Opens without its server', run: workerFinding },
  ];
}

type Head = (file: string) => Promise<Response | undefined>;

function ownPolicy(): string {
  return document.querySelector<HTMLMetaElement>('meta[http-equiv="Content-Security-Policy"]')?.content ?? '';
}

async function caching(head: Head): Promise<Finding> {
  const script = [...document.scripts].map(({ src }) => src).find((src) => src.includes('/assets/'));
  const [page, asset] = await Promise.all([head(''), script === undefined ? undefined : head(script)]);
  if (page === undefined) return UNREACHED;
  return cachingFinding(page.headers.get('cache-control'), asset?.headers.get('cache-control'));
}

/** What browsers ask for by an address that is made from the page's. */
const BESIDES: Readonly<Record<string, RegExp>> = { 'manifest.webmanifest': /json|manifest/, 'service-worker.js': /javascript/ };

async function place(head: Head): Promise<Finding> {
  const answers = await Promise.all(Object.keys(BESIDES).map(async (file) => ({ file, answer: await head(file) })));
  if (answers.every(({ answer }) => answer === undefined)) return UNREACHED;
  const wrong = answers.filter(
    ({ file, answer }) => answer?.ok !== true || BESIDES[file]?.test(answer.headers.get('content-type') ?? '') !== true,
  );
  return placeFinding(
    location.pathname,
    wrong.map(({ file }) => file),
  );
}

async function relayList(pageUrl: string, signal: AbortSignal): Promise<Finding> {
  const answer = await fetch(new URL(RELAY_LIST_FILE, pageUrl), { cache: 'no-store', signal }).catch(() => undefined);
  if (answer === undefined) return UNREACHED;
  if (!answer.ok)
    return attention(
      `${RELAY_LIST_FILE} is missing: nobody can begin a chain here without adding a relay by hand.`,
      'Put the file beside the page.',
    );
  const read = readRelayList(await answer.text());
  if (!read.ok)
    return failed(`${RELAY_LIST_FILE} cannot be read: ${read.refusal.detail}.`, 'Write it as a relay’s own /latchkey.json has it.');
  return namedRelaysFinding(
    read.value.map(({ addresses }) => serversAmong(addresses)),
    location.protocol === 'https:',
  );
}

async function workerFinding(signal: AbortSignal): Promise<Finding> {
  if (!('serviceWorker' in navigator)) return unknown('This browser keeps no pages, or this page is no secure one.');
  const waited = new Promise<undefined>((resolve) => {
    AbortSignal.any([signal, AbortSignal.timeout(WORKER_WAIT_MS)]).addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const ready = await Promise.race([navigator.serviceWorker.ready, waited]);
  if (ready !== undefined) return good('The browser keeps this page: it opens while its server is away.');
  return attention(
    'The browser does not keep this page: it opens only while its server answers.',
    'Private windows and strict settings forbid it. Else service-worker.js has to lie beside the page.',
  );
}
