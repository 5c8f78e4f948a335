/**
 * A node without a relay's duties: a member's machine that holds chains, votes if it is a validator and takes commands. It
 * listens on one WebSocket port, so that the other validators reach it without a detour; no page, no STUN, no circuits.
 */
import { isIPv6 } from 'node:net';
import type { VerifierKey } from '../../src/core/log/verifier-key.ts';
import { nodeLibp2p } from '../../src/net/libp2p-node.ts';
import { libp2pTransport } from '../../src/net/libp2p-transport.ts';
import { openAdminSocket } from './admin-socket.ts';
import type { ChainHost, OpenChainHost } from './chain-host.ts';
import { type RelayStatus, runCommand } from './commands.ts';
import { openDataFolder } from './data-folder.ts';
import { diskUse } from './disk-use.ts';
import { announcedAddresses } from './libp2p-relay.ts';
import { checkPorts } from './ports.ts';

export interface PlainNodeOptions {
  readonly dataFolder: string;
  /** What members see it as on chains that it makes or hosts. */
  readonly name: string;
  /** The address to listen on. */
  readonly host: string;
  /** 0 picks one. */
  readonly p2pPort: number;
  /** Where invitation links made here lead. */
  readonly siteUrl: string;
  /** Room that one chain may take on the disk. */
  readonly quotaBytes: number;
  /** Public witnesses whose signatures it keeps and shows; none unless said. */
  readonly witnesses?: readonly VerifierKey[];
  readonly log: (line: string) => void;
}

export interface PlainNode {
  readonly peerId: string;
  readonly addresses: readonly string[];
  readonly chains: ChainHost;
  close(): Promise<void>;
}

/** Starts a node. Throws `Complaint` for everything that its operator can mend. */
export async function startPlainNode(
  { dataFolder, name, host, p2pPort, siteUrl, quotaBytes, witnesses = [], log }: PlainNodeOptions,
  openHost: OpenChainHost,
): Promise<PlainNode> {
  await using parts = new AsyncDisposableStack();
  const folder = await openDataFolder(dataFolder);
  parts.defer(() => folder.release());
  await checkPorts(host, [{ kind: 'TCP', port: p2pPort, option: '--p2p-port' }]);
  const listen = [`/${isIPv6(host) ? 'ip6' : 'ip4'}/${host}/tcp/${p2pPort}/ws`];
  const node = await nodeLibp2p({ privateKey: folder.identity, listen });
  const transport = libp2pTransport(node);
  parts.defer(() => transport.close());
  const addresses = announcedAddresses(node);
  const here = { transport, addresses, dataFolder: folder.path };
  const chains = await openHost({ ...here, name, siteUrl, hosting: 'none', quotaBytes, witnesses, log });
  parts.defer(() => chains.close());
  const startedAt = new Date().toISOString();
  const status = (): RelayStatus => ({
    peerId: transport.peerId,
    addresses,
    url: siteUrl,
    hosting: 'none',
    connections: node.getConnections().length,
    reservations: 0,
    reservationsMax: 0,
    disk: diskUse(folder.path),
    startedAt,
  });
  const commands = await openAdminSocket(folder.path, (request) => runCommand(request, chains, status));
  parts.defer(() => commands.close());
  const running = parts.move();
  return { peerId: transport.peerId, addresses, chains, close: () => running.disposeAsync() };
}
