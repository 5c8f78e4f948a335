/** The command `doctor`: this machine, the relay on it, and whatever relays a link or an address names, each with what it means and what to do. */
import { parseLink } from '../../../src/core/codec/link-text.ts';
import { readAddress } from '../../../src/net/addresses.ts';
import { clockFinding } from '../../../src/net/checks/clock.ts';
import { failed, good, type Told } from '../../../src/net/checks/finding.ts';
import { natFinding } from '../../../src/net/checks/nat.ts';
import type { StatusAnswer } from '../commands.ts';
import { Complaint } from '../complaint.ts';
import { examineMachine, type Ground, MACHINE_GROUP, runningRelay } from './machine.ts';
import { askClock, examineRelays, type RelayNamed } from './relays.ts';

/** All tries run beside each other, and none that succeeds takes as long. */
const EXAMINATION_MS_MAX = 10_000;

/** Never throws for what it finds wrong. `named`: relays beside the one on this machine. */
export async function examine(ground: Ground, named: readonly RelayNamed[]): Promise<readonly Told[]> {
  const signal = AbortSignal.timeout(EXAMINATION_MS_MAX);
  const running = await runningRelay(ground.dataFolder);
  const own = running === undefined ? [] : [ownRelay(running)];
  const [machine, page, relays, clock] = await Promise.all([
    examineMachine(ground, running),
    running === undefined || !isRelay(running) ? [] : examinePage(running.url, signal),
    examineRelays([...own, ...named], signal),
    askClock(named, signal),
  ]);
  const newest = running?.chains.map(({ consensus }) => Date.parse(consensus.final.time)) ?? [];
  const newestBlock = newest.length === 0 ? undefined : Math.max(...newest);
  return [
    ...machine,
    ...page,
    { group: MACHINE_GROUP, title: 'Clock', finding: clockFinding(clock, Date.now(), newestBlock, clock?.whose ?? 'the newest block') },
    { group: MACHINE_GROUP, title: 'Router on the way (NAT)', finding: natFinding(relays.nat) },
    ...relays.told,
  ];
}

/** Else it is a member’s node, which serves no page: the address in its status is where its links lead, and is somebody else’s. */
function isRelay({ reservationsMax }: StatusAnswer): boolean {
  return reservationsMax > 0;
}

function ownRelay(running: StatusAnswer): RelayNamed {
  const { peerId, addresses } = running;
  const plain = !isRelay(running);
  return { group: plain ? 'The node on this machine' : 'The relay on this machine', peer: peerId, addresses, plain };
}

async function examinePage(url: string, signal: AbortSignal): Promise<readonly Told[]> {
  const answer = await fetch(new URL('readyz', url), { signal }).catch(() => undefined);
  const finding =
    answer === undefined
      ? failed(
          'Does not answer from here.',
          'Check the firewall and, where there is one, the proxy before it; some routers lead only others to it.',
        )
      : answer.ok
        ? good('Answers, and every chain here can go on.')
        : failed(`Answers with ${answer.status}: a chain here has stopped.`, 'latchkey-relay status says which and why.');
  return [{ group: MACHINE_GROUP, title: `Page ${url}`, finding }];
}

/** The relays that a link names, or the one behind an address. Throws `Complaint` for what is neither; a link is never repeated there. */
export function relaysNamed(text: string): readonly RelayNamed[] {
  if (text.startsWith('/')) return [relayAt(text)];
  const link = parseLink(text);
  if (!link.ok)
    throw new Complaint(
      `An argument is neither a link nor an address: ${link.refusal.detail}. Give one like /dns4/relay.example/tcp/443/tls/ws.`,
    );
  return link.value.relays.map(({ peer, addresses }) => ({ group: `Relay ${peer}`, peer, addresses }));
}

const PEER_PART = '/p2p/';

function relayAt(text: string): RelayNamed {
  const address = readAddress(text);
  if (address === undefined || !('host' in address))
    throw new Complaint(`${text.slice(0, 200)} is no address of a relay: give one like /dns4/relay.example/tcp/443/tls/ws.`);
  const at = text.indexOf(PEER_PART);
  const peer = at < 0 ? undefined : text.slice(at + PEER_PART.length);
  return { group: peer === undefined ? `Relay at ${address.host}` : `Relay ${peer}`, peer, addresses: [at < 0 ? text : text.slice(0, at)] };
}
