/** `latchkey-relay verify FILE`: whether a file proves what it says, by itself: no relay, no chain, no network. */
import { readFile } from 'node:fs/promises';
import { toHex } from '../../../src/core/base/bytes.ts';
import { SECOND_MS } from '../../../src/core/base/limits.ts';
import type { Result } from '../../../src/core/base/result.ts';
import { isForkProof } from '../../../src/core/codec/fork-proof.ts';
import { isReceipt, receiptFromLink } from '../../../src/core/codec/receipt.ts';
import type { Fork } from '../../../src/core/light/fork-proof.ts';
import { forkWords } from '../../../src/core/light/fork-words.ts';
import type { LogProofStory } from '../../../src/core/light/log-proof.ts';
import { logProofWords } from '../../../src/core/light/log-proof-words.ts';
import type { ReceiptStory } from '../../../src/core/light/receipt.ts';
import { type ReceiptWords, receiptWords } from '../../../src/core/light/receipt-words.ts';
import type { Policy } from '../../../src/core/log/policy.ts';
import { decodePolicy } from '../../../src/core/log/policy-text.ts';
import { isTlogProof } from '../../../src/core/log/tlog-proof.ts';
import { checkForkProof as checkFork } from '../../../src/node/fork-check.ts';
import { checkLogProof } from '../../../src/node/log-proof-check.ts';
import type { Verifier } from '../../../src/node/ports.ts';
import { checkReceipt } from '../../../src/node/receipt-check.ts';
import { webCryptoVerifier } from '../../../src/node/verifier.ts';
import { Complaint } from '../complaint.ts';
import { readArguments } from './options.ts';
import { printJson, printResult } from './output.ts';

const HELP = `latchkey-relay verify FILE [options]

Checks a file that proves something by itself: a join receipt, a fork proof, or the proof that a transaction was logged (C2SP
tlog-proof). It needs no relay, no chain and no network. Of a receipt the link will do instead of a file. Ends with 0 if it
holds, with 1 and the reason if it does not.

  --policy FILE    of a tlog-proof: whose signatures count, instead of those that the file shows to be the chain's
  --json           print one line of JSON
  --help`;

