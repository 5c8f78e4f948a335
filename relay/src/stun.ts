/**
 * A STUN binding responder (RFC 8489 §§ 5, 6.3, 14.2): tells a browser by which address and port it is seen from outside,
 * so that no third party's server is ever asked. Comes in: datagrams of anybody; goes out: one answer of at most 44 bytes to
 * each well-formed binding request; everything else is dropped. What bounds it: answers per source and in all, a second.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |0 0|     type, 14 bits         |   length of attributes        |
 * |                  magic cookie 0x2112A442                      |
 * |                 transaction id, 96 bits                       |
 * |    attribute type             |   its length                  | value, padded to 4 bytes …
 * ```
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

const HEADER_BYTES = 20;
const MAGIC_COOKIE = 0x2112_a442;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const BINDING_ERROR = 0x0111;
const ATTRIBUTE_ERROR_CODE = 0x0009;
const ATTRIBUTE_UNKNOWN = 0x000a;
const ATTRIBUTE_XOR_MAPPED_ADDRESS = 0x0020;
/** Attributes below this number must be understood, or the request is refused with 420 (§ 6.3.1). */
const COMPREHENSION_OPTIONAL = 0x8000;
const FAMILY_IP4 = 0x01;
const FAMILY_IP6 = 0x02;

/** Larger requests are not ours: browsers send 20 to 60 bytes. */
const REQUEST_BYTES_MAX = 548;
const UNKNOWN_ATTRIBUTES_MAX = 4;
/** A page asks a few times for each peer connection it makes; a classroom shares one address. */
const ANSWERS_PER_SOURCE_MAX = 200;
const ANSWERS_MAX = 5_000;
const WINDOW_MS = 1_000;

export type StunRequest =
  | { readonly type: 'binding'; readonly transaction: Buffer }
  | { readonly type: 'unknown-attributes'; readonly transaction: Buffer; readonly attributes: readonly number[] };

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Reads a binding request; `undefined` if the datagram is anything else. */
export function readRequest(datagram: Uint8Array): StunRequest | undefined {
  const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  if (bytes.length < HEADER_BYTES || bytes.length > REQUEST_BYTES_MAX) return undefined;
  const length = bytes.readUInt16BE(2);
  const wellFormed = length % 4 === 0 && bytes.length === HEADER_BYTES + length && bytes.readUInt32BE(4) === MAGIC_COOKIE;
  if (!wellFormed || bytes.readUInt16BE(0) !== BINDING_REQUEST) return undefined;
  const required = requiredAttributes(bytes);
  if (required === undefined) return undefined;
  const transaction = Buffer.from(bytes.subarray(8, HEADER_BYTES));
  if (required.length === 0) return { type: 'binding', transaction };
  return { type: 'unknown-attributes', transaction, attributes: required.slice(0, UNKNOWN_ATTRIBUTES_MAX) };
}

/** The attributes that must be understood; none of them is here. `undefined` if the list does not fit its length. */
function requiredAttributes(bytes: Buffer): readonly number[] | undefined {
  const required: number[] = [];
  let offset = HEADER_BYTES;
  while (offset < bytes.length) {
    const type = bytes.readUInt16BE(offset);
    offset += 4 + padded(bytes.readUInt16BE(offset + 2));
    if (offset > bytes.length) return undefined;
    if (type < COMPREHENSION_OPTIONAL) required.push(type);
  }
  return required;
}

/** The answer to a request from `source`. */
export function answer(request: StunRequest, source: Endpoint): Buffer {
  switch (request.type) {
    case 'binding':
      return message(
        BINDING_SUCCESS,
        request.transaction,
        attribute(ATTRIBUTE_XOR_MAPPED_ADDRESS, xorAddress(request.transaction, source)),
      );
    case 'unknown-attributes':
      return message(
        BINDING_ERROR,
        request.transaction,
        attribute(ATTRIBUTE_ERROR_CODE, Buffer.from([0, 0, 4, 20])),
        attribute(ATTRIBUTE_UNKNOWN, Buffer.concat(request.attributes.map(uint16))),
      );
  }
}

/** A request as clients send it; `transaction` is 12 random bytes. */
export function bindingRequest(transaction: Buffer): Buffer {
  return message(BINDING_REQUEST, transaction);
}

/** The address that a datagram tells in answer to that request; `undefined` if it is anything else. */
export function readMapped(datagram: Buffer, transaction: Buffer): Endpoint | undefined {
  const answers =
    datagram.length >= HEADER_BYTES &&
    datagram.readUInt16BE(0) === BINDING_SUCCESS &&
    datagram.subarray(8, HEADER_BYTES).equals(transaction);
  const value = answers ? attributeIn(datagram, ATTRIBUTE_XOR_MAPPED_ADDRESS) : undefined;
  if (value === undefined || value.length !== (value[1] === FAMILY_IP4 ? 8 : 20)) return undefined;
  const plain = masked(value.subarray(4), transaction);
  const groups = Array.from({ length: plain.length / 2 }, (_, i) => plain.readUInt16BE(2 * i).toString(16));
  return { address: value[1] === FAMILY_IP4 ? plain.join('.') : groups.join(':'), port: value.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16) };
}

