/** Real pages in Chromium processes of their own, with a real relay: reached, met directly, and left alone with each other. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readAddress, stunUrl } from '../../src/net/addresses.ts';
import { CHROMIUM_ARGS, chromiumPath } from '../support/chromium.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';

const KIB = 1024;
/** Starting two Chromiums on a machine that does other things. */
const SLOW_MS = 120_000;
/** A page without any way to send UDP: what is left to it is the relay. */
const WITHOUT_UDP = '--webrtc-ip-handling-policy=disable_non_proxied_udp';

let folder: string;
const running: { stop(): Promise<unknown> }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
  const root = join(import.meta.dirname, 'page');
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    build: { outDir: join(folder, 'site'), emptyOutDir: true, target: 'es2024', minify: false },
  });
}, SLOW_MS);
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
}, SLOW_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function relayAt(port = 0, data = 'data'): Promise<RelayProcess> {
  const folders = ['--data', join(folder, data), '--site', join(folder, 'site')];
  const relay = await startRelayProcess(...folders, '--http-port', '0', '--p2p-port', String(port), '--serve', 'all');
  running.push({ stop: () => relay.stop('SIGKILL') });
  return relay;
}

/** One page in a Chromium process of its own, and everything that it asked the network for. */
class Peer {
  readonly page: Page;
  readonly asked: string[] = [];
  id = '';

  private constructor(page: Page) {
    this.page = page;
    page.on('request', (request) => this.asked.push(request.url()));
    page.on('websocket', (socket) => this.asked.push(socket.url()));
  }

  static async open(relay: RelayProcess, ...args: readonly string[]): Promise<Peer> {
    const browser: Browser = await chromium.launch({ executablePath: chromiumPath(), args: [...CHROMIUM_ARGS, ...args] });
    running.push({ stop: () => browser.close() });
    const peer = new Peer(await browser.newPage());
    await peer.page.addInitScript(recordIceServers);
    await peer.page.goto(relay.url);
    peer.id = await peer.page.evaluate((address) => window.peer.start([address]), relay.address);
    return peer;
  }

  dial(peer: string, addresses: readonly string[] = []): Promise<void> {
    return this.page.evaluate((address) => window.peer.dial(address), { peer, addresses });
  }

  path(peer: string): Promise<string | undefined> {
    return this.page.evaluate((id) => window.peer.path(id), peer);
  }

  echo(peer: string, frames: number, bytes: number): Promise<number> {
    return this.page.evaluate(([id, count, size]) => window.peer.echo(id, count, size), [peer, frames, bytes] as const);
  }

  iceServers(): Promise<readonly string[]> {
    return this.page.evaluate(() => [...new Set(window.iceServers)]);
  }

  /** Waits until others can reach this page through the relay. */
  async reachable(): Promise<void> {
    while (!(await this.page.evaluate(() => window.peer.addresses().length > 0))) await this.page.waitForTimeout(20);
  }

  async pathBecomes(peer: string, path: string | undefined): Promise<void> {
    while ((await this.path(peer)) !== path) await this.page.waitForTimeout(20);
  }
}

/** Runs in the page before anything else: notes every ICE server that any connection is given. */
function recordIceServers(): void {
  window.iceServers = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      window.iceServers.push(...(configuration?.iceServers ?? []).flatMap((server) => server.urls));
    }
  };
}

/** Two pages that are connected to the relay and reachable through it. */
async function pairAt(relay: RelayProcess, ...args: readonly string[]): Promise<readonly [Peer, Peer]> {
  const pair = await Promise.all([Peer.open(relay, ...args), Peer.open(relay, ...args)] as const);
  for (const peer of pair) {
    await peer.dial(relay.peerId, relay.addresses);
    await peer.reachable();
  }
  return pair;
}

function portOf(relay: RelayProcess): number {
  const [address] = relay.addresses.map(readAddress);
  return address !== undefined && 'port' in address ? address.port : 0;
}

