/** What a fork means, in plain English; the page and the command line say the same. */
import { toHex } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { plainName } from '../base/shown-name.ts';
import { quorumOf } from '../policy/quorum.ts';
import type { Fork } from './fork-proof.ts';

export interface ForkWords {
  readonly title: string;
  /** What was found, and who is behind it. */
  readonly proves: readonly string[];
  /** What follows for whoever is on this chain. */
  readonly means: readonly string[];
  readonly advice: readonly string[];
}

/** `nameOf` gives a member's name where it is known. */
export function forkWords(fork: Fork, nameOf: (member: Hash) => string | undefined): ForkWords {
  const { signers, convicts } = fork;
  const names = signers.map(({ seat }) => plainName(nameOf(seat.member) ?? `member ${toHex(seat.member).slice(0, 8)}`));
  return {
    title: 'This chain has two histories',
    proves: [
      whatWasFound(fork),
      `${inWords(names)} signed both.${convicts ? ` ${names.length === 1 ? 'It was' : 'They did so'} in one turn, which the rules never allow.` : ' Unless validators break the rules that cannot happen.'}`,
    ],
    means: [
      'Somebody has been shown another record than you. What was written up to the block before is the same for everybody; which of the two goes on is for people to say.',
      'Here nothing is added any more. What was there stays readable, the proof is kept, and everybody who could be reached was told.',
    ],
    advice: [
      'Write nothing of importance into this chain, and rely on nothing after that block.',
      'Talk to the other members in another way than by this chain, and give them the proof: latchkey-relay verify checks it on any machine.',
      'Whoever holds the chain’s recovery keys can name other validators; it then goes on from the block that you agree on. Without recovery keys, found a new chain.',
    ],
  };
}

function whatWasFound({ height, epoch, blocks, checkpoint, trust }: Fork): string {
  const seats = trust.seats.length;
  const quorum = `the signatures of at least ${quorumOf(seats)} of the ${seats} validators of epoch ${epoch}`;
  if (checkpoint === undefined)
    return `Block ${height} was made final twice, with different contents: ${blocks.map(short).join(' and ')}. Each has ${quorum}.`;
  return `Block ${height} was made final with ${quorum}. A checkpoint of the first ${checkpoint.size.toLocaleString('en')} transactions, which is not of that record, has more signatures than can be a mistake of few.`;
}

function short(block: Hash): string {
  return toHex(block).slice(0, 12);
}

function inWords(names: readonly string[]): string {
  const last = names.at(-1) ?? 'Nobody';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
