/** A public log, as a relay in a process of its own serves it and as somebody reads it who trusts neither the relay nor us. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/core/base/bytes.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { decodeTransaction } from '../../src/core/codec/transaction.ts';
import { type Fetch, readCheckpointBy, readLog } from '../support/log-client.ts';
import { type RelayProcess, runRelay, startRelayProcess } from '../support/relay-process.ts';

/** Several processes start one after the other, on a machine that does other things. */
const SLOW_MS = 90_000;

let folder: string;
let data: string;
let site: string;
const cleanUp: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
  data = join(folder, 'data');
  site = join(folder, 'site');
  mkdirSync(site);
  writeFileSync(join(site, 'index.html'), '<!doctype html><title>Latchkey</title>');
});
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
  rmSync(folder, { recursive: true, force: true });
});

async function start(...args: readonly string[]): Promise<RelayProcess> {
  const relay = await startRelayProcess('--data', data, '--site', site, '--http-port', '0', '--p2p-port', '0', ...args);
  cleanUp.push(() => relay.stop('SIGKILL'));
  return relay;
}

async function command(...args: readonly string[]) {
  const { code, stdout, stderr } = await runRelay(...args, '--json', '--data', data);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout);
}

function served({ url }: RelayProcess, chain: string): Fetch {
  return async (path) => {
    const answer = await fetch(new URL(`${chain}/${path}`, url));
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
  };
}

/** The log once its checkpoint covers so many leaves. */
async function readUpTo(from: Fetch, size: number) {
  for (;;) {
    const { checkpoint } = await readCheckpointBy(from).catch(() => ({ checkpoint: undefined }));
    if (checkpoint !== undefined && checkpoint.size >= size) return readLog(from);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('a relay publishes the log of a public chain', { timeout: SLOW_MS }, () => {
  test('checkpoint, tiles and entries hold together, and no words are among them', async () => {
    const relay = await start('--chain', 'Welcome');
    const [{ chain }] = (await command('status')).chains;
    const from = served(relay, chain);
    expect(await from('checkpoint')).toBeUndefined();
    await command('propose', 'rules', '--public-read', 'on');
    await command('write', 'nothing for everybody');
    const [{ transactions }] = (await command('status')).chains;
    const log = await readUpTo(from, transactions);
    expect(log.checkpoint).toMatchObject({ origin: `latchkey/${chain}`, size: transactions });
    expect(log.leaves.length).toBe(transactions);
    const actions = log.leaves.slice(1).map((leaf) => unwrap(decodeTransaction(leaf)).unsigned.action.type);
    expect(actions).toContain('entry');
    for (const leaf of log.leaves) expect(Buffer.from(leaf).includes(utf8('nothing for everybody'))).toBe(false);
    expect(fromUtf8((await from('keys')) ?? new Uint8Array(0))).toContain(`latchkey/${chain}+`);
  });
});
