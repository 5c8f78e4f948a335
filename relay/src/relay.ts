/**
 * A relay, put together: data folder, libp2p node, STUN responder, site, chains, commands. Brought up in this order and down
 * in the other; where one part does not come up, the earlier ones go down again.
 */

import type { IncomingMessage } from 'node:http';
import { STUN_PORT_OFFSET } from '../../src/net/addresses.ts';
import { libp2pTransport } from '../../src/net/libp2p-transport.ts';
import { RESERVATIONS_MAX } from '../../src/net/protocols.ts';
import { RelayGate, type Service } from '../../src/net/relay-gate.ts';
import { RELAY_LIST_FILE, writeRelayList } from '../../src/net/relay-list.ts';
import { systemClock } from '../../src/node/system-ports.ts';
import { openAdminSocket } from './admin-socket.ts';
import type { ChainHost, HostingRule, OpenChainHost } from './chain-host.ts';
import { type RelayStatus, runCommand, type StatusAnswer, statusAnswer } from './commands.ts';
import { openDataFolder } from './data-folder.ts';
import { diskUse } from './disk-use.ts';
import { Health, type StatusAudience } from './health.ts';
import { announcedAddresses, relayLibp2p } from './libp2p-relay.ts';
import { LogSite } from './log-site.ts';
import { checkPorts, freeP2pPort } from './ports.ts';
import { madeFile, readSite, startSite } from './static-site.ts';
import { startStun } from './stun.ts';
import type { TlsKeys } from './tls-keys.ts';
import { type Witness, Witnesses } from './witnesses.ts';

export interface RelayOptions {
  readonly dataFolder: string;
  /** What members see it as on chains that it makes or hosts. */
  readonly name: string;
  /** The address to listen on. */
  readonly host: string;
  readonly httpPort: number;
  /** TCP for WebSocket, UDP for webrtc-direct; STUN is on the UDP port after it. 0 picks one. */
  readonly p2pPort: number;
  /** Multiaddrs to tell others instead of the ones listened on. */
  readonly announce: readonly string[];
  /** The page's address as others see it, for links; behind a proxy it is not the one listened on. */
  readonly publicUrl: string | undefined;
  readonly hosting: HostingRule;
  /** Who may be reached through it, and reach others. */
  readonly serves: Service;
  /** Addresses of proxies before it: each stands for many machines. */
  readonly proxies: readonly string[];
  /** Who may read how the relay is doing over HTTP. */
  readonly showStatus: StatusAudience;
  /** Room that one chain may take on the disk. */
  readonly quotaBytes: number;
  /** Page and WebSocket speak TLS under this certificate. */
  readonly tls: TlsKeys | undefined;
  /** Public witnesses that are asked to cosign the logs of public chains. */
  readonly witnesses: readonly Witness[];
  /** The folder of the built site. */
  readonly siteFolder: string;
  readonly log: (line: string) => void;
}

export interface Relay {
  readonly peerId: string;
  readonly addresses: readonly string[];
  /** The page's address. */
  readonly url: string;
  readonly chains: ChainHost;
  readonly hosting: HostingRule;
  /** The address listened on, and the UDP port of STUN there. */
  readonly host: string;
  readonly stunPort: number;
  /** Settles when nothing of the relay is left but the deaf socket of webrtc-direct; see `direct-transport.ts`. */
  close(): Promise<void>;
}

/** On a machine's own address come its proxy, its page and whoever is logged in; none of them is a flood from elsewhere. */
const LOOPBACK: readonly string[] = ['127.0.0.1', '::1'];

/** Starts a relay. Throws `Complaint` for everything that its operator can mend. */
export async function startRelay(options: RelayOptions, openHost: OpenChainHost): Promise<Relay> {
  await using parts = new AsyncDisposableStack();
  const { host, httpPort, tls, log } = options;
  const site = readSite(options.siteFolder);
  const folder = await openDataFolder(options.dataFolder);
  parts.defer(() => folder.release());
  await checkPorts(host, claimedPorts(options));
  const p2pPort = options.p2pPort === 0 ? await freeP2pPort(host) : options.p2pPort;
  const gate = gateOf(options);
  const { identity: privateKey, certificate } = folder;
  const node = await relayLibp2p({ gate, host, p2pPort, announce: options.announce, privateKey, certificate, tls });
  const transport = libp2pTransport(node);
  parts.defer(() => transport.close());
  const stun = await startStun(host, p2pPort + STUN_PORT_OFFSET);
  parts.defer(() => stun.close());
  const addresses = announcedAddresses(node);
  const witnessKeys = options.witnesses.map(({ key }) => key);
  const relayList = madeFile(`/${RELAY_LIST_FILE}`, writeRelayList([{ peer: transport.peerId, addresses }], witnessKeys));
  let running: ChainHost | undefined;
  const witnesses = new Witnesses(options.witnesses, () => running?.chains() ?? [], log);
  parts.defer(() => witnesses.close());
  const logs = new LogSite(
    () => running?.chains() ?? [],
    (chain) => witnesses.published(chain),
  );
  let tell: (() => Promise<StatusAnswer>) | undefined;
  const health = new Health(async () => tell?.(), options.showStatus);
  parts.defer(() => {
    tell = undefined;
  });
  const dynamic = async (path: string, request: IncomingMessage) =>
    path === `/${RELAY_LIST_FILE}` ? relayList : ((await health.at(path, request)) ?? logs.at(path));
  const web = await startSite({ host, port: httpPort, site, dynamic, tls });
  parts.defer(() => web.close());
  const url = options.publicUrl ?? `${tls === undefined ? 'http' : 'https'}://${urlHost(host)}:${web.port}/`;
  const chains = await openHost({
    ...options,
    transport,
    gate,
    addresses,
    dataFolder: folder.path,
    siteUrl: url,
    witnesses: witnessKeys,
  });
  parts.defer(() => chains.close());
  running = chains;
  const startedAt = new Date().toISOString();
  const status = (): RelayStatus => ({
    peerId: transport.peerId,
    addresses,
    url,
    hosting: options.hosting,
    connections: node.getConnections().length,
    reservations: node.services.relay.reservations.size,
    reservationsMax: RESERVATIONS_MAX,
    disk: diskUse(folder.path),
    startedAt,
  });
  tell = () => statusAnswer(chains, status);
  const commands = await openAdminSocket(folder.path, (request) => runCommand(request, chains, status));
  parts.defer(() => commands.close());
  const whole = parts.move();
  return {
    peerId: transport.peerId,
    addresses,
    url,
    chains,
    hosting: options.hosting,
    host,
    stunPort: p2pPort + STUN_PORT_OFFSET,
    close: () => whole.disposeAsync(),
  };
}

function gateOf({ serves, proxies }: RelayOptions): RelayGate {
  return new RelayGate({ clock: systemClock(), serves, sharedAddresses: [...LOOPBACK, ...proxies] });
}

/** A page on all addresses is at home on this machine. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function claimedPorts({ httpPort, p2pPort }: RelayOptions) {
  const p2p = { port: p2pPort, option: '--p2p-port' };
  const stun = { ...p2p, port: p2pPort === 0 ? 0 : p2pPort + STUN_PORT_OFFSET };
  return [
    { kind: 'TCP', port: httpPort, option: '--http-port' },
    { kind: 'TCP', ...p2p },
    { kind: 'UDP', ...p2p },
    { kind: 'UDP', ...stun },
  ] as const;
}
