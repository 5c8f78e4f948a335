/** What a join receipt proves and what it does not, in plain English; the page and the command line say the same. */
import { toHex } from '../base/bytes.ts';
import { unreachable } from '../base/result.ts';
import { type NameWords, plainName } from '../base/shown-name.ts';
import { ROLE_NAMES } from '../policy/words.ts';
import type { ReceiptPerson, ReceiptStory } from './receipt.ts';

/** Writes a time, ms, as the reader's place has it. */
export type TimeWords = (time: number) => string;

export interface ReceiptWords {
  readonly title: string;
  readonly proves: readonly string[];
  readonly provesNot: readonly string[];
}

/** `named`: how names are written into sentences. */
export function receiptWords(read: ReceiptStory, when: TimeWords, named: NameWords = plainName): ReceiptWords {
  const story = withNames(read, named);
  const who = personWords(story.member);
  return {
    title: `${who} in ${story.chainName}`,
    proves: [memberSentence(story, who, when), ...admissionSentences(story, who, when), finalSentence(story, when)],
    provesNot: [
      `Who ${who} is: the name is what was typed when joining. Ask ${who} for something else that you can check.`,
      `That ${who} is a member today: it tells of ${when(story.header.time)}. Ask a member for a newer receipt.`,
      `That this is the chain you mean: compare its id ${toHex(story.chain)} with one from a source that you trust.`,
      ...(story.approvals.length > 0
        ? ['That those who approved had the right to: for that the validators’ word is taken. Whoever replays the record can check it.']
        : []),
      ...(story.restsOnRecovery
        ? ['That its members agreed to a recovery of the broken chain, on which it rests: its recovery keys decided that.']
        : []),
    ],
  };
}

/** The same story, its names as they are to be read. */
function withNames(story: ReceiptStory, named: NameWords): ReceiptStory {
  const { chainName, member, invitedBy, approvals } = story;
  const person = <P extends ReceiptPerson>(one: P): P => (one.name === undefined ? one : { ...one, name: named(one.name) });
  return {
    ...story,
    chainName: named(chainName),
    member: person(member),
    invitedBy: invitedBy && person(invitedBy),
    approvals: approvals.map(person),
  };
}

function personWords({ id, name }: ReceiptPerson): string {
  return name ?? `member ${toHex(id).slice(0, 8)}`;
}

function memberSentence({ roles, left, suspendedUntil, header, since, chainName }: ReceiptStory, who: string, when: TimeWords): string {
  const then = `On ${when(header.time)}, at block ${header.height},`;
  if (left) return `${then} ${who} was no member of ${chainName} any more, and had been one since ${when(since)}.`;
  const names = roles.map((role) => ROLE_NAMES[role].toLowerCase()).join(', ');
  const suspended = suspendedUntil === undefined ? '' : `, suspended until ${when(suspendedUntil)}`;
  return `${then} ${who} was a member of ${chainName}${names === '' ? ' without a role' : ` as ${names}`}${suspended}, since ${when(since)}.`;
}

function admissionSentences(story: ReceiptStory, who: string, when: TimeWords): readonly string[] {
  const role = story.admittedAs === undefined ? 'member' : ROLE_NAMES[story.admittedAs].toLowerCase();
  const by = story.invitedBy === undefined ? '' : ` by ${personWords(story.invitedBy)}`;
  switch (story.how) {
    case 'founder':
      return [`${who} signed the genesis: leaf 0 of the log.`];
    case 'invitation':
      return [`${who} was invited${by} as ${role} and signed the request to join: leaf ${story.leaf} of the log.`];
    case 'request':
      return [`${who} was invited${by} and asked to join as ${role}: leaf ${story.leaf} of the log.`, ...approvalSentences(story, when)];
    case 'knock':
      return [
        `${who} asked to join as ${role} without an invitation: the request is in leaf ${story.leaf} of the log.`,
        ...approvalSentences(story, when),
      ];
    case 'recovery':
      return [`A recovery certificate, signed by the chain’s recovery keys, brought ${who} in: leaf ${story.leaf} of the log.`];
    default:
      return unreachable(story.how);
  }
}

function approvalSentences({ approvals }: ReceiptStory, when: TimeWords): readonly string[] {
  if (approvals.length === 0) return ['No approval was asked for.'];
  return approvals.map((one) => `${personWords(one)} approved it on ${when(one.time)}, and signed that: leaf ${one.leaf} of the log.`);
}

function finalSentence({ validators, signers, header }: ReceiptStory, when: TimeWords): string {
  const all = validators === 1 ? 'The only validator of the chain' : `${signers} of the chain’s ${validators} validators`;
  return `${all} certified the block of ${when(header.time)}, under which all this lies; whoever changes one letter of it breaks a signature.`;
}
