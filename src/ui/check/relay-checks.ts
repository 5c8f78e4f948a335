/** Whether the relays can be reached from here, by each of their addresses, and what their STUN servers tell. */
import { isOpenToHttps, type ServerAddress, serversAmong, stunUrl } from '../../net/addresses.ts';
import type { AddressTrials } from '../../net/checks/address-trials.ts';
import { addressFinding, KIND_WORDS } from '../../net/checks/address-words.ts';
import { attention, type Finding, unknown } from '../../net/checks/finding.ts';
import { natFinding, natKind, stunFinding } from '../../net/checks/nat.ts';
import type { Check, RelayToCheck } from './checks.ts';
import { gather, hasAnswered, mappingsOf, socketsOf } from './ice.ts';

/** A chain lists a few; each takes a line for each of its addresses. */
const RELAYS_CHECKED_MAX = 4;
const ADDRESSES_CHECKED_MAX = 4;

const group = 'Relays';

/** `trials`: opened at the first address that is tried. */
export function relayChecks(relays: readonly RelayToCheck[], trials: () => Promise<AddressTrials>): readonly Check[] {
  if (relays.length === 0) return [{ group, title: 'Relays', run: async () => NO_RELAY }];
  const checked = relays.slice(0, RELAYS_CHECKED_MAX);
  const stuns = new Map<string, Promise<boolean>>();
  const answers = (url: string, signal: AbortSignal): Promise<boolean> => {
    const asked = stuns.get(url) ?? gather([url], signal).then(hasAnswered);
    stuns.set(url, asked);
    return asked;
  };
  const urls = [...new Set(checked.flatMap(({ addresses }) => stunUrl(addresses) ?? []))];
  return [...checked.flatMap((relay) => checksOf(relay, trials, answers)), natCheck(urls, answers)];
}

const NO_RELAY = attention(
  'No relay is known here, so there is nothing to reach.',
  'Open an invitation, which brings its relays, or add one where you create a chain.',
);

type Answers = (url: string, signal: AbortSignal) => Promise<boolean>;

function checksOf({ peerId, label, addresses }: RelayToCheck, trials: () => Promise<AddressTrials>, answers: Answers): readonly Check[] {
  const url = stunUrl(addresses);
  const stun: Check = {
    group,
    title: `${label}: STUN`,
    run: async (signal) => (url === undefined ? NO_STUN : stunOf(() => answers(url, signal))),
  };
  const tried = addresses.slice(0, ADDRESSES_CHECKED_MAX).map((text): Check => {
    const [server] = serversAmong([text]);
    const title = `${label}: ${server === undefined ? text : KIND_WORDS[server.kind]}`;
    return { group, title, run: (signal) => tryAddress(text, server, peerId, trials, signal) };
  });
  return url === undefined ? tried : [...tried, stun];
}

const NO_STUN = unknown('It names no STUN server.');

async function stunOf(answers: () => Promise<boolean>): Promise<Finding> {
  if (!('RTCPeerConnection' in window)) return unknown('This browser has no WebRTC.');
  return stunFinding(await answers());
}

async function tryAddress(
  text: string,
  server: ServerAddress | undefined,
  peer: string,
  trials: () => Promise<AddressTrials>,
  signal: AbortSignal,
): Promise<Finding> {
  if (server === undefined) return addressFinding({ type: 'unknown-form' }, undefined);
  if (!window.isSecureContext) return unknown('Not tried: it takes a secure page.');
  if (location.protocol === 'https:' && !isOpenToHttps(server)) return addressFinding({ type: 'in-clear' }, server.kind);
  const node = await trials();
  return addressFinding(await node.try(text, peer, signal), server.kind);
}

function natCheck(urls: readonly string[], answers: Answers): Check {
  return {
    group,
    title: 'Router on the way (NAT)',
    run: async (signal) => {
      if (!('RTCPeerConnection' in window)) return unknown('This browser has no WebRTC.');
      const answered = await Promise.all(urls.map(async (url) => ((await answers(url, signal)) ? [url] : [])));
      const asked = beyondThisMachine(answered.flat());
      const gathering = await gather(asked, signal);
      return natFinding(natKind({ mappings: mappingsOf(gathering), sockets: socketsOf(gathering), servers: asked.length }));
    },
  };
}

/** A STUN server on this very machine sees no router; it counts where there is no other. */
function beyondThisMachine(urls: readonly string[]): readonly string[] {
  const beyond = urls.filter((url) => !/^stun:(127\.|\[::1\]|localhost:)/.test(url));
  return beyond.length > 0 ? beyond : urls;
}
