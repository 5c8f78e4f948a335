/** Has the browser keep this page, so that it opens while whoever serves it is away; see `public/service-worker.js`. */

const WORKER = './service-worker.js';

/** The one script address that the page may ever make from a text; the policy's name is in `index.html`. */
function workerAddress(): string {
  const types: unknown = Reflect.get(window, 'trustedTypes');
  if (!isPolicyFactory(types)) return WORKER;
  return types.createPolicy('latchkey-worker', { createScriptURL: () => WORKER }).createScriptURL('');
}

interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: () => string }): { createScriptURL(text: string): string };
}

function isPolicyFactory(types: unknown): types is PolicyFactory {
  return typeof types === 'object' && types !== null && 'createPolicy' in types;
}

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
    await navigator.serviceWorker.register(workerAddress());
    const { active } = await navigator.serviceWorker.ready;
    active?.postMessage({ keep: loaded() });
  } catch {
    // Private windows and strict settings forbid workers. The page works as before, only not without its host.
  }
}
