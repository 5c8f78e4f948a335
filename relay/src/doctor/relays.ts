/** What the command `doctor` finds of relays: by each address, by STUN, and whom they are of use to. Only these relays are asked. */
import { networkInterfaces } from 'node:os';
import { authority, type ServerAddress, serversAmong, stunUrl } from '../../../src/net/addresses.ts';
import { AddressTrials } from '../../../src/net/checks/address-trials.ts';
import { addressFinding, audienceFinding } from '../../../src/net/checks/address-words.ts';
import type { ClockFacts } from '../../../src/net/checks/clock.ts';
import type { Told } from '../../../src/net/checks/finding.ts';
import { type NatKind, natKind, stunFinding } from '../../../src/net/checks/nat.ts';
import type { PeerId } from '../../../src/node/ports.ts';
import type { Endpoint } from '../stun.ts';
import { askStun, familyOf, type StunAnswers } from '../stun-client.ts';

export interface RelayNamed {
  /** The heading over what is found of it. */
  readonly group: string;
  /** `undefined`: whoever answers there will do. */
  readonly peer: PeerId | undefined;
  readonly addresses: readonly string[];
  /** A member’s node: it has no STUN server, and nobody has to reach it. */
  readonly plain?: boolean;
}

export interface RelaysExamined {
  readonly told: readonly Told[];
  readonly nat: NatKind;
}

/** Tries all of them at once, until the signal fires. */
export async function examineRelays(relays: readonly RelayNamed[], signal: AbortSignal): Promise<RelaysExamined> {
  const servers = relays.map(({ addresses, plain }) => (plain === true ? undefined : stunServer(addresses)));
  const [told, seen] = await Promise.all([
    tryAddresses(relays, signal),
    askAll(
      servers.filter((server) => server !== undefined),
      signal,
    ),
  ]);
  const answered = ({ address, port }: Endpoint) =>
    seen
      .flatMap(({ answers }) => answers)
      .some(({ server, mapped }) => server.address === address && server.port === port && mapped !== undefined);
  const lines = relays.flatMap(({ group, addresses, plain }, i): readonly Told[] => {
    const server = servers[i];
    return [
      ...(told[i] ?? []),
      ...(server === undefined ? [] : [{ group, title: `STUN on UDP ${server.port}`, finding: stunFinding(answered(server)) }]),
      ...(plain === true ? [] : [{ group, title: 'Who can use it', finding: audienceFinding(serversAmong(addresses)) }]),
    ];
  });
  return { told: lines, nat: servers.every((server) => server === undefined) ? 'unknown' : natSeen(seen) };
}

async function tryAddresses(relays: readonly RelayNamed[], signal: AbortSignal): Promise<readonly (readonly Told[])[]> {
  await using trials = await AddressTrials.open();
  return await Promise.all(
    relays.map(({ group, peer, addresses }) =>
      Promise.all(
        addresses.map(async (text) => ({
          group,
          title: text,
          finding: addressFinding(await trials.try(text, peer, signal), serversAmong([text])[0]?.kind),
        })),
      ),
    ),
  );
}

/** From one socket for each address family, so that the answers can be compared. */
function askAll(servers: readonly Endpoint[], signal: AbortSignal): Promise<readonly StunAnswers[]> {
  const families = [4, 6] as const;
  const grouped = families.map((family) => [family, servers.filter(({ address }) => familyOf(address) === family)] as const);
  return Promise.all(grouped.filter(([, some]) => some.length > 0).map(([family, some]) => askStun(some, family, signal)));
}

function natSeen(seen: readonly StunAnswers[]): NatKind {
  const own = new Set(Object.values(networkInterfaces()).flatMap((some) => (some ?? []).map(({ address }) => address)));
  const answered = seen.flatMap(({ localPort, answers }) =>
    answers.flatMap(({ mapped }) => (mapped === undefined ? [] : [{ localPort, mapped }])),
  );
  // A server on this very machine sees no router.
  const beyond = answered.filter(({ mapped }) => !mapped.address.startsWith('127.') && mapped.address !== '::1');
  const counted = beyond.length > 0 ? beyond : answered;
  const mappings = counted
    .filter(({ localPort, mapped }) => !(own.has(mapped.address) && mapped.port === localPort))
    .map(({ localPort, mapped }) => ({ local: String(localPort), ...mapped }));
  return natKind({ mappings, sockets: 1, servers: counted.length });
}

function stunServer(addresses: readonly string[]): Endpoint | undefined {
  const [, host, port] = /^stun:\[?([^\]]+?)\]?:(\d+)$/.exec(stunUrl(addresses) ?? '') ?? [];
  return host === undefined ? undefined : { address: host, port: Number(port) };
}

export interface ClockAsked extends ClockFacts {
  readonly whose: string;
}

/** The `Date` of the first WebSocket server that tells one; each HTTP answer has it, a refusal too. */
export async function askClock(relays: readonly RelayNamed[], signal: AbortSignal): Promise<ClockAsked | undefined> {
  const servers = relays.flatMap(({ addresses }) => serversAmong(addresses)).filter(({ kind }) => kind !== 'webrtc-direct');
  return Promise.any(servers.map((server) => clockOf(server, signal))).catch(() => undefined);
}

async function clockOf(server: ServerAddress, signal: AbortSignal): Promise<ClockAsked> {
  const askedAt = Date.now();
  const answer = await fetch(`${server.kind === 'wss' ? 'https' : 'http'}://${authority(server)}/`, {
    method: 'HEAD',
    redirect: 'manual',
    signal,
  });
  const theirs = Date.parse(answer.headers.get('date') ?? '');
  if (Number.isNaN(theirs)) throw new Error('it tells no time');
  return { theirs, askedAt, answeredAt: Date.now(), whose: authority(server) };
}
