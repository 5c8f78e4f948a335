/** Stands where the node would be in a page that is built for looking at the page alone; a test reaches it as `fake`. */
import { FakeApp } from './fake-app.ts';

declare global {
  var fake: FakeApp | undefined;
}

export async function openBrowserApp(): Promise<FakeApp> {
  globalThis.fake = new FakeApp();
  return globalThis.fake;
}
