/** What a proof that a transaction was logged proves and what it does not, in plain English; the page and the command line say the same. */
import { toHex } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { SECOND_MS } from '../base/limits.ts';
import { type NameWords, plainName } from '../base/shown-name.ts';
import { bodiesOf, type Transaction } from '../codec/transaction.ts';
import type { LogProofStory, ProofSigner } from './log-proof.ts';
import type { ReceiptWords, TimeWords } from './receipt-words.ts';

/** A member's name, where the reader knows it. */
type NameOf = (member: Hash) => string | undefined;

/** `named`: how names are written into sentences. */
export function logProofWords(story: LogProofStory, when: TimeWords, nameOf: NameOf, named: NameWords = plainName): ReceiptWords {
  const { chain, index, size, transaction } = story;
  const origin = named(story.origin);
  const where = chain === undefined ? `the log ${origin}` : `the log of ${named(chain.name)}`;
  const what = transaction === undefined ? 'The genesis' : `The transaction ${toHex(transaction.id)}`;
  return {
    title: `Place ${index} in ${where}`,
    proves: [
      `${what} stands at place ${index} of ${where}, byte for byte as it is in this file.`,
      signedSentence(transaction),
      `${signerWords(story.signers, nameOf, named)} signed a checkpoint of ${size} transactions that has it${timeWords(story.signers, when)}. Whoever changes a letter of what came up to there breaks those signatures.`,
      ...bodySentences(transaction),
    ],
    provesNot: [
      'What its text says, or who is called what: the log holds only fingerprints of words, so that they can be erased.',
      ...(transaction === undefined ? [] : ['Who holds the key that signed it: a join receipt shows whose it is in the chain.']),
      chain === undefined
        ? `That ${origin} is the log you mean, or that the policy you brought is its own.`
        : `That this is the chain you mean: compare its id ${toHex(chain.id)} with one from a source that you trust.`,
      ...(chain?.restsOnRecovery === true
        ? ['That its members agreed to a recovery of the broken chain, on which it rests: its recovery keys decided that.']
        : []),
    ],
  };
}

function signedSentence(transaction: Transaction | undefined): string {
  if (transaction === undefined) return 'Every founder whom it names has signed it.';
  const { sender, action } = transaction.unsigned;
  return `It is of the kind “${action.type}”, and signed by the key ${toHex(sender)}.`;
}

function bodySentences(transaction: Transaction | undefined): readonly string[] {
  if (transaction === undefined) return [];
  const hashes = bodiesOf(transaction.unsigned.action).map(({ hash }) => toHex(hash));
  return hashes.map((hash) => `It commits to words with the fingerprint ${hash}: whoever shows them can be held to it.`);
}

function signerWords(signers: readonly ProofSigner[], nameOf: NameOf, named: NameWords): string {
  const names = signers.map(({ office, member, name }) => {
    const known = named(member === undefined ? name : (nameOf(member) ?? `member ${toHex(member).slice(0, 8)}`));
    return office === 'auditor' ? `${known} as an auditor` : known;
  });
  return names.length === 0 ? 'The log' : names.length === 1 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function timeWords(signers: readonly ProofSigner[], when: TimeWords): string {
  const times = signers.map(({ time }) => time);
  return times.length === 0 ? '' : `, the last on ${when(Math.max(...times) * SECOND_MS)}`;
}
