/** A public log, as a relay in a process of its own serves it and as somebody reads it who trusts neither the relay nor us. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fromUtf8 } from '../../src/core/base/bytes.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { decodeTransaction } from '../../src/core/codec/transaction.ts';
import { type Fetch, readCheckpointBy, readLog } from '../support/log-client.ts';
import { relayGround } from '../support/relay-ground.ts';
import { type RelayProcess, runRelay } from '../support/relay-process.ts';
import { startWitness } from '../support/witness.ts';

/** Several processes start one after the other, on a machine that does other things. */
const SLOW_MS = 90_000;

const { path, data, start, atEnd } = relayGround();

async function command(...args: readonly string[]) {
  const { code, stdout, stderr } = await runRelay(...args, '--json', '--data', data());
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}${stdout}`);
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
    const [{ log: told }] = (await command('status')).chains;
    expect(told).toMatchObject({ public: true, size: transactions, contradictions: [] });
    expect(told.checkpoint).toMatchObject({ size: transactions, vouched: true, cosigners: [{ name: 'Relay', office: 'validator' }] });
    expect(log.checkpoint).toMatchObject({ origin: `latchkey/${chain}`, size: transactions });
    expect(log.leaves.length).toBe(transactions);
    const actions = log.leaves.slice(1).map((leaf) => unwrap(decodeTransaction(leaf)).unsigned.action.type);
    expect(actions).toContain('entry');
    for (const leaf of log.leaves) expect(Buffer.from(leaf).includes('nothing for everybody')).toBe(false);
    expect(fromUtf8((await from('keys')) ?? new Uint8Array(0))).toContain(`latchkey/${chain}+`);
  });

  test('what never changes may be kept for good, what changes is asked for anew, and all of it from anywhere', async () => {
    const relay = await start();
    const { chain } = await command('chain', 'create', 'Open', '--public');
    const from = served(relay, chain);
    await readUpTo(from, 1);
    const head = async (path: string) => (await fetch(new URL(path, relay.url), { method: 'HEAD' })).headers;
    for (const path of ['checkpoint', 'policy', 'keys']) {
      const headers = await head(`${chain}/${path}`);
      expect([headers.get('cache-control'), headers.get('content-type')]).toEqual(['no-cache', 'text/plain; charset=utf-8']);
      expect(headers.get('access-control-allow-origin')).toBe('*');
    }
    for (const path of ['tile/0/000.p/1', 'tile/entries/000.p/1']) {
      const headers = await head(`${chain}/${path}`);
      expect([headers.get('cache-control'), headers.get('content-type')]).toEqual([
        'public, max-age=31536000, immutable',
        'application/octet-stream',
      ]);
    }
  });

  test('anything else is not there, and says so in plain words', async () => {
    const relay = await start('--chain', 'Closed');
    const { chain: open } = await command('chain', 'create', 'Open', '--public');
    const [{ chain: closed }] = (await command('status')).chains.filter(({ name }: { name: string }) => name === 'Closed');
    await readUpTo(served(relay, open), 1);
    const missing = async (path: string) => {
      const answer = await fetch(new URL(path, relay.url));
      return [answer.status, await answer.text()];
    };
    for (const path of ['tile/0/001', 'tile/0/000', 'tile/0/0', 'tile/entries/000.p/2', 'bodies', 'checkpoint/', ''])
      expect(await missing(`${open}/${path}`)).toEqual([
        404,
        'A log has a checkpoint, a policy, keys and tiles. There is nothing here, or not yet.\n',
      ]);
    for (const path of [`${closed}/checkpoint`, `${'0'.repeat(64)}/checkpoint`])
      expect(await missing(path)).toEqual([404, 'This relay publishes no such chain.\n']);
    expect((await fetch(new URL(`${open}/checkpoint`, relay.url), { method: 'POST', body: '' })).status).toBe(405);
  });

  test('public witnesses cosign what is published, one that is away keeps nothing up, and a restart starts over with what they know', async () => {
    const witness = await startWitness('witness.example/w1');
    const away = await startWitness('witness.example/away');
    atEnd(() => witness.close());
    await away.close();
    const options = ['--witness', witness.setting, '--witness', away.setting];
    const relay = await start(...options);
    const { chain } = await command('chain', 'create', 'Open', '--public');
    const from = served(relay, chain);
    const cosigned = async (fetched: Fetch, size: number): Promise<void> => {
      for (;;) {
        const { policy } = await readUpTo(fetched, size);
        const asked = { ...policy, witnesses: [...policy.witnesses, { name: 'w1', key: witness.key, url: undefined }] };
        const both = { name: 'both', threshold: 2, members: [policy.quorum, 'w1'] };
        const log = await readCheckpointBy(fetched, { ...asked, groups: [...policy.groups, both], quorum: 'both' }).catch(() => undefined);
        if (log !== undefined && log.checkpoint.size >= size) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    await cosigned(from, 1);
    await command('write', 'one');
    await cosigned(from, 2);
    expect(witness.answers).toEqual([200, 200]);
    await relay.stop();
    const again = await start(...options);
    await command('write', 'two');
    await cosigned(served(again, chain), 3);
    expect(witness.answers.at(-1)).toBe(200);
  });

  test('export-log writes the same as files, what is new alone, the checkpoint last', async () => {
    const relay = await start();
    const { chain } = await command('chain', 'create', 'Open', '--public');
    const from = served(relay, chain);
    const files = path('files');
    const fromFiles: Fetch = async (path) => new Uint8Array(readFileSync(join(files, path)));
    await readUpTo(from, 1);
    await command('export-log', chain, files);
    expect((await readLog(fromFiles)).leaves).toEqual((await readLog(from)).leaves);
    const first = statSync(join(files, 'tile/entries/000.p/1'));
    for (const text of ['one', 'two']) await command('write', text);
    await readUpTo(from, 3);
    const { size } = await command('export-log', 'Open', files);
    expect(size).toBe(3);
    expect((await readLog(fromFiles)).leaves.length).toBe(3);
    expect(statSync(join(files, 'tile/entries/000.p/1'))).toEqual(first);
    expect(await command('export-log', 'Open', files)).toMatchObject({ size: 3, files: 4 });
    const { chain: other } = await command('chain', 'create', 'Other', '--public');
    await readUpTo(served(relay, other), 1);
    await expect(command('export-log', 'Other', files)).rejects.toThrow('holds another log');
    const mirror = await readLog(fromFiles, (await readLog(from)).policy);
    expect(mirror.checkpoint.size).toBe(3);
  });
});
