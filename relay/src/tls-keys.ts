/** The certificate and key by which page and WebSocket speak TLS. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Complaint } from './complaint.ts';

export interface TlsKeys {
  /** PEM, the host's own certificate first. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

/** Reads both files. Throws `Complaint` for one that is none, is of the other's key, or is past its time. */
export function readTlsKeys(certFile: string | undefined, keyFile: string | undefined, now: Date): TlsKeys | undefined {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) throw new Complaint('TLS takes both: --tls-cert FILE and --tls-key FILE.');
  const [cert, key] = [readPem(certFile, '--tls-cert'), readPem(keyFile, '--tls-key')];
  const certificate = parsed(() => new X509Certificate(cert), `--tls-cert ${certFile} holds no certificate in PEM.`);
  const privateKey = parsed(() => createPrivateKey(key), `--tls-key ${keyFile} holds no private key in PEM that opens without a password.`);
  if (!certificate.checkPrivateKey(privateKey))
    throw new Complaint(`--tls-key ${keyFile} is not the key of the certificate in ${certFile}.`);
  if (certificate.validToDate < now)
    throw new Complaint(`The certificate in ${certFile} ran out on ${certificate.validToDate.toISOString()}: renew it.`);
  return { cert, key };
}

function readPem(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new Complaint(`${option} ${file} cannot be read: name a file that this user may read.`);
  }
}

function parsed<T>(parse: () => T, complaint: string): T {
  try {
    return parse();
  } catch {
    throw new Complaint(complaint);
  }
}
