/** What an invitation can be set to, and what it begins with. */
import { DAY_MS, HOUR_MS, USES_UNLIMITED } from '../core/base/limits.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { NewInvitation } from './app.ts';
import { count, span } from './words.ts';

export const USES_CHOICES = [1, 2, 5, 10, 25, 50, 100, USES_UNLIMITED] as const;
export const EXPIRES_CHOICES_MS = [HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS, 365 * DAY_MS] as const;

/** Writer, one use, seven days: what a group needs to let one more person in. */
export function usualInvitation(roles: readonly Role[]): NewInvitation {
  const role = roles.includes('writer') ? 'writer' : (roles[0] ?? 'observer');
  return { role, uses: 1, expiresMs: 7 * DAY_MS, shared: true };
}

export function sameInvitation(a: NewInvitation, b: NewInvitation): boolean {
  return a.role === b.role && a.uses === b.uses && a.expiresMs === b.expiresMs && a.shared === b.shared;
}

export function usesWords(uses: number): string {
  return uses === USES_UNLIMITED ? 'Unlimited' : count(uses, 'use');
}

export function expiresWords(expiresMs: number): string {
  return expiresMs === 365 * DAY_MS ? '1 year' : expiresMs === DAY_MS ? '1 day' : `${span(expiresMs)}`;
}

/** Who answers a guest, in words. */
export function sharedHint({ shared, uses }: NewInvitation): string {
  if (shared) return uses === 1 ? 'Any member’s browser can let the guest in.' : 'Any member’s browser can let guests in.';
  return uses === 1
    ? 'Only your browser and the relay can let the guest in.'
    : 'Only your browser and the relay can let guests in, and each of them waits for your approval.';
}
