import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { AnswerBudget, answer, readRequest, startStun } from '../../relay/src/stun.ts';

const TRANSACTION = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex');
const MAGIC_COOKIE = '2112a442';

/** A request as a browser sends it, with the attributes given as hexadecimal. */
function request(attributes = ''): Buffer {
  const length = (attributes.length / 2).toString(16).padStart(4, '0');
  return Buffer.concat([Buffer.from(`0001${length}${MAGIC_COOKIE}`, 'hex'), TRANSACTION, Buffer.from(attributes, 'hex')]);
}

function answerTo(datagram: Buffer, address: string, port: number): string | undefined {
  const read = readRequest(datagram);
  return read && answer(read, { address, port }).toString('hex');
}

describe('a binding request', () => {
  // RFC 5769 §§ 2.2 and 2.3 give the mapped address of these two sources, under the transaction above.
  test('from 192.0.2.1:32853 is answered as in RFC 5769 § 2.2', () => {
    expect(answerTo(request(), '192.0.2.1', 32_853)).toBe(`0101000c${MAGIC_COOKIE}${TRANSACTION.toString('hex')}002000080001a147e112a643`);
  });

  test('from an IPv6 address is answered as in RFC 5769 § 2.3', () => {
    const mapped = '002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9';
    expect(answerTo(request(), '2001:db8:1234:5678:11:2233:4455:6677', 32_853)).toBe(
      `01010018${MAGIC_COOKIE}${TRANSACTION.toString('hex')}${mapped}`,
    );
  });

  test('from an IPv4 address seen through an IPv6 socket carries its 16 bytes', () => {
    const expected = answerTo(request(), '0:0:0:0:0:ffff:c000:201', 1);
    expect(answerTo(request(), '::ffff:192.0.2.1', 1)).toBe(expected);
    expect(expected).toHaveLength(2 * 44);
  });

  test('with attributes that may be ignored is answered', () => {
    const software = '8022000474657374';
    expect(answerTo(request(software), '127.0.0.1', 1)).toMatch(/^0101/);
  });

  test('that asks for what is not understood is refused with 420 and what it was', () => {
    const changeRequest = '0003000400000006';
    expect(answerTo(request(changeRequest), '127.0.0.1', 1)).toBe(
      `01110010${MAGIC_COOKIE}${TRANSACTION.toString('hex')}0009000400000414000a000200030000`,
    );
  });
});

describe('everything else is dropped', () => {
  test.each([
    ['an empty datagram', Buffer.alloc(0)],
    ['half a header', request().subarray(0, 12)],
    ['an answer', Buffer.from(request()).fill(1, 0, 1)],
    ['a wrong cookie', Buffer.from(request()).fill(0, 4, 8)],
    ['a length that is not a multiple of four', Buffer.concat([Buffer.from(request()).fill(1, 3, 4), Buffer.alloc(1)])],
    ['bytes beyond its length', Buffer.concat([request(), Buffer.alloc(4)])],
    ['an attribute longer than the request', request('8022000874657374')],
    ['a request of a kilobyte', request(`802203fc${'00'.repeat(1020)}`)],
  ])('%s', (_, datagram) => {
    expect(readRequest(datagram)).toBeUndefined();
  });

  test('any bytes, without an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(60), fc.nat(255), (bytes, at, byte) => {
        readRequest(bytes);
        const mutated = request('8022000474657374');
        mutated[at % mutated.length] = byte;
        const read = readRequest(mutated);
        return read === undefined || answer(read, { address: '::1', port: 1 }).length <= 48;
      }),
    );
  });
});

test('a source has its answers a second, and a new second brings new ones', () => {
  const budget = new AnswerBudget();
  const taken = (now: number) => Array.from({ length: 300 }, () => budget.take('192.0.2.1', now)).filter(Boolean).length;
  expect(taken(0)).toBe(200);
  expect(taken(999)).toBe(0);
  expect(budget.take('192.0.2.2', 999)).toBe(true);
  expect(taken(1_000)).toBe(200);
});

describe('the responder', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function client(): Promise<Socket> {
    const socket = createSocket('udp4');
    closing.push(() => new Promise((resolve) => socket.close(() => resolve())));
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return socket;
  }

  test('tells a socket its own address, after any garbage', async () => {
    const stun = await startStun('127.0.0.1', 0);
    closing.push(() => stun.close());
    const socket = await client();
    const answered = once(socket, 'message');
    for (const datagram of ['', 'hello', request().subarray(0, 19)]) socket.send(datagram, stun.port, '127.0.0.1');
    socket.send(request(), stun.port, '127.0.0.1');
    const [received] = await answered;
    expect(received.toString('hex')).toBe(answerTo(request(), '127.0.0.1', socket.address().port));
  });

  test('that finds its port taken says so', async () => {
    const socket = await client();
    await expect(startStun('127.0.0.1', socket.address().port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
