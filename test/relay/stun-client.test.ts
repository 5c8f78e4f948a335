/** How a machine learns from STUN servers how it is seen: the answers are read as they are written, and compared from one socket. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { answer, bindingRequest, readMapped, readRequest, startStun } from '../../relay/src/stun.ts';
import { askStun } from '../../relay/src/stun-client.ts';

const TRANSACTION = Buffer.from('0123456789ab');

function answerTo(source: { readonly address: string; readonly port: number }): Buffer {
  const request = readRequest(bindingRequest(TRANSACTION));
  if (request === undefined) throw new Error('our own request is one');
  return answer(request, source);
}

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8::17', '2001:db8:0:0:0:0:0:17'],
])('%s is read from the answer that tells it', (address, read) => {
  expect(readMapped(answerTo({ address, port: 40_123 }), TRANSACTION)).toEqual({ address: read, port: 40_123 });
});

test('an answer to another question, one that is cut and one that lies about its length are none', () => {
  const right = answerTo({ address: '192.0.2.7', port: 40_123 });
  expect(readMapped(right, Buffer.from('another one.'))).toBeUndefined();
  for (let length = 0; length < right.length; length++) expect(readMapped(right.subarray(0, length), TRANSACTION)).toBeUndefined();
  const lying = Buffer.from(right);
  lying.writeUInt16BE(0xffff, 22);
  expect(readMapped(lying, TRANSACTION)).toBeUndefined();
});

test('two servers see one socket at one port; a silent one is said to be silent when the time is over', async () => {
  const servers = await Promise.all([startStun('127.0.0.1', 0), startStun('127.0.0.1', 0)]);
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(async () => {
    silent.close();
    await Promise.all(servers.map((server) => server.close()));
  });
  const ports = [...servers.map(({ port }) => port), silent.address().port];
  const { localPort, answers } = await askStun(
    ports.map((port) => ({ address: '127.0.0.1', port })),
    4,
    AbortSignal.timeout(1_000),
  );
  const seen = { address: '127.0.0.1', port: localPort };
  expect(answers.map(({ mapped }) => mapped)).toEqual([seen, seen, undefined]);
});
