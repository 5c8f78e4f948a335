/**
 * Where this page was opened. Imported before anything else of the page, so that an invitation has left the address bar
 * and the history before any other code runs, whatever becomes of that code.
 */
import { takeRoute } from './route.ts';

export const ARRIVAL = takeRoute(window.location, window.history);
