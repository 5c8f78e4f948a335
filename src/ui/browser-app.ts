/** The page's device: the browser's node with what the page needs beside it. Loaded after the first paint. */
import { dexieStore, openInBrowser } from '../browser.ts';
import { systemClock } from '../node/system-ports.ts';
import type { RunningApp } from './app.ts';
import { NodeApp } from './node-app.ts';
import { siteList } from './site-relays.ts';
import { workerAuditor, workerReplayer } from './worker-replayer.ts';

/** Starts the node of this device in this tab. Only one tab may do so at a time: see `tabs.ts`. */
export async function openBrowserApp(siteUrl: string): Promise<RunningApp> {
  const clock = systemClock();
  const { relays, witnesses } = await siteList(siteUrl);
  const store = dexieStore();
  const latchkey = await openInBrowser({ relays, witnesses, store, clock, auditor: workerAuditor });
  return NodeApp.open({
    latchkey,
    space: await store.space('page'),
    siteRelays: relays,
    siteUrl,
    now: () => clock.now(),
    replayer: workerReplayer,
  });
}
