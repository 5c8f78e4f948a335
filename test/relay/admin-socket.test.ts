import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AdminSocket, askRelay, openAdminSocket, socketPath } from '../../relay/src/admin-socket.ts';
import { Complaint } from '../../relay/src/complaint.ts';
import { RefusalError } from '../../src/core/base/result.ts';

/** A command has five seconds to say what it wants. */
const LONGER_THAN_ASKING_MS = 5_500;

let folder: string;
let socket: AdminSocket;
const received: unknown[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
  received.length = 0;
  socket = await openAdminSocket(folder, async (request) => {
    received.push(request);
    if (request === 'take long') await setTimeout(LONGER_THAN_ASKING_MS);
    if (request === 'complain') throw new Complaint('That will not do: do this.');
    if (request === 'refuse') throw new RefusalError({ code: 'too-many-pending', detail: 'the pool is full' });
    if (request === 'break') throw new TypeError('undefined is not a function');
    return { heard: request };
  });
});
afterEach(async () => {
  await socket.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Sends bytes as they are and reads what comes back. */
async function raw(bytes: string, end = true): Promise<string> {
  const connection = createConnection(socketPath(folder));
  connection.on('error', () => undefined);
  connection.write(bytes);
  if (end) connection.end();
  return text(connection).catch(() => '');
}

describe('a command', () => {
  test('reaches the relay and has its answer', async () => {
    expect(await askRelay(folder, { command: 'status' })).toEqual({ heard: { command: 'status' } });
  });

  test('has its answer whole, however long it is', async () => {
    await socket.close();
    socket = await openAdminSocket(folder, async () => 'x'.repeat(1_000_000));
    expect(await askRelay(folder, 'everything')).toHaveLength(1_000_000);
  });

  test('has its answer however long what it asked for takes', async () => {
    expect(await askRelay(folder, 'take long')).toEqual({ heard: 'take long' });
  });

  test('is told what the relay refuses, in its words', async () => {
    await expect(askRelay(folder, 'complain')).rejects.toThrow(new Complaint('That will not do: do this.'));
    await expect(askRelay(folder, 'refuse')).rejects.toMatchObject({
      message: 'too-many-pending: the pool is full',
      code: 'too-many-pending',
    });
    await expect(askRelay(folder, 'break')).rejects.toThrow('The relay failed: undefined is not a function');
    expect(await askRelay(folder, 'still there')).toEqual({ heard: 'still there' });
  });

  test('without a relay says how to start one', async () => {
    await socket.close();
    await expect(askRelay(folder, 'anybody?')).rejects.toThrow(
      `No relay is running on ${folder}: start one with latchkey-relay start --data ${folder}`,
    );
    socket = await openAdminSocket(folder, async () => undefined);
  });
});

describe('the socket', () => {
  test('is its owner’s alone', () => {
    expect(statSync(socketPath(folder)).mode & 0o777).toBe(0o600);
  });

  test('takes the place of one that a killed relay left', async () => {
    const other = await openAdminSocket(folder, async () => 'the later one');
    expect(await askRelay(folder, 'who?')).toBe('the later one');
    await other.close();
  });

  test('of a folder with a long path is short, and another one for each folder', () => {
    const long = join(folder, 'x'.repeat(200));
    expect(Buffer.byteLength(socketPath(long))).toBeLessThan(104);
    expect(socketPath(long)).not.toBe(socketPath(`${long}y`));
    expect(socketPath(folder)).toBe(join(folder, 'relay.sock'));
  });

  test('answers what is no JSON, and drops what is no line', async () => {
    expect(JSON.parse(await raw('hello\n'))).toEqual({ ok: false, complaint: 'The request is not JSON.', code: 'malformed' });
    expect(await raw('{"command":')).toBe('');
    expect(await raw('x'.repeat(70_000), false)).toBe('');
    expect(received).toEqual([]);
  });

  test('closes under those who are connected', async () => {
    const connection = createConnection(socketPath(folder));
    const gone = new Promise<void>((resolve) => connection.on('close', () => resolve()));
    await new Promise<void>((resolve) => connection.on('connect', () => resolve()));
    await socket.close();
    await gone;
    socket = await openAdminSocket(folder, async () => undefined);
  });
});
