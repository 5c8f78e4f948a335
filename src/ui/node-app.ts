import { RefusalError } from '../core/base/result.ts';
import type { RunningApp } from './app.ts';

/** Makes the app that runs the node in this tab. */
export async function makeNodeApp(): Promise<RunningApp> {
  throw new RefusalError({ code: 'not-available', detail: 'the node is not composed yet' });
}
