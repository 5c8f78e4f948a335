/**
 * One signer over one set of keys: two programs of a site that open the same database would vote twice by one vote key (DESIGN §6).
 * A Web Lock keeps the second out. The browser gives it back by itself when a page goes, however that ends.
 */
import { RefusalError } from '../core/base/result.ts';

/** How long a node that closes at this moment, as in a page that is reloaded, may take to let go. */
const LETTING_GO_MS_MAX = 3_000;

/** The lock of the keys in a database; without a name, of keys that are kept elsewhere. */
export function signerLockName(database?: string): string {
  return database === undefined ? 'latchkey-signer' : `latchkey-signer/${database}`;
}

/** Takes the lock and gives what gives it back. Throws `already-open` where somebody else goes on holding it. */
export function holdSignerLock(name: string): Promise<() => void> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: taken, resolve: take, reject: refuse } = Promise.withResolvers<() => void>();
  const hold = () => {
    take(release);
    return released;
  };
  navigator.locks.request(name, { signal: AbortSignal.timeout(LETTING_GO_MS_MAX) }, hold).catch((error: unknown) => {
    const isHeld = error instanceof DOMException && error.name === 'TimeoutError';
    const detail = 'another tab, window or program of this site runs a node over the same keys';
    refuse(isHeld ? new RefusalError({ code: 'already-open', detail }) : error);
  });
  return taken;
}
