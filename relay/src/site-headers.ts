/** The headers under which the site is to be served, by the relay as by any other server. */

/**
 * Nothing from elsewhere, nothing inline, no code from strings. `ws:` and `wss:` are open because relays are named by links,
 * not by the site. The page says the same of itself for sites on other servers; `frame-ancestors` only a server can say.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self' ws: wss:",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // Lit's templates, and the address of the page's service worker.
  'trusted-types lit-html latchkey-worker',
].join('; ');

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(self), microphone=(), geolocation=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Files under this path carry a hash of their content in their names. */
export const HASHED_PATH = '/assets/';
/** The caching of what never changes. */
export const FOR_GOOD = 'public, max-age=31536000, immutable';
