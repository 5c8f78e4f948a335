/** All checks of a connection, made for this page in this browser. Loaded when they are wanted: they bring libp2p with them. */
import { AddressTrials } from '../../net/checks/address-trials.ts';
import { relayView } from '../relay-book.ts';
import { siteList } from '../site-relays.ts';
import type { Check, CheckContext, CheckRun } from './checks.ts';
import { keepingFinding, pageClockFinding, secureContextFinding, storageFinding, webRtcFinding } from './device-checks.ts';
import { hostingChecks } from './hosting-checks.ts';
import { relayChecks } from './relay-checks.ts';

export async function browserCheckRun({ relays, newestBlock }: CheckContext): Promise<CheckRun> {
  const pageUrl = `${location.origin}${location.pathname}`;
  let opened: Promise<AddressTrials> | undefined;
  const trials = () => {
    opened ??= AddressTrials.open();
    return opened;
  };
  // Where no node runs here, what the site names is still to be checked.
  const known = relays.length > 0 ? relays : (await siteList(pageUrl)).relays.map((relay) => relayView(relay, 'site'));
  return {
    checks: [...deviceChecks(pageUrl, newestBlock), ...relayChecks(known, trials), ...hostingChecks(pageUrl)],
    close: async () => (await opened?.catch(() => undefined))?.[Symbol.asyncDispose](),
  };
}

function deviceChecks(pageUrl: string, newestBlock: number | undefined): readonly Check[] {
  const group = 'This device';
  return [
    { group, title: 'Secure page', run: async () => secureContextFinding(window.isSecureContext) },
    { group, title: 'Storage', run: storageFinding },
    { group, title: 'Keeping what is stored', run: keepingFinding },
    { group, title: 'WebRTC', run: webRtcFinding },
    { group, title: 'Clock', run: (signal) => pageClockFinding(pageUrl, newestBlock, signal) },
  ];
}
