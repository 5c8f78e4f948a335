/** A recovery certificate as text, to be sent and pasted: base64url of its canonical bytes. It holds no secret, and its signatures are its checksum. */
import { base64urlnopad } from '@scure/base';
import { TRANSACTION_BYTES_MAX } from '../base/limits.ts';
import { type Result, refuse } from '../base/result.ts';
import { fromBase64url } from './address.ts';
import { decode, encode } from './codec.ts';
import { type RecoveryCertificate, recoveryCertificate } from './recovery.ts';

/** Base64 takes four characters for three bytes; a few more for broken lines. */
const CHARACTERS_MAX = 2 * TRANSACTION_BYTES_MAX;

export function certificateToText(certificate: RecoveryCertificate): string {
  return base64urlnopad.encode(encode(recoveryCertificate, certificate));
}

/** Reads one, white space from broken lines included. Signatures are the caller's to check. */
export function parseCertificate(text: string): Result<RecoveryCertificate> {
  if (text.length > CHARACTERS_MAX) return refuse('too-large', `${text.length} characters are no certificate`);
  const bytes = fromBase64url(text.replace(/\s+/g, ''));
  if (bytes === undefined) return refuse('malformed', 'not a recovery certificate');
  const read = decode(recoveryCertificate, bytes, TRANSACTION_BYTES_MAX);
  // A person pasted it: whatever is wrong with its form, a part is missing or was changed.
  return read.ok ? read : refuse('malformed', read.refusal.detail);
}
