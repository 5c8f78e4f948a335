/// <reference types="vite/client" />
/** The page's composition root: takes the invitation out of the address, draws the frame, then loads the node. */

// First of all: an invitation leaves the address bar before any other module runs.
import './ui/arrival.ts';

import { AppShell } from './ui/app-shell.ts';
import { ARRIVAL } from './ui/arrival.ts';
import { insecureApp } from './ui/insecure-app.ts';
import { keepPage } from './ui/keep-page.ts';
import { shareApp } from './ui/tabs.ts';

/** A tab that is not looked at paints nothing; its node need not wait for that. */
const PAINT_WAIT_MS_MAX = 300;

function painted(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, PAINT_WAIT_MS_MAX);
    requestAnimationFrame(() => setTimeout(resolve));
  });
}

/** libp2p and the node are the larger part of the program: they come once the page stands. */
async function makeNodeApp() {
  await painted();
  const [{ openBrowserApp }] = await Promise.all([
    import('./ui/browser-app.ts'),
    import('./ui/receipt-reading.ts'),
    import('./ui/check/browser-checks.ts'),
  ]);
  // All files of the page are here now, also what checks receipts without a network, and the connection when it is gone. A development server has no such files to keep.
  if (import.meta.env.PROD) void keepPage();
  return openBrowserApp(`${location.origin}${location.pathname}`);
}

const shell = new AppShell();
shell.app = window.isSecureContext ? shareApp(makeNodeApp) : insecureApp();
shell.route = ARRIVAL;
document.body.append(shell);
