/** Has the browser keep this page, so that it opens while whoever serves it is away; see `public/service-worker.js`. */
import { scriptAddress } from './script-address.ts';

const WORKER = './service-worker.js';

/** What is read besides by the page or by the browser, at a time of its choosing. */
const BESIDES = ['latchkey.json', 'manifest.webmanifest', 'icon.svg', 'icon-192.png'];

/** What this page has loaded from its own host; the worker takes of it what belongs to the page. */
function loaded(): readonly string[] {
  const resources = performance.getEntriesByType('resource').map(({ name }) => name);
  const besides = BESIDES.map((file) => new URL(file, document.baseURI).href);
  return [...new Set([...resources, ...besides])].filter((address) => address.startsWith(location.origin));
}

/** Settles when the worker was told; does nothing where the browser has no such workers or refuses them. */
export async function keepPage(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register(scriptAddress(WORKER));
    const { active } = await navigator.serviceWorker.ready;
    active?.postMessage({ keep: loaded() });
  } catch {
    // Private windows and strict settings forbid workers. The page works as before, only not without its host.
  }
}
