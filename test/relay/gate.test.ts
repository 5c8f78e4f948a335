/** The gate of a real relay: whom it makes reachable, what strangers get, and what a scanner hears of a private chain. */
import { expect, test } from 'vitest';
import { fromHex } from '../../src/core/base/bytes.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { decode, encode } from '../../src/core/codec/codec.ts';
import { HANDSHAKE_FRAME_BYTES_MAX, handshakeFrame } from '../../src/core/codec/handshake.ts';
import { parseLink } from '../../src/core/codec/link-text.ts';
import { availableFrame } from '../../src/net/handshake.ts';
import { HANDSHAKE_ANSWER_TIMEOUT_MS, PROOF_PATIENCE_MS, PROTOCOLS } from '../../src/net/protocols.ts';
import type { Transport } from '../../src/net/transport.ts';
import { systemRandom } from '../../src/node/system-ports.ts';
import { codeOf, NEVER } from '../net/kit.ts';
import { deviceOnNode, reachableTransport } from '../support/device-on-node.ts';
import { relayGround } from '../support/relay-ground.ts';
import { type RelayProcess, runRelay } from '../support/relay-process.ts';

const { data, start, atEnd } = relayGround();
const WAIT = { timeout: 20_000 };

async function relayCommand(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runRelay(...args, '--data', data(), '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function invitation(chain: string, ...args: readonly string[]): Promise<string> {
  return String((await relayCommand('invite', chain, ...args)).code);
}

async function arrive(): Promise<Transport> {
  const transport = await reachableTransport();
  atEnd(() => transport.close());
  return transport;
}

async function person() {
  const transport = await reachableTransport();
  const device = await deviceOnNode(transport);
  atEnd(() => device.close());
  return { transport, device };
}

/** Whether others can be told of a way to it through the relay. */
function hasPlace(transport: Transport, relay: RelayProcess): boolean {
  return transport.addresses().some((address) => address.includes(`/p2p/${relay.peerId}/p2p-circuit`));
}

async function comesIn(device: Awaited<ReturnType<typeof deviceOnNode>>, code: string, name: string): Promise<string> {
  for await (const stage of device.join(unwrap(device.openInvitation(code)), { name, signal: NEVER }))
    if (stage.type !== 'stage') return stage.type;
  return 'nothing';
}

const past = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('members are reached through it; a stranger has no place, reaches nobody, and is told why', { timeout: 60_000 }, async () => {
  const relay = await start('--chain', 'Choir');
  const [alice, mallory] = [await person(), await arrive()];
  expect(await comesIn(alice.device, await invitation('Choir'), 'Alice')).toBe('joined');
  await expect.poll(() => hasPlace(alice.transport, relay), WAIT).toBe(true);
  await mallory.dial(relay.address, NEVER);
  expect(await codeOf(mallory.dial({ peer: alice.transport.peerId, addresses: [] }, NEVER))).toBe('not-a-member');
  await past(PROOF_PATIENCE_MS);
  expect(hasPlace(mallory, relay)).toBe(false);
  expect(await relayCommand('status')).toMatchObject({ reservations: 1 });
  const bob = await person();
  expect(await comesIn(bob.device, await invitation('Choir'), 'Bob')).toBe('joined');
  await bob.transport.dial({ peer: alice.transport.peerId, addresses: [] }, NEVER);
  expect(bob.transport.path(alice.transport.peerId)).toBe('relayed');
});

test('who was connected as a stranger for long gets a place once an invitation lets them in, approvals or not', {
  timeout: 60_000,
}, async () => {
  const relay = await start();
  await relayCommand('chain', 'create', 'Choir', '--template', 'members-approve');
  const code = await invitation('Choir');
  const { transport, device } = await person();
  await transport.dial(relay.address, NEVER);
  await past(PROOF_PATIENCE_MS + 500);
  expect(hasPlace(transport, relay)).toBe(false);
  expect(await comesIn(device, code, 'Bob')).toBe('waiting');
  await expect.poll(() => hasPlace(transport, relay), WAIT).toBe(true);
});

test('an operator may serve all', { timeout: 30_000 }, async () => {
  const relay = await start('--serve', 'all');
  const stranger = await arrive();
  await stranger.dial(relay.address, NEVER);
  await expect.poll(() => hasPlace(stranger, relay), WAIT).toBe(true);
});

test('of a chain with a network key a scanner hears nothing, though it knows the chain and the relay', { timeout: 60_000 }, async () => {
  const relay = await start('--chain', 'Choir');
  await relayCommand('propose', 'network-key');
  const code = await invitation('Choir');
  const link = unwrap(parseLink(code));
  const { chain, networkKey } = link;
  expect(networkKey).toBeDefined();
  const scanner = await arrive();
  const answerTo = async (key: Uint8Array | undefined) => {
    await scanner.dial(relay.address, NEVER);
    const stream = await scanner.open(relay.peerId, PROTOCOLS.session.id, PROTOCOLS.session, NEVER);
    const peers = { opener: scanner.peerId, acceptor: relay.peerId };
    await stream.send(encode(handshakeFrame, availableFrame(chain, key, peers, systemRandom().bytes(32))));
    const answer = await stream.receive(AbortSignal.timeout(HANDSHAKE_ANSWER_TIMEOUT_MS)).catch(() => undefined);
    stream.abort();
    return answer && unwrap(decode(handshakeFrame, answer, HANDSHAKE_FRAME_BYTES_MAX)).type;
  };
  expect(await answerTo(networkKey)).toBe('answer');
  expect(await answerTo(undefined)).toBeUndefined();
  expect(await answerTo(fromHex('00'.repeat(32)))).toBeUndefined();
  // Nor by asking again and again.
  for (let i = 0; i < 110; i++) expect(await answerTo(undefined).catch(() => undefined)).toBeUndefined();
  const guest = await person();
  expect(await comesIn(guest.device, code, 'Alice')).toBe('joined');
});
