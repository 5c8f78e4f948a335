/**
 * The certificate of webrtc-direct. Clients know it by its hash, which is part of the relay's address, so it has to stay
 * the same for as long as links with that address are about: one self-signed P-256 certificate of ten years.
 *
 * libp2p's own certificate changes at each start, and its timer overflows on a life of over 25 days. The DER below is the
 * least that RFC 5280 §4.1 allows.
 */
import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';

/** As libp2p's `webRTCDirect` takes it. */
export interface DirectCertificate {
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  readonly pem: string;
  /** Multibase base64url of the SHA-256 multihash of the DER. */
  readonly certhash: string;
}

const LIFETIME_YEARS = 10;
const SERIAL_BYTES = 16;
const COMMON_NAME = 'latchkey-relay';

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
/** `[0] EXPLICIT Version` with version 3. */
const VERSION_3 = Buffer.from([0xa0, 0x03, 0x02, 0x01, 0x02]);
/** 1.2.840.10045.4.3.2 */
const ECDSA_WITH_SHA256 = Buffer.from('2a8648ce3d040302', 'hex');
/** 2.5.4.3 */
const COMMON_NAME_OID = Buffer.from('550403', 'hex');

/** Makes a new key and its certificate, valid from a day before `now` (clients' clocks differ). */
export function makeCertificate(now: Date): DirectCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const from = new Date(now.getTime() - 24 * 60 * 60 * 1000);
  const until = new Date(now);
  until.setUTCFullYear(now.getUTCFullYear() + LIFETIME_YEARS);
  const algorithm = der(SEQUENCE, der(OBJECT_IDENTIFIER, ECDSA_WITH_SHA256));
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, der(OBJECT_IDENTIFIER, COMMON_NAME_OID), der(UTF8_STRING, Buffer.from(COMMON_NAME)))));
  const validity = der(SEQUENCE, utcTime(from), utcTime(until));
  const key = publicKey.export({ type: 'spki', format: 'der' });
  const body = der(SEQUENCE, VERSION_3, der(INTEGER, serialNumber()), algorithm, name, validity, name, key);
  const signature = sign('sha256', body, privateKey);
  const certificate = der(SEQUENCE, body, algorithm, der(BIT_STRING, Buffer.from([0]), signature));
  const pem = new X509Certificate(certificate).toString();
  return { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), pem, certhash: certificateHash(pem) };
}

/** The hash by which addresses name a certificate. Throws if the text is none. */
export function certificateHash(pem: string): string {
  const digest = createHash('sha256').update(new X509Certificate(pem).raw).digest();
  const SHA2_256_MULTIHASH = Buffer.from([0x12, 0x20]);
  return `u${Buffer.concat([SHA2_256_MULTIHASH, digest]).toString('base64url')}`;
}

/** Positive, so the first bit is 0, and without a leading zero byte. */
function serialNumber(): Buffer {
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

/** `YYMMDDhhmmssZ`, RFC 5280 §4.1.2.5.1; good until 2049. */
function utcTime(time: Date): Buffer {
  const digits = time.toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return der(UTC_TIME, Buffer.from(`${digits}Z`));
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), derLength(content.length), content]);
}

/** In the fewest bytes, as DER wants it: Chromium refuses a longer form, which OpenSSL takes. */
function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  return length < 0x100 ? Buffer.from([0x81, length]) : Buffer.from([0x82, length >> 8, length & 0xff]);
}
