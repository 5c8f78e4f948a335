import { X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { certificateHash, makeCertificate } from '../../relay/src/certificate.ts';
import { openDataFolder } from '../../relay/src/data-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a data folder', () => {
  test('gives the relay the same name and certificate each time', async () => {
    const path = join(folder, 'made', 'on the way');
    const first = await openDataFolder(path);
    first.release();
    const second = await openDataFolder(path);
    second.release();
    expect(peerIdFromPrivateKey(second.identity).toString()).toBe(peerIdFromPrivateKey(first.identity).toString());
    expect(second.certificate).toEqual(first.certificate);
    expect(existsSync(join(path, 'identity.key.new'))).toBe(false);
  });

  test('keeps its keys from other users', async () => {
    const opened = await openDataFolder(folder);
    opened.release();
    for (const name of ['identity.key', 'webrtc-direct.pem']) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
  });

  test('is one relay’s at a time', async () => {
    const first = await openDataFolder(folder);
    await expect(openDataFolder(folder)).rejects.toThrow(/Another relay is running .*--data/);
    first.release();
    (await openDataFolder(folder)).release();
  });

  test.each(['identity.key', 'webrtc-direct.pem'])('says which file is damaged: %s', async (name) => {
    (await openDataFolder(folder)).release();
    writeFileSync(join(folder, name), readFileSync(join(folder, name)).subarray(0, 20));
    await expect(openDataFolder(folder)).rejects.toThrow(new RegExp(`${name} is damaged: restore`));
    writeFileSync(join(folder, name), '');
    await expect(openDataFolder(folder)).rejects.toThrow(/is damaged/);
    expect(readdirSync(folder)).toContain(name);
  });

  test('that is a file is refused with what to do', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(openDataFolder(join(folder, 'file'))).rejects.toThrow(/cannot be written: .*--data/);
  });

  test.runIf(process.platform === 'linux')('on a file system that takes none is refused, for root too', async () => {
    await expect(openDataFolder('/proc/latchkey')).rejects.toThrow(/cannot be written: .*--data/);
  });

  test.skipIf(process.getuid?.() === 0)('that is not ours to write is refused with what to do', async () => {
    chmodSync(folder, 0o500);
    await expect(openDataFolder(folder)).rejects.toThrow(/cannot be written: .*--data/);
  });
});

/** The length of every element, and how many bytes say it. */
function lengthsOf(der: Buffer): readonly { readonly length: number; readonly bytes: number }[] {
  const found: { length: number; bytes: number }[] = [];
  for (let at = 0; at < der.length; ) {
    const first = der[at + 1] ?? 0;
    const bytes = first < 0x80 ? 1 : 1 + (first & 0x7f);
    const length = bytes === 1 ? first : der.readUIntBE(at + 2, bytes - 1);
    found.push({ length, bytes });
    const constructed = ((der[at] ?? 0) & 0x20) !== 0;
    at += 1 + bytes + (constructed ? 0 : length);
  }
  return found;
}

describe('the certificate', () => {
  const now = new Date('2026-11-20T12:34:56.789Z');
  const made = makeCertificate(now);
  const read = new X509Certificate(made.pem);

  test('is a P-256 one of ten years, signed by its own key', () => {
    expect(read.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(read.verify(read.publicKey)).toBe(true);
    expect(new Date(read.validFrom).toISOString()).toBe('2026-11-19T12:34:56.000Z');
    expect(new Date(read.validTo).toISOString()).toBe('2036-11-20T12:34:56.000Z');
  });

  test('is named by the multihash of its bytes', () => {
    expect(made.certhash).toBe(certificateHash(made.pem));
    expect(Buffer.from(made.certhash.slice(1), 'base64url').toString('hex')).toBe(
      `1220${read.fingerprint256.replaceAll(':', '').toLowerCase()}`,
    );
  });

  test('is in strict DER, every length in its shortest form', () => {
    expect(lengthsOf(read.raw).filter(({ length, bytes }) => bytes !== (length < 0x80 ? 1 : length < 0x100 ? 2 : 3))).toEqual([]);
  });

  test('is another one each time it is made', () => {
    expect(new Set(Array.from({ length: 20 }, () => makeCertificate(now).certhash)).size).toBe(20);
  });
});
