/** Where in the page a person is, as written after the `#` of its address. */

/** Pages within a chain beside the record itself, in the order in which they are named. */
export const SECTIONS = [
  'members',
  'requests',
  'proposals',
  'invitations',
  'rules',
  'validators',
  'log',
  'checkpoints',
  'devices',
] as const;
export type Section = (typeof SECTIONS)[number];

export type Route =
  | { readonly page: 'start' }
  /** `key`: a recovery key that a link brought, which holds no secret. */
  | { readonly page: 'create'; readonly key?: string }
  | { readonly page: 'recovery-key' }
  | { readonly page: 'recover' }
  /** `code` lives in memory only; after a reload it is gone and the person opens the link again. */
  | { readonly page: 'join'; readonly code: string | undefined }
  /** A link to a request or proposal, which leads to its page; it holds no secret. */
  | { readonly page: 'request'; readonly code: string }
  /** `code`: a join receipt that a link brought; it holds no secret. */
  | { readonly page: 'receipt'; readonly code?: string }
  /** Whether this device can reach the relays of a chain, or those that it begins with. */
  | { readonly page: 'check'; readonly chain?: string }
  /** Without a section the record; `item` is the id of one member, request or proposal. */
  | { readonly page: 'chain'; readonly id: string; readonly section?: Section; readonly item?: string };

export const START: Route = { page: 'start' };

/** Links whose codes are secrets: one lets a person in, the other a device. */
const INVITATION_PREFIX = '#j=';
export const DEVICE_PREFIX = '#d=';
const REQUEST_PREFIX = '#r=';
const RECOVERY_KEY_PREFIX = '#k=';
const RECEIPT_PREFIX = '#receipt=';
/** Short, as it is written in the guide for hosts. */
const CHECK = '#check';
const CHECK_PATTERN = /^#check\/([0-9a-f]{64})$/;
const CHAIN_PATTERN = /^#\/chain\/([0-9a-f]{64})(?:\/([a-z]+)(?:\/([0-9a-f]{64}))?)?$/;

/** The address part of a route. An invitation's code is never in it. */
export function hashOf(route: Route): string {
  switch (route.page) {
    case 'start':
      return '#/';
    case 'create':
      return route.key === undefined ? '#/create' : `${RECOVERY_KEY_PREFIX}${route.key}`;
    case 'recovery-key':
    case 'recover':
    case 'join':
      return `#/${route.page}`;
    case 'receipt':
      return route.code === undefined ? '#/receipt' : `${RECEIPT_PREFIX}${route.code}`;
    case 'request':
      return `${REQUEST_PREFIX}${route.code}`;
    case 'check':
      return route.chain === undefined ? CHECK : `${CHECK}/${route.chain}`;
    case 'chain':
      return ['#/chain', route.id, route.section, route.item].filter((part) => part !== undefined).join('/');
  }
}

/** Reads an address part; anything unknown is the start page. */
export function routeOf(hash: string): Route {
  if (hash === '#/create') return { page: 'create' };
  if (hash.startsWith(RECOVERY_KEY_PREFIX)) return { page: 'create', key: hash.slice(RECOVERY_KEY_PREFIX.length) };
  if (hash === '#/recovery-key') return { page: 'recovery-key' };
  if (hash === '#/recover') return { page: 'recover' };
  if (hash === '#/join') return { page: 'join', code: undefined };
  if (hash.startsWith(REQUEST_PREFIX)) return { page: 'request', code: hash.slice(REQUEST_PREFIX.length) };
  if (hash === '#/receipt') return { page: 'receipt' };
  if (hash.startsWith(RECEIPT_PREFIX)) return { page: 'receipt', code: hash.slice(RECEIPT_PREFIX.length) };
  if (hash === CHECK) return { page: 'check' };
  const checked = CHECK_PATTERN.exec(hash)?.[1];
  if (checked !== undefined) return { page: 'check', chain: checked };
  const [, chain, name, item] = CHAIN_PATTERN.exec(hash) ?? [];
  if (chain === undefined) return START;
  if (name === undefined) return { page: 'chain', id: chain };
  const section = SECTIONS.find((one) => one === name);
  if (section === undefined) return START;
  return item === undefined ? { page: 'chain', id: chain, section } : { page: 'chain', id: chain, section, item };
}

/**
 * Reads where to go, and takes an invitation out of the address bar before anything else can see it: whoever holds the
 * code can join, so it must not stay in the history, in a bookmark or in a screenshot.
 */
export function takeRoute(location: Pick<Location, 'hash'>, history: Pick<History, 'replaceState'>): Route {
  const { hash } = location;
  const route = linkedRoute(hash);
  if (route === undefined) return routeOf(hash);
  history.replaceState(undefined, '', hashOf(route));
  return route;
}

function linkedRoute(hash: string): Route | undefined {
  if (hash.startsWith(INVITATION_PREFIX)) return { page: 'join', code: hash.slice(INVITATION_PREFIX.length) };
  if (hash.startsWith(DEVICE_PREFIX)) return { page: 'join', code: hash };
  return undefined;
}
