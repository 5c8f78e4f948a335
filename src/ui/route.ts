/** Where in the page a person is, as written after the `#` of its address. */

export type Route =
  | { readonly page: 'start' }
  | { readonly page: 'create' }
  /** `code` lives in memory only; after a reload it is gone and the person opens the link again. */
  | { readonly page: 'join'; readonly code: string | undefined }
  | { readonly page: 'chain'; readonly id: string };

export const START: Route = { page: 'start' };

const INVITATION_PREFIX = '#j=';
const CHAIN_PATTERN = /^#\/chain\/([0-9a-f]{64})$/;

/** The address part of a route. An invitation's code is never in it. */
export function hashOf(route: Route): string {
  switch (route.page) {
    case 'start':
      return '#/';
    case 'create':
      return '#/create';
    case 'join':
      return '#/join';
    case 'chain':
      return `#/chain/${route.id}`;
  }
}

/** Reads an address part; anything unknown is the start page. */
export function routeOf(hash: string): Route {
  const chain = CHAIN_PATTERN.exec(hash)?.[1];
  if (chain !== undefined) return { page: 'chain', id: chain };
  if (hash === '#/create') return { page: 'create' };
  if (hash === '#/join') return { page: 'join', code: undefined };
  return START;
}

/**
 * Reads where to go, and takes an invitation out of the address bar before anything else can see it: whoever holds the
 * code can join, so it must not stay in the history, in a bookmark or in a screenshot.
 */
export function takeRoute(location: Pick<Location, 'hash'>, history: Pick<History, 'replaceState'>): Route {
  const { hash } = location;
  if (!hash.startsWith(INVITATION_PREFIX)) return routeOf(hash);
  const route: Route = { page: 'join', code: hash.slice(INVITATION_PREFIX.length) };
  history.replaceState(undefined, '', hashOf(route));
  return route;
}
