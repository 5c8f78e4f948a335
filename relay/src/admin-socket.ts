/**
 * How commands reach the running relay: a socket in its data folder, for its owner alone. One line of JSON each way and
 * connection. What bounds it: the line, the connections, the time of each.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { RefusalError } from '../../src/core/base/result.ts';
import { Complaint } from './complaint.ts';

const REQUEST_BYTES_MAX = 64 * 1024;
/** Of the relay's own answers, such as a thousand long entries; what is longer is refused in words. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const CONNECTIONS_MAX = 8;
/** A command writes its line at once. */
const REQUEST_TIMEOUT_MS = 5_000;
/** Creating a chain writes to the disk a few times. */
const ANSWER_TIMEOUT_MS = 60_000;
/** `sun_path` has 104 bytes on macOS and 108 on Linux, with a zero at the end. */
const SOCKET_PATH_BYTES_MAX = 103;
const NEWLINE = 0x0a;

type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly complaint: string; readonly code: string };

/** Where the socket of a data folder is. A folder whose path is too long for a socket has it in the system's temporary one. */
export function socketPath(dataFolder: string): string {
  const folder = resolve(dataFolder);
  const name = `latchkey-${createHash('sha256').update(folder).digest('hex').slice(0, 24)}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  const path = join(folder, 'relay.sock');
  return Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX ? path : join(tmpdir(), `${name}.sock`);
}

export interface AdminSocket {
  close(): Promise<void>;
}

/**
 * Answers commands. The caller holds the data folder's lock, so that a socket file found there is a dead relay's.
 * `handle` gets what the command sent; what it throws as `Complaint` or `RefusalError` reaches the command as a sentence.
 */
export async function openAdminSocket(dataFolder: string, handle: (request: unknown) => Promise<unknown>): Promise<AdminSocket> {
  const path = socketPath(dataFolder);
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    void serve(socket, handle);
  });
  server.maxConnections = CONNECTIONS_MAX;
  if (process.platform !== 'win32') rmSync(path, { force: true });
  // The file is made with the mask of this moment: nobody else can connect, not even before the next line.
  const mask = process.umask(0o177);
  server.listen(path);
  process.umask(mask);
  await once(server, 'listening');
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  return {
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

async function serve(socket: Socket, handle: (request: unknown) => Promise<unknown>): Promise<void> {
  try {
    const request = await readLine(socket, REQUEST_TIMEOUT_MS, REQUEST_BYTES_MAX);
    // What was asked may take longer than asking.
    socket.setTimeout(0);
    socket.end(`${lineOf(await answerTo(request, handle))}\n`);
  } catch {
    socket.destroy();
  }
}

/** Every complaint fits. */
function lineOf(answer: Answer): string {
  const line = JSON.stringify(answer);
  if (Buffer.byteLength(line) < ANSWER_BYTES_MAX) return line;
  return JSON.stringify({
    ok: false,
    complaint: 'The answer would be too long: ask for less at a time.',
    code: 'too-large',
  } satisfies Answer);
}

async function answerTo(line: string, handle: (request: unknown) => Promise<unknown>): Promise<Answer> {
  try {
    return { ok: true, value: await handle(JSON.parse(line)) };
  } catch (error) {
    if (error instanceof Complaint || error instanceof RefusalError) return { ok: false, complaint: error.message, code: error.code };
    if (error instanceof SyntaxError) return { ok: false, complaint: 'The request is not JSON.', code: 'malformed' };
    return { ok: false, complaint: `The relay failed: ${error instanceof Error ? error.message : String(error)}`, code: 'failed' };
  }
}

/** Sends a command to the relay that runs on a data folder. Throws `Complaint` if there is none or it refuses. */
export async function askRelay(dataFolder: string, request: unknown): Promise<unknown> {
  const socket = createConnection(socketPath(dataFolder));
  try {
    await once(socket, 'connect');
    socket.write(`${JSON.stringify(request)}\n`);
    const answer: unknown = JSON.parse(await readLine(socket, ANSWER_TIMEOUT_MS, ANSWER_BYTES_MAX));
    if (!isAnswer(answer)) throw new Complaint('The relay gave an answer that this command does not know: are both of one version?');
    if (answer.ok) return answer.value;
    throw new Complaint(answer.complaint, answer.code);
  } catch (error) {
    throw error instanceof Complaint ? error : unreachable(dataFolder, error);
  } finally {
    socket.destroy();
  }
}

function isAnswer(value: unknown): value is Answer {
  if (typeof value !== 'object' || value === null || !('ok' in value)) return false;
  return value.ok === true ? 'value' in value : value.ok === false && hasWords(value);
}

function hasWords(value: object): boolean {
  return 'complaint' in value && typeof value.complaint === 'string' && 'code' in value && typeof value.code === 'string';
}

function unreachable(dataFolder: string, error: unknown): Complaint {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EACCES' || code === 'EPERM')
    return new Complaint(`The relay on ${dataFolder} is another user's: give the command as that user.`, 'no-relay');
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new Complaint(
      `No relay is running on ${dataFolder}: start one with latchkey-relay start --data ${dataFolder}, or name its folder with --data.`,
      'no-relay',
    );
  }
  return new Complaint(
    `The relay on ${dataFolder} does not answer: ${error instanceof Error ? error.message : String(error)}.`,
    'no-relay',
  );
}

/** The first line that arrives, without its end. Rejects if it is too long, too late, or never ends. */
async function readLine(socket: Socket, timeoutMs: number, bytesMax: number): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no answer in time')));
  for await (const piece of socket.iterator({ destroyOnReturn: false })) {
    const end = piece.indexOf(NEWLINE);
    pieces.push(end < 0 ? piece : piece.subarray(0, end));
    length += piece.length;
    if (length > bytesMax) throw new Error('the line is too long');
    if (end >= 0) return Buffer.concat(pieces).toString();
  }
  throw new Error('the connection ended early');
}