const OPTIONS = {
  policy: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** What a file that holds proves: in words, and for programs. */
export interface Proved {
  readonly lines: readonly string[];
  readonly json: object;
}

/** One kind of file. */
interface ProofKind {
  readonly kind: string;
  isIt(file: Uint8Array): boolean;
  check(file: Uint8Array, verifier: Verifier, policy: Policy | undefined): Promise<Result<Proved>>;
}

const KINDS: readonly ProofKind[] = [
  { kind: 'join-receipt', isIt: isReceipt, check: checkJoinReceipt },
  { kind: 'fork-proof', isIt: isForkProof, check: checkForkProof },
  { kind: 'tlog-proof', isIt: isTlogProof, check: checkTlogProof },
];

export async function verify(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('verify', args, OPTIONS, ['FILE']);
  const [name] = positionals;
  if (values.help) {
    printResult(HELP);
    return 0;
  }
  if (name === undefined) throw new Complaint('Say which file: latchkey-relay verify FILE.');
  const file = await bytesOf(name);
  const known = KINDS.find((one) => one.isIt(file));
  if (known === undefined)
    throw new Complaint(`${shortened(name)} is no receipt, no fork proof and no tlog-proof, or its beginning is damaged.`);
  const checked = await known.check(file, webCryptoVerifier(), await policyIn(values.policy));
  const { kind } = known;
  if (values.json) printJson(checked.ok ? { kind, holds: true, ...checked.value.json } : { kind, holds: false, ...checked.refusal });
  else printResult(checked.ok ? checked.value.lines.join('\n') : `It does not hold (${checked.refusal.code}): ${checked.refusal.detail}.`);
  return checked.ok ? 0 : 1;
}

async function bytesOf(name: string): Promise<Uint8Array> {
  const link = receiptFromLink(name);
  if (link.ok) return link.value;
  return readFile(name).then(
    (bytes) => new Uint8Array(bytes),
    () => {
      throw new Complaint(`The file ${shortened(name)} cannot be read: name a receipt, a fork proof or a tlog-proof.`);
    },
  );
}

async function policyIn(name: string | undefined): Promise<Policy | undefined> {
  if (name === undefined) return undefined;
  const bytes = await readFile(name).catch(() => undefined);
  const policy = bytes && decodePolicy(new Uint8Array(bytes));
  if (policy?.ok !== true) throw new Complaint(`${shortened(name)} is no policy: a relay gives it out as /<chain id>/policy.`);
  return policy.value;
}

function shortened(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}

// ---------------------------------------------------------------- join receipts

async function checkJoinReceipt(file: Uint8Array, verifier: Verifier): Promise<Result<Proved>> {
  const checked = await checkReceipt(file, verifier);
  return checked.ok ? { ok: true, value: provedByReceipt(checked.value) } : checked;
}

function provedByReceipt(story: ReceiptStory): Proved {
  const words = receiptWords(story, (time) => new Date(time).toISOString());
  const { proves, provesNot } = words;
  const { chain, chainName, member, how, roles, since, left, admittedAs, invitedBy, approvals, leaf, header, validators, signers } = story;
  const person = ({ id, name }: ReceiptStory['member']) => ({ member: toHex(id), name: name ?? null });
  const json = {
    chain: toHex(chain),
    chainName,
    ...person(member),
    how,
    roles,
    since: new Date(since).toISOString(),
    left,
    admittedAs: admittedAs ?? null,
    invitedBy: invitedBy === undefined ? null : person(invitedBy),
    approvals: approvals.map((one) => ({ ...person(one), time: new Date(one.time).toISOString(), leaf: one.leaf })),
    leaf,
    height: header.height,
    time: new Date(header.time).toISOString(),
    validators,
    signers,
    proves,
    provesNot,
  };
  return { lines: wordLines(words), json };
}

function wordLines({ title, proves, provesNot }: ReceiptWords): readonly string[] {
  return [`It holds: ${title}.`, '', 'It proves:', ...proves.map(item), '', 'It does not prove:', ...provesNot.map(item)];
}

function item(text: string): string {
  return `  - ${text}`;
}

// ---------------------------------------------------------------- tlog-proofs

async function checkTlogProof(file: Uint8Array, verifier: Verifier, policy: Policy | undefined): Promise<Result<Proved>> {
  const checked = await checkLogProof(file, verifier, policy);
  return checked.ok ? { ok: true, value: provedByLog(checked.value) } : checked;
}

function provedByLog(story: LogProofStory): Proved {
  const words = logProofWords(
    story,
    (time) => new Date(time).toISOString(),
    () => undefined,
  );
  const { origin, chain, index, size, root, signers, transaction } = story;
  const json = {
    origin,
    chain: chain === undefined ? null : toHex(chain.id),
    chainName: chain?.name ?? null,
    index,
    size,
    root: toHex(root),
    transaction: transaction === undefined ? null : toHex(transaction.id),
    type: transaction?.unsigned.action.type ?? 'genesis',
    signers: signers.map(({ office, member, name, time }) => ({
      office,
      name,
      member: member === undefined ? null : toHex(member),
      signed: new Date(time * SECOND_MS).toISOString(),
    })),
    proves: words.proves,
    provesNot: words.provesNot,
  };
  return { lines: wordLines(words), json };
}

// ---------------------------------------------------------------- fork proofs

async function checkForkProof(file: Uint8Array, verifier: Verifier): Promise<Result<Proved>> {
  const checked = await checkFork(file, verifier);
  return checked.ok ? { ok: true, value: provedByFork(checked.value) } : checked;
}

function provedByFork(fork: Fork): Proved {
  const { chain, height, epoch, blocks, signers, convicts, trust } = fork;
  // Names are no part of the proof: members go by the beginning of their id.
  const { title, proves } = forkWords(fork, () => undefined);
  const chainLine = `The chain is ${toHex(chain)}: compare its id with one from a source that you trust.`;
  const lines = [`It holds: ${title.toLowerCase()}.`, '', 'It proves:', ...[...proves, chainLine].map(item), '', 'Who signed both:'];
  const signed = signers.map(({ index, seat }) => ({
    seat: index,
    member: toHex(seat.member),
    node: toHex(seat.node),
    vote: toHex(seat.vote),
  }));
  const named = signed.map(({ seat, member, node }) => item(`seat ${seat}, member ${member}, node key ${node}`));
  const json = { chain: toHex(chain), epoch, height, blocks: blocks.map(toHex), validators: trust.seats.length, signers: signed, convicts };
  return { lines: [...lines, ...named], json: { ...json, proves } };
}
