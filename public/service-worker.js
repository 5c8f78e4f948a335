/**
 * Keeps the page itself, so that it opens, and the record can be read and written, while whoever serves it is away.
 *
 * Only the page's own files are touched: everything else of the host goes its usual way. The page comes from the network
 * where that answers in time, else from here; files under `assets/` bear their hash in their name and never change.
 * What is kept is one version of the page as a whole: it is replaced only by one whose scripts and styles are all here.
 */
const CACHE = 'latchkey-page-1';
/** Longer than a slow connection needs for a page of 2 kB, shorter than a person waits. */
const NETWORK_WAIT_MS = 3000;
/** Files of one version; it has about ten. */
const FILES_MAX = 64;

/** What a file says does not vary with who asks, whatever its host declares. */
const MATCH = { ignoreVary: true, ignoreSearch: true };

const PAGE = new URL('./', self.location.href).href;
const OWN_FILE = /^(?:index\.html|latchkey\.json|manifest\.webmanifest|icon[\w-]*\.(?:svg|png)|assets\/[\w.-]+)?$/;

/** The file's name within the site without a query; `undefined` if it is none of the page's own. */
function ownFile(address) {
  const file = address.split(/[?#]/)[0];
  if (!file.startsWith(PAGE)) return undefined;
  const name = file.slice(PAGE.length);
  return OWN_FILE.test(name) ? name : undefined;
}

async function fromNetworkFirst(request) {
  const cache = await caches.open(CACHE);
  try {
    return await fetch(request, { signal: AbortSignal.timeout(NETWORK_WAIT_MS) });
  } catch (error) {
    const kept = await cache.match(request.mode === 'navigate' ? PAGE : request, MATCH);
    if (kept === undefined) throw error;
    return kept;
  }
}

async function fromCacheFirst(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request, MATCH)) ?? fetch(request);
}

/** Takes the running page's files in, if the page that the host serves now is made of them; lets go of all others. */
async function keep(files) {
  const addresses = files.filter((file) => typeof file === 'string' && ownFile(file) !== undefined).slice(0, FILES_MAX);
  const page = await fetch(PAGE, { cache: 'no-cache' });
  if (!page.ok) return;
  const html = await page.clone().text();
  const needed = [...html.matchAll(/assets\/[\w.-]+/g)].map(([name]) => new URL(name, PAGE).href);
  if (!needed.every((address) => addresses.includes(address))) return;
  const cache = await caches.open(CACHE);
  const before = await cache.keys();
  await cache.addAll(needed);
  await Promise.allSettled(
    addresses.filter((address) => address !== PAGE && !needed.includes(address)).map((address) => cache.add(address)),
  );
  await cache.put(PAGE, page);
  const gone = before.filter(({ url }) => url !== PAGE && !addresses.includes(url));
  await Promise.all(gone.map((request) => cache.delete(request)));
}

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('message', (event) => {
  if (Array.isArray(event.data?.keep)) event.waitUntil(keep(event.data.keep));
});

self.addEventListener('fetch', (event) => {
  const name = event.request.method === 'GET' ? ownFile(event.request.url) : undefined;
  if (name === undefined) return;
  event.respondWith(name.startsWith('assets/') ? fromCacheFirst(event.request) : fromNetworkFirst(event.request));
});