describe('two pages and a relay', { timeout: SLOW_MS }, () => {
  test('meet directly, and stay together while the relay is away', async () => {
    const relay = await relayAt();
    const [anna, ben] = await pairAt(relay);
    expect(await anna.path(relay.peerId)).toBe('relay');

    await anna.dial(ben.id);
    expect(await anna.path(ben.id)).toBe('direct');
    await ben.pathBecomes(anna.id, 'direct');
    expect(await anna.echo(ben.id, 4, 1024 * KIB)).toBe(4 * 1024 * KIB);

    await relay.stop('SIGKILL');
    await anna.pathBecomes(relay.peerId, undefined);
    await ben.pathBecomes(relay.peerId, undefined);
    expect(await ben.path(anna.id)).toBe('direct');
    expect(await ben.echo(anna.id, 4, 64 * KIB)).toBe(4 * 64 * KIB);
    expect(await anna.page.evaluate((id) => window.peer.ping(id), ben.id)).toBeGreaterThan(0);

    // Back on its ports with its name: both find it again, and a newcomer finds them through it.
    const back = await relayAt(portOf(relay));
    expect(back.address).toEqual(relay.address);
    for (const peer of [anna, ben]) {
      await peer.dial(back.peerId, back.addresses);
      await peer.reachable();
    }
    const cleo = await Peer.open(back);
    await cleo.dial(back.peerId, back.addresses);
    await cleo.dial(ben.id);
    expect(await cleo.path(ben.id)).toBe('direct');

    const own = stunUrl(relay.addresses);
    for (const peer of [anna, ben, cleo]) {
      expect(await peer.iceServers()).toEqual([own]);
      expect(peer.asked.map((url) => new URL(url).hostname).filter((host) => host !== '127.0.0.1')).toEqual([]);
      expect(peer.asked.some((url) => url.startsWith('ws:'))).toBe(true);
    }
  });

  test('talk through the relay where no direct way is, as far as a circuit carries', async () => {
    const [anna, ben] = await pairAt(await relayAt(0, 'relayed'), WITHOUT_UDP);
    await anna.dial(ben.id);
    expect(await anna.path(ben.id)).toBe('relayed');
    await ben.pathBecomes(anna.id, 'relayed');
    expect(await anna.echo(ben.id, 4, 4 * KIB)).toBe(16 * KIB);
    // A circuit is for handshakes and news; whoever sends a file through it loses it.
    await expect(anna.echo(ben.id, 4, 64 * KIB)).rejects.toThrow(/closed/);
  });

  test('reach the relay by webrtc-direct alone', async () => {
    const relay = await relayAt(0, 'direct');
    const anna = await Peer.open(relay);
    await anna.dial(
      relay.peerId,
      relay.addresses.filter((address) => address.includes('webrtc-direct')),
    );
    expect(await anna.path(relay.peerId)).toBe('relay');
    expect(await anna.page.evaluate((id) => window.peer.ping(id), relay.peerId)).toBeGreaterThan(0);
    expect(anna.asked.filter((url) => url.startsWith('ws'))).toEqual([]);
    expect(await anna.iceServers()).toEqual([]);
    expect(await relay.stop('SIGTERM')).toBe(0);
  });
});

test('a page dials no address of its machine or network that no link named', { timeout: SLOW_MS }, async () => {
  const relay = await relayAt(0, 'gate');
  const anna = await Peer.open(relay);
  const elsewhere = [
    '/ip4/127.0.0.1/tcp/9/ws',
    '/ip4/192.168.0.1/tcp/80/ws',
    '/dns4/router.local/tcp/443/wss',
    '/dnsaddr/bootstrap.libp2p.io',
  ];
  await expect(anna.dial(relay.peerId, elsewhere)).rejects.toThrow(/no-relay/);
  expect(anna.asked.every((url) => url.startsWith(relay.url))).toBe(true);
});
