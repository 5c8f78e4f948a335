/** How long a replica waits (DESIGN §6): durations only, since there is no clock in the core. */
import { SECOND_MS } from '../base/limits.ts';

/** A block of a few megabytes crosses the world and is written down on a slow disk within this, T₀. */
export const VIEW_TIMEOUT_MS = 2 * SECOND_MS;
/** Growth with each view that passed since the last finalization, so that it outgrows whatever the network's delay is. */
const GROWTH = 1.5;
/** So that a group that was apart for long is back within two minutes. */
export const VIEW_TIMEOUT_MS_MAX = 100 * SECOND_MS;

/** Time for a view, when the last finalization is of an earlier one. */
export function viewTimeoutMs(view: number, finalView: number): number {
  return Math.min(VIEW_TIMEOUT_MS_MAX, Math.round(VIEW_TIMEOUT_MS * GROWTH ** Math.max(0, view - finalView - 1)));
}

/**
 * Time that a leader gives the block before its own to become final, before it proposes for that block's sake alone.
 * Half a view's time leaves the others the other half.
 */
export function patienceMs(view: number, finalView: number): number {
  return Math.floor(viewTimeoutMs(view, finalView) / 2);
}
