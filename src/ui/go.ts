import type { Route } from './route.ts';

/** Asks the frame around the page to show another page. */
export function go(from: HTMLElement, route: Route): void {
  from.dispatchEvent(new CustomEvent<Route>('latchkey-go', { detail: route, bubbles: true, composed: true }));
}
