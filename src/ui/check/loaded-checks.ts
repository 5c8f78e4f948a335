import type { CheckSource } from './checks.ts';

/** The real checks, by the browser that the page is in; they bring libp2p with them, which the page can stand without. */
export const browserChecks: CheckSource = async (context) => (await import('./browser-checks.ts')).browserCheckRun(context);
