/**
 * Network addresses in few bytes, for invitation links: the multiaddr texts that relays of this project really have are
 * taken apart into numbers and bytes, every other one stays text. This room knows no more of addresses than their spelling.
 *
 * ```
 * /ip4/203.0.113.7/tcp/9001/ws                                [1, host, port]
 * /dns4/relay.example.org/tcp/443/wss                         [2, host, port]
 * /dns4/relay.example.org/tcp/443/tls/ws                      [3, host, port]
 * /ip4/203.0.113.7/udp/9001/webrtc-direct/certhash/uEi…       [4, host, port, SHA-256 of the certificate]
 * any other                                                   [0, text]
 *
 * host = kind, 1 byte (4: ip4, 6: ip6, 53: dns, 54: dns4, 55: dns6) ‖ 4 bytes, 16 bytes, or the name in ASCII
 * ```
 *
 * Each text has one encoding: a text that fits a compact form and comes as text is refused.
 *
 * https://github.com/multiformats/multiaddr/blob/master/protocols.csv (53 to 55 are its numbers; 4 and 6 stand for `ip4`, `ip6`)
 */
import { base64urlnopad } from '@scure/base';
import { concat, equal, fromUtf8, utf8 } from '../base/bytes.ts';
import { HASH_BYTES } from '../base/hash.ts';
import { ENDPOINT_BYTES_MAX } from '../base/limits.ts';
import { invariant, unreachable } from '../base/result.ts';
import { bytes, type Infer, mapped, named, text, uint, variant } from './codec.ts';
import { printIp4, printIp6, readIp4, readIp6 } from './ip.ts';

/** A DNS name has at most 253 characters. */
const HOST_BYTES_MAX = 1 + 253;
const PORT_MAX = 65_535;

const HOST_KINDS = { ip4: 4, ip6: 6, dns: 53, dns4: 54, dns6: 55 } as const;
const hostNames: ReadonlyMap<number, string> = new Map(Object.entries(HOST_KINDS).map(([name, number]) => [number, name]));
const DNS_NAME = /^[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*\.?$/;

const where = { host: bytes(HOST_BYTES_MAX, 2), port: uint(PORT_MAX) };
const compactAddress = variant({
  text: [0, { text: text(ENDPOINT_BYTES_MAX) }],
  ws: [1, where],
  wss: [2, where],
  'tls/ws': [3, where],
  'webrtc-direct': [4, { ...where, certificate: bytes(HASH_BYTES, HASH_BYTES) }],
});
type CompactAddress = Infer<typeof compactAddress>;

/** A multiaddr text without the trailing `/p2p/<id>`. */
export const linkAddress = named('link-address', mapped(compactAddress, printCanonical, compact, 'not an address in its shortest form'));

/** True if the text can stand as an address: begins with a slash, no white space, at most 256 bytes. */
export function isAddressText(address: string): boolean {
  return /^\/[^\s\p{C}]+$/u.test(address) && utf8(address).length <= ENDPOINT_BYTES_MAX;
}

function printCanonical(address: CompactAddress): string | undefined {
  const printed = print(address);
  if (printed === undefined || !isAddressText(printed)) return undefined;
  const again = compact(printed);
  return again.type === address.type ? printed : undefined;
}

function print(address: CompactAddress): string | undefined {
  if (address.type === 'text') return address.text;
  const host = printHost(address.host);
  if (host === undefined) return undefined;
  switch (address.type) {
    case 'ws':
    case 'wss':
    case 'tls/ws':
      return `/${host}/tcp/${address.port}/${address.type}`;
    case 'webrtc-direct':
      return `/${host}/udp/${address.port}/webrtc-direct/certhash/u${base64urlnopad.encode(concat(SHA256_MULTIHASH, address.certificate))}`;
    default:
      return unreachable(address);
  }
}

/** The compact form if it prints as exactly this text, else the text. */
function compact(address: string): CompactAddress {
  invariant(isAddressText(address), 'an address is a multiaddr text');
  const parsed = parse(address);
  return parsed !== undefined && print(parsed) === address ? parsed : { type: 'text', text: address };
}

function parse(address: string): CompactAddress | undefined {
  const [empty, hostKind, hostText, protocol, portText, ...rest] = address.split('/');
  const host = readHost(hostKind ?? '', hostText ?? '');
  const port = Number(portText);
  if (empty !== '' || host === undefined || !Number.isInteger(port) || port < 0 || port > PORT_MAX) return undefined;
  const tail = rest.join('/');
  if (protocol === 'tcp') return tail === 'ws' || tail === 'wss' || tail === 'tls/ws' ? { type: tail, host, port } : undefined;
  const certificate = protocol === 'udp' ? readCertificate(rest) : undefined;
  return certificate === undefined ? undefined : { type: 'webrtc-direct', host, port, certificate };
}

/** Multihash code and length of SHA-256, before the 32 bytes. */
const SHA256_MULTIHASH = Uint8Array.of(0x12, 0x20);

function readCertificate(rest: readonly string[]): Uint8Array | undefined {
  const [transport, label, multibase, ...more] = rest;
  if (transport !== 'webrtc-direct' || label !== 'certhash' || multibase === undefined || more.length > 0) return undefined;
  const multihash = /^u[\w-]{46}$/.test(multibase) ? fromBase64url(multibase.slice(1)) : undefined;
  return multihash !== undefined && equal(multihash.subarray(0, 2), SHA256_MULTIHASH) ? multihash.subarray(2) : undefined;
}

/** Reads base64url without padding; `undefined` if it is anything else. */
export function fromBase64url(code: string): Uint8Array | undefined {
  try {
    return base64urlnopad.decode(code);
  } catch {
    return undefined;
  }
}

function printHost(host: Uint8Array): string | undefined {
  const kind = hostNames.get(host[0] ?? 0);
  const rest = host.subarray(1);
  if (kind === 'ip4') return withKind(kind, printIp4(rest));
  if (kind === 'ip6') return withKind(kind, printIp6(rest));
  const name = fromUtf8(rest);
  return kind !== undefined && name !== undefined && DNS_NAME.test(name) ? `${kind}/${name}` : undefined;
}

function withKind(kind: string, host: string | undefined): string | undefined {
  return host === undefined ? undefined : `${kind}/${host}`;
}

function readHost(kind: string, host: string): Uint8Array | undefined {
  switch (kind) {
    case 'ip4':
      return withNumber(HOST_KINDS.ip4, readIp4(host));
    case 'ip6':
      return withNumber(HOST_KINDS.ip6, readIp6(host));
    case 'dns':
    case 'dns4':
    case 'dns6':
      return DNS_NAME.test(host) && host.length < HOST_BYTES_MAX ? withNumber(HOST_KINDS[kind], utf8(host)) : undefined;
    default:
      return undefined;
  }
}

function withNumber(kind: number, host: Uint8Array | undefined): Uint8Array | undefined {
  return host === undefined ? undefined : concat(Uint8Array.of(kind), host);
}
