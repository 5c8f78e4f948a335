/**
 * Who has signed a note. Opening it names the signatures to check; settling it, with their verdicts, names the signers.
 *
 * Signatures by keys that the reader does not know are laid aside: a note may carry them for others. One wrong signature
 * by a key that it does know refuses the whole note (C2SP signed-note, "Signatures").
 */
import { utf8 } from '../base/bytes.ts';
import { SIGNATURE_BYTES, type Signature, type SignatureCheck } from '../base/key.ts';
import { invariant, ok, type Result, refuse, unreachable } from '../base/result.ts';
import { cosignedText, decodeCosignature, encodeCosignature } from './cosignature.ts';
import type { Note, NoteSignature } from './note.ts';
import { isSameKey, type VerifierKey } from './verifier-key.ts';

/** A known key that signed. */
export interface NoteSigner {
  readonly key: VerifierKey;
  /** Of a cosignature: when, in seconds since 1970. */
  readonly time: number | undefined;
  /** As it stands in the note, to be shown or passed on. */
  readonly line: NoteSignature;
}

/** Signers as the note claims them. The checks go to a Verifier, one for each signer. */
export interface NoteOpening {
  readonly note: Note;
  readonly signers: readonly NoteSigner[];
  readonly checks: readonly SignatureCheck[];
  /** Signatures by keys that nobody named here. */
  readonly unknown: readonly NoteSignature[];
}

declare const openedBrand: unique symbol;
/** A note whose signers have signed it. Only `settleNote` makes these. */
export type OpenedNote = Omit<NoteOpening, 'checks'> & { readonly [openedBrand]: true };

/** Finds the signatures of known keys; `unknown-signer` if there is none, `bad-signature` if one cannot be a signature. */
export function openNote(note: Note, keys: readonly VerifierKey[]): Result<NoteOpening> {
  const signers: NoteSigner[] = [];
  const checks: SignatureCheck[] = [];
  const unknown: NoteSignature[] = [];
  for (const line of note.signatures) {
    const key = keys.find((one) => isSameKey(one, line));
    if (key === undefined) {
      unknown.push(line);
    } else if (!signers.some((signer) => isSameKey(signer.key, key))) {
      const claim = claimOf(key, line, note.text);
      if (!claim.ok) return claim;
      signers.push(claim.value.signer);
      checks.push(claim.value.check);
    }
  }
  return signers.length > 0 ? ok({ note, signers, checks, unknown }) : refuse('unknown-signer', 'no known key has signed the note');
}

/**
 * Whether a known key has more than one line in the note. The first alone is read, as by other tools; so in a file of our own, where
 * every bit counts, there is no second.
 */
export function hasRepeatedSigner({ note, signers, unknown }: NoteOpening): boolean {
  return signers.length + unknown.length < note.signatures.length;
}

/** `verdicts` in the order of `checks`; `bad-signature` if one is false. */
export function settleNote({ note, signers, checks, unknown }: NoteOpening, verdicts: readonly boolean[]): Result<OpenedNote> {
  invariant(verdicts.length === checks.length, 'a verdict for each signature');
  const wrong = signers[verdicts.indexOf(false)];
  if (wrong !== undefined) return refuse('bad-signature', `the signature of ${wrong.key.name} is wrong`);
  return ok({ note, signers, unknown } as OpenedNote);
}

interface Claim {
  readonly signer: NoteSigner;
  readonly check: SignatureCheck;
}

function claimOf(key: VerifierKey, line: NoteSignature, text: string): Result<Claim> {
  switch (key.type) {
    case 'note': {
      if (line.signature.length !== SIGNATURE_BYTES) return refuse('bad-signature', `a signature of ${line.signature.length} bytes`);
      const check = { key: key.key, message: utf8(text), signature: line.signature as Signature };
      return ok({ signer: { key, time: undefined, line }, check });
    }
    case 'cosignature': {
      const cosignature = decodeCosignature(line.signature);
      if (!cosignature.ok) return refuse('bad-signature', cosignature.refusal.detail);
      const { time, signature } = cosignature.value;
      return ok({ signer: { key, time, line }, check: { key: key.key, message: cosignedText(time, text), signature } });
    }
    default:
      return unreachable(key.type);
  }
}

/** The line of a log's, or anybody's, plain signature over `utf8(text)`. */
export function noteSignature({ name, id, type }: VerifierKey, signature: Signature): NoteSignature {
  invariant(type === 'note', 'a key for notes');
  return { name, id, signature };
}

/** The line of a cosignature over `cosignedText(time, text)`. */
export function cosignatureLine({ name, id, type }: VerifierKey, time: number, signature: Signature): NoteSignature {
  invariant(type === 'cosignature', 'a key for cosignatures');
  return { name, id, signature: encodeCosignature({ time, signature }) };
}