function attributeIn(datagram: Buffer, wanted: number): Buffer | undefined {
  let offset = HEADER_BYTES;
  while (offset + 4 <= datagram.length) {
    const length = datagram.readUInt16BE(offset + 2);
    const value = datagram.subarray(offset + 4, offset + 4 + length);
    if (datagram.readUInt16BE(offset) === wanted) return value.length === length ? value : undefined;
    offset += 4 + padded(length);
  }
  return undefined;
}

/** Address and port are XORed with cookie and transaction, so that routers which rewrite addresses in payloads leave them alone (§ 14.2). */
function xorAddress(transaction: Buffer, { address, port }: Endpoint): Buffer {
  const plain = isIPv6(address) ? ip6Bytes(address) : Buffer.from(address.split('.').map(Number));
  const family = plain.length === 4 ? FAMILY_IP4 : FAMILY_IP6;
  return Buffer.concat([Buffer.from([0, family]), uint16(port ^ (MAGIC_COOKIE >>> 16)), masked(plain, transaction)]);
}

function masked(address: Buffer, transaction: Buffer): Buffer {
  const mask = Buffer.concat([uint32(MAGIC_COOKIE), transaction]);
  return Buffer.from(address.map((byte, i) => byte ^ (mask[i] ?? 0)));
}

/** 16 bytes of an IPv6 address as Node prints it: at most one `::`, no zone, an IPv4 tail only after `::ffff:`. */
function ip6Bytes(text: string): Buffer {
  const tail = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const hex = (high = '0', low = '0') => (Number(high) * 256 + Number(low)).toString(16);
  const groups = tail === null ? text : `${tail[1]}${hex(tail[2], tail[3])}:${hex(tail[4], tail[5])}`;
  const [head = '', rest] = groups.replace(/%.*$/, '').split('::');
  const before = head.split(':').filter(Boolean);
  const after = (rest ?? '').split(':').filter(Boolean);
  const zeros = Array<string>(rest === undefined ? 0 : 8 - before.length - after.length).fill('0');
  return Buffer.concat([...before, ...zeros, ...after].map((group) => uint16(Number.parseInt(group, 16))));
}

function message(type: number, transaction: Buffer, ...attributes: readonly Buffer[]): Buffer {
  const body = Buffer.concat(attributes);
  return Buffer.concat([uint16(type), uint16(body.length), uint32(MAGIC_COOKIE), transaction, body]);
}

function attribute(type: number, value: Buffer): Buffer {
  return Buffer.concat([uint16(type), uint16(value.length), value, Buffer.alloc(padded(value.length) - value.length)]);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function uint16(value: number): Buffer {
  return Buffer.from([value >>> 8, value & 0xff]);
}

function uint32(value: number): Buffer {
  return Buffer.concat([uint16(value >>> 16), uint16(value & 0xffff)]);
}

/** Counts answers in windows of a second, so that the responder is of no use to whoever forges a victim's address. */
export class AnswerBudget {
  readonly #bySource = new Map<string, number>();
  #total = 0;
  #windowStart = Number.NEGATIVE_INFINITY;

  /** True if the source may have one more answer at this time, in milliseconds. */
  take(source: string, now: number): boolean {
    if (now - this.#windowStart >= WINDOW_MS) this.#begin(now);
    const taken = this.#bySource.get(source) ?? 0;
    if (taken >= ANSWERS_PER_SOURCE_MAX || this.#total >= ANSWERS_MAX) return false;
    this.#bySource.set(source, taken + 1);
    this.#total += 1;
    return true;
  }

  #begin(now: number): void {
    this.#windowStart = now;
    this.#bySource.clear();
    this.#total = 0;
  }
}

export interface StunResponder {
  readonly port: number;
  close(): Promise<void>;
}

/** Answers on a UDP port; 0 picks one. Rejects with Node's own error (`EADDRINUSE`, …). */
export async function startStun(host: string, port: number): Promise<StunResponder> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const budget = new AnswerBudget();
  socket.on('message', (datagram, source) => respond(socket, budget, datagram, source));
  socket.bind(port, host);
  await once(socket, 'listening');
  // An answer that cannot be sent is as good as a lost one; a socket that fails later takes nobody down with it.
  socket.on('error', () => undefined);
  return { port: socket.address().port, close: () => new Promise((resolve) => socket.close(() => resolve())) };
}

function respond(socket: Socket, budget: AnswerBudget, datagram: Buffer, source: RemoteInfo): void {
  const request = readRequest(datagram);
  if (request === undefined || source.port === 0 || !budget.take(source.address, performance.now())) return;
  socket.send(answer(request, source), source.port, source.address, () => undefined);
}
