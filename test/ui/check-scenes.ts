/** The connection check in the states that it has, with findings of its own words and without a network. */
import { addressFinding, audienceFinding } from '../../src/net/checks/address-words.ts';
import { attention, type Finding, good } from '../../src/net/checks/finding.ts';
import { natFinding, stunFinding } from '../../src/net/checks/nat.ts';
import type { Check, CheckGroup, CheckSource } from '../../src/ui/check/checks.ts';
import { secureContextFinding } from '../../src/ui/check/device-checks.ts';
import { httpsFinding, policyFinding } from '../../src/ui/check/hosting-words.ts';
import { FakeApp } from './fake-app.ts';
import { CHAIN_ID, chainView } from './fake-views.ts';
import type { Scene } from './scenes.ts';

/** `undefined`: it never ends by itself. */
type Line = readonly [CheckGroup, string, Finding | undefined];

/** Checks that find what they are told to. */
export function found(...lines: readonly Line[]): CheckSource {
  const checks = lines.map(
    ([group, title, finding]): Check => ({
      group,
      title,
      run: () => (finding === undefined ? new Promise(() => {}) : Promise.resolve(finding)),
    }),
  );
  return async () => ({ checks, close: async () => {} });
}

const DEVICE: readonly Line[] = [
  ['This device', 'Secure page', secureContextFinding(true)],
  ['This device', 'Storage', good('Works: what was written was read back.')],
  [
    'This device',
    'Keeping what is stored',
    attention('The browser may clear the record when its disk is short of room.', 'Install this page as an app.'),
  ],
];
const HOSTING: readonly Line[] = [['This copy of the site', 'https', httpsFinding({ protocol: 'https:', hostname: 'latchkey.example' })]];

const ALL_GOOD = found(
  ['This device', 'Secure page', secureContextFinding(true)],
  ['Relays', 'relay.example.org: WebSocket with TLS (wss)', addressFinding({ type: 'answers', elapsedMs: 48 }, 'wss')],
  ['Relays', 'relay.example.org: STUN', stunFinding(true)],
  ['Relays', 'Router on the way (NAT)', natFinding('steady')],
  ...HOSTING,
);

const TROUBLED = found(
  ...DEVICE,
  ['Relays', 'relay.example.org: WebSocket with TLS (wss)', addressFinding({ type: 'silent' }, 'wss')],
  ['Relays', '192.168.178.20:9001: plain WebSocket (ws)', addressFinding({ type: 'in-clear' }, 'ws')],
  [
    'Relays',
    'a-relay-with-a-very-long-name-of-its-own.example.org:9001: webrtc-direct',
    addressFinding({ type: 'other-peer' }, 'webrtc-direct'),
  ],
  ['Relays', 'relay.example.org: STUN', stunFinding(false)],
  ['Relays', 'Router on the way (NAT)', natFinding('silent')],
  ['Relays', 'Who can use it', audienceFinding([{ kind: 'ws', host: '192.0.2.1', hostKind: 'ip4', port: 9001 }])],
  ...HOSTING,
  ['This copy of the site', 'Content security policy', policyFinding("default-src 'self'", "default-src 'none'; base-uri 'none'")],
);

const RUNNING = found(...DEVICE, ['Relays', 'relay.example.org: WebSocket with TLS (wss)', undefined]);

function ofChain(checks: CheckSource): Scene {
  const app = new FakeApp();
  app.setChain(chainView());
  return { app, route: { page: 'check', chain: CHAIN_ID }, checks };
}

export const CHECK_SCENES: Readonly<Record<string, () => Scene>> = {
  'check-good': () => ({ app: new FakeApp(), route: { page: 'check' }, checks: ALL_GOOD }),
  'check-troubled': () => ofChain(TROUBLED),
  'check-running': () => ofChain(RUNNING),
};
