/** A relay as its operator runs it: the real command in a process of its own, which a test can kill. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { PeerAddress } from '../../src/node/ports.ts';

export const RELAY_COMMAND = join(import.meta.dirname, '../../relay/bin/latchkey-relay.mjs');

export interface Ready {
  readonly url: string;
  readonly invitation: string | null;
  readonly peerId: string;
  readonly addresses: readonly string[];
}

export interface RelayProcess extends Ready {
  readonly address: PeerAddress;
  /** Ends it and settles with its exit code, or `null` where a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the relay to its end. */
export function runRelay(...args: readonly string[]): Promise<Ran> {
  return runRelayUnder([], ...args);
}

/** The same under options of Node's own. */
export async function runRelayUnder(nodeOptions: readonly string[], ...args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [...nodeOptions, RELAY_COMMAND, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, stdout, stderr };
}

/** Starts a relay and waits until it says that it is ready; rejects with what it says instead. */
export async function startRelayProcess(...args: readonly string[]): Promise<RelayProcess> {
  const child = spawn(process.execPath, [RELAY_COMMAND, 'start', '--json', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    complaint += piece;
  });
  const line = await firstLine(child);
  if (line === undefined) throw new Error(`the relay did not start: ${complaint}`);
  const ready = JSON.parse(line) as Ready;
  return { ...ready, address: { peer: ready.peerId, addresses: ready.addresses }, stop: (signal = 'SIGTERM') => stop(child, signal) };
}

async function firstLine(child: ChildProcess): Promise<string | undefined> {
  let received = '';
  for await (const piece of child.stdout?.setEncoding('utf8').iterator({ destroyOnReturn: false }) ?? []) {
    received += piece;
    if (received.includes('\n')) return received.slice(0, received.indexOf('\n'));
  }
  return undefined;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
  return child.exitCode;
}
